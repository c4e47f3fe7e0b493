"""A whole recording at once, for the command line and for tests."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from desktop.domain.errors import Unreachable
from desktop.domain.media import PIPELINE_RATE_HZ, Party, PcmBlock
from desktop.domain.ports import DistantRecogniser, Recogniser, RecogniserStream
from desktop.domain.speech import Result, Segment

_BLOCK_MS = 100
_AHEAD_MS = 5_000


def transcribe(samples_16k: npt.NDArray[np.int16], recogniser: Recogniser, party: Party = Party.MIXED) -> list[Segment]:
    """The final segments of mono int16 speech at 16 kHz, shape (n,); times in ms from its start.

    Unreachable when an engine that is elsewhere hears nothing.
    """
    stream = recogniser.open("recording", party, "")
    finals: list[Segment] = []
    size = _BLOCK_MS * PIPELINE_RATE_HZ // 1000
    try:
        for start in range(0, len(samples_16k), size):
            at_ms = start * 1000 // PIPELINE_RATE_HZ
            piece = samples_16k[start : start + size]
            stream.feed(PcmBlock("recording", party, at_ms, PIPELINE_RATE_HZ, piece, 0, 0, 0.0))
            finals += _finals(stream.drain())
            while stream.backlog_ms > _AHEAD_MS:
                finals += _patiently(stream, recogniser)
        stream.flush()
        while stream.backlog_ms > 0:
            finals += _patiently(stream, recogniser)
        return finals
    finally:
        stream.close()


def _patiently(stream: RecogniserStream, recogniser: Recogniser) -> list[Segment]:
    """An engine that answers later sets the pace; one that is away has none."""
    if isinstance(recogniser, DistantRecogniser) and recogniser.trouble is not None:
        raise Unreachable(f"Nothing is heard: {recogniser.trouble.value}.")
    return _finals(stream.drain())


def _finals(results: Sequence[Result]) -> list[Segment]:
    return [result for result in results if isinstance(result, Segment) and result.is_final]
