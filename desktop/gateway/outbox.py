"""What waits to be sent to one console. Sound gives way when the console is slow, messages never do."""

from __future__ import annotations

import asyncio
from collections import deque


class Outbox:
    """Sound: at most `max_frames` whole frames, the oldest is dropped and counted. Messages: kept, in order.

    A console that lets `max_messages` pile up is not reading at all: `overflown` turns True and it should be let go.
    """

    def __init__(self, max_frames: int, max_messages: int) -> None:
        self._max_frames = max_frames
        self._max_messages = max_messages
        self._frames: deque[tuple[int, tuple[bytes, ...]]] = deque()
        self._messages: deque[tuple[int, str]] = deque()
        self._count = 0
        self._filled = asyncio.Event()
        self.frames_dropped = 0
        self.overflown = False

    def put_message(self, text: str) -> None:
        """Queue a text message."""
        if len(self._messages) >= self._max_messages:
            self.overflown = True
            return
        self._messages.append((self._next(), text))
        self._filled.set()

    def put_frame(self, parts: tuple[bytes, ...]) -> None:
        """Queue one frame, that is one or more binary messages which are sent or dropped together."""
        if len(self._frames) >= self._max_frames:
            self._frames.popleft()
            self.frames_dropped += 1
        self._frames.append((self._next(), parts))
        self._filled.set()

    async def take(self) -> str | tuple[bytes, ...]:
        """The next thing in the order it was put; waits for one."""
        while not self._frames and not self._messages:
            self._filled.clear()
            await self._filled.wait()
        if self._messages and (not self._frames or self._messages[0][0] < self._frames[0][0]):
            return self._messages.popleft()[1]
        return self._frames.popleft()[1]

    def _next(self) -> int:
        self._count += 1
        return self._count
