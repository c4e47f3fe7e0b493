"""What is said to one client: messages in order, bounded; a client that doesn't read is let go."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Final

from aiohttp import web

from desktop.protocols.speech_stream import ReplyMessage, encode

CLOSE_TIMEOUT_S: Final = 2.0
MAX_WAITING: Final = 1000


class Mouth:
    """The socket's sending side; `run` in a task of its own."""

    def __init__(self, socket: web.WebSocketResponse, transport: asyncio.Transport) -> None:
        self._socket, self._transport = socket, transport
        self._outbox: asyncio.Queue[str | None] = asyncio.Queue(MAX_WAITING)

    def say(self, message: ReplyMessage) -> None:
        """Queue a message."""
        try:
            self._outbox.put_nowait(encode(message))
        except asyncio.QueueFull:
            self.abort()

    def abort(self) -> None:
        """Cut the connection."""
        self._transport.abort()

    async def run(self) -> None:
        """Until `goodbye`, or the connection is gone."""
        with contextlib.suppress(ConnectionError):  # the reader sees the end as well
            while (text := await self._outbox.get()) is not None:
                await self._socket.send_str(text)

    async def goodbye(self, last: ReplyMessage, code: int, running: asyncio.Task[None]) -> None:
        """Say what is queued and `last`, then close; a client that doesn't take it in time is cut off."""
        if self._socket.closed:
            return
        self.say(last)
        try:
            async with asyncio.timeout(CLOSE_TIMEOUT_S):
                await self._outbox.put(None)
                await asyncio.wait([running])
                await self._socket.close(code=code)
        except TimeoutError:
            self.abort()
