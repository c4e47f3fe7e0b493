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
from desktop.evaluation.hearing import blocks_of
from desktop.evaluation.hearing import hear as heard_from
from desktop.evaluation.scores import compare
from desktop.evaluation.written import words_of
from desktop.recognition.embedded import MOONSHINE, POCKETSPHINX, EmbeddedConfig, EmbeddedRecogniser

HELD_OUT = Path(__file__).parent / "held_out"
PART = sorted(path.stem for path in HELD_OUT.glob("*.ogg"))[::12]
MOST_MB = 30


@pytest.fixture(scope="module", params=[MOONSHINE, POCKETSPHINX])
def fresh(request: pytest.FixtureRequest) -> Iterator[EmbeddedRecogniser]:
    engine = EmbeddedRecogniser(EmbeddedConfig(words_by=request.param, preloaded_decoders=0))
    yield engine
    engine.close()


MOST = {
    (MOONSHINE, "opus"): 0.11,
    (MOONSHINE, "pcmu"): 0.17,
    (POCKETSPHINX, "opus"): 0.27,
    (POCKETSPHINX, "pcmu"): 0.34,
}


@pytest.mark.parametrize("through", ["opus", "pcmu"])
def test_word_errors_on_calls_never_heard_before(fresh: EmbeddedRecogniser, through: str) -> None:
    said = wrong = 0
    for name in PART:
        samples = read_channels(HELD_OUT / f"{name}.ogg")[0]
        heard = heard_from(fresh, samples, Party.MIXED, through=through).heard
        words = [word for item in heard if isinstance(item, Segment) for word in words_of(item.text)]
        errors = compare(words_of((HELD_OUT / f"{name}.txt").read_text("utf-8")), words)
        said, wrong = said + errors.said, wrong + errors.wrong
    assert wrong / said <= MOST[fresh.words_by, through]


@pytest.mark.parametrize("words_by", [MOONSHINE, POCKETSPHINX])
def test_another_stream_takes_little_memory(words_by: str) -> None:
    engine = EmbeddedRecogniser(EmbeddedConfig(words_by=words_by))
    samples = read_channels(HELD_OUT / "gym-agent.ogg")[0][: 16_000 * 4]
    kept, sizes = [], []
    for number in range(4):
        before = psutil.Process().memory_full_info().uss
        kept.append(engine.open(f"call {number}", Party.MIXED, ""))
        for block in blocks_of(samples, Party.MIXED, "pcm"):
            kept[-1].feed(block)
            kept[-1].drain()
        sizes.append((psutil.Process().memory_full_info().uss - before) / 1e6)
    for stream in kept:
        stream.close()
    engine.close()
    assert np.median(sizes[1:]) <= MOST_MB
