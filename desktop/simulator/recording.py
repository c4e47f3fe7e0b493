"""Turns recordings into scripted calls, so that `replay` walks through the same sockets and codecs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt

from desktop.audio.files import read_channels
from desktop.audio.opus import OpusEncoder
from desktop.domain.facts import CallFacts
from desktop.domain.media import PIPELINE_RATE_HZ, Party
from desktop.simulator.script import Channel, Script

FRAME_MS = 20
_FRAME = PIPELINE_RATE_HZ * FRAME_MS // 1000
_PARTIES = {1: (Party.MIXED,), 2: (Party.CUSTOMER, Party.AGENT)}


def script_of(path: Path) -> Script:
    """A recording as a call; two channels are customer and agent, one is both mixed."""
    channels = read_channels(path)
    parties = _PARTIES[len(channels)]
    return Script(
        name=path.stem,
        facts=CallFacts(direction="inbound", agent_name=path.stem, queue_name="Replay", queue_id="replay"),
        channels=tuple(Channel(p, encoded(c), FRAME_MS) for p, c in zip(parties, channels, strict=True)),
    )


def encoded(samples: npt.NDArray[np.int16]) -> tuple[bytes, ...]:
    """16 kHz samples as 20 ms Opus packets; the last one is filled up with silence."""
    encoder = OpusEncoder()
    padded = np.pad(samples, (0, -samples.size % _FRAME))
    return tuple(encoder.encode(padded[i : i + _FRAME]) for i in range(0, padded.size, _FRAME))
