"""The client's side alone, against a scripted platform that speaks document A's golden messages."""

from __future__ import annotations

import asyncio
import json
import logging
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import psutil
import pytest
from aiohttp import WSMsgType, web

from desktop.domain.errors import SettingInvalid
from desktop.domain.events import (
    AudioArrived,
    CallEnded,
    Complaint,
    FactsLearned,
    LinkChanged,
    LinkMeasured,
    LinkState,
    PeerComplaint,
    SourceEvent,
)
from desktop.domain.facts import CallFacts
from desktop.domain.media import Party
from desktop.protocols.audio_frame import AudioFrame, header_bytes, pack, split
from desktop.protocols.audio_subscription import AudioSubscription, Filters
from desktop.protocols.opus_toc import inspect
from desktop.sources.audio_connector import AudioConnectorSource
from desktop.sources.audio_connector_config import AudioConnectorConfig
from tests.support.tokens import FixedToken

PATH = "/api/v2/audioconnector/connections"
OAUTH = "oauth-access-token-of-the-test"
SUBSCRIBED = '{"type": "subscribed", "subscriptionId": "sub-67890-fghij", "status": "active"}'
INTERACTION = (
    '{"type": "interaction", "interactionId": "inter-uuid-123", "direction": "inbound", "agentName": "John Doe",'
    ' "queueName": "Support Queue", "startTime": "2023-10-01T12:00:00Z"}'
)
PACKET = b"\x48" + bytes(40)
FRAME = AudioFrame("inter-uuid-123", Party.CUSTOMER, 0, 1_696_161_600_000, PACKET)

Socket = web.WebSocketResponse
Act = Callable[[Socket], Awaitable[None]]


@dataclass
class Platform:
    """Answers discovery and plays one act per connection; the last act is repeated."""

    acts: list[Act]
    denials: list[web.Response] = field(default_factory=list)
    refusals: dict[str, web.Response] = field(default_factory=dict)
    regions: list[str] = field(default_factory=lambda: ["us-east-1"])
    log: list[str] = field(default_factory=list)
    upgrades: list[web.Request] = field(default_factory=list)
    heard: list[dict[str, object]] = field(default_factory=list)
    base: str = ""

    async def serve(self, request: web.Request) -> web.StreamResponse:
        if request.path != PATH:
            body = {"participants": [{"purpose": "agent", "name": "John Doe"}]}
            return self.denials.pop(0) if self.denials else web.json_response(body)
        if "Upgrade" not in request.headers:
            assert request.headers["Authorization"] == f"Bearer {OAUTH}"
            self.log.append("discover")
            if self.denials:
                return self.denials.pop(0)
            token = f"conn-{len(self.log)}"
            uri = f"ws://{request.host}{PATH}?token={token}"
            region = self.regions.pop(0) if len(self.regions) > 1 else self.regions[0]
            return web.json_response({"uri": uri, "connectionId": token, "region": region, "expiresIn": 3600})
        if request.query["token"] in self.refusals:
            return self.refusals[request.query["token"]]
        self.log.append(f"upgrade {request.query['token']}")
        self.upgrades.append(request)
        socket = Socket()
        await socket.prepare(request)
        act = self.acts.pop(0) if len(self.acts) > 1 else self.acts[0]
        await act(socket)
        return socket

    async def hear(self, socket: Socket) -> dict[str, object]:
        message = await socket.receive()
        assert message.type is WSMsgType.TEXT
        self.heard.append(json.loads(message.data))
        return self.heard[-1]


@asynccontextmanager
async def serving(*acts: Act, **script: object) -> AsyncIterator[Platform]:
    platform = Platform(list(acts), **script)  # type: ignore[arg-type]
    app = web.Application()
    app.router.add_get("/{path:.*}", platform.serve)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    platform.base = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield platform
    finally:
        await runner.cleanup()


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
        return [event.state for event in self.links]

    @property
    def audio(self) -> list[AudioArrived]:
        return [event for event in self.events if isinstance(event, AudioArrived)]

    @property
    def calls_and_states(self) -> list[SourceEvent]:
        return [event for event in self.events if not isinstance(event, LinkMeasured)]

    def complaints(self, what: Complaint) -> int:
        return sum(isinstance(event, PeerComplaint) and event.what is what for event in self.events)

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(20):
            while not condition():
                self._more.clear()
                await self._more.wait()

    async def state(self, state: LinkState, times: int = 1) -> LinkChanged:
        await self.until(lambda: self.states.count(state) >= times)
        return [event for event in self.links if event.state is state][times - 1]


class Naps:
    """A sleep that only notes how long it was asked for, and stops after `limit`."""

    def __init__(self, limit: int = 1_000_000) -> None:
        self.taken: list[float] = []
        self._limit = limit

    async def __call__(self, seconds: float) -> None:
        self.taken.append(seconds)
        if len(self.taken) >= self._limit:
            await asyncio.Event().wait()
        await asyncio.sleep(0)


def source_of(platform: Platform, **options: object) -> AudioConnectorSource:
    filters = Filters(queue_ids=("queue-uuid-1", "queue-uuid-2"), direction=("inbound", "outbound"))
    subscription = AudioSubscription(filters=filters, sample_rate=16_000)
    confirm_timeout_s = options.pop("confirm_timeout_s", 10.0)
    ask_again_s = options.pop("ask_again_s", 60.0)
    config = AudioConnectorConfig(
        "east",
        platform.base,
        "East",
        subscription,
        confirm_timeout_s=confirm_timeout_s,  # type: ignore[arg-type]
        ask_again_s=ask_again_s,  # type: ignore[arg-type]
    )
    options = {"sleep": Naps(), "jitter": lambda: 0.0} | options
    return AudioConnectorSource(config, FixedToken(OAUTH), **options)  # type: ignore[arg-type]


@asynccontextmanager
async def running(source: AudioConnectorSource) -> AsyncIterator[Told]:
    told = Told()
    async with asyncio.TaskGroup() as group:
        task = group.create_task(source.run(told))
        try:
            yield told
        finally:
            task.cancel()
    assert told.states[-1] is LinkState.CLOSED


def staying(platform_messages: list[str | bytes] | None = None) -> Act:
    """Confirm the subscription, send these, then stay until the console goes."""

    async def act(socket: Socket) -> None:
        await socket.receive()
        await socket.send_str(SUBSCRIBED)
        for message in platform_messages or []:
            await (socket.send_str(message) if isinstance(message, str) else socket.send_bytes(message))
        async for _ in socket:
            pass

    return act


def leaving(code: int | None) -> Act:
    """Confirm, then close with this code, or cut the line."""

    async def act(socket: Socket) -> None:
        await socket.receive()
        await socket.send_str(SUBSCRIBED)
        if code is None:
            transport = socket._req.transport  # type: ignore[union-attr]
            assert transport is not None
            transport.abort()
        else:
            await socket.close(code=code)

    return act


def answering(text: str) -> Act:
    """Answer the subscription with `text` and wait."""

    async def act(socket: Socket) -> None:
        await socket.receive()
        await socket.send_str(text)
        async for _ in socket:
            pass

    return act


# sections 1, 2 and 4


async def test_document_a_sections_1_to_4_the_documents_conversation() -> None:
    async def act(socket: Socket) -> None:
        await platform.hear(socket)
        await socket.send_str(SUBSCRIBED)
        await socket.send_str(INTERACTION)
        for part in split(FRAME, header_bytes(FRAME.call) + 16):
            await socket.send_bytes(part)
        await socket.send_bytes(PACKET)
        await socket.send_str('{"type": "interactionEnded", "interactionId": "inter-uuid-123"}')
        async for _ in socket:
            pass

    async with serving(act) as platform:
        source = source_of(platform)
        async with running(source) as told:
            await told.until(lambda: any(isinstance(event, CallEnded) for event in told.events))
            assert source.subscription_id == "sub-67890-fghij"
    assert platform.heard == [
        {
            "type": "subscribe",
            "subscription": {
                "type": "audio",
                "filters": {
                    "interactionTypes": ["voice"],
                    "queueIds": ["queue-uuid-1", "queue-uuid-2"],
                    "direction": ["inbound", "outbound"],
                },
                "format": "opus",
                "sampleRate": 16000,
            },
        }
    ]
    connecting, live, facts, joined, bare, ended, closed = told.calls_and_states
    assert connecting == LinkChanged("east", "East", LinkState.CONNECTING)
    assert live == LinkChanged("east", "us-east-1", LinkState.LIVE, subscription_id="sub-67890-fghij")
    assert facts == FactsLearned(
        "east",
        "inter-uuid-123",
        CallFacts("inbound", "John Doe", queue_name="Support Queue", started_at_ms=1_696_161_600_000),
    )
    assert isinstance(joined, AudioArrived)
    assert (joined.frame.payload, joined.fragments, joined.frame.seq) == (PACKET, 3, 0)
    assert joined.frame.received_ns > 0
    assert isinstance(bare, AudioArrived)
    assert (bare.frame.party, bare.frame.seq, bare.frame.call) == (Party.MIXED, None, "inter-uuid-123")
    assert ended == CallEnded("east", "inter-uuid-123")
    assert closed == LinkChanged("east", "us-east-1", LinkState.CLOSED)


async def test_document_a_section_1_the_oauth_token_is_never_in_the_upgrade() -> None:
    async with serving(staying()) as platform, running(source_of(platform)) as told:
        await told.state(LinkState.LIVE)
    (upgrade,) = platform.upgrades
    assert "Authorization" not in upgrade.headers
    assert "Cookie" not in upgrade.headers
    assert OAUTH not in upgrade.path_qs
    assert OAUTH not in str(upgrade.headers)
    assert "permessage-deflate" not in upgrade.headers.get("Sec-WebSocket-Extensions", "")


async def test_document_a_section_1_trap_uri_cached_it_is_fetched_fresh_before_every_connect() -> None:
    async with serving(leaving(1001), leaving(None), staying()) as platform, running(source_of(platform)) as told:
        await told.state(LinkState.LIVE, times=3)
    assert platform.log == [
        "discover",
        "upgrade conn-1",
        "discover",
        "upgrade conn-3",
        "discover",
        "upgrade conn-5",
    ]


async def test_no_token_reaches_a_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with serving(leaving(1001), staying([INTERACTION])) as platform, running(source_of(platform)) as told:
        await told.until(lambda: any(isinstance(event, FactsLearned) for event in told.events))
    assert OAUTH not in caplog.text
    assert "conn-" not in caplog.text
    assert "John Doe" not in caplog.text


async def test_document_a_section_2_modify_and_unsubscribe_use_the_subscription_id() -> None:
    async def act(socket: Socket) -> None:
        await platform.hear(socket)
        await socket.send_str(SUBSCRIBED)
        await platform.hear(socket)
        await socket.send_str('{"type": "modified", "subscriptionId": "sub-67890-fghij", "status": "active"}')
        await platform.hear(socket)
        await socket.send_str('{"type": "unsubscribed", "subscriptionId": "sub-67890-fghij"}')
        await platform.hear(socket)
        await socket.send_str('{"type": "subscribed", "subscriptionId": "sub-2", "status": "active"}')
        async for _ in socket:
            pass

    async with serving(act) as platform:
        source = source_of(platform)
        async with running(source) as told:
            await told.state(LinkState.LIVE)
            await source.modify(Filters(interaction_ids=("i-1",)))
            await told.state(LinkState.LIVE, times=2)
            await source.unsubscribe()
            left = await told.state(LinkState.LIVE, times=3)
            await source.modify(Filters(skills=("billing",)))
            again = await told.state(LinkState.LIVE, times=4)
    assert [message["type"] for message in platform.heard] == ["subscribe", "modify", "unsubscribe", "subscribe"]
    assert platform.heard[1]["subscriptionId"] == platform.heard[2]["subscriptionId"] == "sub-67890-fghij"
    assert platform.heard[1]["subscription"] == {
        "type": "audio",
        "filters": {"interactionTypes": ["voice"], "interactionIds": ["i-1"]},
        "format": "opus",
        "sampleRate": 16000,
    }
    assert (left.subscription_id, again.subscription_id) == ("", "sub-2")
    assert "nothing is subscribed" in left.detail


async def test_after_unsubscribing_a_reconnect_subscribes_nothing() -> None:
    async def quiet(socket: Socket) -> None:
        async for _ in socket:
            pytest.fail("nothing was wanted")

    async with serving(quiet) as platform:
        source = source_of(platform)
        await source.unsubscribe()
        async with running(source) as told:
            live = await told.state(LinkState.LIVE)
    assert "nothing is subscribed" in live.detail


async def test_a_refused_change_is_told_and_the_stream_goes_on() -> None:
    async def act(socket: Socket) -> None:
        await socket.receive()
        await socket.send_str(SUBSCRIBED)
        await socket.receive()
        await socket.send_str('{"type": "error", "code": "subscription.rejected", "message": "no such queue"}')
        await socket.send_bytes(pack(FRAME))
        async for _ in socket:
            pass

    async with serving(act) as platform:
        source = source_of(platform)
        async with running(source) as told:
            await told.state(LinkState.LIVE)
            await source.modify(Filters(queue_ids=("nowhere",)))
            await told.until(lambda: len(told.audio) == 1)
    assert told.complaints(Complaint.SUBSCRIPTION_REJECTED) == 1
    assert "no such queue" in told.links[-2].detail


@pytest.mark.parametrize("kinds", [("voice", "chat", "video"), ("chat",), ()])
async def test_document_a_section_2_trap_unsupported_interaction_types_are_refused_here(kinds: tuple[str, ...]) -> None:
    async with serving(staying()) as platform:
        with pytest.raises(SettingInvalid, match="interactionTypes"):
            await source_of(platform).modify(Filters(interaction_types=kinds))
    assert platform.log == []


async def test_document_a_section_2_trap_unsupported_interaction_types_an_error_does_not_halt_the_stream() -> None:
    async def act(socket: Socket) -> None:
        await socket.receive()
        await socket.send_str(SUBSCRIBED)
        await socket.send_str('{"type": "error", "code": "interaction.types", "message": "voice only"}')
        await socket.send_bytes(pack(FRAME))
        async for _ in socket:
            pass

    async with serving(act) as platform, running(source_of(platform)) as told:
        await told.until(lambda: len(told.audio) == 1)
    assert told.complaints(Complaint.BAD_MESSAGE) == 1
    assert LinkState.RETRYING not in told.states


async def test_document_a_section_2_trap_sample_rate_omitted_it_is_always_asked_for() -> None:
    async def act(socket: Socket) -> None:
        await platform.hear(socket)
        await socket.send_str(SUBSCRIBED)
        async for _ in socket:
            pass

    async with serving(act) as platform:
        config = AudioConnectorConfig("east", platform.base)  # as it comes
        async with running(AudioConnectorSource(config, FixedToken(OAUTH))) as told:
            await told.state(LinkState.LIVE)
    (request,) = platform.heard
    assert request["subscription"]["sampleRate"] == 16_000  # type: ignore[index]


async def test_document_a_section_2_trap_sample_rate_omitted_another_than_ours_is_refused_here() -> None:
    async with serving(staying()) as platform:
        config = AudioConnectorConfig("east", platform.base, subscription=AudioSubscription(sample_rate=8_000))
        with pytest.raises(SettingInvalid, match="sampleRate"):
            AudioConnectorSource(config, FixedToken(OAUTH))
    assert platform.log == []


@pytest.mark.parametrize(
    "answer",
    [
        '{"type": "subscribed", "status": "rejected", "message": "too many"}',
        '{"type": "error", "code": "subscription.limit", "message": "too many", "limit": 10}',
    ],
)
async def test_rejection_and_limits_wait_for_a_person(answer: str) -> None:
    naps = Naps()
    async with serving(answering(answer), staying()) as platform:
        source = source_of(platform, sleep=naps)
        async with running(source) as told:
            refused = await told.state(LinkState.REFUSED)
            assert "too many" in refused.detail
            await asyncio.sleep(0.05)
            assert platform.log == ["discover", "upgrade conn-1"]
            await source.modify(Filters(queue_ids=("queue-uuid-1",)))
            await told.state(LinkState.LIVE)
    assert naps.taken == []
    assert told.complaints(Complaint.SUBSCRIPTION_REJECTED) == 1


async def test_a_person_who_acts_while_the_refusal_is_on_its_way_is_heard() -> None:
    async def act(socket: Socket) -> None:
        await socket.receive()
        await source.modify(Filters(skills=("billing",)))
        await socket.send_str('{"type": "error", "code": "subscription.rejected"}')
        async for _ in socket:
            pass

    async with serving(act, staying()) as platform:
        source = source_of(platform)
        async with running(source) as told:
            await told.state(LinkState.LIVE)
    assert told.states.count(LinkState.REFUSED) == 1


async def test_a_limit_with_a_time_to_wait_is_waited_for() -> None:
    naps = Naps()
    limited = answering('{"type": "error", "code": 429, "message": "later", "retryAfter": 7}')
    async with serving(limited, staying()) as platform, running(source_of(platform, sleep=naps)) as told:
        await told.state(LinkState.LIVE)
    assert naps.taken == [7]


@pytest.mark.parametrize(
    ("asked", "waited"), [("1e300", 86_400), ("9" * 400, 86_400), ("-1e300", 1), ("-" + "9" * 400, 1)]
)
async def test_a_limit_that_asks_for_an_absurd_wait_gets_a_day_at_most(asked: str, waited: float) -> None:
    naps = Naps()
    limited = answering(f'{{"type": "error", "code": 429, "message": "later", "retryAfter": {asked}}}')
    async with serving(limited, staying()) as platform, running(source_of(platform, sleep=naps)) as told:
        await told.state(LinkState.LIVE)
    assert naps.taken == [waited]


@pytest.mark.parametrize("how", ["retry", "modify"])
async def test_what_a_person_does_while_all_is_well_does_not_shorten_the_next_wait(how: str) -> None:
    leave = asyncio.Event()

    async def act(socket: Socket) -> None:
        await socket.receive()
        await socket.send_str(SUBSCRIBED)
        await leave.wait()
        await socket.close(code=1001)

    naps = Naps()
    async with serving(act, staying()) as platform:
        source = source_of(platform, sleep=naps)
        async with running(source) as told:
            await told.state(LinkState.LIVE)
            if how == "retry":
                source.retry()
            else:
                await source.modify(Filters(skills=("billing",)))
            leave.set()
            await told.state(LinkState.LIVE, times=2)
    assert naps.taken == [1]


async def test_an_internal_error_does_not_end_the_calls() -> None:
    """CLOSED means that nothing more will come; whoever keeps the source up runs it again."""

    class Broken(FixedToken):
        async def __call__(self, *, refresh: bool) -> str:
            raise LookupError("a bug")

    told = Told()
    with pytest.raises(LookupError):
        await AudioConnectorSource(AudioConnectorConfig("east", "https://api.example.com"), Broken("")).run(told)
    assert told.states == [LinkState.CONNECTING]


async def test_document_a_section_2_trap_unsupported_interaction_types_a_silent_failure_is_noticed() -> None:
    async def silent(socket: Socket) -> None:
        async for _ in socket:
            pass

    async with serving(silent, staying()) as platform, running(source_of(platform, confirm_timeout_s=0.05)) as told:
        retrying = await told.state(LinkState.RETRYING)
        await told.state(LinkState.LIVE)
    assert "did not answer the subscription" in retrying.detail


# sections 3 and 4


async def test_document_a_section_3_trap_fragmentation_no_message_is_taken_for_a_frame() -> None:
    """Fragments of two calls, interleaved: each frame arrives whole, once, and of its own call."""
    other = AudioFrame("inter-uuid-456", Party.AGENT, 0, 1_696_161_600_000, b"\x48" + bytes(range(40)))
    mine = split(FRAME, header_bytes(FRAME.call) + 16)
    theirs = split(other, header_bytes(other.call) + 16)
    mixed: list[str | bytes] = [part for pair in zip(mine, theirs, strict=True) for part in pair]
    async with serving(staying(mixed)) as platform, running(source_of(platform)) as told:
        await told.until(lambda: len(told.audio) == 2)
    assert [(event.frame.call, event.frame.payload, event.fragments) for event in told.audio] == [
        (FRAME.call, PACKET, 3),
        (other.call, other.payload, 3),
    ]


@pytest.mark.parametrize(
    ("head", "ms"), [(0x80, 2.5), (0x88, 5), (0x90, 10), (0x48, 20), (0x50, 40), (0x58, 60), (0x5B, 120)]
)
async def test_document_a_section_3_trap_frame_size_every_size_is_handed_over_as_it_came(head: int, ms: float) -> None:
    """The packet's own header tells its length (RFC 6716 3.1); nothing here assumes 20 ms."""
    packet = bytes([head]) + (b"\x02" if head & 3 == 3 else b"") + bytes(40)
    assert inspect(packet).duration_ms == ms
    frames = [pack(AudioFrame(FRAME.call, Party.CUSTOMER, seq, 5_000, packet)) for seq in range(3)]
    async with serving(staying([*frames])) as platform, running(source_of(platform)) as told:
        await told.until(lambda: len(told.audio) == 3)
    assert [event.frame.payload for event in told.audio] == [packet] * 3
    assert told.complaints(Complaint.BAD_FRAME) == 0


async def test_document_a_section_4_trap_event_drift_sound_before_its_metadata_is_handed_over_at_once() -> None:
    """Who waits for metadata (500 ms) is the call's state machine; here nothing is lost and nothing held back."""
    async with serving(staying([pack(FRAME), INTERACTION])) as platform, running(source_of(platform)) as told:
        await told.until(lambda: any(isinstance(event, FactsLearned) for event in told.events))
    mine = [type(event) for event in told.events if isinstance(event, AudioArrived | FactsLearned)]
    assert mine == [AudioArrived, FactsLearned]


async def test_document_a_section_4_trap_termination_clean_up_nothing_of_an_ended_call_comes_back() -> None:
    ended = '{"type": "interactionEnded", "interactionId": "inter-uuid-123"}'
    other = '{"type": "interaction", "interactionId": "inter-uuid-456"}'
    story: list[str | bytes] = [INTERACTION, PACKET, ended, PACKET, other, PACKET]  # bare: of the one that is live
    async with serving(staying(story)) as platform, running(source_of(platform)) as told:
        await told.until(lambda: any(event.frame.call == "inter-uuid-456" for event in told.audio))
    assert [event.frame.call for event in told.audio] == ["inter-uuid-123", "inter-uuid-456"]
    assert told.complaints(Complaint.BARE_FRAME_AMBIGUOUS) == 1
    assert [event for event in told.events if isinstance(event, CallEnded)] == [CallEnded("east", "inter-uuid-123")]


# edge case 1: reconnection storms


async def test_document_a_edge_case_1_waits_double_and_stop_doubling_after_a_healthy_spell() -> None:
    now = 0.0

    async def healthy(socket: Socket) -> None:
        nonlocal now
        await socket.receive()
        await socket.send_str(SUBSCRIBED)
        await told.state(LinkState.LIVE, times=5)
        now += 31.0
        await socket.close()

    naps = Naps(limit=6)
    async with serving(*[leaving(1001)] * 4, healthy) as platform:
        source = source_of(platform, sleep=naps, clock=lambda: now)
        async with running(source) as told:
            await told.until(lambda: len(naps.taken) == 5 or told.states.count(LinkState.RETRYING) == 5)
    assert naps.taken[:4] == [1, 2, 4, 8]
    assert [event.retry_in_s for event in told.links if event.state is LinkState.RETRYING] == [1, 2, 4, 8, 1]


async def test_document_a_edge_case_1_jitter_is_at_most_a_tenth() -> None:
    naps = Naps()
    async with (
        serving(leaving(1001), staying()) as platform,
        running(source_of(platform, sleep=naps, jitter=lambda: 1.0)) as told,
    ):
        await told.state(LinkState.LIVE, times=2)
    assert naps.taken == pytest.approx([1.1])


@pytest.mark.parametrize("code", [1000, 1001, 1008, 1011, None])
async def test_document_a_edge_case_1_every_loss_is_retried(code: int | None) -> None:
    async with serving(leaving(code), staying()) as platform, running(source_of(platform)) as told:
        retrying = await told.state(LinkState.RETRYING)
        await told.state(LinkState.LIVE, times=2)
    assert str(code or 1006) in retrying.detail
    assert retrying.subscription_id == ""


async def test_document_a_edge_case_1_retry_after_of_discovery_is_respected() -> None:
    naps = Naps()
    later = web.json_response({"code": "too.many.requests"}, status=429, headers={"Retry-After": "2"})
    async with serving(staying(), denials=[later]) as platform, running(source_of(platform, sleep=naps)) as told:
        await told.state(LinkState.LIVE)
    assert naps.taken == [2]


async def test_document_a_section_1_trap_uri_cached_a_401_asks_for_a_new_uri() -> None:
    naps = Naps()
    refusals = {"conn-1": web.Response(status=401), "conn-2": web.Response(status=503, headers={"Retry-After": "9"})}
    async with serving(staying(), refusals=refusals) as platform, running(source_of(platform, sleep=naps)) as told:
        await told.state(LinkState.LIVE)
    assert platform.log == ["discover", "discover", "discover", "upgrade conn-3"]
    assert naps.taken == [1, 9]


async def test_a_stream_that_nobody_serves_is_retried() -> None:
    nowhere = web.json_response({"uri": "ws://127.0.0.1:1/"})
    async with serving(staying(), denials=[nowhere]) as platform, running(source_of(platform)) as told:
        retrying = await told.state(LinkState.RETRYING)
        await told.state(LinkState.LIVE)
    assert "can't be opened" in retrying.detail


async def test_404_explains_that_genesys_cloud_has_no_such_interface() -> None:
    async with serving(staying(), denials=[web.Response(status=404)]) as platform:
        source = source_of(platform)
        async with running(source) as told:
            refused = await told.state(LinkState.REFUSED)
            source.retry()
            await told.state(LinkState.LIVE)
    assert "AudioHook" in refused.detail


async def test_a_refusal_that_was_put_right_elsewhere_is_found_by_itself() -> None:
    denied = [web.Response(status=403)]
    async with serving(staying(), denials=denied) as platform, running(source_of(platform, ask_again_s=0.05)) as told:
        await told.state(LinkState.REFUSED)
        await told.state(LinkState.LIVE)
    assert platform.log.count("discover") == 2


@pytest.mark.parametrize("host", ["a..b", "x" * 70])
async def test_a_discovery_that_names_an_impossible_host_is_retried(host: str) -> None:
    odd = web.json_response({"uri": f"wss://{host}/stream?token=secret"})
    async with serving(staying(), denials=[odd]) as platform, running(source_of(platform)) as told:
        await told.state(LinkState.RETRYING)
        await told.state(LinkState.LIVE)
    assert "secret" not in str(told.events)


async def test_a_discovery_that_names_an_unsafe_stream_is_not_followed() -> None:
    unsafe = web.json_response({"uri": "ws://example.com/?token=secret"})
    async with serving(staying(), denials=[unsafe]) as platform, running(source_of(platform)) as told:
        await told.state(LinkState.LIVE)
    assert told.complaints(Complaint.BAD_MESSAGE) == 1
    assert "secret" not in str(told.events)


# edge case 2: look-up


async def test_document_a_edge_case_2_an_unknown_interaction_is_looked_up() -> None:
    async with serving(staying()) as platform:
        assert await source_of(platform).look_up("inter-uuid-123") == CallFacts(agent_name="John Doe")


async def test_document_a_edge_case_2_a_look_up_that_fails_is_no_facts() -> None:
    async with serving(staying(), denials=[web.Response(status=404), web.Response(status=500)]) as platform:
        source = source_of(platform)
        assert await source.look_up("i-1") is None
        assert await source.look_up("i-1") is None
        assert await source.look_up("i-1") is not None


async def test_document_a_edge_case_2_look_ups_keep_quiet_while_the_platform_asks_for_it() -> None:
    now = 100.0
    denials = [web.Response(status=429, headers={"Retry-After": "1"})]
    async with serving(staying(), denials=denials) as platform:
        source = source_of(platform, clock=lambda: now)
        assert await source.look_up("i-1") is None
        assert await source.look_up("i-1") is None
        now = 101.0
        assert await source.look_up("i-1") is not None


# edge case 3: region fail-over


async def test_document_a_edge_case_3_a_fail_over_is_followed_and_shown() -> None:
    async with serving(leaving(1001), staying(), regions=["us-east-1", "us-west-2"]) as platform:
        source = source_of(platform)
        async with running(source) as told:
            first = await told.state(LinkState.LIVE)
            second = await told.state(LinkState.LIVE, times=2)
            assert source.region == "us-west-2"
    assert (first.region, first.detail) == ("us-east-1", "")
    assert second.region == "us-west-2"
    assert second.detail == "The region moved from us-east-1 to us-west-2."


# faults


async def test_bad_messages_and_a_thousand_bad_frames_cost_themselves_only() -> None:
    rng = random.Random(3)
    whole = pack(FRAME)
    other = '{"type": "interaction", "interactionId": "inter-uuid-456"}'
    bad: list[str | bytes] = ["not json", '{"type": "interaction"}', SUBSCRIBED]
    for _ in range(500):
        bad += [rng.randbytes(rng.randrange(100)), whole[: rng.randrange(header_bytes(FRAME.call))]]
    async with serving(staying([INTERACTION, other, *bad, whole])) as platform, running(source_of(platform)) as told:
        await told.until(lambda: len(told.audio) == 1)
    assert told.complaints(Complaint.BAD_MESSAGE) == 3
    assert told.complaints(Complaint.BAD_FRAME) + told.complaints(Complaint.BARE_FRAME_AMBIGUOUS) == 1000
    assert told.states.count(LinkState.LIVE) == 1
    assert LinkState.RETRYING not in told.states


async def test_a_message_beyond_the_bound_ends_the_connection_not_the_source() -> None:
    async with serving(staying([bytes(300 * 1024)]), staying()) as platform, running(source_of(platform)) as told:
        await told.state(LinkState.LIVE, times=2)
    assert told.states.count(LinkState.RETRYING) == 1


async def test_a_flood_leaves_the_loop_to_others() -> None:
    turns = 0
    done = False

    async def other() -> None:
        nonlocal turns
        while not done:
            turns += 1
            await asyncio.sleep(0)

    frames: list[str | bytes] = [pack(FRAME)] * 4000
    async with serving(staying(frames)) as platform, asyncio.TaskGroup() as group:
        group.create_task(other())
        async with running(source_of(platform)) as told:
            await told.until(lambda: len(told.audio) == 4000)
        done = True
    assert turns >= 4000 // 32


async def test_cancelled_at_any_moment_it_leaves_nothing_behind() -> None:
    async def silent(socket: Socket) -> None:
        async for _ in socket:
            pass

    before = len(asyncio.all_tasks())
    async with serving(silent) as platform:
        for delay_s in (0.0, 0.001, 0.003, 0.01, 0.03):
            async with running(source_of(platform)) as told:
                await told.state(LinkState.CONNECTING)
                await asyncio.sleep(delay_s)
        async with running(source_of(platform, sleep=asyncio.sleep, confirm_timeout_s=0.01)) as told:
            await told.state(LinkState.RETRYING)
    assert len(asyncio.all_tasks()) == before


async def poll(condition: Callable[[], bool]) -> None:
    """For what nobody announces: the system's sockets."""
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0.01)


async def test_twenty_reconnects_leave_no_task_and_no_socket() -> None:
    def sockets() -> int:
        port = int(platform.base.rsplit(":", 1)[1])
        connections = psutil.Process().net_connections("tcp")
        return sum(
            connection.status == psutil.CONN_ESTABLISHED and port in (connection.laddr[1], connection.raddr[1])
            for connection in connections
        )

    async with serving(*[leaving(1001), leaving(None)] * 10, staying()) as platform:
        async with running(source_of(platform)) as told:
            await told.state(LinkState.LIVE, times=1)
            tasks = len(asyncio.all_tasks())
            await told.state(LinkState.LIVE, times=21)
            await poll(lambda: len(asyncio.all_tasks()) <= tasks and sockets() == 2)
        await poll(lambda: sockets() == 0)
    assert platform.log.count("discover") == 21
    assert len(platform.upgrades) == 21
