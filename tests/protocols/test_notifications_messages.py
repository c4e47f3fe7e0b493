"""The Notifications API's golden messages, each role against them alone (genesys.md section 2)."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.domain.errors import PeerBrokeProtocol
from desktop.protocols.notifications import (
    ANOTHER_CHANNEL,
    CHANNELS_PATH,
    PING,
    TOKENS_REVOKED,
    ClientMessage,
    Event,
    Heartbeat,
    Pong,
    Result,
    Revoked,
    SocketClosing,
    SocketMessage,
    Topic,
    Unknown,
    conversation_of,
    decode_channel,
    decode_client_message,
    decode_socket_message,
    decode_subscriptions,
    decode_topics,
    encode_channel,
    encode_closing,
    encode_event,
    encode_heartbeat,
    encode_pong,
    encode_result,
    encode_revoked,
    encode_subscriptions,
    encode_topics,
    queue_of,
    queue_topic,
    subscriptions_path,
    transcription_topic,
)

CHANNEL = (
    '{"connectUri":"wss://streaming.mypurecloud.com/channels/streaming-0-fmtd","id":"streaming-0-fmtd",'
    '"expires":"2026-11-21T12:41:54.707Z"}'
)
HEARTBEAT = '{"topicName":"channel.metadata","eventBody":{"message":"WebSocket Heartbeat"}}'
PONG = '{"topicName":"channel.metadata","eventBody":{"message":"pong"}}'
CLOSING = '{"topicName":"v2.system.socket_closing","eventBody":{"message":"soon"}}'
NO_LONGER = (
    '{"topicName":"v2.system.no_longer_subscribed.streaming-0-fmtd","eventBody":{"channelId":"streaming-0-fmtd",'
    '"systemTopicType":"no_longer_subscribed","reason":"another_channel_subscribed","message":"m","data":{}}}'
)
REVOKED = (
    '{"topicName":"v2.system.token_revoked.streaming-0-fmtd","eventBody":{"channelId":"streaming-0-fmtd",'
    '"systemTopicType":"token_revoked","reason":"user_tokens_revoked","message":"m","data":{}}}'
)
EVENT = (
    '{"topicName":"v2.routing.queues.q-1.conversations.calls","version":"2","eventBody":{"id":"c-1"},'
    '"metadata":{"CorrelationId":"k-1"}}'
)
REPLY = (
    '{"entities":[{"id":"t-1","state":"Permitted","selfUri":"/x"},{"id":"t-2","state":"Rejected",'
    '"rejectionReason":"no","missingPermissions":["conversation:transcription:view"]}]}'
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (HEARTBEAT, Heartbeat()),
        (PONG, Pong()),
        ('{"topicName":"channel.metadata","eventBody":null}', Heartbeat()),
        ('{"topicName":"channel.metadata"}', Heartbeat()),
        (CLOSING, SocketClosing()),
        (NO_LONGER, Revoked(ANOTHER_CHANNEL)),
        (REVOKED, Revoked(TOKENS_REVOKED)),
        ('{"topicName":"v2.system.token_revoked.x"}', Revoked(TOKENS_REVOKED)),
        ('{"topicName":"v2.system.no_longer_subscribed.x","eventBody":{}}', Revoked(ANOTHER_CHANNEL)),
        ('{"topicName":"v2.system.something_new","eventBody":{}}', Unknown()),
        (EVENT, Event("v2.routing.queues.q-1.conversations.calls", b'{"id":"c-1"}', "k-1")),
        ('{"topicName":"t"}', Event("t", b"null")),
        ('{"topicName":"t","eventBody":7,"metadata":{}}', Event("t", b"7")),
        ('{"result":"200","status":"subscribed","correlationId":"x"}', Result("200", "x")),
        ('{"result":"404"}', Result("404")),
        ("{}", Unknown()),
    ],
)
def test_what_a_console_hears(text: str, message: SocketMessage) -> None:
    assert decode_socket_message(text) == message
    assert decode_socket_message(text.encode()) == message


def test_the_channel_reply() -> None:
    channel = decode_channel(CHANNEL.encode())
    assert (channel.connect_uri, channel.id) == (
        "wss://streaming.mypurecloud.com/channels/streaming-0-fmtd",
        "streaming-0-fmtd",
    )
    assert channel.expires == datetime(2026, 11, 21, 12, 41, 54, 707000, UTC)
    assert decode_channel(encode_channel(channel)) == channel
    assert json.loads(encode_channel(channel)).keys() == json.loads(CHANNEL).keys()


def test_the_channels_address_is_a_secret() -> None:
    channel = decode_channel(CHANNEL.encode())
    assert "streaming-0" not in repr(channel)
    assert "streaming-0" not in str([channel])


def test_one_refused_topic_does_not_refuse_the_others() -> None:
    """Without ignoreErrors one refused topic is a 403 and nothing is subscribed."""
    assert "ignoreErrors=true" in subscriptions_path("c")
    assert subscriptions_path("c").startswith(CHANNELS_PATH + "/c/subscriptions")
    first, second = decode_subscriptions(REPLY.encode())
    assert first.permitted
    assert not second.permitted
    assert second.missing_permissions == ("conversation:transcription:view",)


def test_the_subscription_reply_as_a_list() -> None:
    assert decode_subscriptions(b'[{"id":"t-1"}]') == (Topic("t-1"),)
    assert decode_subscriptions(b"{}") == ()
    assert Topic("t-1").permitted


def test_the_subscription_request() -> None:
    assert json.loads(encode_topics(["t-1", "t-2"])) == [{"id": "t-1"}, {"id": "t-2"}]
    assert decode_topics(b'[{"id":"t-1"},{"id":"t-2","extra":1}]') == ("t-1", "t-2")


def test_the_platform_s_side_of_the_subscription_reply() -> None:
    topics = (Topic("t-1", "Permitted"), Topic("t-2", "Rejected", "no", ("a:b:c",)))
    assert json.loads(encode_subscriptions(topics)) == {
        "entities": [
            {"id": "t-1", "state": "Permitted"},
            {"id": "t-2", "state": "Rejected", "rejectionReason": "no", "missingPermissions": ["a:b:c"]},
        ]
    }


@pytest.mark.parametrize(
    ("text", "golden"),
    [
        (encode_heartbeat(), HEARTBEAT),
        (encode_pong(), PONG),
        (encode_event("v2.routing.queues.q-1.conversations.calls", {"id": "c-1"}, correlation_id="k-1"), EVENT),
        (encode_event("t", None), '{"topicName":"t","version":"2","eventBody":null}'),
        (encode_result("200", "x"), '{"result":"200","status":"subscribed","correlationId":"x"}'),
        (encode_result("404"), '{"result":"404","status":"error","correlationId":""}'),
    ],
)
def test_what_the_platform_says(text: str, golden: str) -> None:
    assert json.loads(text) == json.loads(golden)


def test_what_the_platform_says_when_it_goes() -> None:
    assert json.loads(encode_closing())["topicName"] == "v2.system.socket_closing"
    for reason, topic in (
        (TOKENS_REVOKED, "v2.system.token_revoked.c"),
        (ANOTHER_CHANNEL, "v2.system.no_longer_subscribed.c"),
    ):
        told = json.loads(encode_revoked("c", reason))
        assert (told["topicName"], told["eventBody"]["reason"], told["eventBody"]["channelId"]) == (topic, reason, "c")


def test_what_a_console_says() -> None:
    assert json.loads(PING) == {"message": "ping"}
    assert decode_client_message(PING) == ClientMessage("ping")
    assert decode_client_message('{"message":"subscribe","topics":["t"],"correlationId":"x"}') == ClientMessage(
        "subscribe", ("t",), "x"
    )


def test_topics_and_their_ids() -> None:
    assert queue_topic("q-1") == "v2.routing.queues.q-1.conversations.calls"
    assert transcription_topic("c-1") == "v2.conversations.c-1.transcription"
    assert queue_of(queue_topic("q-1")) == "q-1"
    assert conversation_of(transcription_topic("c-1")) == "c-1"
    assert queue_of(transcription_topic("c-1")) == ""
    assert conversation_of("v2.conversations.a.b.transcription") == ""
    assert conversation_of("v2.conversations.transcription") == ""


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ('{"topicName":7}', "$.topicName"),
        ('{"topicName":"channel.metadata","eventBody":{"message":1}}', "$.message"),
        ('{"topicName":"v2.system.token_revoked.x","eventBody":{"reason":[]}}', "$.reason"),
        ('{"topicName":"t","metadata":{"CorrelationId":3}}', "$.metadata.CorrelationId"),
        ("[]", "notification"),
        ("{", "notification"),
    ],
)
def test_a_wrong_type_is_named_and_not_shown(text: str, field: str) -> None:
    with pytest.raises(PeerBrokeProtocol) as caught:
        decode_socket_message(text)
    assert field in str(caught.value)


def test_the_channel_reply_without_an_address() -> None:
    with pytest.raises(PeerBrokeProtocol, match="connectUri"):
        decode_channel(b'{"id":"x"}')


@given(JSON)
def test_arbitrary_json_raises_nothing_else(body: object) -> None:
    data = json.dumps(body).encode()
    for decode in (decode_socket_message, decode_channel, decode_subscriptions, decode_topics, decode_client_message):
        with suppress(PeerBrokeProtocol):
            decode(data)


@given(st.dictionaries(st.text(min_size=1).map(lambda key: "x" + key), JSON, max_size=4))
def test_unknown_fields_are_ignored(extra: dict[str, object]) -> None:
    assert decode_socket_message(json.dumps(json.loads(EVENT) | extra)) == decode_socket_message(
        json.dumps(json.loads(EVENT))
    )


@given(st.binary(max_size=100))
def test_random_bytes_raise_nothing_else(body: bytes) -> None:
    with pytest.raises(PeerBrokeProtocol):
        decode_channel(body)
