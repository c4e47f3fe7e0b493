"""A simulated language engine behind the simulated bots (document E): as slow and as broken as a test wants it."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections import deque
from dataclasses import dataclass, field

from aiohttp import web


def _small_talk() -> object:
    return {"text": "One moment, please.", "data": {}}


@dataclass(slots=True)
class SimulatedEngine:
    """How POST /nlp behaves, and what it saw."""

    latency_s: float = 0.0
    status: int = 200
    reads_gzip: bool = True
    api_key: str | None = None  # expected in X-API-Key
    answer: object = field(default_factory=_small_talk)  # str: sent as it is, else as JSON
    asked: int = 0
    answered: int = 0
    encodings: list[str] = field(default_factory=list)  # Content-Encoding of each request, "" for none
    requests: deque[dict[str, object]] = field(default_factory=lambda: deque(maxlen=100))

    _closing: asyncio.Event = field(default_factory=asyncio.Event)

    def close(self) -> None:
        """Whoever still waits is answered at once: a web server lets its handlers run on when nobody listens."""
        self._closing.set()

    async def serve(self, request: web.Request) -> web.Response:
        """Answers one POST, compressed if the client takes that."""
        self.asked += 1
        encoding = request.headers.get("Content-Encoding", "")
        self.encodings.append(encoding)
        if encoding and not self.reads_gzip:
            return web.json_response({"error": "unsupported encoding"}, status=415)
        if self.api_key is not None and request.headers.get("X-API-Key") != self.api_key:
            return web.json_response({"error": "no key"}, status=401)
        self.requests.append(json.loads(await request.read()))
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self.latency_s):
                await self._closing.wait()
        if self.status != 200:
            return web.Response(status=self.status)
        self.answered += 1
        text = self.answer if isinstance(self.answer, str) else json.dumps(self.answer)
        reply = web.Response(text=text, content_type="application/json")
        reply.enable_compression()
        return reply
