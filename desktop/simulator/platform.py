"""One simulated region of the platform: all its parts on one loopback port, with faults in front of them.

    async with-less life: base = await platform.start(); ...; await platform.close()

Faults come before the parts: `throttle` answers 429 to some requests, `go_away` stops listening and cuts every
connection (the region is gone), `come_back` listens again on the same port.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from aiohttp import web

from desktop.simulator.audience import Audience

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Part(Audience, Protocol):
    """One interface of the platform: sign-in, analytics socket, notifications, bots."""

    def routes(self) -> Iterable[web.RouteDef]: ...

    def moved(self, base_url: str) -> None:
        """Told where the platform listens, for addresses that it hands out."""
        ...

    async def cut(self) -> None:
        """Drop every connection without a goodbye."""
        ...

    async def close(self) -> None: ...


@dataclass(slots=True)
class _Throttle:
    path: str
    left: int
    status: int
    retry_after_s: float | None


class SimulatedPlatform:
    """Give it its parts; `base_url` is "" until `start`."""

    def __init__(self, parts: Sequence[Part], *, ssl_context: ssl.SSLContext | None = None) -> None:
        self.parts = tuple(parts)
        self.base_url = ""
        self.refused = 0  # requests that a throttle answered
        self.visited = asyncio.Event()  # somebody has asked for more than a token
        self._ssl_context = ssl_context
        self._throttles: list[_Throttle] = []
        self._runner: web.AppRunner | None = None
        self._host, self._port = "127.0.0.1", 0

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> str:
        """Listen; returns the base address, e.g. http://127.0.0.1:41234."""
        self._host, self._port = host, port
        await self.come_back()
        for part in self.parts:
            part.moved(self.base_url)
        return self.base_url

    async def come_back(self) -> None:
        """Listen (again)."""
        app = web.Application(middlewares=[self._faults])
        for part in self.parts:
            app.add_routes(part.routes())
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
        await self._runner.setup()
        site = web.TCPSite(self._runner, self._host, self._port, ssl_context=self._ssl_context, reuse_address=True)
        await site.start()
        self._port = self._runner.addresses[0][1]
        scheme = "https" if self._ssl_context else "http"
        self.base_url = f"{scheme}://{self._host}:{self._port}"

    async def go_away(self) -> None:
        """The region is gone: nobody listens, every connection is cut."""
        await asyncio.gather(*(part.cut() for part in self.parts))
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def close(self) -> None:
        """For good."""
        await asyncio.gather(*(part.close() for part in self.parts))
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    def throttle(self, path: str, times: int, *, status: int = 429, retry_after_s: float | None = None) -> None:
        """Answer the next `times` requests whose path starts with `path` with `status`."""
        self._throttles.append(_Throttle(path, times, status, retry_after_s))

    @web.middleware
    async def _faults(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        for throttle in self._throttles:
            if throttle.left > 0 and request.path.startswith(throttle.path):
                throttle.left -= 1
                self.refused += 1
                wait = throttle.retry_after_s
                headers = {} if wait is None else {"Retry-After": f"{wait:g}"}
                return web.json_response({"status": throttle.status}, status=throttle.status, headers=headers)
        if not request.path.startswith("/oauth/"):
            self.visited.set()
        return await handler(request)
