"""Ears over a pool of worker processes that takes encoded frames: PCM16 in, frames out, words back.

Knows the pool by three functions and by what is handed to `heard`, `lost` and `pulse`. Frames are Opus, 20 ms.
That everything was heard follows from the pool's pulses: after the order to finish, a little silence is fed, and
orders keep their sequence, so once the silence is heard the words before it have been delivered.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable

import numpy as np

from desktop.audio.opus import OpusEncoder
from desktop.domain.events import AudioGap
from desktop.domain.media import Codec, EncodedFrame, Party
from desktop.domain.speech import Segment
from desktop.protocols.speech_stream import BYTES_PER_MS

LINK = "speech service"
FRAME_MS = 20
FRAME_BYTES = FRAME_MS * BYTES_PER_MS
MARK_FRAMES = 6
BITRATE = 48_000
REFUSED = "the recogniser is overloaded"


class PoolEars:
    """`feed(frame, language)` says False for a frame it had to drop; `flush` and `close` take a session."""

    def __init__(
        self,
        feed: Callable[[EncodedFrame, str], bool],
        flush: Callable[[str], None],
        close: Callable[[str], None],
        *,
        languages: tuple[str, ...] = ("en",),
    ) -> None:
        self.languages = languages
        self._feed, self._flush, self._close = feed, flush, close
        self._hearings: dict[str, PoolHearing] = {}

    def open(self, session: str, language: str, deliver: Callable[[Segment | AudioGap], None]) -> PoolHearing:
        """See the port."""

        def close() -> None:
            if self._hearings.pop(session, None) is not None:
                self._close(session)

        hearing = PoolHearing(session, language, deliver, self._feed, self._flush, close)
        self._hearings[session] = hearing
        return hearing

    def heard(self, segments: Iterable[Segment]) -> None:
        """Words from a worker, of any sessions."""
        for segment in segments:
            if (hearing := self._hearings.get(segment.call)) is not None:
                hearing.deliver(segment)

    def lost(self, gap: AudioGap) -> None:
        """Sound that a worker let go."""
        if (hearing := self._hearings.get(gap.call)) is not None:
            hearing.deliver(gap)

    def pulse(self, session: str, position_ms: float, backlog_ms: float) -> None:
        """How far a worker is: decoded up to `position_ms`, of which `backlog_ms` are unheard."""
        if (hearing := self._hearings.get(session)) is not None:
            hearing.reached(position_ms, backlog_ms)

    @property
    def sessions(self) -> int:
        """Open now."""
        return len(self._hearings)


class PoolHearing:
    """One session. Made by `PoolEars.open`."""

    def __init__(
        self,
        session: str,
        language: str,
        deliver: Callable[[Segment | AudioGap], None],
        feed: Callable[[EncodedFrame, str], bool],
        flush: Callable[[str], None],
        close: Callable[[], None],
    ) -> None:
        self.deliver = deliver
        self.close = close
        self._session, self._language = session, language
        self._feed, self._flush = feed, flush
        self._encoder = OpusEncoder(bitrate=BITRATE)
        self._rest = b""
        self._frames = 0
        self._mark_ms: float | None = None
        self._marked = asyncio.Event()

    def feed(self, pcm: bytes) -> None:
        """Send whole frames on; what is less than 20 ms waits for more."""
        data = self._rest + pcm
        whole = len(data) - len(data) % FRAME_BYTES
        refused = 0
        for at in range(0, whole, FRAME_BYTES):
            refused += not self._send(data[at : at + FRAME_BYTES])
        self._rest = data[whole:]
        if refused:
            lost_ms = refused * FRAME_MS
            at_ms = max(0, self._frames * FRAME_MS - lost_ms)
            self.deliver(AudioGap(self._session, Party.MIXED, at_ms, float(lost_ms), REFUSED))

    async def finish(self) -> None:
        """See the port."""
        if self._rest:
            self.feed(bytes(FRAME_BYTES - len(self._rest)))
        if not self._frames:
            return
        self._flush(self._session)
        for _ in range(MARK_FRAMES):
            self._send(bytes(FRAME_BYTES))
        self._mark_ms = self._frames * FRAME_MS
        await self._marked.wait()

    def reached(self, position_ms: float, backlog_ms: float) -> None:
        """A pulse came."""
        if self._mark_ms is not None and position_ms >= self._mark_ms - 1 and backlog_ms <= 0:
            self._marked.set()

    def _send(self, pcm: bytes) -> bool:
        number, self._frames = self._frames, self._frames + 1
        payload = self._encoder.encode(np.frombuffer(pcm, "<i2"))
        return self._feed(
            EncodedFrame(
                LINK, self._session, Party.MIXED, Codec.OPUS, number, number * FRAME_MS, payload, time.monotonic_ns()
            ),
            self._language,
        )
