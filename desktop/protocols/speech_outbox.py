"""What one party said, on its way to a speech service (document D): 500 ms chunks, kept until they are answered.

Nothing is sent while nobody speaks, so the service's clock runs slower than the call's: `place` leads back. A lost
connection makes everything unanswered be sent again. Times: `at_ms` on the call's time line, `session_ms` of sound that
the present connection was sent, `now_s` of any clock that only goes forward.

Overflow: beyond `limit_ms` of unsent sound the oldest is dropped and counted in `lost_ms`. What is sent and unanswered
is bounded by the longest utterance and by `settle_after` of whoever asks.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Final, NamedTuple

from desktop.protocols.speech_stream import BYTES_PER_MS, CHUNK_MS

CHUNK_BYTES: Final = CHUNK_MS * BYTES_PER_MS
SILENCE: Final = bytes(CHUNK_BYTES)
END_MS: Final = 700.0
"""Silence after an utterance, so that the service hears its end at once instead of with the next one."""
AHEAD_S: Final = 1.5
CATCH_UP: Final = 2
"""What had to wait is sent at twice the pace of speech, a few seconds at once: a service must keep up with it."""
SLACK_MS: Final = 300.0
"""Voice activity lasts this much longer than the last word."""
EVERYTHING: Final = float("inf")


@dataclass(slots=True)
class Spoken:
    """A stretch of speech. `answered_to_ms`: up to here the service's finals have come."""

    from_ms: float
    to_ms: float
    ended_ns: int = 0  # when the end of speech was received
    closed: bool = False
    noise: bool = False  # nothing was said after all
    heard_s: float | None = None  # once all of it was sent: when a service that hears in real time has heard it
    answered_to_ms: float = -1.0

    @property
    def done(self) -> bool:
        """Nothing of it is to be sent again."""
        return self.closed and self.answered_to_ms >= self.to_ms - SLACK_MS


class Chunk(NamedTuple):
    """500 ms: `sound_ms` of sound, then silence."""

    spoken: Spoken
    at_ms: float
    sound_ms: float
    pcm: bytes
    stamps: tuple[int, int]  # received_ns, decoded_ns of its newest sound
    last: bool


class SpeechOutbox:
    """One party's chunks, in order: sent ones first, then those to be sent."""

    def __init__(self, limit_ms: float = 30_000.0) -> None:
        self._limit_ms = limit_ms
        self._chunks: deque[Chunk] = deque()
        self._sent = 0  # so many of _chunks
        self._base_ms = 0.0  # session_ms at which the first of _chunks begins
        self._answered_ms = 0.0  # session_ms up to which finals have come
        self._open: Spoken | None = None
        self._rest = bytearray()
        self._rest_ms, self._rest_stamps = 0.0, (0, 0)
        self._unsent_ms = 0.0
        self._pace_s = self._due_s = 0.0
        self._before = Chunk(Spoken(0, 0), 0, 0, SILENCE, (0, 0), False)  # the last that was let go
        self.lost_ms = 0.0
        self.stamps = (0, 0)
        """received_ns, decoded_ns of the newest sound that was sent."""

    @property
    def unsent_ms(self) -> float:
        """Sound that waits to be sent."""
        return self._unsent_ms + len(self._rest) / BYTES_PER_MS

    @property
    def ready(self) -> bool:
        """Whether there is a chunk to be sent."""
        return self._sent < len(self._chunks)

    # what is said

    def begin(self, from_ms: float) -> Spoken:
        """Somebody speaks; whoever feeds keeps `to_ms` and `ended_ns` of it up to date."""
        self._open = Spoken(from_ms, from_ms)
        return self._open

    def add(self, pcm: bytes, at_ms: float, stamps: tuple[int, int]) -> None:
        """More of the utterance that `begin` began, without a hole."""
        if not self._rest:
            self._rest_ms = at_ms
        self._rest += pcm
        self._rest_stamps = stamps
        while self._open is not None and len(self._rest) >= CHUNK_BYTES:
            self._cut_chunk(self._open)

    def end(self, *, noise: bool = False) -> None:
        """The utterance is over; `noise`: it was none."""
        spoken, self._open = self._open, None
        if spoken is None:
            return
        spoken.closed, spoken.noise = True, noise
        if noise:
            self._rest.clear()
            spoken.to_ms = spoken.from_ms
            self._withdraw(spoken)
        elif self._rest:
            self._cut_chunk(spoken)
        if self._chunks and self._chunks[-1].spoken is spoken:
            self._finish(spoken)

    # what is sent

    def take(self, now_s: float) -> bytes | None:
        """The next chunk, which then counts as sent on this connection; None while it is not due."""
        if not self.ready or self._due_s - now_s > AHEAD_S:
            return None
        chunk = self._chunks[self._sent]
        self._sent += 1
        self._unsent_ms -= chunk.sound_ms
        if chunk.sound_ms:
            self.stamps = chunk.stamps
        self._pace_s = max(self._pace_s, now_s) + CHUNK_MS / 1000
        self._due_s = max(self._due_s, now_s) + CHUNK_MS / 1000 / CATCH_UP
        if chunk.last:
            chunk.spoken.heard_s = self._pace_s
        self._sweep()
        return chunk.pcm

    def keep_alive(self) -> bytes:
        """A chunk of silence; only while nothing else is to be sent."""
        at_ms = self._chunks[-1].at_ms if self._chunks else self._before.at_ms
        idle = Spoken(at_ms, at_ms, closed=True, answered_to_ms=EVERYTHING)
        self._chunks.append(Chunk(idle, at_ms, 0.0, SILENCE, (0, 0), False))
        self._sent += 1
        self._sweep()
        return SILENCE

    def lost(self) -> None:
        """The connection is gone: what was not answered will be sent again."""
        if self._sent:  # what was answered must not be heard twice
            first, muted = self._chunks[0], max(round(self._answered_ms - self._base_ms), 0) * BYTES_PER_MS
            self._chunks[0] = first._replace(pcm=bytes(muted) + first.pcm[muted:])
        while self._chunks and self._chunks[0].spoken.done:
            self._chunks.popleft()
        self._sent, self._base_ms, self._answered_ms = 0, 0.0, 0.0
        self._pace_s = self._due_s = 0.0
        for chunk in self._chunks:
            chunk.spoken.heard_s = None
        self._unsent_ms = sum(chunk.sound_ms for chunk in self._chunks)
        self._trim()

    # what is answered

    @property
    def current(self) -> Spoken | None:
        """The oldest utterance that was sent, at least in part, and is not answered yet."""
        return self._chunks[0].spoken if self._sent else None

    def place(self, session_ms: float) -> float:
        """Where a moment of the session lies on the call's time line."""
        chunk, into_ms = self._at(session_ms)
        return chunk.at_ms + min(max(into_ms, 0.0), chunk.sound_ms)

    def spoken_at(self, session_ms: float) -> Spoken:
        """Which utterance a moment of the session belongs to."""
        return self._at(session_ms)[0].spoken

    def answered(self, session_ms: float) -> None:
        """A final came that ends there."""
        at_ms, spoken = self.place(session_ms), self.spoken_at(session_ms)
        spoken.answered_to_ms = max(spoken.answered_to_ms, at_ms)
        self._answered_ms = max(self._answered_ms, session_ms)
        for chunk in self._chunks:
            if chunk.spoken is spoken:
                break
            chunk.spoken.answered_to_ms = EVERYTHING  # an older one: the service heard nothing in it
        self._sweep()

    def settle(self, spoken: Spoken) -> None:
        """It needs no more answers."""
        spoken.answered_to_ms = EVERYTHING
        self._sweep()

    # inside

    def _cut_chunk(self, spoken: Spoken) -> None:
        pcm = bytes(self._rest[:CHUNK_BYTES])
        del self._rest[:CHUNK_BYTES]
        sound_ms = len(pcm) / BYTES_PER_MS
        pcm += bytes(CHUNK_BYTES - len(pcm))
        self._chunks.append(Chunk(spoken, self._rest_ms, sound_ms, pcm, self._rest_stamps, False))
        self._rest_ms += CHUNK_MS
        self._unsent_ms += sound_ms
        self._trim()

    def _finish(self, spoken: Spoken) -> None:
        """Silence until its end can be heard, and a last chunk that was not sent before."""
        newest = self._chunks[-1]
        silence_ms = newest.at_ms + CHUNK_MS - spoken.to_ms
        while not self.ready or silence_ms < END_MS:
            self._chunks.append(Chunk(spoken, spoken.to_ms, 0.0, SILENCE, self._rest_stamps, False))
            silence_ms += CHUNK_MS
        self._chunks[-1] = self._chunks[-1]._replace(last=True)

    def _withdraw(self, spoken: Spoken) -> None:
        """What of it has not been sent."""
        while self.ready and self._chunks[-1].spoken is spoken:
            self._unsent_ms -= self._chunks.pop().sound_ms

    def _trim(self) -> None:
        while self._unsent_ms > self._limit_ms:
            index = next(n for n in range(self._sent, len(self._chunks)) if self._chunks[n].sound_ms)
            oldest = self._chunks[index]
            del self._chunks[index]
            self._unsent_ms -= oldest.sound_ms
            self.lost_ms += oldest.sound_ms
            while self._needless(index):
                del self._chunks[index]

    def _needless(self, index: int) -> bool:
        """The end of an utterance of which nothing is left."""
        if index == len(self._chunks) or self._chunks[index].sound_ms:
            return False
        return not index or self._chunks[index - 1].spoken is not self._chunks[index].spoken

    def _sweep(self) -> None:
        """Let go of sent chunks that need no second time."""
        while self._sent:
            first, end_ms = self._chunks[0], self._base_ms + CHUNK_MS
            if not first.spoken.done and end_ms > self._answered_ms:
                return
            self._before = self._chunks.popleft()
            self._sent -= 1
            self._base_ms = end_ms

    def _at(self, session_ms: float) -> tuple[Chunk, float]:
        """The chunk that was sent then, and how far into it."""
        ahead_ms = session_ms - self._base_ms
        if ahead_ms < 0 or not self._sent:
            return self._before, ahead_ms + CHUNK_MS
        index = min(int(ahead_ms // CHUNK_MS), self._sent - 1)
        return self._chunks[index], ahead_ms - index * CHUNK_MS
