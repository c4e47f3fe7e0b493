"""The REST client: what each status means and who has to act, how often it asks, and what it never says."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from itertools import pairwise

import pytest
import trustme
from aiohttp import web

from desktop.domain.errors import PeerBrokeProtocol, Rejected, SettingInvalid, SignInNeeded, Throttled, Unreachable
from desktop.sources.genesys_pace import OWN_LIMIT, WINDOW_S, Pace, reset_in_s
from desktop.sources.platform_rest import PlatformRest
from desktop.sources.rest import MAX_BODY_BYTES, NotFound, Refused, RestClient
from tests.identity.proxies import proxying

Handler = Callable[[web.Request], web.StreamResponse]
SECRET = "oauth-access-token-of-the-test"


@asynccontextmanager
async def serving(
    *answers: Handler, ssl_context: ssl.SSLContext | None = None
) -> AsyncIterator[tuple[str, list[web.Request]]]:
    requests: list[web.Request] = []

    async def answer(request: web.Request) -> web.StreamResponse:
        await request.read()
        requests.append(request)
        return answers[min(len(requests), len(answers)) - 1](request)

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=ssl_context).start()
    scheme = "https" if ssl_context else "http"
    try:
        yield f"{scheme}://127.0.0.1:{runner.addresses[0][1]}", requests
    finally:
        await runner.cleanup()


def status(code: int, body: object = None, **headers: str) -> Handler:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda request: web.json_response(body or {"status": code}, status=code, headers=named)


def ok(body: object = 1) -> Handler:
    return lambda request: web.json_response(body)


class Naps:
    def __init__(self) -> None:
        self.taken: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.taken.append(seconds)
        await asyncio.sleep(0)


class Tokens:
    def __init__(self) -> None:
        self.asked: list[bool] = []

    async def __call__(self, *, refresh: bool) -> str:
        self.asked.append(refresh)
        return f"{SECRET}-{sum(self.asked)}"

    async def renewed(self) -> None:
        await asyncio.Event().wait()


def client(base: str, tokens: Tokens | None = None, **options: object) -> tuple[RestClient, Naps]:
    naps = Naps()
    options = {"sleep": naps, "jitter": lambda: 0.0} | options
    return RestClient(base, tokens or Tokens(), **options), naps  # type: ignore[arg-type]


async def test_every_verb() -> None:
    async with serving(ok({"a": 1})) as (base, requests):
        rest, _ = client(base)
        assert await rest.get("/api/v2/x?a=%2F") == b'{"a": 1}'
        await rest.post("/p", {"b": [1, "é"]})
        await rest.post("/p", b'{"raw":true}')
        await rest.post("/p")
        await rest.put("/p", [])
        await rest.delete("/p")
        assert await rest.head("/p")
    assert [r.method for r in requests] == ["GET", "POST", "POST", "POST", "PUT", "DELETE", "HEAD"]
    assert requests[0].raw_path == "/api/v2/x?a=%2F"
    assert [await r.read() for r in requests[1:5]] == ['{"b":[1,"é"]}'.encode(), b'{"raw":true}', b"", b"[]"]
    assert requests[1].headers["Content-Type"] == "application/json"
    assert all(r.headers["Authorization"] == f"Bearer {SECRET}-0" for r in requests)


async def test_401_renews_the_token_once() -> None:
    tokens = Tokens()
    async with serving(status(401), ok()) as (base, _):
        await client(base, tokens)[0].get("/x")
    assert tokens.asked == [False, True]


async def test_401_twice_is_a_person_s_matter() -> None:
    async with serving(status(401)) as (base, requests):
        with pytest.raises(SignInNeeded, match="Sign in again"):
            await client(base)[0].get("/x")
    assert len(requests) == 2


async def test_403_names_the_missing_permission_of_the_body() -> None:
    body = {"code": "missing.any.permissions", "messageParams": {"permissions": "conversation:call:coach"}}
    async with serving(status(403, body)) as (base, _):
        with pytest.raises(Refused, match="conversation:call:coach") as caught:
            await client(base)[0].post("/x", permission="conversation:call:barge")
    assert caught.value.status == 403
    assert "barge" not in str(caught.value)


async def test_403_without_a_name_names_the_one_of_the_call() -> None:
    async with serving(status(403)) as (base, _):
        rest, _ = client(base)
        with pytest.raises(Refused, match="routing:queue:view"):
            await rest.get("/x", permission="routing:queue:view")
        with pytest.raises(Refused, match="lacks a permission"):
            await rest.get("/x")


async def test_403_for_want_of_a_person() -> None:
    async with serving(status(403, {"message": "This request requires a user context."})) as (base, _):
        with pytest.raises(Refused, match="as a person"):
            await client(base)[0].get("/x", permission="a:b:c")


async def test_404_is_told_apart() -> None:
    async with serving(status(404, {"code": "not.found"})) as (base, requests):
        rest, _ = client(base)
        with pytest.raises(NotFound):
            await rest.get("/x")
        assert not await rest.head("/x")
    assert len(requests) == 2


@pytest.mark.parametrize("code", [400, 409, 422, 301, 302])
async def test_other_refusals_give_the_code_and_not_the_message(code: int) -> None:
    """A message may name people and numbers."""
    body = {"code": "bad.request", "message": "John Doe at +4912345 has no phone"}
    async with serving(status(code, body, Location="https://elsewhere.example.com/")) as (base, requests):
        with pytest.raises(Refused) as caught:
            await client(base)[0].post("/x")
    assert (caught.value.status, caught.value.error.code) == (code, "bad.request")
    assert "bad.request" in str(caught.value)
    assert "John" not in repr(caught.value) + str(caught.value)
    assert len(requests) == 1


async def test_429_is_waited_for_as_retry_after_says() -> None:
    async with serving(status(429, Retry_After="7"), status(429, Retry_After="3"), ok()) as (base, _):
        rest, naps = client(base)
        assert await rest.get("/x") == b"1"
    assert [nap for nap in naps.taken if nap >= 2.9][0::2][:1] == [7.0]
    assert len(naps.taken) >= 2


async def test_429_is_waited_for_as_the_ratelimit_header_says() -> None:
    headers = {"inin_ratelimit_allowed": "300", "inin_ratelimit_count": "301", "inin_ratelimit_reset": "9"}
    async with serving(status(429, **headers), ok()) as (base, _):
        rest, naps = client(base)
        await rest.get("/x")
    assert naps.taken[0] == 9.0


async def test_a_long_retry_after_is_told_at_once() -> None:
    """The vendor's own command line gives up above 180 s; we let the caller say it on the screen."""
    async with serving(status(429, Retry_After="181")) as (base, requests):
        with pytest.raises(Throttled) as caught:
            await client(base)[0].get("/x")
    assert caught.value.after_s == 181
    assert len(requests) == 1


async def test_an_http_date_in_retry_after() -> None:
    answer = status(503, Retry_After="Sun, 06 Nov 1994 08:50:07 GMT")
    async with serving(answer) as (base, _):
        rest, _ = client(base, wall_clock=lambda: 784_111_777.0)
        with pytest.raises(Throttled) as caught:
            await rest.get("/x")
    assert caught.value.after_s == 30.0


async def test_a_storm_of_429_ends_after_a_bounded_number_of_attempts() -> None:
    async with serving(status(429, Retry_After="1")) as (base, requests):
        with pytest.raises(Throttled):
            await client(base, attempts=3)[0].get("/x")
    assert len(requests) == 3


async def test_5xx_is_tried_again_with_growing_pauses() -> None:
    async with serving(status(500), status(502), status(504), ok()) as (base, _):
        rest, naps = client(base)
        assert await rest.get("/x") == b"1"
    assert naps.taken == [1.0, 2.0, 4.0]


async def test_5xx_ends_after_a_bounded_number_of_attempts() -> None:
    async with serving(status(500)) as (base, requests):
        with pytest.raises(Unreachable, match="500"):
            await client(base)[0].get("/x")
    assert len(requests) == 4


async def test_what_must_not_happen_twice_is_not_tried_again_after_5xx() -> None:
    async with serving(status(500)) as (base, requests):
        with pytest.raises(Unreachable):
            await client(base)[0].post("/x", repeatable=False)
    assert len(requests) == 1


async def test_nobody_there() -> None:
    async with serving(ok()) as (base, _):
        pass
    with pytest.raises(Unreachable, match="does not answer"):
        await client(base)[0].get("/x")


async def test_bodies_are_bounded() -> None:
    async with serving(lambda request: web.Response(body=b" " * (MAX_BODY_BYTES + 1))) as (base, _):
        rest, _ = client(base)
        with pytest.raises(PeerBrokeProtocol, match="more than"):
            await rest.get("/x")
        assert len(await rest.get("/x", max_bytes=8 * MAX_BODY_BYTES)) == MAX_BODY_BYTES + 1


async def test_an_error_body_without_end_is_an_error_without_a_code() -> None:
    async with serving(lambda r: web.Response(status=400, body=b" " * (MAX_BODY_BYTES + 1))) as (base, _):
        with pytest.raises(Refused) as caught:
            await client(base)[0].get("/x")
    assert caught.value.error.code == ""


async def test_no_token_in_any_error() -> None:
    for answer in (status(401), status(403), status(404), status(400), status(500), status(429)):
        async with serving(answer) as (base, _):
            with pytest.raises((Rejected, Unreachable, Throttled)) as caught:
                await client(base)[0].get("/x")
        assert SECRET not in repr(caught.value) + str(caught.value) + repr(caught.value.__cause__)


@pytest.mark.parametrize("token", ["", " \n", "a\r\nX-Evil: 1", "ключ"])
async def test_a_token_that_cannot_be_sent(token: str) -> None:
    class Bad(Tokens):
        async def __call__(self, *, refresh: bool) -> str:
            return token

    async with serving(ok()) as (base, requests):
        with pytest.raises(SignInNeeded):
            await client(base, Bad())[0].get("/x")
    assert requests == []


def test_tokens_travel_over_tls_only() -> None:
    with pytest.raises(SettingInvalid, match="base_url"):
        client("http://api.example.com")


async def test_a_certificate_that_is_not_trusted() -> None:
    authority = trustme.CA()
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(server)
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)
    async with serving(ok(), ssl_context=server) as (base, _):
        with pytest.raises(Rejected, match="not trusted"):
            await client(base)[0].get("/x")
        assert await client(base, ssl_context=trusting)[0].get("/x") == b"1"


async def test_the_proxy_is_used_but_never_for_this_machine() -> None:
    async with proxying("http://localhost:9", refuse=502) as (address, proxy):
        with pytest.raises(Unreachable):
            await client("https://api.example.test", proxy=address, attempts=1)[0].get("/x")
        assert [head.split()[1] for head in proxy.asked] == ["api.example.test:443"]
        async with serving(ok()) as (base, _):
            assert await client(base, proxy=address)[0].get("/x") == b"1"
        assert len(proxy.asked) == 1


def test_a_proxy_that_can_not_be_used_is_refused_at_once() -> None:
    with pytest.raises(SettingInvalid, match="proxy"):
        client("https://api.example.test", proxy="socks5://proxy:1080")


# ---- pacing


async def test_clients_of_one_token_share_its_rate_limit() -> None:
    """The platform counts per token: what one of them has used up or was told to wait, the others know."""
    pace = Pace()
    async with serving(status(429, Retry_After="7"), ok()) as (base, _):
        first, waited = client(base, pace=pace)
        second, other = client(base, pace=pace)
        discovery = PlatformRest(base, Tokens(), pace=pace)
        with pytest.raises(Throttled):
            await client(base, pace=pace, attempts=1)[0].get("/x")
        await first.get("/x")
        await second.get("/x")
        assert waited.taken == [pytest.approx(7, abs=0.5)]
        assert other.taken == [pytest.approx(7, abs=0.5)]
        assert discovery._rest._pace is pace
        alone, naps = client(base)
        await alone.get("/x")
        assert naps.taken == []


def test_below_300_requests_a_minute() -> None:
    pace = Pace()
    now = 0.0
    sent = []
    for _ in range(1000):
        now += pace.reserve(now)
        sent.append(now)
    for first, last in pairwise(sent[::OWN_LIMIT]):
        assert last - first >= WINDOW_S - 1e-6
    assert sent[-1] < 1000 / OWN_LIMIT * WINDOW_S


def test_few_requests_are_never_held_up() -> None:
    pace = Pace()
    assert [pace.reserve(n * 0.5) for n in range(100)] == [0.0] * 100


def test_slower_when_the_platform_s_own_count_nears_its_limit() -> None:
    """Others may use the same client: the platform counts them too."""
    pace = Pace()
    pace.heard({"inin-ratelimit-allowed": "300", "inin-ratelimit-count": "290", "inin-ratelimit-reset": "20"}, 0.0)
    assert pace.reserve(0.0) == 2.0
    assert pace.reserve(0.0) == 4.0
    assert pace.reserve(30.0) == 0.0


def test_plenty_left_and_unreadable_headers_change_nothing() -> None:
    pace = Pace()
    pace.heard({"inin-ratelimit-allowed": "300", "inin-ratelimit-count": "10", "inin-ratelimit-reset": "20"}, 0.0)
    assert pace.reserve(0.0) == 0.0
    pace.heard({"inin-ratelimit-allowed": "many", "inin-ratelimit-count": "290"}, 0.0)
    assert pace.reserve(0.0) == 0.0
    assert reset_in_s({"inin-ratelimit-reset": "-3"}) is None


def test_one_request_s_429_holds_up_all() -> None:
    pace = Pace()
    pace.hold(5.0)
    assert pace.reserve(1.0) == 4.0
    assert OWN_LIMIT < 300


async def test_many_requests_at_once_are_paced() -> None:
    headers = {"inin_ratelimit_allowed": "10", "inin_ratelimit_count": "9", "inin_ratelimit_reset": "2"}
    async with serving(lambda r: status(200, 1, **headers)(r)) as (base, _):
        rest, naps = client(base)
        await rest.get("/first")
        await asyncio.gather(rest.get("/a"), rest.get("/b"))
    assert [round(nap) for nap in naps.taken] == [2, 2]  # one more may go, and after two seconds all may
