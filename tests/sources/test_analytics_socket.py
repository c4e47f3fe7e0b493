"""The console's side alone, against a scripted platform that speaks document B's golden messages."""

from __future__ import annotations

import asyncio
import json
import logging
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
import trustme
from aiohttp import WSMsgType, web

from desktop.domain.errors import Rejected, SettingInvalid, SignInNeeded
from desktop.domain.events import (
    CallEnded,
    Complaint,
    FactsLearned,
    LinkChanged,
    LinkFound,
    LinkState,
    NoReading,
    PeerComplaint,
    ReadingArrived,
    ReadingMissing,
)
from desktop.domain.facts import CallStage
from desktop.domain.finding import Level, Remedy
from desktop.domain.media import Party
from desktop.sources.analytics_dial import stream_address
from desktop.sources.analytics_socket import AnalyticsConfig, AnalyticsSource
from tests.sources.analytics_rig import Console, Token

PATH = "/api/v2/analytics/websocket"
SECRET = "secret-access-token-of-the-test"
CONNECTED = (
    '{"type": "conversation", "conversationId": "conv-1", "agentId": "agent-1", "queueId": "queue-1",'
    ' "direction": "inbound", "state": "connected", "sentiment": {"score": -0.62, "label": "negative"}}'
)
NULLED = '{"conversationId": "conv-1", "state": "connected", "sentiment": {"score": null, "label": null}}'
OMITTED = '{"conversationId": "conv-1", "state": "connected"}'
ENDED = '{"conversationId": "conv-1", "state": "ended"}'
LATE = '{"conversationId": "conv-1", "state": "ended", "sentiment.score": -0.8}'

Socket = web.WebSocketResponse
Act = Callable[[Socket], Awaitable[None]]


async def stay(socket: Socket) -> None:
    async for _ in socket:
        pass


def says(*texts: str) -> Act:
    async def act(socket: Socket) -> None:
        for text in texts:
            await socket.send_str(text)
        await stay(socket)

    return act


@dataclass
class Platform:
    """Plays one act per connection after the subscription; the last act is repeated."""

    acts: list[Act] = field(default_factory=lambda: [stay])
    denials: list[web.Response] = field(default_factory=list)
    upgrades: list[web.Request] = field(default_factory=list)
    heard: list[dict[str, Any]] = field(default_factory=list)
    base: str = ""

    async def serve(self, request: web.Request) -> web.StreamResponse:
        self.upgrades.append(request)
        if self.denials:
            return self.denials.pop(0)
        socket = Socket()
        await socket.prepare(request)
        message = await socket.receive()
        if message.type is WSMsgType.TEXT:
            self.heard.append(json.loads(message.data))
            await (self.acts.pop(0) if len(self.acts) > 1 else self.acts[0])(socket)
        return socket


@asynccontextmanager
async def listening(platform: Platform, context: ssl.SSLContext | None = None) -> AsyncIterator[Platform]:
    app = web.Application()
    app.router.add_get(PATH, platform.serve)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context).start()
        platform.base = f"{'https' if context else 'http'}://localhost:{runner.addresses[0][1]}"
        yield platform
    finally:
        await runner.cleanup()


@asynccontextmanager
async def console_of(platform: Platform, token: Token | None = None, **settings: Any) -> AsyncIterator[Console]:
    context = settings.pop("ssl_context", None)
    values: dict[str, Any] = {"name": "link", "base_url": platform.base, "region": "r", "settle_s": 0.05} | settings
    source = AnalyticsSource(
        AnalyticsConfig(**values), token or Token(lambda: SECRET), ssl_context=context, jitter=lambda: 0.0
    )
    console = Console(source)
    async with asyncio.TaskGroup() as group:
        running = group.create_task(source.run(console.deliver), name="source")
        try:
            yield console
        finally:
            running.cancel()


async def first_change(platform: Platform, token: Token | None = None, **settings: Any) -> LinkChanged:
    """What the link is after CONNECTING."""
    async with listening(platform), console_of(platform, token, **settings) as console:
        await console.until(lambda: len(console.all(LinkChanged)) > 1)
    return console.all(LinkChanged)[1]


async def test_document_b_section_2_bearer_in_the_handshake_then_the_subscription() -> None:
    platform = Platform()
    async with listening(platform), console_of(platform, queue_ids=("q-1",), agent_ids=("a-1",)) as console:
        await console.live()
        assert console.source.name == "link"
    (upgrade,) = platform.upgrades
    assert upgrade.headers["Authorization"] == f"Bearer {SECRET}"
    assert upgrade.query_string == ""
    assert platform.heard == [
        {
            "action": "subscribe",
            "events": [
                {
                    "type": "conversation",
                    "filters": {"queueId": "q-1", "agentId": "a-1"},
                    "fields": ["sentiment.score", "sentiment.label", "state"],
                }
            ],
            "heartbeat": 30,
        }
    ]
    assert console.states == ["connecting", "live", "closed"]
    assert console.all(LinkChanged)[0].region == "r"


async def test_document_b_section_3_a_call_from_its_first_event_to_a_score_after_its_end() -> None:
    platform = Platform([says('{"type": "subscribed"}', CONNECTED, NULLED, OMITTED, ENDED, LATE)])
    async with listening(platform), console_of(platform) as console:
        await console.until(lambda: len(console.scores) == 2)
    facts = console.all(FactsLearned)[0]
    assert (facts.call, facts.facts.agent_id, facts.facts.queue_id) == ("conv-1", "agent-1", "queue-1")
    assert (facts.facts.direction, facts.facts.stage) == ("inbound", CallStage.CONNECTED)
    assert console.all(ReadingArrived) == [
        ReadingArrived("link", "conv-1", Party.MIXED, -0.62, "negative", "agent-1"),
        ReadingArrived("link", "conv-1", Party.MIXED, -0.8, "negative", "agent-1"),
    ]
    assert [missing.why for missing in console.all(ReadingMissing)] == [NoReading.NULL, NoReading.ABSENT]
    kinds = [type(event) for event in console.told]
    assert kinds.index(CallEnded) < len(kinds) - 1 - kinds[::-1].index(ReadingArrived)


async def test_document_b_trap_field_selection_our_own_omission_is_said() -> None:
    platform = Platform([says(OMITTED)])
    async with listening(platform), console_of(platform, fields=("state",)) as console:
        await console.until(lambda: console.all(ReadingMissing))
    assert console.all(ReadingMissing)[0].why is NoReading.NOT_REQUESTED
    assert console.all(LinkFound)[0].finding.level is Level.WARN


async def test_a_platform_that_leaves_the_score_out_is_found_and_found_well_again() -> None:
    platform = Platform([says(*[OMITTED] * 20, CONNECTED)])
    async with listening(platform), console_of(platform) as console:
        await console.until(lambda: console.scores)
        await console.until(lambda: len(console.all(LinkFound)) == 3)
    assert [found.finding.level for found in console.all(LinkFound)] == [Level.PASS, Level.WARN, Level.PASS]


async def test_bad_messages_cost_only_themselves() -> None:
    bad = ["{", '{"type": 3}', '{"conversationId": "c", "sentiment": {"score": 62}}', '{"type": "weather"}']
    batch = '{"events": [{"id": 4}, {"conversationId": "b", "state": "hold"}]}'
    error = '{"type": "error", "code": 500, "message": "oops"}'

    async def act(socket: Socket) -> None:
        await socket.send_bytes(b"\x00")
        await says(*bad, batch, error, CONNECTED)(socket)

    platform = Platform([says("{}"), act])
    platform.acts.pop(0)
    async with listening(platform), console_of(platform) as console:
        await console.until(lambda: console.scores)
    complaints = [complaint.what for complaint in console.all(PeerComplaint)]
    assert complaints.count(Complaint.BAD_MESSAGE) == 5
    assert complaints.count(Complaint.BAD_READING) == 1
    assert [facts.facts.stage for facts in console.all(FactsLearned) if facts.call == "b"] == [CallStage.HOLD]


async def test_401_renews_the_token_once_and_connects() -> None:
    token, platform = Token(lambda: SECRET), Platform(denials=[web.Response(status=401)])
    change = await first_change(platform, token)
    assert change.state is LinkState.LIVE
    assert token.asked == [False, True]


async def test_401_even_after_renewal_asks_for_a_sign_in() -> None:
    token, platform = Token(lambda: SECRET), Platform(denials=[web.Response(status=401) for _ in range(2)])
    change = await first_change(platform, token)
    assert (change.state, change.action) == (LinkState.REFUSED, Remedy.SIGN_IN)
    assert "401" in change.detail
    assert len(platform.upgrades) == 2


@pytest.mark.parametrize("bad", ["", "  ", "tökn", "a\nb"])
async def test_a_token_that_can_t_be_sent_asks_for_a_sign_in(bad: str) -> None:
    platform = Platform()
    change = await first_change(platform, Token(lambda: bad))
    assert (change.state, change.action) == (LinkState.REFUSED, Remedy.SIGN_IN)
    assert not platform.upgrades


@pytest.mark.parametrize("refusal", [SignInNeeded("Sign in again."), Rejected("Ask.", Remedy.RETRY)])
async def test_no_token_to_be_had_says_what_whoever_keeps_it_says(refusal: Rejected) -> None:
    token = Token()
    token.refusal = refusal
    change = await first_change(Platform(), token)
    assert (change.state, change.detail, change.action) == (LinkState.REFUSED, str(refusal), refusal.remedy)


async def test_403_names_the_permission() -> None:
    change = await first_change(Platform(denials=[web.Response(status=403)]))
    assert change.state is LinkState.REFUSED
    assert "analytics:realtime" in change.detail


async def test_404_says_that_genesys_cloud_has_no_such_socket_and_offers_notifications() -> None:
    change = await first_change(Platform(denials=[web.Response(status=404)]))
    assert (change.state, change.action) == (LinkState.REFUSED, Remedy.USE_NOTIFICATIONS)
    assert change.detail.startswith("Genesys Cloud has no such socket")


@pytest.mark.parametrize(
    ("status", "headers", "wait_s"), [(429, {"Retry-After": "17"}, 17), (503, {"Retry-After": "9"}, 9), (429, {}, 1)]
)
async def test_429_waits_as_long_as_the_platform_asks(status: int, headers: dict[str, str], wait_s: int) -> None:
    change = await first_change(Platform(denials=[web.Response(status=status, headers=headers)]))
    assert (change.state, change.retry_in_s) == (LinkState.RETRYING, wait_s)


@pytest.mark.parametrize(
    ("status", "state"), [(500, "retrying"), (408, "retrying"), (400, "refused"), (200, "refused")]
)
async def test_other_statuses(status: int, state: str) -> None:
    change = await first_change(Platform(denials=[web.Response(status=status)]))
    assert change.state.value == state
    assert str(status) in change.detail


@pytest.mark.parametrize(
    ("answer", "state", "words"),
    [
        ('{"type": "error", "code": 403, "message": "no"}', "refused", "analytics:realtime"),
        ('{"type": "error", "code": 400, "message": "what queue?"}', "refused", "what queue?"),
        ('{"type": "error", "code": 429, "message": "later", "retryAfter": 12}', "retrying", "later"),
        ('{"type": "error", "code": 429, "message": "later"}', "retrying", "later"),
        ('{"type": "error", "code": 401, "message": "expired"}', "retrying", "expired"),
    ],
)
async def test_a_refused_subscription_says_why(answer: str, state: str, words: str) -> None:
    change = await first_change(Platform([says(answer)]))
    assert change.state.value == state
    assert words in change.detail


@pytest.mark.parametrize(
    "before",
    ['{"type": "heartbeat"}', '{"type": "heartbeat"}{', '{"type": "weather"}', '{"type": "subscribed"'],
)
async def test_a_refusal_counts_whatever_else_the_platform_says_before(before: str) -> None:
    refusal = '{"type": "error", "code": 400, "message": "what queue?"}'
    change = await first_change(Platform([says(before, before, refusal)]), settle_s=5.0)
    assert (change.state, "what queue?" in change.detail) == (LinkState.REFUSED, True)


async def test_a_refusal_that_comes_late_is_still_one() -> None:
    """Else the link would stay live without a subscription."""
    late = asyncio.Event()

    async def act(socket: Socket) -> None:
        await socket.send_str('{"type": "heartbeat"}')
        await late.wait()
        await socket.send_str('{"type": "error", "code": 400, "message": "what queue?"}')
        await stay(socket)

    platform = Platform([act])
    async with listening(platform), console_of(platform) as console:
        await console.live()
        late.set()
        await console.until(lambda: "refused" in console.states)
    assert "what queue?" in console.all(LinkChanged)[-2].detail


@pytest.mark.parametrize("confirmed", ['{"type": "subscribed"}', CONNECTED])
async def test_once_the_subscription_stands_an_error_is_only_a_complaint(confirmed: str) -> None:
    error = '{"type": "error", "code": 400, "message": "oops"}'
    platform = Platform([says(confirmed, '{"type": "heartbeat"}', error)])
    async with listening(platform), console_of(platform) as console:
        await console.until(lambda: console.all(PeerComplaint))
        await asyncio.sleep(0.1)
    assert console.states == ["connecting", "live", "closed"]


async def test_an_internal_error_does_not_end_the_calls() -> None:
    """CLOSED means that nothing more will come; whoever keeps the source up runs it again."""

    def bug() -> str:
        raise LookupError("a bug")

    console = Console(AnalyticsSource(AnalyticsConfig("link", "https://api.example.com"), Token(bug)))
    with pytest.raises(LookupError):
        await console.source.run(console.deliver)
    assert console.states == ["connecting"]


async def test_a_platform_that_hangs_up_on_the_subscription_is_tried_again() -> None:
    async def leave(socket: Socket) -> None:
        await socket.close(code=1008)

    platform, token = Platform([leave, stay]), Token(lambda: SECRET)
    async with listening(platform), console_of(platform, token) as console:
        await console.live()
    assert console.states[:4] == ["connecting", "retrying", "connecting", "live"]
    assert token.asked == [False, True]


async def test_a_person_ends_a_refusal_and_a_wait() -> None:
    platform = Platform(denials=[web.Response(status=403), web.Response(status=429, headers={"Retry-After": "900"})])
    async with listening(platform), console_of(platform) as console:
        await console.until(lambda: "refused" in console.states)
        console.source.retry()
        await console.until(lambda: "retrying" in console.states)
        console.source.retry()
        await console.live()


async def test_a_refusal_is_asked_about_again_by_itself() -> None:
    platform = Platform(denials=[web.Response(status=403)])
    async with listening(platform), console_of(platform, ask_again_s=0.1) as console:
        await console.live()


async def test_nobody_listens() -> None:
    platform = Platform()
    async with listening(platform):
        pass
    async with console_of(platform) as console:
        await console.until(lambda: "retrying" in console.states)
    assert "can't be opened" in console.all(LinkChanged)[1].detail


async def test_over_tls_a_trusted_certificate_is_live_and_a_strange_one_refused() -> None:
    authority, stranger = trustme.CA(), trustme.CA()
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(server)
    found = []
    for trusted in (authority, stranger):
        client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        trusted.configure_trust(client)
        platform = Platform()
        async with listening(platform, server), console_of(platform, ssl_context=client) as console:
            await console.until(lambda: len(console.all(LinkChanged)) > 1)
        found.append(console.all(LinkChanged)[1])
    assert [change.state for change in found] == [LinkState.LIVE, LinkState.REFUSED]
    assert "certificate" in found[1].detail


async def test_no_token_in_logs_reprs_or_what_is_delivered(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    platform = Platform(denials=[web.Response(status=401), web.Response(status=500)])
    async with listening(platform), console_of(platform) as console:
        await console.live()
    assert SECRET not in caplog.text
    assert SECRET not in repr(console.told) + repr(console.source)


@pytest.mark.parametrize(
    ("given", "address"),
    [
        ("https://api.mypurecloud.com/", "wss://api.mypurecloud.com" + PATH),
        ("https://api.genesyscloud.com", "wss://api.genesyscloud.com" + PATH),
        ("https://ap-southeast-1.api.genesyscloud.com", "wss://ap-southeast-1.api.genesyscloud.com" + PATH),
        ("http://127.0.0.1:8080", "ws://127.0.0.1:8080" + PATH),
        ("wss://elsewhere.example/socket", "wss://elsewhere.example/socket"),
    ],
)
def test_document_b_section_2_address_by_region(given: str, address: str) -> None:
    assert stream_address(given) == address


@pytest.mark.parametrize("given", ["http://api.mypurecloud.com", "ws://api.mypurecloud.com/x", "ftp://x", "", "wss://"])
def test_a_token_is_never_sent_in_the_clear_or_nowhere(given: str) -> None:
    with pytest.raises(SettingInvalid) as refused:
        AnalyticsSource(AnalyticsConfig("link", given), Token())
    assert refused.value.path == "base_url"


def test_document_b_trap_heartbeat_too_low_is_refused_before_anybody_connects() -> None:
    with pytest.raises(SettingInvalid, match="heartbeat_s: is 5 s"):
        AnalyticsSource(AnalyticsConfig("link", "https://api.mypurecloud.com", heartbeat_s=5), Token())


def test_a_proxy_that_is_none_is_refused() -> None:
    with pytest.raises(SettingInvalid) as refused:
        AnalyticsSource(AnalyticsConfig("link", "https://api.mypurecloud.com"), Token(), proxy="socks9://x")
    assert refused.value.path == "proxy"
