"""Document E's messages, literally, each role read and written alone; and what arbitrary peers may send."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from desktop.domain.bots import BotHealth
from desktop.domain.errors import PeerBrokeProtocol
from desktop.protocols.bot_events import (
    BotEvent,
    BotReport,
    ErrorMessage,
    Intent,
    Subscribe,
    Subscribed,
    bot_path,
    decode_bot,
    decode_client_message,
    decode_integration,
    decode_server_message,
    encode,
    integration_path,
    reconnect_delay_s,
    socket_url,
    subscription,
)

STEP_1 = '{"type": "subscribe", "channel": "bot-events", "id": "my-bot-channel-123"}'
COMPLETE_EXAMPLE = '{"type": "subscribe", "channel": "bot-events"}'
INTENT = (
    '{"type": "intent", "conversationId": "conv-1", "botId": "bot-1", "text": "where is my parcel",'
    ' "intent": "track", "language": "en", "id": "m1", "timestamp": 1700000000000, "new": [1]}'
)

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


def test_the_console_writes_both_forms_of_the_document() -> None:
    assert json.loads(encode(subscription("bot-events", "my-bot-channel-123"))) == json.loads(STEP_1)
    assert json.loads(encode(subscription("bot-events"))) == json.loads(COMPLETE_EXAMPLE)


def test_the_platform_reads_both_forms_of_the_document() -> None:
    assert decode_client_message(STEP_1) == Subscribe("bot-events", "my-bot-channel-123")
    assert decode_client_message(COMPLETE_EXAMPLE) == Subscribe("bot-events")
    assert decode_client_message('{"type": "unsubscribe"}') is None
    with pytest.raises(PeerBrokeProtocol, match=r"subscribe: .*\$\.channel"):
        decode_client_message('{"type": "subscribe", "channel": 7}')


def test_the_console_reads_an_intent_whole() -> None:
    event = decode_server_message(INTENT)
    assert isinstance(event, BotEvent)
    assert (event.kind, event.known, event.asks) == ("intent", True, True)
    assert event.body == json.loads(INTENT)
    assert "parcel" not in repr(event)
    assert "parcel" not in repr(Intent(text="where is my parcel"))


def test_the_platform_writes_an_intent() -> None:
    text = encode(Intent("conv-1", "bot-1", "hello", id="m1", timestamp=5))
    assert json.loads(text) == {
        "type": "intent",
        "conversationId": "conv-1",
        "botId": "bot-1",
        "text": "hello",
        "id": "m1",
        "timestamp": 5,
    }


def test_confirmations_and_errors() -> None:
    assert decode_server_message('{"type": "subscribed", "channel": "bot-events"}') == Subscribed("bot-events")
    assert decode_server_message('{"type": "error", "code": 403, "message": "no"}') == ErrorMessage(403, "no")


def test_document_e_step_1_any_type_is_passed_on_and_a_missing_one_is_unknown() -> None:
    event = decode_server_message('{"type": "handover", "queue": "x"}')
    assert event == BotEvent("handover", {"type": "handover", "queue": "x"}, known=False)
    assert not event.asks
    nameless = decode_server_message(b'{"text": "hello"}')
    assert isinstance(nameless, BotEvent)
    assert (nameless.kind, nameless.asks) == ("unknown", True)


@pytest.mark.parametrize("text", ["", "{", "[]", "7", "null", '{"type": 7}', '{"type": null}', b"\xff\xfe", "[" * 5000])
def test_document_e_step_1_invalid_json_is_named_and_costs_itself(text: str | bytes) -> None:
    with pytest.raises(PeerBrokeProtocol, match="message: "):
        decode_server_message(text)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ('{"type": "intent", "text": 7}', "text"),
        ('{"type": "intent", "conversationId": []}', "conversationId"),
        ('{"type": "error", "message": {}}', "message"),
        ('{"type": "subscribed", "channel": 1}', "channel"),
    ],
)
def test_wrong_types_are_named(body: str, field: str) -> None:
    with pytest.raises(PeerBrokeProtocol, match=rf"\$\.{field}"):
        decode_server_message(body)


@settings(deadline=None)
@given(json_values, st.sampled_from(["intent", "error", "subscribed", "subscribe", None]))
def test_no_json_raises_anything_but_its_error(value: object, kind: str | None) -> None:
    if isinstance(value, dict) and kind is not None:
        value["type"] = kind
    text = json.dumps(value)
    for read in (decode_server_message, decode_client_message, decode_bot, decode_integration):
        try:
            read(text)
        except PeerBrokeProtocol:
            continue


@settings(deadline=None)
@given(st.dictionaries(st.text(max_size=8), json_values, max_size=4))
def test_unknown_fields_are_ignored(extra: dict[str, object]) -> None:
    known = {"type": "subscribed", "channel": "bot-events", "id": "x"}
    assert decode_server_message(json.dumps(extra | known)) == Subscribed("bot-events", "x")
    assert decode_bot(json.dumps({"x-" + name: value for name, value in extra.items()} | {"enabled": True})) == (
        BotReport(BotHealth.ENABLED)
    )


def test_document_e_step_3_the_health_replies() -> None:
    assert decode_bot('{"id": "b", "enabled": true}') == BotReport(BotHealth.ENABLED)
    assert decode_bot('{"enabled": false}') == BotReport(BotHealth.DISABLED)
    assert decode_bot("{}") == BotReport(BotHealth.DISABLED)  # bot_data.get("enabled", False)
    assert decode_bot('{"enabled": true, "connected": false}') == BotReport(BotHealth.UNREACHABLE)
    with pytest.raises(PeerBrokeProtocol, match=r"bot: .*\$\.enabled"):
        decode_bot('{"enabled": "yes"}')


@pytest.mark.parametrize(
    ("intended", "code", "detail", "report"),
    [
        ("ENABLED", "ACTIVE", None, BotReport(BotHealth.ENABLED)),
        ("DISABLED", "INACTIVE", None, BotReport(BotHealth.DISABLED)),
        ("ENABLED", "INACTIVE", None, BotReport(BotHealth.DISABLED, "INACTIVE")),
        ("ENABLED", "ERROR", "Mr Smith's phone", BotReport(BotHealth.UNREACHABLE, "ERROR")),
        (
            "ENABLED",
            "ERROR",
            {"localizableMessageCode": "bad.credentials!", "message": "Mr Smith"},
            BotReport(BotHealth.UNREACHABLE, "bad.credentials"),
        ),
    ],
)
def test_what_genesys_cloud_answers_instead(intended: str, code: str, detail: object, report: BotReport) -> None:
    body = {"intendedState": intended, "reportedState": {"code": code, "detail": detail}}
    assert decode_integration(json.dumps(body)) == report


def test_an_integration_without_a_state_is_not_taken_for_a_healthy_one() -> None:
    assert decode_integration("{}") == BotReport(BotHealth.UNREACHABLE)


def test_the_addresses_of_the_document() -> None:
    assert socket_url("https://api.mypurecloud.com") == "wss://api.mypurecloud.com/api/v2/websocket"
    assert socket_url("http://127.0.0.1:81/") == "ws://127.0.0.1:81/api/v2/websocket"
    assert socket_url("wss://bots.example.com/own") == "wss://bots.example.com/own"
    assert bot_path("a/../b") == "/api/v2/integrations/bots/a%2F..%2Fb"
    assert integration_path("b-1") == "/api/v2/integrations/b-1"


def test_document_e_step_1_the_delay_begins_at_2_s_and_doubles_up_to_60_s() -> None:
    assert [reconnect_delay_s(n, 0.0) for n in range(7)] == [2, 4, 8, 16, 32, 60, 60]
    assert reconnect_delay_s(0, 1.0) == pytest.approx(2.2)
    assert reconnect_delay_s(0, 0.0, 30.0) == 30.0
    assert reconnect_delay_s(10_000, 1.0) == pytest.approx(66.0)
