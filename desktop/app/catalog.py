"""The one list of adapters, written by hand: what can be plugged in where, and how it is made."""

from __future__ import annotations

import sys

from desktop.domain.ports import Notifier, Recogniser
from desktop.recognition.embedded import EmbeddedConfig, EmbeddedRecogniser


def make_recogniser() -> Recogniser:
    """The engine a worker process loads. A module-level function, so that spawned processes can import it."""
    return EmbeddedRecogniser(EmbeddedConfig())


def make_notifier() -> Notifier:
    """This platform's native notifications."""
    if sys.platform == "linux":
        from desktop.sinks.linux_notifications import LinuxNotifier

        return LinuxNotifier()
    from desktop.sinks.portable_notifications import PortableNotifier

    return PortableNotifier()
