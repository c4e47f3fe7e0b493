"""An AudioHook listener on a loopback port, what it delivers, and clients that dial it."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

from aiohttp import web

from desktop.domain.events import AudioArrived, SourceEvent
from desktop.domain.media import Party
from desktop.gateway.audiohook import AudioHookListener
from desktop.gateway.audiohook_config import AudioHookConfig, Keys
from desktop.simulator.audiohook_client import AudioHookClient
from desktop.simulator.audiohook_client_dial import HONEST, Hook, Tampering

SECRET = b"a client secret of the tests"
KEYS: dict[str, bytes] = {"test-key": SECRET, "open-key": b""}
E = TypeVar("E")


class Ear:
    """Everything that was delivered."""

    def __init__(self) -> None:
        self.events: list[SourceEvent] = []
        self._more = asyncio.Event()

    def __call__(self, event: SourceEvent) -> None:
        self.events.append(event)
        self._more.set()

    def of(self, kind: type[E]) -> list[E]:
        return [event for event in self.events if isinstance(event, kind)]

    def sound(self, call: str, party: Party) -> bytes:
        """All that was heard of a party, in order, numbers checked."""
        frames = [e.frame for e in self.of(AudioArrived) if e.frame.call == call and e.frame.party is party]
        assert [frame.seq for frame in frames] == list(range(len(frames)))
        assert all(frame.received_ns > 0 for frame in frames)
        return b"".join(frame.payload for frame in frames)

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(10):
            while not condition():
                self._more.clear()
                try:
                    async with asyncio.timeout(0.05):  # some conditions are not about events
                        await self._more.wait()
                except TimeoutError:
                    continue


@dataclass
class Place:
    """A running listener."""

    listener: AudioHookListener
    ear: Ear
    port: int
    runner: web.AppRunner
    scheme: str = "ws"
    clients: list[AudioHookClient] = field(default_factory=list)

    def hook(self, **changes: Any) -> Hook:
        given = {"uri": f"{self.scheme}://localhost:{self.port}/audiohook?any=query", "secret": SECRET}
        return Hook(**({"host": ("127.0.0.1", self.port)} | given | changes))

    def client(self, conversation: str = "call-1", *, hook: Hook | None = None, **more: Any) -> AudioHookClient:
        client = AudioHookClient(hook or self.hook(), conversation, **more)
        self.clients.append(client)
        return client

    async def opened(self, conversation: str = "call-1", **more: Any) -> AudioHookClient:
        client = self.client(conversation, **more)
        await client.connect()
        await client.open()
        return client

    async def dial(self, tampering: Tampering = HONEST, **hook: Any) -> None:
        """Connect, open, close; InvalidStatus if refused."""
        client = self.client(hook=self.hook(**hook))
        await client.connect(tampering)
        await client.open()
        await client.close()


@asynccontextmanager
async def listening(
    keys: Keys = KEYS.get, *, tls: ssl.SSLContext | None = None, deliver: Any = None, **config: Any
) -> AsyncIterator[Place]:
    """Refusals come after 50 ms unless told otherwise. At the end nobody has broken the protocol unknowingly."""
    ear = Ear()
    given: dict[str, Any] = {"name": "lab", "refuse_after_s": 0.05, "linger_s": 0.2}
    settings = AudioHookConfig(**(given | config))
    listener = AudioHookListener(settings, keys, deliver or ear)
    app = web.Application()
    app.add_routes(listener.routes())
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls).start()
    place = Place(listener, ear, runner.addresses[0][1], runner, "wss" if tls else "ws")
    try:
        yield place
    finally:
        for client in place.clients:
            client.vanish()
        await listener.close()
        await runner.cleanup()
    assert [client.violations for client in place.clients if client.violations] == []
