"""Golden messages, written from document A, for both roles."""

from __future__ import annotations

import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.domain.errors import PeerBrokeProtocol, SettingInvalid
from desktop.domain.facts import CallFacts, CallStage
from desktop.protocols.audio_connector import (
    Discovery,
    ErrorMessage,
    Interaction,
    InteractionEnded,
    Modified,
    Modify,
    Subscribe,
    Subscribed,
    UnknownMessage,
    Unsubscribe,
    Unsubscribed,
    decode_client_message,
    decode_discovery,
    decode_server_message,
    encode,
    facts_of,
    interaction_message,
)
from desktop.protocols.audio_subscription import AudioSubscription, Filters, check_subscription

DISCOVERY = """{
"uri": "wss://wss-us-east-1.mypurecloud.com/api/v2/audioconnector/connections?token=<connection_token>",
"connectionId": "conn-12345-abcde",
"region": "us-east-1",
"expiresIn": 3600
}"""
SUBSCRIBE = """{
"type": "subscribe",
"subscription": {
"type": "audio",
"filters": {
"interactionTypes": ["voice"],
"queueIds": ["queue-uuid-1", "queue-uuid-2"],
"direction": ["inbound", "outbound"]
},
"format": "opus",
"sampleRate": 16000
}
}"""
SUBSCRIBED = '{"type": "subscribed", "subscriptionId": "sub-67890-fghij", "status": "active"}'
INTERACTION = """{
"type": "interaction",
"interactionId": "inter-uuid-123",
"direction": "inbound",
"agentName": "John Doe",
"queueName": "Support Queue",
"startTime": "2023-10-01T12:00:00Z"
}"""
DOCUMENT_A_FACTS = CallFacts(
    direction="inbound", agent_name="John Doe", queue_name="Support Queue", started_at_ms=1_696_161_600_000
)
DOCUMENT_A_SUBSCRIPTION = AudioSubscription(
    filters=Filters(queue_ids=("queue-uuid-1", "queue-uuid-2"), direction=("inbound", "outbound")), sample_rate=16_000
)


def test_section_1_discovery_reply_in_both_roles() -> None:
    discovery = decode_discovery(DISCOVERY.encode())
    assert discovery.uri.endswith("?token=<connection_token>")
    assert (discovery.connection_id, discovery.region, discovery.expires_in) == ("conn-12345-abcde", "us-east-1", 3600)
    assert json.loads(encode(discovery)) == json.loads(DISCOVERY)


def test_a_discovery_reply_never_shows_its_token() -> None:
    assert "token" not in repr(decode_discovery(DISCOVERY.encode()))
    assert decode_discovery(b'{"uri": "wss://host"}') == Discovery(uri="wss://host")


def test_section_2_subscribe_in_both_roles() -> None:
    message = Subscribe(DOCUMENT_A_SUBSCRIPTION)
    assert json.loads(encode(message)) == json.loads(SUBSCRIBE)
    assert decode_client_message(SUBSCRIBE) == message


def test_section_2_subscribed_in_both_roles() -> None:
    message = Subscribed("sub-67890-fghij", "active")
    assert decode_server_message(SUBSCRIBED) == message
    assert json.loads(encode(message)) == json.loads(SUBSCRIBED)


def test_section_4_interaction_in_both_roles() -> None:
    message = decode_server_message(INTERACTION)
    assert isinstance(message, Interaction)
    assert message.interaction_id == "inter-uuid-123"
    assert facts_of(message) == DOCUMENT_A_FACTS
    sent = json.loads(encode(interaction_message("inter-uuid-123", DOCUMENT_A_FACTS)))
    assert sent == json.loads(INTERACTION) | {"state": "connected"}


def test_section_4_interaction_ended_in_both_roles() -> None:
    text = '{"type": "interactionEnded", "interactionId": "inter-uuid-123"}'
    assert decode_server_message(text) == InteractionEnded("inter-uuid-123")
    assert json.loads(encode(InteractionEnded("inter-uuid-123"))) == json.loads(text)


FILTERED_SUBSCRIPTION = AudioSubscription(
    filters=Filters(skills=("billing",), interaction_ids=("i-1",)), sample_rate=16_000
)
FILTERED = '{"type":"audio","filters":{"interactionTypes":["voice"],"skills":["billing"],"interactionIds":["i-1"]}'


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            f'{{"type":"modify","subscriptionId":"s-1","subscription":{FILTERED},"format":"opus","sampleRate":16000}}}}',
            Modify("s-1", FILTERED_SUBSCRIPTION),
        ),
        ('{"type":"unsubscribe","subscriptionId":"s-1"}', Unsubscribe("s-1")),
    ],
)
def test_our_console_messages(text: str, message: Modify | Unsubscribe) -> None:
    assert decode_client_message(text) == message
    assert json.loads(encode(message)) == json.loads(text)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"type":"modified","subscriptionId":"s-1","status":"active"}', Modified("s-1", "active")),
        ('{"type":"unsubscribed","subscriptionId":"s-1"}', Unsubscribed("s-1")),
        (
            '{"type":"error","code":"subscription.limit","message":"at most 10","retryAfter":5,"limit":10}',
            ErrorMessage("subscription.limit", "at most 10", retry_after=5, limit=10),
        ),
        ('{"type":"error","code":429}', ErrorMessage(429)),
        ('{"type":"subscribed","status":"rejected","message":"no"}', Subscribed(None, "rejected", "no")),
    ],
)
def test_our_gateway_messages(text: str, message: Modified | Unsubscribed | ErrorMessage | Subscribed) -> None:
    assert decode_server_message(text) == message
    assert json.loads(encode(message)) == json.loads(text)


def test_all_facts_go_there_and_back() -> None:
    facts = CallFacts(
        "outbound", "A", "a-1", "Q", "q-1", ("billing", "dutch"), 1_696_161_600_123, CallStage.TRANSFER, "solved"
    )
    sent = decode_server_message(encode(interaction_message("i-1", facts)))
    assert isinstance(sent, Interaction)
    assert facts_of(sent) == facts
    bare = decode_server_message(encode(interaction_message("i-1", CallFacts())))
    assert isinstance(bare, Interaction)
    assert facts_of(bare) == CallFacts()


def test_a_missing_or_unknown_state_keeps_the_last_one() -> None:
    assert facts_of(Interaction("i"), CallStage.HOLD).stage is CallStage.HOLD
    assert facts_of(Interaction("i", state="parked"), CallStage.HOLD).stage is CallStage.HOLD
    assert facts_of(Interaction("i", state="Conference"), CallStage.HOLD).stage is CallStage.CONFERENCE


def test_an_unknown_direction_is_not_known_and_long_labels_are_cut() -> None:
    facts = facts_of(Interaction("i", direction="sideways", agent_name="x" * 500, skills=("y" * 500,)))
    assert facts.direction == ""
    assert (len(facts.agent_name), len(facts.skills[0])) == (200, 200)
    assert facts_of(Interaction("i", direction="Inbound")).direction == "inbound"


def test_unknown_types_are_not_errors() -> None:
    assert decode_server_message('{"type": "heartbeat", "at": 3}') == UnknownMessage()
    assert decode_client_message('{"type": "heartbeat"}') == UnknownMessage()
    assert decode_client_message(SUBSCRIBED) == UnknownMessage()


@given(st.dictionaries(st.text(max_size=8).map(lambda name: f"x-{name}"), st.integers() | st.text() | st.none()))
def test_unknown_fields_are_ignored(extra: dict[str, object]) -> None:
    assert decode_server_message(json.dumps(json.loads(INTERACTION) | extra)) == decode_server_message(INTERACTION)
    subscription = json.loads(SUBSCRIBE)
    subscription["subscription"]["filters"] |= extra
    assert decode_client_message(json.dumps(subscription | extra)) == decode_client_message(SUBSCRIBE)
    assert decode_discovery(json.dumps(json.loads(DISCOVERY) | extra).encode()) == decode_discovery(DISCOVERY.encode())


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("{}", "type"),
        ('{"type": 3}', r"\$\.type"),
        ('{"type": "interaction"}', "interactionId"),
        ('{"type": "interaction", "interactionId": 7}', r"\$\.interactionId"),
        ('{"type": "interaction", "interactionId": ""}', r"\$\.interactionId"),
        ('{"type": "interaction", "interactionId": "i", "agentName": ["Secret Name"]}', r"\$\.agentName"),
        ('{"type": "interaction", "interactionId": "i", "skills": ["a", 3]}', r"\$\.skills\[1\]"),
        ('{"type": "interaction", "interactionId": "i", "startTime": "Secret Name"}', r"\$\.startTime"),
        ('{"type": "error", "retryAfter": "Secret Name"}', r"\$\.retryAfter"),
    ],
)
def test_wrong_types_are_named_and_values_never_shown(text: str, path: str) -> None:
    with pytest.raises(PeerBrokeProtocol, match=path) as caught:
        decode_server_message(text)
    assert "Secret" not in str(caught.value)


def test_a_gateway_names_wrong_types_too() -> None:
    with pytest.raises(PeerBrokeProtocol, match=r"\$\.subscription\.filters\.queueIds"):
        decode_client_message(SUBSCRIBE.replace('["queue-uuid-1", "queue-uuid-2"]', '"queue-uuid-1"'))
    with pytest.raises(PeerBrokeProtocol, match="uri"):
        decode_discovery(b'{"region": "us-east-1"}')


@pytest.mark.parametrize("body", [b'{"type":"\xff"}', b'{"type":"x","y":' + b"[" * 200_000, b'{"type":', b"\xef\xbb"])
def test_what_is_not_json(body: bytes) -> None:
    with pytest.raises(PeerBrokeProtocol, match="message"):
        decode_server_message(body)


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_random_bytes_raise_nothing_else(body: bytes) -> None:
    for decode in (decode_server_message, decode_client_message, decode_discovery):
        with pytest.raises(PeerBrokeProtocol):
            decode(body)


any_json = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**40), 2**40) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
fields = st.sampled_from(
    ["subscriptionId", "status", "interactionId", "startTime", "skills", "subscription", "code", "state", "reason"]
)
kinds = st.sampled_from(["subscribed", "modified", "unsubscribed", "error", "interaction", "interactionEnded"])


@given(kinds | st.sampled_from(["subscribe", "modify", "unsubscribe"]), st.dictionaries(fields, any_json))
def test_any_value_in_any_field_is_read_or_named(kind: str, message: dict[str, object]) -> None:
    text = json.dumps(message | {"type": kind})
    for decode in (decode_server_message, decode_client_message):
        try:
            read = decode(text)
        except PeerBrokeProtocol as problem:
            read = None
            named = str(problem)
        assert isinstance(read, msgspec.Struct | UnknownMessage) or kind in named


DOCUMENT_A_TRAP = Filters(interaction_types=("voice", "chat", "video"))


@pytest.mark.parametrize(
    ("subscription", "path"),
    [
        (AudioSubscription(), "sampleRate: missing"),
        (AudioSubscription(sample_rate=8_000), "sampleRate: 8000 Hz"),
        (AudioSubscription(sample_rate=48_000), "sampleRate: 48000 Hz"),
        (AudioSubscription(sample_rate=16_000, format="pcmu"), "format"),
        (AudioSubscription(sample_rate=16_000, type="video"), "type"),
        (AudioSubscription(sample_rate=16_000, filters=Filters(interaction_types=("chat",))), "interactionTypes"),
        (AudioSubscription(sample_rate=16_000, filters=DOCUMENT_A_TRAP), "interactionTypes"),
        (AudioSubscription(sample_rate=16_000, filters=Filters(interaction_types=())), "interactionTypes"),
        (AudioSubscription(sample_rate=16_000, filters=Filters(direction=("up",))), "direction"),
        (AudioSubscription(sample_rate=16_000, filters=Filters(queue_ids=("",))), "queueIds"),
    ],
)
def test_what_the_pipeline_does_not_take_is_refused_before_it_is_sent(
    subscription: AudioSubscription, path: str
) -> None:
    with pytest.raises(SettingInvalid, match=path):
        check_subscription(subscription)


def test_what_the_pipeline_takes() -> None:
    check_subscription(DOCUMENT_A_SUBSCRIPTION)


FACTS = CallFacts(direction="inbound", queue_id="q-1", skills=("billing", "dutch"))


@pytest.mark.parametrize(
    ("filters", "admitted"),
    [
        (Filters(), True),
        (Filters(queue_ids=("q-1", "q-2")), True),
        (Filters(queue_ids=("q-2",)), False),
        (Filters(direction=("inbound",)), True),
        (Filters(direction=("outbound",)), False),
        (Filters(skills=("dutch", "french")), True),
        (Filters(skills=("french",)), False),
        (Filters(interaction_ids=("i-1",)), True),
        (Filters(interaction_ids=("i-2",)), False),
        (Filters(queue_ids=("q-1",), direction=("outbound",)), False),
    ],
)
def test_filters(filters: Filters, admitted: bool) -> None:
    assert filters.admits("i-1", FACTS) is admitted


def test_what_is_not_known_does_not_match_a_restriction() -> None:
    assert not Filters(queue_ids=("q-1",)).admits("i-1", CallFacts())
