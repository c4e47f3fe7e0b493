"""The embedded engine on calls that nothing was built from: word errors in both bands, and what one more stream takes.

A quick part of held_out, its first call side and the one in the middle, guards against getting worse; how good the
engine is on all of it `sidetone evaluate` and `make bench` say.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import psutil
import pytest

from desktop.audio.files import read_channels
from desktop.domain.media import Party
from desktop.domain.speech import Segment
from desktop.evaluation.hearing import hear as heard_from
from desktop.evaluation.scores import compare
from desktop.evaluation.written import words_of
from desktop.recognition.band import Band
from desktop.recognition.channel import STARTS
from desktop.recognition.embedded import EmbeddedConfig, EmbeddedRecogniser
from desktop.recognition.models import find_models
from desktop.recognition.sphinx import Decoder, Models, wheel_models

HELD_OUT = Path(__file__).parent / "held_out"
PART = sorted(path.stem for path in HELD_OUT.glob("*.ogg"))[::12]
MOST_MB = 30


@pytest.fixture(scope="module")
def fresh() -> Iterator[EmbeddedRecogniser]:
    engine = EmbeddedRecogniser(EmbeddedConfig(preloaded_decoders=0))
    yield engine
    engine.close()


@pytest.mark.parametrize(("through", "most"), [("opus", 0.27), ("pcmu", 0.30)])
def test_word_errors_on_calls_never_heard_before(fresh: EmbeddedRecogniser, through: str, most: float) -> None:
    said = wrong = 0
    for name in PART:
        samples = read_channels(HELD_OUT / f"{name}.ogg")[0]
        heard = heard_from(fresh, samples, Party.MIXED, through=through).heard
        words = [word for item in heard if isinstance(item, Segment) for word in words_of(item.text)]
        errors = compare(words_of((HELD_OUT / f"{name}.txt").read_text("utf-8")), words)
        said, wrong = said + errors.said, wrong + errors.wrong
    assert wrong / said <= most


def test_another_stream_takes_little_memory() -> None:
    models = Models(find_models(wheel_models()), 3000)
    samples = read_channels(HELD_OUT / "gym-agent.ogg")[0][: 16_000 * 4]

    def used(decoder: Decoder, band: Band) -> Decoder:
        decoder.begin(STARTS[band])
        decoder.hear(samples)
        decoder.end()
        return decoder

    kept = [used(models.decoder(Band.FULL), Band.FULL)]
    sizes = []
    for band in (Band.TELEPHONE, Band.FULL, Band.TELEPHONE):
        before = psutil.Process().memory_full_info().uss
        kept.append(used(models.decoder(band), band))
        sizes.append((psutil.Process().memory_full_info().uss - before) / 1e6)
    assert np.median(sizes) <= MOST_MB
