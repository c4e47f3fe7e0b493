"""Real errors of aiohttp, asyncio and TLS on loopback, in plain words: no class name ever reaches the screen."""

from __future__ import annotations

import asyncio
import errno
import socket
import ssl
from collections.abc import AsyncIterator

import aiohttp
import pytest
import trustme
from websockets.datastructures import Headers
from websockets.exceptions import InvalidProxyStatus
from websockets.http11 import Response

from desktop.protocols.trouble import Trouble
from desktop.sources.plainly import plainly, trouble_in


async def failing(url: str, **how: object) -> BaseException:
    """What aiohttp raises for it."""
    with pytest.raises((aiohttp.ClientError, OSError, ValueError)) as caught:
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=5)) as session:
            await session.get(url, **how)  # type: ignore[arg-type]
    return caught.value


@pytest.fixture
async def closed_port() -> int:
    server = await asyncio.start_server(lambda reader, writer: writer.close(), "127.0.0.1", 0)
    port = int(server.sockets[0].getsockname()[1])
    server.close()
    await server.wait_closed()
    return port


@pytest.fixture
async def hangs_up() -> AsyncIterator[int]:
    server = await asyncio.start_server(lambda reader, writer: writer.close(), "127.0.0.1", 0)
    yield server.sockets[0].getsockname()[1]
    server.close()


async def test_refused(closed_port: int) -> None:
    problem = await failing(f"http://127.0.0.1:{closed_port}/")
    assert trouble_in(problem) is Trouble.REFUSED
    said = plainly("The platform does not answer", problem)
    assert said.startswith("The platform does not answer: connections are refused there. Check ")
    assert str(closed_port) not in said


async def test_refused_by_each_of_several_addresses() -> None:
    text = "Multiple exceptions: [Errno {0}] Connect call failed ('::1', 1), [Errno {0}] Connect call failed ('h', 1)"
    assert trouble_in(OSError(text.format(errno.ECONNREFUSED))) is Trouble.REFUSED
    mixed = f"Multiple exceptions: [Errno {errno.ECONNREFUSED}] a, [Errno {errno.ENETUNREACH}] b"
    assert trouble_in(OSError(mixed)) is Trouble.UNKNOWN


async def test_no_such_host() -> None:
    assert trouble_in(await failing("http://no-such-host.invalid/")) is Trouble.NO_SUCH_HOST
    assert trouble_in(socket.gaierror(socket.EAI_AGAIN, "later")) is Trouble.NO_SUCH_HOST


async def test_a_proxy_that_is_not_there(closed_port: int) -> None:
    problem = await failing("http://platform.example/", proxy=f"http://127.0.0.1:{closed_port}")
    assert trouble_in(problem) is Trouble.PROXY_AWAY


def test_a_proxy_that_refuses() -> None:
    for status, expected in ((407, Trouble.PROXY_SIGN_IN), (403, Trouble.PROXY_REFUSED)):
        assert trouble_in(InvalidProxyStatus(Response(status, "No", Headers()))) is expected
        request = aiohttp.RequestInfo("url", "CONNECT", None, "url")  # type: ignore[arg-type]
        assert trouble_in(aiohttp.ClientHttpProxyError(request, (), status=status)) is expected


async def test_hung_up(hangs_up: int) -> None:
    assert trouble_in(await failing(f"http://127.0.0.1:{hangs_up}/")) is Trouble.BROKEN_OFF


async def test_certificates() -> None:
    authority = trustme.CA()
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("elsewhere.example").configure_cert(server)
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)
    asyncio.get_running_loop().set_exception_handler(lambda loop, report: None)  # refused handshakes are wanted here
    serving = await asyncio.start_server(lambda reader, writer: writer.close(), "127.0.0.1", 0, ssl=server)
    url = f"https://127.0.0.1:{serving.sockets[0].getsockname()[1]}/"
    try:
        assert trouble_in(await failing(url)) is Trouble.UNKNOWN_AUTHORITY
        assert trouble_in(await failing(url, ssl=trusting)) is Trouble.WRONG_NAME
    finally:
        serving.close()
        await asyncio.sleep(0.02)


async def test_a_port_without_tls() -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 No\r\n\r\n")
        writer.close()

    serving = await asyncio.start_server(talk, "127.0.0.1", 0)
    try:
        problem = await failing(f"https://127.0.0.1:{serving.sockets[0].getsockname()[1]}/")
        assert trouble_in(problem) is Trouble.NO_TLS
    finally:
        serving.close()


def test_nothing_of_the_error_s_own_text_is_said() -> None:
    inner = OSError(errno.EHOSTUNREACH, "a secret")
    outer = ValueError("another secret")
    outer.__cause__ = inner
    inner.__cause__ = outer  # a circle ends
    said = plainly("The stream can't be opened", outer)
    assert "secret" not in said
    assert trouble_in(outer) is Trouble.NO_ROUTE
