"""The bot-events client alone, against a scripted platform that speaks document E's golden messages."""

from __future__ import annotations

import asyncio
import json
import logging
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest
import trustme
from aiohttp import WSMsgType, web
from websockets.asyncio.client import ClientConnection

from desktop.domain.bots import EngineAnswer, EngineOutcome
from desktop.domain.errors import SettingInvalid, SignInNeeded, Unreachable
from desktop.domain.events import (
    Complaint,
    LinkChanged,
    LinkFound,
    LinkMeasured,
    LinkState,
    Measure,
    PeerComplaint,
    SourceEvent,
)
from desktop.domain.finding import Finding, Level, Remedy
from desktop.protocols.bot_events import Subscribe
from desktop.sources.bot_events import BotEventsConfig, BotEventsSource
from desktop.sources.bot_health import BotHealthWatch
from desktop.sources.bot_socket import BotSocket
from tests.support.leaks import held

PATH = "/api/v2/websocket"
SUBSCRIBED = '{"type": "subscribed", "channel": "bot-events"}'
INTENT = '{"type": "intent", "conversationId": "conv-%d", "botId": "bot-1", "text": "where is my parcel"}'

Socket = web.WebSocketResponse
Act = Callable[[Socket], Awaitable[None]]


@dataclass
class Platform:
    """Plays one act per connection, the last one again and again; `refusals` answer upgrades first."""

    acts: list[Act]
    refusals: list[web.Response] = field(default_factory=list)
    upgrades: list[web.Request] = field(default_factory=list)
    heard: list[dict[str, object]] = field(default_factory=list)
    on_upgrade: Callable[[], Awaitable[None]] | None = None
    open: int = 0
    url: str = ""

    async def serve(self, request: web.Request) -> web.StreamResponse:
        self.upgrades.append(request)
        if self.refusals:
            return self.refusals.pop(0)
        if self.on_upgrade is not None:
            await self.on_upgrade()
        act = self.acts.pop(0) if len(self.acts) > 1 else self.acts[0]
        socket = Socket(timeout=0.2)
        await socket.prepare(request)
        self.open += 1
        try:
            first = await socket.receive()
            if first.type is WSMsgType.TEXT:
                self.heard.append(json.loads(first.data))
                await act(socket)
        finally:
            self.open -= 1
        return socket

    @property
    def bearers(self) -> list[str]:
        return [upgrade.headers["Authorization"].removeprefix("Bearer ") for upgrade in self.upgrades]


class Told:
    """Everything the source delivered, and waiting for it."""

    def __init__(self) -> None:
        self.events: list[SourceEvent] = []
        self._more = asyncio.Event()

    def __call__(self, event: SourceEvent) -> None:
        self.events.append(event)
        self._more.set()

    @property
    def links(self) -> list[LinkChanged]:
        return [event for event in self.events if isinstance(event, LinkChanged)]

    @property
    def states(self) -> list[LinkState]:
        return [link.state for link in self.links]

    def findings(self, subject: str) -> list[Finding]:
        found = [event.finding for event in self.events if isinstance(event, LinkFound)]
        return [finding for finding in found if finding.subject == subject]

    def measured(self, measure: Measure) -> list[float]:
        return [event.ms for event in self.events if isinstance(event, LinkMeasured) and event.measure is measure]

    def complaints(self, what: Complaint) -> list[str]:
        return [event.detail for event in self.events if isinstance(event, PeerComplaint) and event.what is what]

    async def until(self, condition: Callable[[], object]) -> None:
        async with asyncio.timeout(20):
            while not condition():
                self._more.clear()
                await self._more.wait()

    async def state(self, state: LinkState, times: int = 1) -> LinkChanged:
        await self.until(lambda: self.states.count(state) >= times)
        return [link for link in self.links if link.state is state][times - 1]


class Token:
    """Hands out token-1, token-2, ...; `renew` makes the next one."""

    def __init__(self) -> None:
        self.number = 1
        self.refreshes = 0
        self.problem: Exception | None = None
        self._given = 0
        self._changed = asyncio.Event()

    async def __call__(self, *, refresh: bool) -> str:
        if self.problem is not None:
            raise self.problem
        if refresh:
            self.refreshes += 1
            self.number += 1
        self._given = self.number
        return f"token-{self.number}"

    def renew(self) -> None:
        self.number += 1
        self._changed.set()

    async def renewed(self) -> None:
        while self.number == self._given:
            self._changed.clear()
            await self._changed.wait()


class Engine:
    """A language engine that takes as long as it is told to."""

    def __init__(self, takes_s: float = 0.0, outcome: EngineOutcome = EngineOutcome.ANSWERED) -> None:
        self.takes_s = takes_s
        self.outcome = outcome
        self.asked: list[str] = []
        self.at_once = 0
        self.most_at_once = 0

    async def answer(self, message: Mapping[str, object]) -> EngineAnswer:
        self.asked.append(str(message["conversationId"]))
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            await asyncio.sleep(self.takes_s)
        finally:
            self.at_once -= 1
        return EngineAnswer(self.outcome, self.takes_s * 1000)

    async def close(self) -> None: ...


class Naps:
    """A sleep that only notes how long it was asked for."""

    def __init__(self, limit: int = 1_000_000) -> None:
        self.taken: list[float] = []
        self._limit = limit

    async def __call__(self, seconds: float) -> None:
        self.taken.append(seconds)
        if len(self.taken) >= self._limit:
            await asyncio.Event().wait()
        await asyncio.sleep(0)


@asynccontextmanager
async def serving(
    *acts: Act, refusals: list[web.Response] | None = None, tls: ssl.SSLContext | None = None
) -> AsyncIterator[Platform]:
    platform = Platform(list(acts), refusals or [])
    app = web.Application()
    app.router.add_get(PATH, platform.serve)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
    await runner.setup()
    host = "127.0.0.1" if tls is None else "localhost"
    await web.TCPSite(runner, host, 0, ssl_context=tls).start()
    platform.url = f"{'ws' if tls is None else 'wss'}://{host}:{runner.addresses[0][1]}{PATH}"
    try:
        yield platform
    finally:
        await runner.cleanup()


def source_of(platform: Platform, token: Token | None = None, **options: object) -> BotEventsSource:
    own = {name: options.pop(name) for name in tuple(options) if name in BotEventsConfig.__slots__}
    config = BotEventsConfig("bots", platform.url, "mypurecloud.com", **own)  # type: ignore[arg-type]
    options = {"sleep": Naps(), "jitter": lambda: 0.0} | options
    return BotEventsSource(config, token or Token(), **options)  # type: ignore[arg-type]


@asynccontextmanager
async def running(source: BotEventsSource) -> AsyncIterator[Told]:
    told = Told()
    async with asyncio.TaskGroup() as group:
        task = group.create_task(source.run(told))
        try:
            yield told
        finally:
            task.cancel()
    assert told.states[-1] is LinkState.CLOSED


def staying(*messages: str | bytes) -> Act:
    """Confirm, send these, then stay until the console goes."""

    async def act(socket: Socket) -> None:
        await socket.send_str(SUBSCRIBED)
        for message in messages:
            await (socket.send_str(message) if isinstance(message, str) else socket.send_bytes(message))
        async for _ in socket:
            pass

    return act


def leaving(code: int | None) -> Act:
    """Close with this code, or cut the line."""

    async def act(socket: Socket) -> None:
        if code is None:
            transport = socket._req.transport  # type: ignore[union-attr]
            assert transport is not None
            transport.abort()
        else:
            await socket.close(code=code)

    return act


async def frozen(socket: Socket) -> None:
    """Read nothing any more, so no ping is answered; the line stays open."""
    transport = socket._req.transport  # type: ignore[union-attr]
    assert transport is not None
    transport.pause_reading()
    try:
        await asyncio.sleep(3)
    finally:
        transport.abort()


# step 1: establishing the connection


async def test_document_e_step_1_handshake_and_subscription() -> None:
    async with serving(staying()) as platform:
        async with running(source_of(platform, channel_id="my-bot-channel-123")) as told:
            live = await told.state(LinkState.LIVE)
        async with running(source_of(platform)) as told:
            await told.state(LinkState.LIVE)
            await told.until(lambda: told.measured(Measure.ROUND_TRIP))
    assert platform.heard == [
        {"type": "subscribe", "channel": "bot-events", "id": "my-bot-channel-123"},
        {"type": "subscribe", "channel": "bot-events"},
    ]
    assert platform.bearers == ["token-1", "token-1"]
    assert platform.upgrades[0].headers["User-Agent"] == "Sidetone"
    assert live == LinkChanged(
        "bots", "mypurecloud.com", LinkState.LIVE, subscription_id="my-bot-channel-123", relists=False
    )


async def test_another_channel_can_be_subscribed() -> None:
    async with serving(staying()) as platform, running(source_of(platform, channel="my-events")) as told:
        await told.state(LinkState.LIVE)
        await told.until(lambda: told.measured(Measure.ROUND_TRIP))
    assert platform.heard == [{"type": "subscribe", "channel": "my-events"}]


def test_document_e_step_1_ping_every_20_s_and_pong_within_10_s() -> None:
    config = BotEventsConfig("bots", "wss://api.mypurecloud.com/api/v2/websocket")
    assert (config.ping_interval_s, config.ping_timeout_s) == (20.0, 10.0)
    assert config.measure_every_s <= 10.0


async def test_document_e_naive_connect_is_not_enough_the_source_comes_back_by_itself() -> None:
    acts = (leaving(1001), leaving(1011), leaving(None), staying())
    async with serving(*acts) as platform:
        naps = Naps()
        source = source_of(platform, sleep=naps)
        async with running(source) as told:
            await told.state(LinkState.LIVE, times=4)
        assert source.drops == 3
    assert naps.taken == [2.0, 4.0, 8.0]
    details = [link.detail for link in told.links if link.state is LinkState.RETRYING]
    assert ["1001" in details[0], "1011" in details[1], "1006" in details[2]] == [True] * 3


async def test_document_e_step_1_the_delay_is_capped_at_60_s_and_a_healthy_spell_resets_it() -> None:
    naps, now = Naps(), [0.0]

    async def healthy(socket: Socket) -> None:
        now[0] += 30.0
        await socket.close(code=1001)

    async with serving(*[leaving(1001)] * 7, healthy, leaving(1001), staying()) as platform:
        source = source_of(platform, sleep=naps, clock=lambda: now[0], jitter=lambda: 1.0)
        async with running(source) as told:
            await told.state(LinkState.LIVE, times=10)
    assert naps.taken == pytest.approx([2.2, 4.4, 8.8, 17.6, 35.2, 66.0, 66.0, 2.2, 4.4])
    assert [link.retry_in_s for link in told.links if link.retry_in_s] == pytest.approx(naps.taken)


async def test_a_person_who_does_not_want_to_wait() -> None:
    async with serving(leaving(1001), staying()) as platform:
        source = source_of(platform, sleep=asyncio.sleep)
        async with running(source) as told:
            await told.state(LinkState.RETRYING)
            source.retry()
            await told.state(LinkState.LIVE, times=2)


async def test_an_internal_error_comes_out_as_itself_and_does_not_close_the_link() -> None:
    """CLOSED means that nothing more will come; whoever keeps the source up runs it again."""

    class Broken(Token):
        async def __call__(self, *, refresh: bool) -> str:
            raise LookupError("a bug")

    async with serving(staying()) as platform:
        told, source = Told(), source_of(platform, Broken())
        with pytest.raises(LookupError):
            await source.run(told)
    assert told.states == [LinkState.CONNECTING]


async def test_retry_while_connecting_does_not_shorten_a_later_wait() -> None:
    naps = Naps()
    async with serving(leaving(1001), staying()) as platform:
        source = source_of(platform, sleep=naps)
        source.retry()
        async with running(source) as told:
            await told.until(lambda: told.states.count(LinkState.LIVE) == 2)
    assert naps.taken == [2]


async def test_document_e_invalid_json_costs_itself_only() -> None:
    engine = Engine()
    messages = ('{"type": "intent", ', "[1]", '{"type": "intent", "text": 7}', INTENT % 1)
    async with serving(staying(*messages)) as platform:
        async with running(source_of(platform, engine=engine)) as told:
            await told.until(lambda: told.findings("Language engine"))
        assert len(platform.upgrades) == 1
    assert len(told.complaints(Complaint.BAD_MESSAGE)) == 3
    assert "$.text" in told.complaints(Complaint.BAD_MESSAGE)[2]
    assert engine.asked == ["conv-1"]


async def test_unknown_types_are_counted_and_forwarded_if_they_ask_something() -> None:
    engine = Engine()
    asks = '{"type": "utterance", "conversationId": "conv-7", "text": "hello"}'
    async with serving(staying('{"type": "tick"}', '{"no": "type"}', asks.encode())) as platform:
        source = source_of(platform, engine=engine)
        async with running(source) as told:
            await told.until(lambda: told.findings("Language engine"))
    assert source.unknown_messages == 3
    assert engine.asked == ["conv-7"]


async def test_an_error_of_the_platform_is_told_without_its_words() -> None:
    async with (
        serving(staying('{"type": "error", "code": 400, "message": "Jane Doe"}')) as platform,
        running(source_of(platform)) as told,
    ):
        await told.until(lambda: told.complaints(Complaint.SUBSCRIPTION_REJECTED))
    assert "Jane" not in repr(told.events)


# step 2: latency, told apart


async def test_document_e_step_2_a_slow_engine_does_not_hold_up_the_socket() -> None:
    engine = Engine(takes_s=3.0)
    got = asyncio.Event()

    async def act(socket: Socket) -> None:
        for number in range(50):
            await socket.send_str(INTENT % number)
        await socket.send_str('{"type": "last", "broken": ')
        got.set()
        async for _ in socket:
            pass

    async with serving(act) as platform, running(source_of(platform, engine=engine, measure_every_s=0.05)) as told:
        await got.wait()
        begin = asyncio.get_running_loop().time()
        await told.until(lambda: told.complaints(Complaint.BAD_MESSAGE))
        handled_s = asyncio.get_running_loop().time() - begin
        await told.until(lambda: len(told.measured(Measure.ROUND_TRIP)) >= 1)
        assert engine.at_once == 4
        await told.until(lambda: told.findings("Latency") and told.findings("Latency")[-1].level is Level.WARN)
    assert handled_s < 2.0  # the engine alone needs 3 s for the first of them
    assert max(told.measured(Measure.HANDLING)) < 2_000.0
    assert max(told.measured(Measure.ROUND_TRIP)) < 2_000.0
    assert told.measured(Measure.ENGINE)[0] == 3_000.0
    assert "language engine took 3000 ms" in told.findings("Latency")[-1].text


async def test_document_e_high_latency_of_the_socket_is_not_blamed_on_the_engine() -> None:
    async def slow(socket: Socket) -> None:
        transport = socket._req.transport  # type: ignore[union-attr]
        assert transport is not None
        transport.pause_reading()
        await asyncio.sleep(0.7)
        transport.resume_reading()
        async for _ in socket:
            pass

    async with serving(slow) as platform, running(source_of(platform, engine=Engine())) as told:
        await told.until(lambda: told.findings("Latency"))
    (finding,) = told.findings("Latency")
    assert finding.level is Level.WARN
    assert "round trip" in finding.text
    assert "engine" not in finding.text
    assert told.measured(Measure.ROUND_TRIP)[0] > 500.0


async def test_document_e_serialization_overhead_a_huge_payload_is_refused_and_named() -> None:
    async with (
        serving(staying('{"type": "x", "pad": "' + "x" * 1_100_000 + '"}'), staying()) as platform,
        running(source_of(platform)) as told,
    ):
        await told.state(LinkState.LIVE, times=2)
    assert told.complaints(Complaint.FRAME_TOO_LARGE)
    assert "too large" in next(link.detail for link in told.links if link.state is LinkState.RETRYING)


async def test_the_queue_to_the_engine_is_bounded_and_says_what_it_drops() -> None:
    engine = Engine(takes_s=0.05)
    async with serving(staying(*(INTENT % number for number in range(40)))) as platform:
        source = source_of(platform, engine=engine, waiting=4, workers=1)
        async with running(source) as told:
            await told.until(lambda: [f for f in told.findings("Forwarding") if f.level is Level.PASS])
    assert "conv-39" in engine.asked  # the oldest goes, the newest stays
    assert engine.most_at_once == 1
    assert len(engine.asked) < 12
    lost = 40 - len(engine.asked)
    assert f"{lost} were not" in told.findings("Forwarding")[-1].text
    assert len(told.findings("Forwarding")) <= 8


# common errors


async def test_document_e_401_on_handshake_renews_the_token_before_the_next_attempt() -> None:
    token, naps = Token(), Naps()
    async with (
        serving(staying(), refusals=[web.Response(status=401)]) as platform,
        running(source_of(platform, token, sleep=naps)) as told,
    ):
        await told.state(LinkState.LIVE)
    assert platform.bearers == ["token-1", "token-2"]
    assert token.refreshes == 1
    assert naps.taken == []


async def test_document_e_401_again_asks_to_sign_in_and_comes_back_with_the_new_token() -> None:
    token = Token()
    naps = Naps(limit=1)
    refusals = [web.Response(status=401), web.Response(status=401)]
    async with (
        serving(staying(), refusals=refusals) as platform,
        running(source_of(platform, token, sleep=naps)) as told,
    ):
        refused = await told.state(LinkState.REFUSED)
        await asyncio.sleep(0.02)
        token.renew()
        await told.state(LinkState.LIVE)
    assert refused.action is Remedy.SIGN_IN
    assert "401" in refused.detail
    assert "token" not in refused.detail
    assert platform.bearers == ["token-1", "token-2", "token-3"]


async def test_document_e_401_after_the_token_expired_mid_stream() -> None:
    token = Token()
    async with serving(leaving(1008), staying()) as platform:

        async def expiring(socket: Socket) -> None:
            platform.refusals.append(web.Response(status=401))
            await socket.close(code=1008)

        platform.acts[0] = expiring
        async with running(source_of(platform, token)) as told:
            await told.state(LinkState.LIVE, times=2)
    assert platform.bearers == ["token-1", "token-1", "token-2"]
    assert LinkState.REFUSED not in told.states


@pytest.mark.parametrize("problem", [SignInNeeded("Sign in again."), Unreachable("The sign-in does not answer.")])
async def test_no_token_no_attempt(problem: Exception) -> None:
    token = Token()
    token.problem = problem
    async with serving(staying()) as platform:
        async with running(source_of(platform, token, sleep=Naps(limit=1))) as told:
            expected = LinkState.REFUSED if isinstance(problem, SignInNeeded) else LinkState.RETRYING
            assert (await told.state(expected)).detail == str(problem)
        assert not platform.upgrades


async def test_a_token_that_is_none_is_not_sent() -> None:
    class Blank(Token):
        async def __call__(self, *, refresh: bool) -> str:
            return " \n"

    async with serving(staying()) as platform:
        async with running(source_of(platform, Blank(), sleep=Naps(limit=1))) as told:
            assert (await told.state(LinkState.REFUSED)).action is Remedy.SIGN_IN
        assert not platform.upgrades


async def test_document_e_1006_is_explained_with_what_to_check() -> None:
    async with serving(leaving(None), staying()) as platform, running(source_of(platform)) as told:
        lost = await told.state(LinkState.RETRYING)
    assert "1006" in lost.detail
    assert "port 443" in lost.detail


async def test_a_half_open_socket_is_noticed_by_the_missing_pong() -> None:
    async with serving(frozen, staying()) as platform:
        source = source_of(platform, ping_interval_s=0.05, ping_timeout_s=0.05)
        async with running(source) as told:
            lost = await told.state(LinkState.RETRYING)
            await told.state(LinkState.LIVE, times=2)
    assert "stopped answering" in lost.detail
    assert source.drops == 1


@pytest.mark.parametrize("status", [429, 503])
async def test_document_e_429_retry_after_is_respected(status: int) -> None:
    naps = Naps()
    refusals = [web.Response(status=status, headers={"Retry-After": "17"}), web.Response(status=status)]
    async with serving(staying(), refusals=refusals) as platform, running(source_of(platform, sleep=naps)) as told:
        await told.state(LinkState.LIVE)
    assert naps.taken == [17.0, 4.0]


async def test_a_missing_permission_is_named() -> None:
    async with (
        serving(staying(), refusals=[web.Response(status=403)]) as platform,
        running(source_of(platform, sleep=Naps(limit=1))) as told,
    ):
        refused = await told.state(LinkState.REFUSED)
    assert "integration:bot:read" in refused.detail


async def test_genesys_cloud_offers_no_such_socket_and_the_console_says_what_does() -> None:
    class Rest:
        async def get(self, path: str, *, permission: str = "") -> bytes:
            return b'{"enabled": true}'

    naps = Naps(limit=1)
    async with serving(staying(), refusals=[web.Response(status=404)]) as platform:
        health = BotHealthWatch("bots", ["bot-1"], Rest(), sleep=Naps(limit=1))
        source = source_of(platform, sleep=naps, health=health)
        async with running(source) as told:
            refused = await told.state(LinkState.REFUSED)
            await told.until(lambda: told.findings("Bot bot-1"))  # the bots' health is watched all the same
            source.retry()
            await told.state(LinkState.LIVE)
    assert refused.action is Remedy.USE_NOTIFICATIONS
    assert "Notifications" in refused.detail
    assert naps.taken == [600.0]


async def test_other_refusals_and_failures() -> None:
    refusals = [web.Response(status=500), web.Response(status=301, headers={"Location": "/elsewhere"})]
    async with serving(staying(), refusals=refusals) as platform, running(source_of(platform)) as told:
        await told.state(LinkState.LIVE)
    assert "500" in next(link.detail for link in told.links if link.state is LinkState.RETRYING)
    assert "301" in next(link.detail for link in told.links if link.state is LinkState.REFUSED)


async def test_a_line_that_dies_before_the_subscription_is_out() -> None:
    class Late(BotSocket):
        async def _dial(self, bearer: str) -> ClientConnection:
            socket = await super()._dial(bearer)
            if len(platform.upgrades) == 1:
                await socket.close()
            elif len(platform.upgrades) == 2:
                socket.send = stuck  # type: ignore[method-assign, assignment]
            return socket

    async def stuck(message: str) -> None:
        raise asyncio.CancelledError

    before = await held()
    async with serving(staying()) as platform:
        door = Late(
            platform.url,
            Token(),
            Subscribe("bot-events"),
            open_timeout_s=5.0,
            ping_interval_s=20.0,
            ping_timeout_s=10.0,
            ssl_context=None,
            proxy="",
            wall_clock=lambda: 0.0,
        )
        with pytest.raises(Unreachable):
            await door.open()
        with pytest.raises(asyncio.CancelledError):
            await door.open()
    assert await held() == before


async def test_nobody_there() -> None:
    async with serving(staying()) as platform:
        pass
    async with running(source_of(platform, sleep=Naps(limit=1))) as told:
        assert "can't be opened" in (await told.state(LinkState.RETRYING)).detail


# step 3: alive but logically dead


async def test_document_e_step_3_a_logically_dead_socket_is_replaced_without_a_break() -> None:
    async with serving(staying(), staying('{"type": "tick"}')) as platform:
        source = source_of(platform, quiet_after_s=0.1)
        async with running(source) as told:
            await told.until(lambda: told.findings("Messages") and told.findings("Messages")[-1].level is Level.PASS)
    assert [finding.level for finding in told.findings("Messages")] == [Level.WARN, Level.PASS]
    assert source.drops == 0
    assert LinkState.RETRYING not in told.states


# a renewed token: make before break


async def test_a_renewed_token_moves_the_stream_over_without_losing_or_doubling_a_message() -> None:
    token, engine = Token(), Engine()
    sockets: list[Socket] = []
    asked = asyncio.Event()

    async def act(socket: Socket) -> None:
        sockets.append(socket)
        if len(sockets) == 2:  # both are subscribed: each message comes on both
            assert platform.open == 2
            for number in (2, 3):
                for each in sockets:
                    await each.send_str(INTENT % number)
            await socket.send_str(INTENT % 4)
            asked.set()
        else:
            await socket.send_str(INTENT % 1)
        async for _ in socket:
            pass

    async with serving(act) as platform:
        source = source_of(platform, token, engine=engine)
        async with running(source) as told:
            await told.until(lambda: told.findings("Language engine"))
            token.renew()
            await told.state(LinkState.LIVE, times=2)
            async with asyncio.timeout(10):
                while platform.open > 1 or "conv-4" not in engine.asked:
                    await asyncio.sleep(0.01)
    assert engine.asked == ["conv-1", "conv-2", "conv-3", "conv-4"]
    assert platform.bearers == ["token-1", "token-2"]
    assert told.states == [LinkState.CONNECTING, LinkState.LIVE, LinkState.LIVE, LinkState.CLOSED]
    assert source.drops == 0


async def test_a_renewal_that_fails_leaves_the_stream_as_it_was() -> None:
    token = Token()
    async with serving(staying()) as platform:
        source = source_of(platform, token)
        async with running(source) as told:
            await told.state(LinkState.LIVE)
            platform.refusals.extend(web.Response(status=503) for _ in range(3))
            token.renew()
            await told.state(LinkState.LIVE, times=2)
    assert LinkState.RETRYING not in told.states
    assert len(platform.upgrades) == 5


async def test_a_platform_that_lets_only_one_socket_live_does_not_count_as_a_loss() -> None:
    token = Token()
    first = asyncio.Event()

    async def kicked(socket: Socket) -> None:
        await first.wait()
        await socket.close(code=4000)

    async def kick() -> None:
        if len(platform.upgrades) == 2:
            first.set()
            await asyncio.sleep(0.1)

    async with serving(kicked, staying()) as platform:
        platform.on_upgrade = kick
        source = source_of(platform, token)
        async with running(source) as told:
            await told.state(LinkState.LIVE)
            token.renew()
            await told.state(LinkState.LIVE, times=2)
    assert source.drops == 0
    assert LinkState.RETRYING not in told.states


async def test_stopping_in_the_middle_of_a_move_closes_both_sockets() -> None:
    token, before = Token(), await held()
    async with serving(frozen, staying()) as platform, running(source_of(platform, token)) as told:
        await told.state(LinkState.LIVE)
        token.renew()
        async with asyncio.timeout(10):
            while platform.open < 2:
                await asyncio.sleep(0.001)
    assert await held() == before


async def test_a_sign_in_that_cannot_say_when_it_is_renewed_harms_nothing() -> None:
    class Silent(Token):
        async def renewed(self) -> None:
            raise SignInNeeded("Sign in again.")

    async with serving(leaving(1001), staying()) as platform, running(source_of(platform, Silent())) as told:
        await told.state(LinkState.LIVE, times=2)


# hygiene


async def test_20_reconnects_leave_nothing_behind() -> None:
    before = await held()
    token = Token()
    async with serving(*[leaving(1001), leaving(None)] * 10, staying(INTENT % 1)) as platform:
        engine = Engine(takes_s=30.0)
        async with running(source_of(platform, token, engine=engine)) as told:
            await told.state(LinkState.LIVE, times=21)
            await told.until(lambda: told.measured(Measure.HANDLING))
            for move in range(5):
                token.renew()
                await told.state(LinkState.LIVE, times=22 + move)
    assert await held() == before


async def test_no_token_text_or_address_reaches_a_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    engine = Engine()
    async with (
        serving(leaving(1001), staying(INTENT % 1, "{")) as platform,
        running(source_of(platform, engine=engine)) as told,
    ):
        await told.until(lambda: told.findings("Language engine"))
    shown = caplog.text + repr(told.events)
    for secret in ("token-1", "parcel", "conv-1"):
        assert secret not in shown


@pytest.mark.parametrize("url", ["ws://api.example.com/x", "https://a/b", "wss://", "wss://u:p@a/b", "wss://[::1"])
def test_a_token_is_sent_over_tls_only(url: str) -> None:
    with pytest.raises(SettingInvalid, match="base_url"):
        BotEventsSource(BotEventsConfig("bots", url), Token())


@pytest.mark.parametrize("trusted", [True, False])
async def test_over_real_tls(trusted: bool) -> None:
    authority, stranger = trustme.CA(), trustme.CA()
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(server)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    (authority if trusted else stranger).configure_trust(context)
    async with (
        serving(staying(), tls=server) as platform,
        running(source_of(platform, ssl_context=context, sleep=Naps(limit=1))) as told,
    ):
        if trusted:
            await told.state(LinkState.LIVE)
        else:
            assert "certificate" in (await told.state(LinkState.REFUSED)).detail
