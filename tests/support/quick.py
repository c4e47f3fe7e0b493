"""The real engine with the models of PocketSphinx's package: there at once, less exact; spawned workers import it.

For tests that need words and don't judge them: our own language model takes more than a second to unpack.
"""

from __future__ import annotations

from desktop.domain.ports import Recogniser
from desktop.recognition.embedded import EmbeddedConfig, EmbeddedRecogniser
from desktop.recognition.sphinx import wheel_models


def make_quick_recogniser() -> Recogniser:
    """Its decoders are loaded once somebody speaks."""
    return EmbeddedRecogniser(EmbeddedConfig(language_model=str(wheel_models() / "en-us.lm.bin"), preloaded_decoders=0))
