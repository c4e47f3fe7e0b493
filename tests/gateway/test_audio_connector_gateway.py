"""The gateway's side alone, against a raw client that speaks document A's golden messages."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from desktop.domain.facts import CallFacts, CallStage
from desktop.domain.media import Party
from desktop.gateway.audio_connector import AudioConnectorGateway
from desktop.gateway.config import GatewayConfig, InteractionInfo

PATH = "/api/v2/audioconnector/connections"
TOKEN = "oauth-access-token-of-the-test"
SUBSCRIBE = (
    '{"type": "subscribe", "subscription": {"type": "audio", "filters": {"interactionTypes": ["voice"]%s},'
    ' "format": "opus", "sampleRate": 16000}}'
)
EVERYTHING = SUBSCRIBE % ""
PACKET = b"\x48" + bytes(40)
CALL = InteractionInfo(
    "inter-uuid-123",
    CallFacts("inbound", "John Doe", "u-1", "Support Queue", "queue-uuid-1", ("billing",), 1_696_161_600_000),
)
OTHER = InteractionInfo("inter-uuid-456", CallFacts("outbound", queue_id="queue-uuid-2", skills=("dutch",)))


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@asynccontextmanager
async def serving(**options: Any) -> AsyncIterator[tuple[AudioConnectorGateway, str]]:
    clock = options.pop("clock", Clock())
    gateway = AudioConnectorGateway(GatewayConfig(TOKEN, **options), clock=clock)
    base = await gateway.start()
    try:
        yield gateway, base
    finally:
        await gateway.close()


async def get(url: str, token: str | None = TOKEN, scheme: str = "Bearer") -> tuple[int, Any, dict[str, str]]:
    headers = {} if token is None else {"Authorization": f"{scheme} {token}"}
    async with aiohttp.ClientSession() as session, session.get(url, headers=headers) as response:
        return response.status, await response.json(), dict(response.headers)


async def uri(base: str) -> str:
    _, body, _ = await get(base + PATH)
    found = body["uri"]
    assert isinstance(found, str)
    return found


@asynccontextmanager
async def console(base: str, *say: str, **options: Any) -> AsyncIterator[ClientConnection]:
    async with connect(await uri(base), compression=None, proxy=None, **options) as socket:
        for message in say:
            await socket.send(message)
        yield socket


async def hear(socket: ClientConnection) -> dict[str, Any]:
    async with asyncio.timeout(10):
        message = await socket.recv()
    assert isinstance(message, str), "sound came where a message was expected"
    heard = json.loads(message)
    assert isinstance(heard, dict)
    return heard


async def sound(socket: ClientConnection) -> bytes:
    async with asyncio.timeout(10):
        message = await socket.recv()
    assert isinstance(message, bytes), "a message came where sound was expected"
    return message


async def subscribed(socket: ClientConnection) -> str:
    heard = await hear(socket)
    assert (heard["type"], heard["status"]) == ("subscribed", "active")
    return str(heard["subscriptionId"])


# section 1


async def test_discovery_in_the_documents_shape() -> None:
    async with serving(region="us-east-1") as (_, base):
        status, body, _ = await get(base + PATH)
    assert status == 200
    assert set(body) == {"uri", "connectionId", "region", "expiresIn"}
    assert body["uri"].startswith(base.replace("http", "ws") + PATH + "?token=")
    assert body["connectionId"].startswith("conn-")
    assert (body["region"], body["expiresIn"]) == ("us-east-1", 3600)
    assert TOKEN not in body["uri"]


async def test_the_name_behind_a_proxy() -> None:
    async with serving(public_url="wss://audio.example.com") as (_, base):
        assert (await uri(base)).startswith("wss://audio.example.com" + PATH + "?token=")


@pytest.mark.parametrize(("token", "scheme"), [(None, ""), ("wrong", "Bearer"), (TOKEN, "Basic"), ("é", "Bearer")])
async def test_discovery_without_the_token(token: str | None, scheme: str) -> None:
    async with serving() as (gateway, base):
        status, body, _ = await get(base + PATH, token, scheme)
        assert gateway.stats.discoveries_denied == 1
    assert status == 401
    assert (body["status"], body["code"]) == (401, "bad.credentials")
    assert set(body) == {"message", "code", "status", "contextId", "details", "errors"}


async def test_an_empty_token_lets_nobody_start() -> None:
    with pytest.raises(ValueError, match="access_token"):
        AudioConnectorGateway(GatewayConfig(""))
    assert TOKEN not in repr(GatewayConfig(TOKEN))


async def test_discovery_denied_on_demand() -> None:
    async with serving() as (gateway, base):
        gateway.deny_discovery(429, retry_after=2, times=2)
        gateway.deny_discovery(418)
        replies = [await get(base + PATH) for _ in range(4)]
    assert [status for status, _, _ in replies] == [429, 429, 418, 200]
    assert replies[0][2]["Retry-After"] == "2"
    assert replies[0][1]["code"] == "too.many.requests"
    assert "Retry-After" not in replies[2][2]


async def test_a_connection_token_opens_one_connection() -> None:
    async with serving() as (gateway, base):
        address = await uri(base)
        async with connect(address, proxy=None):
            assert gateway.consoles == 1
            with pytest.raises(InvalidStatus) as caught:
                await connect(address, proxy=None)
        assert gateway.stats.upgrades_refused == 1
    assert caught.value.response.status_code == 401


@pytest.mark.parametrize("query", ["", "?token=", "?token=unknown"])
async def test_unknown_connection_tokens(query: str) -> None:
    async with serving() as (_, base):
        with pytest.raises(InvalidStatus) as caught:
            await connect(base.replace("http", "ws") + PATH + query, proxy=None)
    assert caught.value.response.status_code == 401


async def test_the_oauth_token_is_no_connection_token() -> None:
    async with serving() as (_, base):
        headers = {"Authorization": f"Bearer {TOKEN}"}
        with pytest.raises(InvalidStatus):
            await connect(base.replace("http", "ws") + PATH, proxy=None, additional_headers=headers)


async def test_an_expired_connection_token() -> None:
    clock = Clock()
    async with serving(clock=clock, token_life_s=60) as (_, base):
        address = await uri(base)
        clock.now = 60
        with pytest.raises(InvalidStatus):
            await connect(address, proxy=None)


async def test_too_many_consoles() -> None:
    async with serving(max_consoles=1) as (_, base), console(base):
        with pytest.raises(InvalidStatus) as caught:
            await connect(await uri(base), proxy=None)
    assert caught.value.response.status_code == 503
    assert caught.value.response.headers["Retry-After"] == "30"


async def test_no_token_reaches_a_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    logging.getLogger("websockets").setLevel(logging.WARNING)  # the raw client of this test
    async with serving() as (gateway, base):
        gateway.announce(CALL)
        async with console(base, EVERYTHING) as socket:
            await subscribed(socket)
    assert "token" not in caplog.text
    assert "John Doe" not in caplog.text


# sections 2 and 4


async def test_the_documents_conversation() -> None:
    async with serving() as (gateway, base):
        filters = ', "queueIds": ["queue-uuid-1", "queue-uuid-2"], "direction": ["inbound", "outbound"]'
        async with console(base, SUBSCRIBE % filters) as socket:
            subscription_id = await subscribed(socket)
            assert subscription_id.startswith("sub-")
            await gateway.subscribed()
            gateway.announce(CALL)
            gateway.send_frame(CALL.interaction_id, Party.AGENT, 7, 1_696_161_600_000, PACKET)
            gateway.end(CALL.interaction_id)
            assert await hear(socket) == {
                "type": "interaction",
                "interactionId": "inter-uuid-123",
                "direction": "inbound",
                "agentName": "John Doe",
                "queueName": "Support Queue",
                "startTime": "2023-10-01T12:00:00Z",
                "agentId": "u-1",
                "queueId": "queue-uuid-1",
                "skills": ["billing"],
                "state": "connected",
            }
            assert await sound(socket) == (
                b"STAF\x01\x03\x02\x23" + b"\x00\x00\x00\x07" + b"\x00\x00\x01\x8a\xeb\x1c\x12\x00"
                b"\x0einter-uuid-123" + PACKET
            )
            assert await hear(socket) == {"type": "interactionEnded", "interactionId": "inter-uuid-123"}


async def test_a_new_subscriber_hears_of_what_is_live_already() -> None:
    async with serving() as (gateway, base):
        gateway.announce(CALL)
        gateway.announce(OTHER)
        async with console(base, SUBSCRIBE % ', "skills": ["dutch"]') as socket:
            await subscribed(socket)
            assert (await hear(socket))["interactionId"] == OTHER.interaction_id
            gateway.end(OTHER.interaction_id, reason="disconnect", disposition="solved")
            assert await hear(socket) == {
                "type": "interactionEnded",
                "interactionId": OTHER.interaction_id,
                "reason": "disconnect",
                "disposition": "solved",
            }


@pytest.mark.parametrize(
    "filters",
    [
        ', "queueIds": ["queue-uuid-1"]',
        ', "direction": ["inbound"]',
        ', "skills": ["billing"]',
        ', "interactionIds": ["inter-uuid-123"]',
    ],
)
async def test_filters_hold_for_metadata_and_sound(filters: str) -> None:
    async with serving() as (gateway, base), console(base, SUBSCRIBE % filters) as socket:
        await subscribed(socket)
        for call in (OTHER, CALL):
            gateway.announce(call)
            gateway.send_frame(call.interaction_id, Party.MIXED, 0, 0, PACKET)
            gateway.end(call.interaction_id)
        assert (await hear(socket))["interactionId"] == CALL.interaction_id
        assert b"inter-uuid-123" in await sound(socket)
        assert (await hear(socket))["interactionId"] == CALL.interaction_id


async def test_changes_are_told_and_a_transfer_may_leave_the_scope() -> None:
    facts = CALL.facts
    async with serving() as (gateway, base), console(base, SUBSCRIBE % ', "queueIds": ["queue-uuid-1"]') as socket:
        await subscribed(socket)
        gateway.announce(CALL)
        held = CallFacts("inbound", "John Doe", queue_id=facts.queue_id, stage=CallStage.HOLD)
        gateway.update(InteractionInfo(CALL.interaction_id, held))
        elsewhere = CallFacts("inbound", "Ann", queue_id="queue-uuid-2", stage=CallStage.TRANSFER)
        gateway.update(InteractionInfo(CALL.interaction_id, elsewhere))
        gateway.send_frame(CALL.interaction_id, Party.MIXED, 0, 0, PACKET)
        gateway.update(InteractionInfo(CALL.interaction_id, held))
        messages = [await hear(socket) for _ in range(4)]
    assert [message["type"] for message in messages] == [
        "interaction",
        "interaction",
        "interactionEnded",
        "interaction",
    ]
    assert messages[1]["state"] == "hold"
    assert messages[2]["reason"] == "out of scope"


async def test_sound_is_sent_once_however_many_subscriptions_admit_it() -> None:
    async with serving() as (gateway, base), console(base, EVERYTHING, EVERYTHING) as socket:
        await subscribed(socket)
        await subscribed(socket)
        gateway.announce(CALL)
        gateway.send_frame(CALL.interaction_id, Party.MIXED, 0, 0, PACKET)
        gateway.end(CALL.interaction_id)
        assert (await hear(socket))["type"] == "interaction"
        await sound(socket)
        assert (await hear(socket))["type"] == "interactionEnded"


async def test_late_metadata_and_the_look_up() -> None:
    async with serving() as (gateway, base), console(base, EVERYTHING) as socket:
        await subscribed(socket)
        gateway.announce(CALL, withhold_metadata=True, hide_from_lookup=True)
        gateway.update(CALL)
        gateway.send_frame(CALL.interaction_id, Party.MIXED, 0, 0, PACKET)
        await sound(socket)
        look_up = f"{base}/api/v2/conversations/{CALL.interaction_id}"
        hidden, _, _ = await get(look_up)
        gateway.reveal(CALL.interaction_id)
        assert (await hear(socket))["agentName"] == "John Doe"
        shown, body, _ = await get(look_up)
        denied, _, _ = await get(look_up, "wrong")
        gateway.end(CALL.interaction_id)
        gone, _, _ = await get(look_up)
    assert (hidden, shown, denied, gone) == (404, 200, 401, 404)
    agent = next(person for person in body["participants"] if person["purpose"] == "agent")
    assert (agent["name"], agent["queueName"]) == ("John Doe", "Support Queue")


async def test_modify_and_unsubscribe() -> None:
    async with serving() as (gateway, base), console(base, SUBSCRIBE % ', "queueIds": ["queue-uuid-1"]') as socket:
        subscription_id = await subscribed(socket)
        gateway.announce(CALL)
        gateway.announce(OTHER)
        assert (await hear(socket))["interactionId"] == CALL.interaction_id
        modify = json.loads(SUBSCRIBE % ', "queueIds": ["queue-uuid-2"]')
        await socket.send(json.dumps(modify | {"type": "modify", "subscriptionId": subscription_id}))
        assert await hear(socket) == {"type": "modified", "subscriptionId": subscription_id, "status": "active"}
        changes = [await hear(socket), await hear(socket)]
        assert [(change["type"], change["interactionId"]) for change in changes] == [
            ("interactionEnded", CALL.interaction_id),
            ("interaction", OTHER.interaction_id),
        ]
        await socket.send(json.dumps({"type": "unsubscribe", "subscriptionId": subscription_id}))
        assert (await hear(socket))["type"] == "interactionEnded"
        assert await hear(socket) == {"type": "unsubscribed", "subscriptionId": subscription_id}
        assert gateway.subscriptions == 0
        gateway.send_frame(OTHER.interaction_id, Party.MIXED, 0, 0, PACKET)
        gateway.send_raw(b"nobody is subscribed")
        await socket.send(json.dumps({"type": "unsubscribe", "subscriptionId": subscription_id}))
        assert (await hear(socket))["code"] == "subscription.unknown"


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"filters": {"interactionTypes": ["voice", "chat", "video"]}}, "interactionTypes"),
        ({"sampleRate": 8000}, "sampleRate"),
        ({"sampleRate": None}, "sampleRate: missing"),
        ({"format": "pcmu"}, "format"),
        ({"type": "transcript"}, "subscription.type"),
    ],
)
async def test_subscriptions_that_are_rejected(change: dict[str, object], path: str) -> None:
    message = json.loads(EVERYTHING)
    message["subscription"] |= change
    async with serving() as (gateway, base), console(base, json.dumps(message), EVERYTHING) as socket:
        error = await hear(socket)
        assert (error["type"], error["code"]) == ("error", "subscription.rejected")
        assert path in error["message"]
        await subscribed(socket)
        assert gateway.subscriptions == 1


async def test_a_rejected_change_keeps_the_subscription() -> None:
    async with serving() as (gateway, base), console(base, EVERYTHING) as socket:
        subscription_id = await subscribed(socket)
        modify = json.loads(EVERYTHING.replace("voice", "chat")) | {"type": "modify", "subscriptionId": subscription_id}
        await socket.send(json.dumps(modify))
        error = await hear(socket)
        assert (error["code"], error["subscriptionId"]) == ("subscription.rejected", subscription_id)
        gateway.announce(CALL)
        assert (await hear(socket))["type"] == "interaction"


async def test_the_limit_of_subscriptions_per_connection() -> None:
    async with serving(max_subscriptions=2) as (_, base), console(base, *[EVERYTHING] * 3) as socket:
        await subscribed(socket)
        await subscribed(socket)
        error = await hear(socket)
    assert (error["code"], error["limit"]) == ("subscription.limit", 2)


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ("no json", "message.invalid"),
        ('{"type": "subscribe"}', "message.invalid"),
        ('{"type": "teleport"}', "message.unknown"),
        (b"sound", "message.invalid"),
    ],
)
async def test_bad_messages_cost_themselves_only(message: str | bytes, code: str) -> None:
    async with serving() as (_, base), console(base) as socket:
        await socket.send(message)
        assert (await hear(socket))["code"] == code
        await socket.send(EVERYTHING)
        await subscribed(socket)


# section 3


async def test_large_frames_are_fragmented() -> None:
    payload = b"\x48" + bytes(range(250)) * 4
    async with serving(max_message_bytes=200) as (gateway, base), console(base, EVERYTHING) as socket:
        await subscribed(socket)
        gateway.announce(CALL)
        await hear(socket)
        gateway.send_frame(CALL.interaction_id, Party.CUSTOMER, 1, 5, payload)
        header = 21 + len(CALL.interaction_id)
        parts = [await sound(socket) for _ in range(-(-len(payload) // (200 - header)))]
    assert all(len(part) <= 200 for part in parts)
    assert [part[5] & 3 for part in parts] == [1] + [0] * (len(parts) - 2) + [2]
    assert b"".join(part[header:] for part in parts) == payload


async def test_raw_messages_go_to_subscribers_as_they_are() -> None:
    async with serving() as (gateway, base), console(base, EVERYTHING) as socket:
        await subscribed(socket)
        gateway.send_raw(b"anything")
        assert await sound(socket) == b"anything"


async def test_stray_frames_are_counted() -> None:
    async with serving() as (gateway, _):
        gateway.send_frame("nobody", Party.MIXED, 0, 0, PACKET)
        gateway.announce(CALL)
        gateway.send_frame(CALL.interaction_id, Party.MIXED, 0, 0, PACKET)
        gateway.end("nobody")
        assert (gateway.stats.stray_frames, gateway.stats.frames_published) == (1, 1)
        with pytest.raises(KeyError):
            gateway.update(OTHER)
        with pytest.raises(ValueError, match="interaction_id"):
            gateway.announce(InteractionInfo("x" * 65))


async def test_a_slow_console_loses_its_oldest_sound_and_no_message() -> None:
    payload = bytes(60_000)
    async with (
        serving(max_queued_frames=10) as (gateway, base),
        console(base, EVERYTHING, max_queue=1) as slow,
        console(base, EVERYTHING, max_queue=None) as quick,
    ):
        await subscribed(slow)
        await subscribed(quick)
        gateway.announce(CALL)
        assert (await hear(quick))["type"] == "interaction"
        for seq in range(400):
            gateway.send_frame(CALL.interaction_id, Party.MIXED, seq, 0, payload)
            assert len(await sound(quick)) > len(payload)
        for number in range(50):
            gateway.announce(InteractionInfo(f"i-{number}"))
        gateway.end(CALL.interaction_id)
        dropped = gateway.frames_dropped
        assert 0 < dropped < 400
        messages: list[dict[str, Any]] = []
        frames: list[int] = []
        while not messages or messages[-1]["type"] != "interactionEnded":
            async with asyncio.timeout(10):
                item = await slow.recv()
            if isinstance(item, bytes):
                frames.append(int.from_bytes(item[8:12], "big"))
            else:
                messages.append(json.loads(item))
    assert len(messages) == 52
    assert len(frames) == 400 - dropped
    assert frames == sorted(frames)
    assert frames[-10:] == list(range(390, 400))
    assert gateway.frames_dropped == dropped


async def test_a_console_that_never_reads_its_messages_is_let_go() -> None:
    async with serving(max_queued_messages=20) as (gateway, base), console(base, EVERYTHING) as socket:
        await subscribed(socket)
        for number in range(100):
            gateway.announce(InteractionInfo(f"i-{number}"))
        async with asyncio.timeout(10):
            await socket.wait_closed()
        assert gateway.consoles == 0


# faults and the end


async def test_connections_dropped_with_a_code_and_without() -> None:
    async with serving() as (gateway, base):
        async with console(base, EVERYTHING) as socket:
            await subscribed(socket)
            await gateway.drop_connections(1008)
            with pytest.raises(ConnectionClosed) as closed:
                await hear(socket)
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1008
        async with console(base, EVERYTHING) as socket:
            await subscribed(socket)
            await gateway.drop_connections()
            with pytest.raises(ConnectionClosed) as cut:
                await hear(socket)
        assert cut.value.rcvd is None
        async with console(base, EVERYTHING) as socket:
            await subscribed(socket)
        assert gateway.stats.connections == 3


async def test_many_consoles_each_with_their_own_scope() -> None:
    async with serving() as (gateway, base), asyncio.TaskGroup() as group:
        ready = asyncio.Barrier(21)

        async def one(number: int) -> list[bytes]:
            async with console(base, SUBSCRIBE % f', "interactionIds": ["i-{number}"]') as socket:
                await subscribed(socket)
                await ready.wait()
                await hear(socket)
                return [await sound(socket) for _ in range(5)]

        consoles = [group.create_task(one(number)) for number in range(20)]
        await ready.wait()
        assert (gateway.consoles, gateway.subscriptions) == (20, 20)
        for number in range(20):
            gateway.announce(InteractionInfo(f"i-{number}"))
        for seq in range(5):
            for number in range(20):
                gateway.send_frame(f"i-{number}", Party.AGENT, seq, 0, PACKET)
    for number, task in enumerate(consoles):
        assert all(f"i-{number}".encode() + PACKET in message for message in task.result())


async def test_closing_says_goodbye_and_may_be_repeated() -> None:
    gateway = AudioConnectorGateway(GatewayConfig(TOKEN))
    base = await gateway.start()
    with pytest.raises(RuntimeError, match="already"):
        await gateway.start()
    async with console(base, EVERYTHING) as socket:
        await subscribed(socket)
        await gateway.close()
        with pytest.raises(ConnectionClosed) as closed:
            await hear(socket)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1001
    await gateway.close()
    again = await gateway.start()
    assert (await get(again + PATH))[0] == 200
    await gateway.close()


async def test_a_port_that_is_taken_leaves_nothing_open() -> None:
    async with serving() as (_, base):
        second = AudioConnectorGateway(GatewayConfig(TOKEN))
        with pytest.raises(OSError, match=r"address already in use|only one usage"):
            await second.start(port=int(base.rsplit(":", 1)[1]))
        await second.close()
