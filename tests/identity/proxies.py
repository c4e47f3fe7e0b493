"""A login over real TLS under a made-up name, and a real proxy that leads to it."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import trustme

from desktop.simulator.platform import SimulatedPlatform
from desktop.simulator.sign_in import SignInPart
from desktop.simulator.token_office import TokenOffice
from tests.identity.login import CLIENTS


@contextlib.asynccontextmanager
async def over_tls(authority: trustme.CA) -> AsyncIterator[str]:
    """A login that calls itself login.example.test; its address on this machine."""
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("login.example.test", "localhost").configure_cert(server)
    platform = SimulatedPlatform([SignInPart(TokenOffice(), dict(CLIENTS))], ssl_context=server)
    try:
        yield (await platform.start()).replace("127.0.0.1", "localhost")
    finally:
        await platform.close()


@dataclass
class Proxy:
    """Answers CONNECT and passes bytes on to one address; remembers what it was asked."""

    port: int
    refuse: int = 0
    asked: list[str] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            self.asked.append(head)
            if self.refuse:
                writer.write(f"HTTP/1.1 {self.refuse} No\r\nContent-Length: 0\r\n\r\n".encode())
            else:
                writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
                there, back = await asyncio.open_connection("localhost", self.port)
                async with asyncio.TaskGroup() as group:
                    group.create_task(_pump(reader, back), name="up")
                    group.create_task(_pump(there, writer), name="down")
            writer.close()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError):
        while data := await reader.read(4096):
            writer.write(data)
    writer.close()


@contextlib.asynccontextmanager
async def proxying(base: str, refuse: int = 0) -> AsyncIterator[tuple[str, Proxy]]:
    proxy = Proxy(int(base.rsplit(":", 1)[1]), refuse)
    server = await asyncio.start_server(proxy.serve, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", proxy
    finally:
        server.close()
        await asyncio.sleep(0.05)
