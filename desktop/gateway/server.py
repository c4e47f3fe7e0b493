"""One port for everything that others dial: whatever offers routes is mounted here, behind the same hardening."""

from __future__ import annotations

import ssl
from collections.abc import Iterable, Sequence
from typing import Protocol

from aiohttp import web

from desktop.gateway.hardening import HardenedSite, Hardening, HardeningStats, harden, hardened_runner


class Mounted(Protocol):
    """An interface that others dial."""

    def routes(self) -> Iterable[web.RouteDef]: ...


class GatewayServer:
    """`start` once, `close` once; what is mounted is closed by whoever made it, before this is."""

    def __init__(
        self, mounted: Sequence[Mounted], hardening: Hardening, *, ssl_context: ssl.SSLContext | None = None
    ) -> None:
        self._mounted = tuple(mounted)
        self.hardening = hardening  # may be replaced while it serves
        self._ssl_context = ssl_context
        self._runner: web.AppRunner | None = None
        self.stats = HardeningStats()

    async def start(self, host: str, port: int) -> str:
        """Listen; the base address, e.g. https://0.0.0.0:443. OSError when the port can't be had."""
        app = web.Application()
        harden(app, lambda: self.hardening, self.stats)
        for part in self._mounted:
            app.add_routes(part.routes())
        runner = self._runner = hardened_runner(app)
        await runner.setup()
        try:
            await HardenedSite(runner, host, port, ssl_context=self._ssl_context).start()
        except BaseException:
            await self.close()
            raise
        bound = runner.addresses[0]
        shown = f"[{bound[0]}]" if ":" in bound[0] else bound[0]
        return f"{'http' if self._ssl_context is None else 'https'}://{shown}:{bound[1]}"

    async def close(self) -> None:
        """Stop listening."""
        runner, self._runner = self._runner, None
        if runner is not None:
            await runner.cleanup()
