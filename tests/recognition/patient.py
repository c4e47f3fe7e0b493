"""The embedded recogniser for busy machines: speech waits a minute before any is dropped. Workers import it."""

from __future__ import annotations

from desktop.domain.ports import Recogniser
from desktop.recognition.embedded import EmbeddedConfig, EmbeddedRecogniser


def make_patient_recogniser() -> Recogniser:
    """The real one, with time."""
    return EmbeddedRecogniser(EmbeddedConfig(max_waiting_ms=60_000))
