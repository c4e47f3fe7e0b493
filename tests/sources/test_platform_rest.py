"""Discovery and look-up against a scripted server: what each status means, and who has to act."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
from aiohttp import web

from desktop.domain.errors import NotOffered, PeerBrokeProtocol, Rejected, SidetoneError, Throttled, Unreachable
from desktop.domain.facts import CallFacts
from desktop.domain.finding import Remedy
from desktop.protocols.audio_connector import Discovery
from desktop.sources.platform_rest import MAX_BODY_BYTES, PlatformRest

DISCOVERY = {"uri": "wss://h/p?token=t", "connectionId": "c", "region": "us-east-1", "expiresIn": 3600}
Handler = Callable[[web.Request], web.StreamResponse]


@asynccontextmanager
async def serving(*answers: Handler) -> AsyncIterator[tuple[str, list[web.Request]]]:
    requests: list[web.Request] = []

    async def answer(request: web.Request) -> web.StreamResponse:
        requests.append(request)
        return answers[min(len(requests), len(answers)) - 1](request)

    app = web.Application()
    app.router.add_get("/{path:.*}", answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}", requests
    finally:
        await runner.cleanup()


def status(code: int, headers: dict[str, str] | None = None) -> Handler:
    return lambda request: web.json_response(
        {"message": "no", "code": "x", "status": code}, status=code, headers=headers
    )


def ok(body: object) -> Handler:
    return lambda request: web.json_response(body)


class Tokens:
    def __init__(self) -> None:
        self.asked: list[bool] = []

    async def __call__(self, *, refresh: bool) -> str:
        self.asked.append(refresh)
        return f"token-{sum(self.asked)}\n"

    async def renewed(self) -> None:
        await asyncio.Event().wait()


async def test_the_documents_request() -> None:
    async with serving(ok(DISCOVERY)) as (base, requests):
        reply = await PlatformRest(base, Tokens()).discover()
    assert reply == Discovery(uri="wss://h/p?token=t", connection_id="c", region="us-east-1", expires_in=3600)
    (request,) = requests
    assert (request.method, request.path_qs) == ("GET", "/api/v2/audioconnector/connections")
    assert request.headers["Authorization"] == "Bearer token-0"
    assert request.headers["Accept"] == "application/json"


async def test_401_renews_the_token_once() -> None:
    tokens = Tokens()
    async with serving(status(401), ok(DISCOVERY)) as (base, requests):
        await PlatformRest(base, tokens).discover()
    assert tokens.asked == [False, True]
    assert [request.headers["Authorization"] for request in requests] == ["Bearer token-0", "Bearer token-1"]


async def test_401_twice_needs_a_person() -> None:
    async with serving(status(401)) as (base, requests):
        with pytest.raises(Rejected, match="Sign in again"):
            await PlatformRest(base, Tokens()).discover()
    assert len(requests) == 2


@pytest.mark.parametrize(
    ("code", "error", "sentence"),
    [
        (403, Rejected, "audioconnector:manage"),
        (404, Rejected, "AudioHook"),
        (400, Rejected, "settings"),
        (302, Rejected, "settings"),
        (500, Unreachable, "500"),
        (502, Unreachable, "502"),
        (408, Unreachable, "408"),
    ],
)
async def test_what_a_status_means(code: int, error: type[SidetoneError], sentence: str) -> None:
    async with serving(status(code, {"Location": "https://elsewhere.example.com/"})) as (base, requests):
        with pytest.raises(error, match=sentence):
            await PlatformRest(base, Tokens()).discover()
    assert len(requests) == 1


async def test_404_offers_the_real_platforms_way() -> None:
    async with serving(status(404)) as (base, _):
        with pytest.raises(NotOffered) as caught:
            await PlatformRest(base, Tokens()).discover()
    assert caught.value.remedy is Remedy.USE_AUDIOHOOK


@pytest.mark.parametrize(
    ("code", "header", "after_s"),
    [
        (429, "7", 7.0),
        (503, "Sun, 06 Nov 1994 08:50:07 GMT", 30.0),
        (429, None, 1.0),
        (503, "soon", 1.0),
    ],
)
async def test_retry_after(code: int, header: str | None, after_s: float) -> None:
    async with serving(status(code, {"Retry-After": header} if header else None)) as (base, _):
        with pytest.raises(Throttled) as caught:
            await PlatformRest(base, Tokens(), wall_clock=lambda: 784_111_777.0).discover()
    assert caught.value.after_s == after_s


async def test_nobody_there() -> None:
    async with serving(ok(DISCOVERY)) as (base, _):
        pass
    with pytest.raises(Unreachable, match="does not answer"):
        await PlatformRest(base, Tokens()).discover()


async def test_a_reply_that_is_no_discovery() -> None:
    async with serving(ok({"region": 3})) as (base, _):
        with pytest.raises(PeerBrokeProtocol, match="discovery reply"):
            await PlatformRest(base, Tokens()).discover()


async def test_a_reply_without_end() -> None:
    async with serving(lambda request: web.Response(body=b" " * (MAX_BODY_BYTES + 1))) as (base, _):
        with pytest.raises(PeerBrokeProtocol, match="more than"):
            await PlatformRest(base, Tokens()).discover()


@pytest.mark.parametrize("token", ["", " \n", "a\r\nX-Evil: 1", "ключ"])
async def test_a_token_that_cannot_be_sent(token: str) -> None:
    class Bad(Tokens):
        async def __call__(self, *, refresh: bool) -> str:
            return token

    async with serving(ok(DISCOVERY)) as (base, requests):
        with pytest.raises(Rejected, match="Sign in"):
            await PlatformRest(base, Bad()).discover()
    assert requests == []


async def test_edge_case_2_look_up() -> None:
    body = {"participants": [{"purpose": "agent", "name": "John Doe", "queueName": "Support Queue"}]}
    async with serving(ok(body)) as (base, requests):
        facts = await PlatformRest(base, Tokens()).conversation("a/../b ?x")
    assert facts == CallFacts(agent_name="John Doe", queue_name="Support Queue")
    assert requests[0].raw_path == "/api/v2/conversations/a%2F..%2Fb%20%3Fx"


async def test_an_id_that_would_walk_up_the_path_is_not_asked_for() -> None:
    async with serving(ok({})) as (base, requests):
        with pytest.raises(Rejected):
            await PlatformRest(base, Tokens()).conversation("..")
    assert requests == []
