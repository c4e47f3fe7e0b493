"""A speech service on loopback that does with each connection what a test says."""

from __future__ import annotations

import http
import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from websockets.asyncio.server import ServerConnection, serve
from websockets.datastructures import Headers
from websockets.http11 import Request, Response

from tests.protocols.test_speech_stream import OPENED

Talk = Callable[["Called"], Awaitable[None]]


class Called:
    """One connection, from the service's side."""

    def __init__(self, socket: ServerConnection, number: int) -> None:
        self.socket, self.number = socket, number
        self.texts: list[dict[str, Any]] = []
        self.chunks: list[bytes] = []

    async def open(self) -> None:
        """Hear `open` and agree."""
        self.texts.append(json.loads(await self.socket.recv()))
        await self.socket.send(OPENED)

    async def hear(self, chunks: int) -> None:
        """So many more chunks of sound."""
        goal = len(self.chunks) + chunks
        while len(self.chunks) < goal:
            data = await self.socket.recv()
            assert isinstance(data, bytes)
            self.chunks.append(data)

    async def rest(self) -> None:
        """Everything until the client ends it."""
        async for data in self.socket:
            if isinstance(data, bytes):
                self.chunks.append(data)
            else:
                self.texts.append(json.loads(data))
                await self.socket.send('{"type":"closed"}')

    async def say(self, text: str, start_ms: int | None = None, end_ms: int | None = None, final: bool = True) -> None:
        entity: dict[str, Any] = {"type": "transcript", "value": text}
        if end_ms is not None:
            entity |= {"isFinal": final, "startMs": start_ms, "endMs": end_ms}
        await self.socket.send(json.dumps({"type": "event", "id": "s", "parameters": {"entity": entity}}))


class Service:
    """Where it is and who called."""

    def __init__(self) -> None:
        self.port = 0
        self.calls: list[Called] = []
        self.paths: list[str] = []

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self.port}/speech"


@asynccontextmanager
async def service(talk: Talk, status: int | None = None, *, port: int = 0, **options: Any) -> AsyncIterator[Service]:
    """A service that does `talk` with every connection, or answers every upgrade with `status`."""
    found = Service()

    async def serve_one(socket: ServerConnection) -> None:
        called = Called(socket, len(found.calls) + 1)
        found.calls.append(called)
        await talk(called)

    def look(_: ServerConnection, request: Request) -> Response | None:
        found.paths.append(request.path)
        if status is None:
            return None
        return Response(status, http.HTTPStatus(status).phrase, Headers({"Location": "/elsewhere", "Retry-After": "1"}))

    logger = logging.Logger("the service's own")  # not what is looked at here
    logger.addHandler(logging.NullHandler())
    async with serve(serve_one, "127.0.0.1", port, process_request=look, logger=logger, **options) as server:
        found.port = next(iter(server.sockets)).getsockname()[1]
        yield found


async def unused(_: Called) -> None:
    raise AssertionError("nobody should get so far")
