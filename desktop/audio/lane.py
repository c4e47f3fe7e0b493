"""One channel of one call: frames as they arrive to blocks in order, with losses concealed and counted.

Frames are put in sequence within REORDER_MS; what is still missing then is recovered from the next
packet's in-band copy or concealed, up to CONCEAL_MS. A longer hole is not filled: the time line jumps
and the hole is reported, so that nobody takes it for silence.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import assert_never

import numpy as np
import numpy.typing as npt

from desktop.audio.g711 import PcmuDecoder
from desktop.audio.opus import OpusDecoder, packet_ms
from desktop.domain.errors import DecodeFailed
from desktop.domain.events import AudioGap
from desktop.domain.media import PIPELINE_RATE_HZ, Codec, EncodedFrame, Party, PcmBlock

REORDER_MS = 100.0
CONCEAL_MS = 120.0
SEQUENCE_RESTART = 1_000  # a number this far off is a new numbering, not a loss
CLOCK_TRUST_MS = 3_600_000  # a capture time further off than this is nonsense
_JUMP_MS = 250  # smaller differences between clock and samples are jitter

Pcm = npt.NDArray[np.int16]


@dataclass(slots=True)
class LaneCounts:
    """What happened to this channel's frames since the counts were last taken."""

    received: int = 0
    concealed: int = 0
    lost: int = 0  # too many in a row to invent
    corrupt: int = 0
    duplicate: int = 0
    reordered: int = 0


class Lane:
    """Decoder, reorder buffer and clock of one (call, party)."""

    def __init__(self, call: str, party: Party, base_ms: int, resume_ms: int = 0) -> None:
        self.call, self.party, self.base_ms = call, party, base_ms
        self.position_ms = float(resume_ms)  # where the next sample belongs on the call's time line
        self.counts = LaneCounts()
        self._opus: OpusDecoder | None = None
        self._pcmu: PcmuDecoder | None = None
        self._next: int | None = None
        self._held: dict[int, EncodedFrame] = {}
        self._frame_ms = 20.0
        self._in_sequence = False

    def push(self, frame: EncodedFrame) -> list[PcmBlock | AudioGap]:
        """Take a frame in; returns what is in order now."""
        self.counts.received += 1
        if frame.seq is None:
            return list(self._sound(frame))
        if self._next is None or self._renumbered(frame, frame.seq - self._next):
            out = self.flush()
            self._next = frame.seq
            self._in_sequence = False
        else:
            out = []
        if frame.seq < self._next or frame.seq in self._held:
            self.counts.duplicate += 1
            return out
        if self._held and frame.seq < max(self._held):
            self.counts.reordered += 1
        self._held[frame.seq] = frame
        out.extend(self._in_order())
        if self._held and len(self._held) * self._frame_ms >= REORDER_MS:
            out.extend(self._give_up_waiting())
        return out

    def _renumbered(self, frame: EncodedFrame, ahead: int) -> bool:
        """A sender that restarted counts anew: far off, or smaller numbers with newer capture times."""
        newer = frame.at_ms is not None and frame.at_ms - self.base_ms >= self.position_ms
        return abs(ahead) > SEQUENCE_RESTART or (ahead < 0 and newer)

    def flush(self) -> list[PcmBlock | AudioGap]:
        """Nothing more will come in time: let out everything held."""
        out: list[PcmBlock | AudioGap] = []
        while self._held:
            out.extend(self._give_up_waiting())
        return out

    def _in_order(self) -> Iterator[PcmBlock | AudioGap]:
        while self._next is not None and (frame := self._held.pop(self._next, None)) is not None:
            self._next += 1
            yield from self._sound(frame)
            self._in_sequence = True

    def _give_up_waiting(self) -> Iterator[PcmBlock | AudioGap]:
        first = min(self._held)
        missing = first - (self._next or 0)
        yield from self._fill(missing, self._held[first])
        self._next = first
        yield from self._in_order()

    def _fill(self, missing: int, following: EncodedFrame) -> Iterator[PcmBlock | AudioGap]:
        """Invent at most CONCEAL_MS for `missing` frames, report the rest as a hole."""
        lost_ms = missing * self._frame_ms
        if following.codec is not Codec.OPUS or lost_ms > CONCEAL_MS:
            self.counts.lost += missing
            yield AudioGap(self.call, self.party, round(self.position_ms), lost_ms, "frames lost")
            self.position_ms += lost_ms
            return
        self.counts.concealed += missing
        opus = self._opus_decoder()
        for index in range(missing):
            try:
                last = index == missing - 1
                pcm = opus.recover(following.payload, self._frame_ms) if last else opus.conceal(self._frame_ms)
            except DecodeFailed:
                pcm = opus.conceal(self._frame_ms)
            yield self._block(pcm, following.received_ns, concealed=True)

    def _sound(self, frame: EncodedFrame) -> Iterator[PcmBlock | AudioGap]:
        if frame.at_ms is not None:
            yield from self._keep_time(frame.at_ms - self.base_ms)
        try:
            pcm = self._decode(frame)
        except DecodeFailed:
            self.counts.corrupt += 1
            yield self._block(self._opus_decoder().conceal(self._frame_ms), frame.received_ns, concealed=True)
            return
        yield self._block(pcm, frame.received_ns, concealed=False)

    def _keep_time(self, at_ms: int) -> Iterator[AudioGap]:
        """Follow the sender's clock where it jumps; ignore a clock that makes no sense."""
        ahead = at_ms - self.position_ms
        if ahead > CLOCK_TRUST_MS or ahead < _JUMP_MS:
            return
        # Before its first sound a channel is late, not lossy; between consecutive numbers the sender was silent.
        if self.position_ms > 0 and not self._in_sequence:
            yield AudioGap(self.call, self.party, round(self.position_ms), ahead, "nothing was sent")
        self.position_ms = float(at_ms)

    def _decode(self, frame: EncodedFrame) -> Pcm:
        match frame.codec:
            case Codec.OPUS:
                self._frame_ms = packet_ms(frame.payload)
                return self._opus_decoder().decode(frame.payload)
            case Codec.PCMU:
                if self._pcmu is None:
                    self._pcmu = PcmuDecoder()
                self._frame_ms = len(frame.payload) / 8
                return self._pcmu.decode(frame.payload)
            case _:  # pragma: no cover
                assert_never(frame.codec)

    def _opus_decoder(self) -> OpusDecoder:
        if self._opus is None:
            self._opus = OpusDecoder()
        return self._opus

    def _block(self, pcm: Pcm, received_ns: int, *, concealed: bool) -> PcmBlock:
        ms = pcm.size * 1000 / PIPELINE_RATE_HZ
        start = round(self.position_ms)
        self.position_ms += ms
        made = ms if concealed else 0.0
        return PcmBlock(self.call, self.party, start, PIPELINE_RATE_HZ, pcm, received_ns, time.monotonic_ns(), made)
