"""The real embedded engine, for tests that need words and don't judge them; spawned workers import it."""

from __future__ import annotations

from desktop.domain.ports import Recogniser
from desktop.recognition.embedded import EmbeddedRecogniser


def make_quick_recogniser() -> Recogniser:
    """As it comes along."""
    return EmbeddedRecogniser()
