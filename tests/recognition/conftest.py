"""What the recognition tests share: real clips, blocks cut from samples, and one loaded engine."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import soundfile

from desktop.domain.media import Party, PcmBlock
from desktop.domain.ports import RecogniserStream
from desktop.domain.speech import Result
from desktop.recognition.embedded import MOONSHINE, EmbeddedConfig, EmbeddedRecogniser

Samples = npt.NDArray[np.int16]
Blocks = Callable[..., list[PcmBlock]]
Results = list[Result]

DATA = Path(__file__).parent / "data"


def _silence(ms: int) -> Samples:
    return np.zeros(16 * ms, np.int16)


@pytest.fixture(scope="session")
def silence() -> Callable[[int], Samples]:
    """So many ms of digital silence."""
    return _silence


@pytest.fixture(scope="session")
def clip() -> Callable[[str], Samples]:
    """A clip of tests/recognition/data between 0.5 s and 1 s of silence."""

    def load(name: str) -> Samples:
        samples, rate = soundfile.read(DATA / f"{name}.flac", dtype="int16")
        assert rate == 16_000
        return np.concatenate([_silence(500), samples, _silence(1000)])

    return load


@pytest.fixture(scope="session")
def blocks() -> Blocks:
    """Samples as blocks of 20 ms (or `size_ms`); block n was received at n + 1 and decoded at n + 2 microseconds."""

    def cut(samples: Samples, at_ms: int = 0, size_ms: int = 20, party: Party = Party.CUSTOMER) -> list[PcmBlock]:
        size = 16 * size_ms
        return [
            PcmBlock("call", party, at_ms + n * size_ms, 16_000, piece, (n + 1) * 1000, (n + 2) * 1000, 0.0)
            for n, piece in enumerate(samples[i : i + size] for i in range(0, len(samples), size))
        ]

    return cut


@pytest.fixture(scope="session")
def hear() -> Callable[[RecogniserStream, list[PcmBlock]], Results]:
    """Feed block by block, drain after each, flush, drain to the end."""

    def run(stream: RecogniserStream, fed: list[PcmBlock]) -> Results:
        out: Results = []
        for block in fed:
            stream.feed(block)
            out += stream.drain()
        stream.flush()
        while stream.backlog_ms > 0:
            out += stream.drain()
        return out

    return run


@pytest.fixture(scope="session")
def engine() -> Iterator[EmbeddedRecogniser]:
    """The embedded recogniser with the models that come along."""
    loaded = EmbeddedRecogniser(EmbeddedConfig(words_by=MOONSHINE))
    yield loaded
    loaded.close()
