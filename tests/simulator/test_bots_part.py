"""The simulated bot platform: alone against literal messages, then both ends on a bad day."""

from __future__ import annotations

import asyncio
import gzip
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
from aiohttp import ClientSession, ClientWebSocketResponse, WSMsgType, WSServerHandshakeError

from desktop.domain.events import Complaint, LinkChanged, LinkFound, LinkState, PeerComplaint, SourceEvent
from desktop.domain.facts import CallFacts
from desktop.domain.finding import Finding, Level, Remedy
from desktop.domain.media import Party
from desktop.protocols.bot_events import socket_url
from desktop.simulator.bots import BotsPart
from desktop.simulator.platform import SimulatedPlatform
from desktop.simulator.script import Turn
from desktop.simulator.token_office import TokenOffice
from desktop.sinks.language_engine import HttpLanguageEngine, LanguageEngineConfig
from desktop.sources.bot_events import BotEventsConfig, BotEventsSource
from desktop.sources.bot_health import BotHealthWatch
from desktop.sources.rest import RestClient
from tests.support.leaks import held

SUBSCRIBE = '{"type": "subscribe", "channel": "bot-events", "id": "my-bot-channel-123"}'
CUSTOMER = Turn(Party.CUSTOMER, 0, 1_000, "where is my parcel")
AGENT = Turn(Party.AGENT, 0, 1_000, "let me see")


@asynccontextmanager
async def simulated(part: BotsPart) -> AsyncIterator[str]:
    platform = SimulatedPlatform([part])
    try:
        yield await platform.start()
    finally:
        await platform.close()


@asynccontextmanager
async def console(base: str, token: str, query: bool = False) -> AsyncIterator[ClientWebSocketResponse]:
    url = socket_url(base) + (f"?token={token}" if query else "")
    headers = {} if query else {"Authorization": f"Bearer {token}"}
    async with ClientSession() as session, session.ws_connect(url, headers=headers, max_msg_size=0) as socket:
        await socket.send_str(SUBSCRIBE)
        assert json.loads(await socket.receive_str()) == {
            "type": "subscribed",
            "channel": "bot-events",
            "id": "my-bot-channel-123",
        }
        yield socket


@pytest.mark.parametrize("query", [False, True])
async def test_the_documents_handshake_and_what_customers_say(query: bool) -> None:
    office = TokenOffice()
    part = BotsPart(office)
    async with simulated(part) as base, console(base, office.issue(), query) as socket:
        part.spoke("conv-1", AGENT, 1)
        part.spoke("conv-1", CUSTOMER, 1_700_000_000_000)
        assert json.loads(await socket.receive_str()) == {
            "type": "intent",
            "conversationId": "conv-1",
            "botId": "bot-1",
            "text": "where is my parcel",
            "id": "event-1",
            "timestamp": 1_700_000_000_000,
        }
        part.bots["bot-1"] = "disabled"
        part.spoke("conv-1", CUSTOMER, 2)
        for tell in (part.appeared, part.changed):
            tell("conv-1", CallFacts(), 3)
        part.ended("conv-1", 4)
        part.send("the end")
        assert await socket.receive_str() == "the end"
        assert (part.connected, part.subscribed) == (1, 1)
        await socket.send_str("{")
        assert json.loads(await socket.receive_str())["type"] == "error"
        await socket.send_str('{"type": "hello"}')
        await socket.send_bytes(b"x")
        async with asyncio.timeout(10):
            while not part.said:
                await asyncio.sleep(0.001)
        part.say_goodbye()
        assert (await socket.receive()).data == 1001
    assert part.said == ['{"type": "hello"}']


async def test_who_may_connect() -> None:
    now = [0.0]
    office = TokenOffice(clock=lambda: now[0])
    part = BotsPart(office)
    old = office.issue(life_s=10.0)
    async with simulated(part) as base:
        async with console(base, old):
            pass
        now[0] = 11.0
        statuses = []
        part_offers = [(True, old), (True, "made-up"), (False, old)]
        for offers, token in part_offers:
            part.offers_socket = offers
            with pytest.raises(WSServerHandshakeError) as refused:
                async with console(base, token):
                    pass
            statuses.append(refused.value.status)
        part.offers_socket = True
        part.refuse_upgrades(429, headers={"Retry-After": "7"})
        with pytest.raises(WSServerHandshakeError) as refused:
            async with console(base, office.issue()):
                pass
    assert statuses == [401, 401, 404]
    assert refused.value.headers is not None
    assert (refused.value.status, refused.value.headers["Retry-After"]) == (429, "7")
    assert (part.upgrades, part.refused_upgrades) == (5, 4)


async def test_the_scripted_faults_of_the_socket() -> None:
    office = TokenOffice()
    part = BotsPart(office, tick_s=0.02)
    async with simulated(part) as base:
        async with console(base, office.issue()) as socket:
            assert json.loads(await socket.receive_str())["type"] == "tick"
            part.send("x" * 2_000_000)
            while len(message := await socket.receive_str()) < 100:
                assert "tick" in message
            part.send(b"binary")
            while (await socket.receive()).type is not WSMsgType.BINARY:
                pass
            await part.cut()
            async for _ in socket:
                pass
            assert socket.close_code == 1006
        async with console(base, office.issue()) as socket:
            part.freeze()
            await asyncio.sleep(0.05)
            await socket.ping()
            while (await _within(socket, 0.1)) == WSMsgType.TEXT:  # what was under way
                pass
            assert await _within(socket, 0.1) is None


async def _within(socket: ClientWebSocketResponse, seconds: float) -> WSMsgType | None:
    try:
        return (await socket.receive(timeout=seconds)).type
    except TimeoutError:
        return None


async def test_bots_in_both_dialects_and_429() -> None:
    office = TokenOffice()
    part = BotsPart(office, bots=["on", "off"])
    part.bots["off"] = "disabled"
    headers = {"Authorization": f"Bearer {office.issue()}"}
    async with simulated(part) as base, ClientSession(base, headers=headers) as session:

        async def get(path: str) -> tuple[int, object]:
            async with session.get("/api/v2/integrations/" + path) as reply:
                body = await reply.json()
                return reply.status, body.get("enabled", body.get("reportedState", {}).get("code"))

        assert await get("bots/on") == (200, True)
        assert await get("bots/off") == (200, False)
        assert await get("on") == (200, "ACTIVE")
        assert await get("off") == (200, "INACTIVE")
        assert (await get("bots/other"))[0] == 404
        part.offers_documents = part.offers_integrations = False
        assert [(await get("bots/on"))[0], (await get("on"))[0]] == [404, 404]
        part.refuse_health(429)
        assert (await get("on"))[0] == 429
        office.revoke_all()
        assert (await get("on"))[0] == 401
    assert part.health_asked["/api/v2/integrations/on"] == 4


async def test_the_engine_behind_the_bots() -> None:
    part = BotsPart(TokenOffice())
    body = gzip.compress(b'{"text": "hello"}')
    async with simulated(part) as base, ClientSession(base) as session:

        async def post(data: bytes, **headers: str) -> int:
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            async with session.post("/nlp", data=data, headers=named) as reply:
                await reply.read()
                return reply.status

        assert await post(body, Content_Encoding="gzip") == 200
        assert part.engine.requests[0] == {"text": "hello"}
        part.engine.reads_gzip = False
        assert await post(body, Content_Encoding="gzip") == 415
        part.engine.status = 500
        assert await post(b"{}") == 500
        part.engine.api_key = "k"
        assert [await post(b"{}"), await post(b"{}", X_API_Key="k")] == [401, 500]
    assert (part.engine.asked, part.engine.answered) == (5, 1)


class Keeper:
    """A token that is fetched when it is needed and kept until it is refused."""

    def __init__(self, office: TokenOffice) -> None:
        self._office = office
        self._token = ""
        self._given = ""
        self._changed = asyncio.Event()

    async def __call__(self, *, refresh: bool) -> str:
        if refresh or not self._token:
            self._token = self._office.issue()
        self._given = self._token
        return self._token

    def renew(self) -> None:
        self._token = self._office.issue()
        self._changed.set()

    async def renewed(self) -> None:
        while self._token == self._given:
            self._changed.clear()
            await self._changed.wait()


class Told:
    def __init__(self) -> None:
        self.events: list[SourceEvent] = []
        self._more = asyncio.Event()

    def __call__(self, event: SourceEvent) -> None:
        self.events.append(event)
        self._more.set()

    def count(self, state: LinkState) -> int:
        return sum(isinstance(event, LinkChanged) and event.state is state for event in self.events)

    def finding(self, subject: str) -> Finding | None:
        found = [event.finding for event in self.events if isinstance(event, LinkFound)]
        return next((finding for finding in reversed(found) if finding.subject == subject), None)

    async def until(self, condition: Callable[[], object]) -> None:
        async with asyncio.timeout(20):
            while not condition():
                self._more.clear()
                await self._more.wait()


async def test_both_ends_on_a_bad_day() -> None:
    """1001, 1006, half-open, expired token, 429, invalid JSON, a huge message, a sick engine; and all is well again."""
    before = await held()
    office = TokenOffice()
    part = BotsPart(office, bots=["bot-1"])
    token, told, said = Keeper(office), Told(), [0]

    async def nap(seconds: float) -> None:
        await asyncio.sleep(0.01)

    def speak() -> None:
        said[0] += 1
        part.spoke("conv-1", Turn(Party.CUSTOMER, 0, 1, f"question {said[0]}"), said[0])

    def engine_is(words: str) -> bool:
        finding = told.finding("Language engine")
        return finding is not None and words in finding.text

    async def live(times: int) -> None:
        await told.until(lambda: told.count(LinkState.LIVE) >= times)
        async with asyncio.timeout(10):
            while part.subscribed != 1:
                await asyncio.sleep(0.005)

    async with simulated(part) as base:
        engine = HttpLanguageEngine(LanguageEngineConfig(base + "/nlp", timeout_s=0.2, failures=2, cool_down_s=0.1))
        health = BotHealthWatch("bots", ["bot-1"], RestClient(base, token, attempts=1))
        config = BotEventsConfig("bots", socket_url(base), ping_interval_s=0.1, ping_timeout_s=0.1)
        source = BotEventsSource(config, token, engine=engine, health=health, sleep=nap, jitter=lambda: 0.0)
        async with asyncio.TaskGroup() as group:
            running = group.create_task(source.run(told))
            await live(1)
            speak()
            await told.until(lambda: part.engine.answered == 1 and told.finding("Language engine"))
            part.say_goodbye(1001)
            await live(2)
            await part.cut()
            await live(3)
            part.freeze()
            await live(4)
            office.revoke_all()
            part.say_goodbye(1008)
            await live(5)
            part.refuse_upgrades(429, times=2, headers={"Retry-After": "1"})
            part.say_goodbye(1001)
            await live(6)
            part.send("{")
            part.send('{"type": "x", "pad": "' + "x" * 1_100_000 + '"}')
            await live(7)
            token.renew()
            await live(8)
            part.engine.status = 500
            for _ in range(3):
                speak()
            await told.until(
                lambda: (told.finding("Language engine") or Finding("", Level.PASS, "")).text.find("while")
            )
            part.engine.status = 200
            await asyncio.sleep(0.15)
            speak()
            await told.until(lambda: part.engine.answered >= 2)
            await told.until(
                lambda: (told.finding("Language engine") or Finding("", Level.FAIL, "")).level is Level.PASS
            )
            running.cancel()
    complaints = [event.what for event in told.events if isinstance(event, PeerComplaint)]
    assert complaints == [Complaint.BAD_MESSAGE, Complaint.FRAME_TOO_LARGE]
    assert source.drops == 6
    assert told.count(LinkState.REFUSED) == 0
    assert (told.finding("Bot bot-1") or Finding("", Level.FAIL, "")).level is Level.PASS
    assert sum(part.health_asked.values()) == 1
    assert "question" not in repr(told.events)
    assert (await held())[:3] == before[:3]  # the simulator compresses a huge message in the loop's own thread


async def test_genesys_cloud_in_place_of_the_documents_platform() -> None:
    office = TokenOffice()
    part = BotsPart(office, bots=["bot-1"], offers_socket=False, offers_documents=False)
    token, told = Keeper(office), Told()
    async with simulated(part) as base, asyncio.TaskGroup() as group:
        health = BotHealthWatch("bots", ["bot-1"], RestClient(base, token, attempts=1))
        source = BotEventsSource(BotEventsConfig("bots", socket_url(base)), token, health=health)
        running = group.create_task(source.run(told))
        await told.until(lambda: told.count(LinkState.REFUSED) and told.finding("Bot bot-1"))
        running.cancel()
    refused = next(e for e in told.events if isinstance(e, LinkChanged) and e.state is LinkState.REFUSED)
    assert refused.action is Remedy.USE_NOTIFICATIONS
    finding = told.finding("Bot bot-1")
    assert finding is not None
    assert finding.level is Level.PASS
