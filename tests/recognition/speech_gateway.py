"""A speech service on loopback for tests that are not asynchronous: our own gateway's, over TLS, on a thread."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

import trustme
from aiohttp import web

from desktop.app.analytics_service import AnalyticsService
from desktop.gateway.speech_service_config import SpeechServiceConfig
from desktop.recognition.speech_service import SpeechServiceAccess, SpeechServiceRecogniser
from tests.gateway.speech_ears import KEY, PATH
from tests.recognition.patient import make_patient_recogniser

LOADS_S = 60.0
Serve = Callable[[ssl.SSLContext], AbstractAsyncContextManager[int]]


@dataclass(frozen=True)
class Gateway:
    """Where it is."""

    url: str
    ca_file: str
    loop: asyncio.AbstractEventLoop

    def access(self, api_key: str = KEY, language: str = "en-US") -> SpeechServiceAccess:
        return SpeechServiceAccess(self.url, api_key, language, ca_file=self.ca_file)


@contextmanager
def on_a_thread(serve: Serve, folder: Path) -> Iterator[Gateway]:
    """`serve` gets a TLS context and gives a port; it ends with the block."""
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    ca_file = folder / "ca.pem"
    authority.cert_pem.write_to_path(str(ca_file))
    ready, found = threading.Event(), []
    over: asyncio.Event

    async def main() -> None:
        nonlocal over
        over = asyncio.Event()
        async with serve(context) as port:
            found.append((port, asyncio.get_running_loop()))
            ready.set()
            await over.wait()

    thread = threading.Thread(target=asyncio.run, args=(main(),), name="speech gateway")
    thread.start()
    assert ready.wait(LOADS_S)
    port, loop = found[0]
    try:
        yield Gateway(f"wss://127.0.0.1:{port}{PATH}", str(ca_file), loop)
    finally:
        loop.call_soon_threadsafe(lambda: over.set())
        thread.join()


@contextmanager
def real_gateway(folder: Path) -> Iterator[Gateway]:
    """The whole service with the embedded recogniser in a worker process behind it."""

    @asynccontextmanager
    async def serve(context: ssl.SSLContext) -> AsyncIterator[int]:
        config = SpeechServiceConfig(max_ahead_s=60.0)
        with patch("desktop.app.analytics_service.make_recogniser", make_patient_recogniser):
            service = AnalyticsService([KEY], folder / "results", workers=1, config=config)
        app = web.Application()
        app.add_routes(service.routes())
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
        await runner.setup()
        await service.start()
        await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context).start()
        async with asyncio.TaskGroup() as group:
            running = group.create_task(service.run(), name="workers")
            while not service._pool.ready:
                await asyncio.sleep(0.05)
            try:
                yield runner.addresses[0][1]
            finally:
                await service.close()
                await runner.cleanup()
                running.cancel()

    with on_a_thread(serve, folder) as gateway:
        yield gateway


class ServedRecogniser(SpeechServiceRecogniser):
    """A recogniser with a service of its own, which ends with it."""

    def __init__(self, folder: Path) -> None:
        with contextlib.ExitStack() as stack:
            super().__init__(stack.enter_context(real_gateway(folder)).access())
            self._stack = stack.pop_all()

    def close(self) -> None:
        super().close()
        self._stack.close()
