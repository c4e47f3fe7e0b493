"""A publisher of models on a real web server of this machine, with the moods that publishers and networks have."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web


@dataclass(slots=True)
class Publisher:
    """What it serves, how, and what it was asked. `cut_at`: the connection ends there, `cuts` times."""

    files: dict[str, bytes] = field(default_factory=dict)
    status: dict[str, int] = field(default_factory=dict)
    redirects: dict[str, str] = field(default_factory=dict)
    etag: str = '"one"'
    ranges: bool = True
    lengths: bool = True
    forgets_if_range: bool = False
    cut_at: int | None = None
    cuts: int = 1
    stall_at: int | None = None
    lie: int = 0  # bytes promised beyond what there is
    asked: list[tuple[str, str]] = field(default_factory=list)  # path, Range
    base: str = ""
    stalled: asyncio.Event = field(default_factory=asyncio.Event)
    released: asyncio.Event = field(default_factory=asyncio.Event)

    def url(self, name: str) -> str:
        return f"{self.base}/{name}"

    async def answer(self, request: web.Request) -> web.StreamResponse:
        name = request.path.lstrip("/")
        asked = request.headers.get("Range", "")
        self.asked.append((name, asked))
        if name in self.redirects:
            return web.Response(status=302, headers={"Location": self.redirects[name]})
        if (status := self.status.get(name, 200)) != 200:
            return web.Response(status=status)
        if name not in self.files:
            return web.Response(status=404)
        content, start = self.files[name], 0
        same = self.forgets_if_range or request.headers.get("If-Range", self.etag) == self.etag
        if asked and self.ranges and same:
            start = int(asked.removeprefix("bytes=").rstrip("-"))
            if start >= len(content):
                return web.Response(status=416, headers={"Content-Range": f"bytes */{len(content)}"})
        return await self._stream(request, content, start)

    async def _stream(self, request: web.Request, content: bytes, start: int) -> web.StreamResponse:
        response = web.StreamResponse(status=206 if start else 200)
        if self.etag:
            response.headers["ETag"] = self.etag
        if start:
            response.headers["Content-Range"] = f"bytes {start}-{len(content) - 1}/{len(content)}"
        if self.lengths:
            response.content_length = len(content) - start + self.lie
        await response.prepare(request)
        for at in range(start, len(content), 4096):
            if self.cut_at is not None and at >= self.cut_at and self.cuts > 0:
                self.cuts -= 1
                assert request.transport is not None
                request.transport.close()
                return response
            if self.stall_at is not None and at >= self.stall_at:
                self.stalled.set()
                await self.released.wait()
                return response
            await response.write(content[at : at + 4096])
        return response


@asynccontextmanager
async def publisher(**how: object) -> AsyncIterator[Publisher]:
    """One that listens on loopback."""
    made = Publisher(**how)  # type: ignore[arg-type]
    app = web.Application()
    app.router.add_get("/{name:.*}", made.answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    made.base = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield made
    finally:
        made.released.set()
        await runner.cleanup()


def sha256(content: bytes) -> str:
    """In hex."""
    return hashlib.sha256(content).hexdigest()
