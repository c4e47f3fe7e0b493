"""The real embedded engine where something of it is missing; spawned workers import it."""

from __future__ import annotations

import sys
from unittest.mock import patch

from desktop.app.catalog import RecogniserChoice
from desktop.domain.ports import Recogniser
from desktop.recognition import embedded
from desktop.recognition.embedded import EmbeddedConfig, EmbeddedRecogniser

PATIENT = EmbeddedConfig(preloaded_decoders=1, max_waiting_ms=60_000)  # tests speak faster than people do


class WithoutRuntime(RecogniserChoice):
    """ONNX Runtime can't be imported."""

    def __call__(self) -> Recogniser:
        """As it is chosen, in a process of its own."""
        with patch.dict(sys.modules, {"onnxruntime": None}):
            return EmbeddedRecogniser(PATIENT)


class WithoutModel(RecogniserChoice):
    """Moonshine's files are gone."""

    def __call__(self) -> Recogniser:
        """As it is chosen, in a process of its own."""
        with patch.object(embedded, "FOLDER", "moonshine-that-is-gone"):
            return EmbeddedRecogniser(PATIENT)
