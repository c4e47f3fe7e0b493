"""Whatever goes wrong while a socket is opened is an error that a source knows, at every door alike."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from aiohttp import web
from websockets.exceptions import (
    InvalidHandshake,
    InvalidProxy,
    InvalidProxyMessage,
    InvalidStatus,
    InvalidURI,
    WebSocketException,
)
from websockets.http11 import Response

from desktop.domain.errors import Rejected, SidetoneError, Unreachable
from desktop.protocols.bot_events import subscription
from desktop.sources.analytics_dial import Dial, Renew
from desktop.sources.audio_connector import AudioConnectorSource
from desktop.sources.audio_connector_config import AudioConnectorConfig
from desktop.sources.bot_socket import BotSocket
from desktop.sources.dialling import Straight, dialling
from desktop.sources.genesys_socket import Dialler
from desktop.sources.trust import route_to
from tests.support.tokens import FixedToken

PROXY = "http://user:pass@proxy.example.com"
ELSEWHERE = "wss://socket.example.com/stream"
ENVIRONMENT = ("wss_proxy", "ws_proxy", "socks_proxy", "https_proxy", "http_proxy", "all_proxy", "no_proxy")
Open = Callable[[str], Awaitable[object]]


def wall_clock() -> float:
    return 1_800_000_000.0


async def by_analytics(uri: str) -> object:
    return await Dial(uri, FixedToken("token"), None, route_to(uri), 5.0, wall_clock).open(Renew.NO)


async def by_audio(uri: str) -> object:
    config = AudioConnectorConfig("east", "https://api.example.com")
    return await AudioConnectorSource(config, FixedToken("token"))._dial(uri)


async def by_channels(uri: str) -> object:
    return await Dialler(uri).dial(uri)


async def by_bots(uri: str) -> object:
    door = BotSocket(
        uri,
        FixedToken("token"),
        subscription("bot-events", ""),
        open_timeout_s=5.0,
        ping_interval_s=20.0,
        ping_timeout_s=10.0,
        ssl_context=None,
        proxy="",
        wall_clock=wall_clock,
    )
    return await door.open()


DOORS = pytest.mark.parametrize("open_at", [by_analytics, by_audio, by_channels, by_bots])


async def refusal(open_at: Open, uri: str = ELSEWHERE) -> SidetoneError:
    with pytest.raises(SidetoneError) as caught:
        await open_at(uri)
    return caught.value


@pytest.fixture
def proxy(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """What the system says about proxies."""
    for name in ENVIRONMENT:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    return lambda address: monkeypatch.setenv("https_proxy", address)


@DOORS
@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("socks5h://127.0.0.1:1", "https_proxy names a SOCKS proxy"),
        ("http://proxy.example.com:80x", "https_proxy is not"),
        ("http://somebody:secret@proxy.example.com:3128/path", "https_proxy is not"),
        ("gopher://proxy.example.com", "https_proxy is not"),
    ],
)
async def test_a_proxy_that_can_not_be_used_is_named(
    open_at: Open, address: str, words: str, proxy: Callable[[str], None]
) -> None:
    proxy(address)
    problem = await refusal(open_at)
    assert words in str(problem)
    assert "secret" not in str(problem)


@DOORS
@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n", "HTTPS_PROXY"),
        (b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n", "The proxy refused the connection (502)"),
        (b"SSH-2.0-something\r\n", "not as a proxy does"),
    ],
)
async def test_a_proxy_that_refuses_is_named(
    open_at: Open, answer: bytes, words: str, proxy: Callable[[str], None]
) -> None:
    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        writer.close()

    async with await asyncio.start_server(refuse, "127.0.0.1", 0) as server:
        proxy(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
        problem = await refusal(open_at)
    assert isinstance(problem, Unreachable)
    assert words in str(problem)


@asynccontextmanager
async def redirecting(to: str) -> AsyncIterator[tuple[str, list[str]]]:
    """A platform whose socket is elsewhere; what it was asked for."""
    asked: list[str] = []

    async def answer(request: web.Request) -> web.Response:
        asked.append(request.path)
        return web.Response(status=302, headers={"Location": to})

    app = web.Application()
    app.router.add_get("/{path:.*}", answer)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"ws://127.0.0.1:{runner.addresses[0][1]}/stream", asked
    finally:
        await runner.cleanup()


@DOORS
async def test_no_token_travels_by_a_redirect(open_at: Open) -> None:
    async with redirecting("/elsewhere") as (uri, asked):
        problem = await refusal(open_at, uri)
    assert asked == ["/stream"]
    assert "302" in str(problem)


@DOORS
async def test_nobody_there(open_at: Open) -> None:
    problem = await refusal(open_at, "ws://127.0.0.1:1/stream")
    assert isinstance(problem, Unreachable)
    assert "can't be opened" in str(problem)


@pytest.mark.parametrize(
    "problem",
    [
        OSError(),
        TimeoutError(),
        EOFError(),
        InvalidHandshake(),
        InvalidURI("x", "y"),
        WebSocketException(),
        UnicodeError(),
        ssl.SSLError(),
    ],
)
@pytest.mark.parametrize("way", [None, PROXY])
def test_everything_else_is_unreachable_in_plain_words(problem: Exception, way: str | None) -> None:
    with (
        pytest.raises(Unreachable, match=r"The line can't be opened: [^()]+\. \w") as caught,
        dialling("The line", way),
    ):
        raise problem
    assert type(problem).__name__ not in str(caught.value)


@pytest.mark.parametrize(
    "problem", [InvalidProxy(PROXY, "y"), InvalidProxyMessage(PROXY), ValueError(PROXY), ImportError("python-socks")]
)
def test_a_proxy_s_address_is_never_repeated(problem: Exception) -> None:
    with pytest.raises(Unreachable, match="proxy") as caught, dialling("The line", PROXY):
        raise problem
    assert "pass" not in str(caught.value)


def test_a_strange_certificate_is_a_matter_for_a_person() -> None:
    with pytest.raises(Rejected, match="certificate"), dialling("The line", None):
        raise ssl.SSLCertVerificationError


def test_a_bug_stays_a_bug() -> None:
    with pytest.raises(LookupError), dialling("The line", PROXY):
        raise LookupError
    with pytest.raises(ValueError, match="mine"), dialling("The line", None):
        raise ValueError("mine")


def test_what_a_status_means_is_the_door_s_to_say() -> None:
    with pytest.raises(InvalidStatus), dialling("The line", None):
        raise InvalidStatus(Response(404, "Not Found", [], b""))  # type: ignore[arg-type]


def test_a_straight_connection_follows_nothing() -> None:
    problem = LookupError()
    assert Straight("ws://127.0.0.1:1").process_redirect(problem) is problem
