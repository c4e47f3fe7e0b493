"""Sound on its way through a gateway: whatever an organisation sends becomes 16 kHz Opus in 20 ms packets.

Encoding takes a fifth of a millisecond per packet and party, so it runs on a few threads (libopus lets go of the
interpreter); each voice is encoded in order, by one thread at a time.
"""

from __future__ import annotations

import asyncio
import os
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple, assert_never

import numpy as np
import numpy.typing as npt

from desktop.audio.g711 import PcmuDecoder
from desktop.audio.opus import OpusEncoder, packet_ms
from desktop.domain.media import PIPELINE_RATE_HZ, Codec, EncodedFrame, Party

PACKET_MS = 20
PACKET_SAMPLES = PIPELINE_RATE_HZ * PACKET_MS // 1000
MAX_WAITING = 64
"""Frames of one voice that may wait for a thread (6 s of 100 ms); beyond it the oldest is dropped and counted."""
JUMP_MS = 250
"""A capture time that is further ahead than this is followed: nothing was sent meanwhile."""

Pcm = npt.NDArray[np.int16]


class Packet(NamedTuple):
    """One Opus packet of one voice; `captured_ms` since the Unix epoch."""

    call: str
    party: Party
    seq: int
    captured_ms: int
    payload: bytes


class _Voice:
    """One (call, party): decoder, encoder and what waits. Used by one thread at a time."""

    def __init__(self, call: str, party: Party) -> None:
        self.call, self.party = call, party
        self.waiting: deque[EncodedFrame] = deque()
        self.busy = False
        self.closed = False
        self.private = False
        self._pcmu = PcmuDecoder()
        self._encoder = OpusEncoder()
        self._rest: Pcm = np.empty(0, np.int16)
        self._seq = 0
        self._at_ms: float | None = None

    def packets(self, frames: list[EncodedFrame]) -> list[Packet]:
        out: list[Packet] = []
        for frame in frames:
            out += self._frame(frame)
        return out

    def _frame(self, frame: EncodedFrame) -> list[Packet]:
        if frame.at_ms is not None and (self._at_ms is None or abs(frame.at_ms - self._at_ms) > JUMP_MS):
            self._at_ms, self._rest = float(frame.at_ms), np.empty(0, np.int16)
        match frame.codec:
            case Codec.OPUS:
                if frame.at_ms is not None:
                    self._at_ms = float(frame.at_ms)
                return [self._packet(frame.payload, packet_ms(frame.payload))]
            case Codec.PCMU:
                self._rest = np.concatenate([self._rest, self._pcmu.decode(frame.payload)])
                whole = self._rest.size // PACKET_SAMPLES
                cut = self._rest[: whole * PACKET_SAMPLES].reshape(whole, PACKET_SAMPLES)
                self._rest = self._rest[whole * PACKET_SAMPLES :]
                return [self._packet(self._encoder.encode(samples)) for samples in cut]
            case _:  # pragma: no cover
                assert_never(frame.codec)

    def _packet(self, payload: bytes, ms: float = PACKET_MS) -> Packet:
        at_ms = self._at_ms or 0.0
        self._at_ms = at_ms + ms
        packet = Packet(self.call, self.party, self._seq, round(at_ms), payload)
        self._seq += 1
        return packet


class Transcoder:
    """`send` gets packets on the loop that `feed` is called on."""

    def __init__(self, send: Callable[[Packet], None], threads: int | None = None) -> None:
        self._send = send
        self._pool = ThreadPoolExecutor(threads or max(1, (os.cpu_count() or 2) - 1), thread_name_prefix="transcoder")
        self._voices: dict[tuple[str, Party], _Voice] = {}
        self.dropped = 0

    def feed(self, frame: EncodedFrame) -> None:
        """Take one frame; never waits."""
        key = (frame.call, frame.party)
        voice = self._voices.get(key)
        if voice is None:
            voice = self._voices[key] = _Voice(frame.call, frame.party)
        if voice.private:
            return
        voice.waiting.append(frame)
        if len(voice.waiting) > MAX_WAITING:
            voice.waiting.popleft()
            self.dropped += 1
        self._start(voice)

    def silence(self, call: str, on: bool) -> None:
        """Privacy: nothing that waits or is being encoded gets out, and nothing until it is off."""
        for (owner, _), voice in self._voices.items():
            if owner == call:
                voice.private = on
                voice.waiting.clear()

    def forget(self, call: str) -> None:
        """The call is over; what still waits is let go."""
        for key in [key for key in self._voices if key[0] == call]:
            voice = self._voices.pop(key)
            voice.closed = True
            voice.waiting.clear()

    def close(self) -> None:
        """For good."""
        for voice in self._voices.values():
            voice.closed = True
        self._voices.clear()
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _start(self, voice: _Voice) -> None:
        if voice.busy or voice.closed or not voice.waiting:
            return
        frames = list(voice.waiting)
        voice.waiting.clear()
        voice.busy = True
        loop = asyncio.get_running_loop()
        self._pool.submit(self._work, loop, voice, frames)

    def _work(self, loop: asyncio.AbstractEventLoop, voice: _Voice, frames: list[EncodedFrame]) -> None:
        packets: list[Packet] = []
        try:
            packets = voice.packets(frames)
        except Exception:  # a packet that can't be encoded costs this piece of sound
            self.dropped += len(frames)
        finally:
            if not loop.is_closed():
                loop.call_soon_threadsafe(self._done, voice, packets)

    def _done(self, voice: _Voice, packets: list[Packet]) -> None:
        voice.busy = False
        if voice.closed or voice.private:
            return
        for packet in packets:
            self._send(packet)
        self._start(voice)
