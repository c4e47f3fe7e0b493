"""From blocks of any length to 30 ms frames on the call's time line; gaps are bridged or break the utterance."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from desktop.domain.media import PIPELINE_RATE_HZ, PcmBlock

FRAME_SAMPLES = 480
FRAME_MS = 30
SAMPLES_PER_MS = PIPELINE_RATE_HZ // 1000

DRIFT_MS = 40.0
"""Stamps this far from the samples' own count are rounding or clock drift."""
BRIDGE_MS = 300.0
"""A hole up to this long is filled with silence; a longer one ends the utterance."""
REWIND_MS = 1000.0
"""An overlap up to this long is cut off; stamps further back mean a new time line."""


class Frame(NamedTuple):
    """30 ms of one channel."""

    at_ms: float
    samples: npt.NDArray[np.int16]  # shape (480,)
    received_ns: int
    decoded_ns: int

    @property
    def end_ms(self) -> float:
        return self.at_ms + FRAME_MS


@dataclass(frozen=True, slots=True)
class Break:
    """The audio does not go on where it stopped: whatever was being said ends here."""


class Framer:
    """Keeps fed blocks (at most `limit_ms`; beyond it the oldest are dropped and counted) until they are pulled."""

    def __init__(self, limit_ms: float) -> None:
        self._limit_ms = limit_ms
        self._blocks: deque[PcmBlock | None] = deque()  # None: what came before ends there
        self._queued, self._ends = 0, 0  # samples and Nones in _blocks
        self._rest: npt.NDArray[np.int16] = np.empty(0, np.int16)
        self._rest_ms: float | None = None  # where _rest starts
        self._stamps = (0, 0)
        self.dropped_ms = 0.0

    @property
    def backlog_ms(self) -> float:
        """Whole frames not pulled yet (less than one may stay until `end`); an end counts as a frame."""
        return ((self._queued + len(self._rest)) // FRAME_SAMPLES + self._ends) * FRAME_MS

    def push(self, block: PcmBlock) -> None:
        """Take a block. Raises ValueError when its rate is not 16 kHz."""
        if block.rate_hz != PIPELINE_RATE_HZ:
            raise ValueError(f"a recogniser hears {PIPELINE_RATE_HZ} Hz, not {block.rate_hz}")
        self._blocks.append(block)
        self._queued += len(block.samples)
        while self._queued > self._limit_ms * SAMPLES_PER_MS and len(self._blocks) > 1:
            oldest = self._blocks.popleft()
            lost = len(oldest.samples) if oldest else 0
            self._ends -= oldest is None
            self._queued -= lost
            self.dropped_ms += lost / SAMPLES_PER_MS

    def end(self) -> None:
        """What has been pushed so far ends here: its last piece will be padded, and a Break follows."""
        self._blocks.append(None)
        self._ends += 1

    def pull(self, count: int) -> list[Frame | Break]:
        """Up to `count` whole frames, in order, with a Break wherever the time line jumps."""
        out: list[Frame | Break] = []
        while len(out) < count:
            if len(self._rest) >= FRAME_SAMPLES:
                out.append(self._cut())
            elif not self._blocks:
                break
            elif (block := self._blocks.popleft()) is not None:
                self._join(block, out)
            else:
                self._finish(out)
        return out

    def _finish(self, out: list[Frame | Break]) -> None:
        if len(self._rest):
            self._rest = np.concatenate([self._rest, np.zeros(FRAME_SAMPLES - len(self._rest), np.int16)])
            out.append(self._cut())
        out.append(Break())
        self._ends -= 1
        self._rest_ms = None

    def _cut(self) -> Frame:
        assert self._rest_ms is not None
        frame = Frame(self._rest_ms, self._rest[:FRAME_SAMPLES], *self._stamps)
        self._rest = self._rest[FRAME_SAMPLES:]
        self._rest_ms += FRAME_MS
        return frame

    def _join(self, block: PcmBlock, out: list[Frame | Break]) -> None:
        """Append a block to the rest, or start anew with it where the time line breaks."""
        samples = block.samples
        self._queued -= len(samples)
        self._stamps = (block.received_ns, block.decoded_ns)
        if self._rest_ms is None:
            self._rest, self._rest_ms = samples, float(block.at_ms)
            return
        jump = block.at_ms - (self._rest_ms + len(self._rest) / SAMPLES_PER_MS)
        if jump > BRIDGE_MS or jump < -REWIND_MS:
            self._rest, self._rest_ms = samples, float(block.at_ms)
            out.append(Break())
            return
        if jump > DRIFT_MS:
            samples = np.concatenate([np.zeros(round(jump * SAMPLES_PER_MS), np.int16), samples])
        elif jump < -DRIFT_MS:
            samples = samples[round(-jump * SAMPLES_PER_MS) :]
        self._rest = np.concatenate([self._rest, samples])
