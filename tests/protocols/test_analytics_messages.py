"""Document B's messages, both roles: golden JSON, traps of sections 2 and 3, and arbitrary JSON."""

from __future__ import annotations

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.domain.errors import PeerBrokeProtocol, SettingInvalid
from desktop.domain.events import NoReading
from desktop.domain.facts import CallFacts, CallStage
from desktop.protocols.analytics import (
    ANALYTICS_PATH,
    EventRequest,
    Events,
    Filters,
    Heartbeat,
    Refusal,
    Subscribe,
    Subscribed,
    Unknown,
    decode_client_message,
    decode_server_message,
    encode,
    error_message,
    heartbeat_message,
    subscribe_to,
    subscribed_message,
)
from desktop.protocols.analytics_event import (
    BadScore,
    ConversationEvent,
    Life,
    Scored,
    event_body,
    label_of,
    read_event,
)
from desktop.protocols.backoff import MAX_RETRY_AFTER_S

GOLDEN_SUBSCRIBE = """
{
  "action": "subscribe",
  "events": [
    {
      "type": "conversation",
      "filters": {
        "queueId": "<QUEUE_ID>",
        "agentId": "<AGENT_ID>"
      },
      "fields": [
        "sentiment.score",
        "sentiment.label",
        "state"
      ]
    }
  ],
  "heartbeat": 30
}
"""
GOLDEN_EVENT = """
{
  "type": "conversation",
  "conversationId": "conv-1",
  "eventId": "e-7",
  "eventTime": "2026-11-20T10:00:01.500Z",
  "agentId": "agent-1",
  "agentName": "John Doe",
  "queueId": "queue-1",
  "queueName": "Support",
  "direction": "Inbound",
  "state": "connected",
  "sentiment": {"score": -0.62, "label": "negative"},
  "somethingNew": {"deeply": ["nested"]}
}
"""


def event(text: str) -> ConversationEvent:
    message = decode_server_message(text)
    assert isinstance(message, Events)
    assert not message.problems
    (only,) = message.events
    return only


def sentiment(**body: object) -> object:
    return read_event({"conversationId": "c", **body}).sentiment


def test_document_b_section_2_subscription_to_the_letter() -> None:
    ours = subscribe_to(["<QUEUE_ID>"], ["<AGENT_ID>"])
    assert json.loads(encode(ours)) == json.loads(GOLDEN_SUBSCRIBE)
    assert ANALYTICS_PATH == "/api/v2/analytics/websocket"


def test_the_platform_reads_the_documents_subscription() -> None:
    fields = ("sentiment.score", "sentiment.label", "state")
    wanted = Subscribe((EventRequest("conversation", Filters("<QUEUE_ID>", "<AGENT_ID>"), fields),), 30)
    assert decode_client_message(GOLDEN_SUBSCRIBE) == wanted


def test_several_queues_and_agents_are_several_entries() -> None:
    request = json.loads(encode(subscribe_to(["q1", "q2", "q1"], ["a1", "a2"])))
    assert [entry["filters"] for entry in request["events"]] == [
        {"queueId": "q1", "agentId": "a1"},
        {"queueId": "q1", "agentId": "a2"},
        {"queueId": "q2", "agentId": "a1"},
        {"queueId": "q2", "agentId": "a2"},
    ]
    assert [e["filters"] for e in json.loads(encode(subscribe_to(["q1"])))["events"]] == [{"queueId": "q1"}]
    assert [e["filters"] for e in json.loads(encode(subscribe_to((), ["a1"])))["events"]] == [{"agentId": "a1"}]
    assert [e["filters"] for e in json.loads(encode(subscribe_to()))["events"]] == [{}]


def test_document_b_trap_heartbeat_missing_is_sent_anyway() -> None:
    assert json.loads(encode(subscribe_to(heartbeat_s=None)))["heartbeat"] == 30
    assert json.loads(encode(subscribe_to()))["heartbeat"] == 30
    without = decode_client_message('{"action": "subscribe", "events": []}')
    assert without == Subscribe((), None)


@pytest.mark.parametrize(("seconds", "why"), [(5, "limits the connection's rate"), (9, "limits"), (301, "inactive")])
def test_document_b_trap_heartbeat_too_low_is_refused_with_the_reason(seconds: int, why: str) -> None:
    with pytest.raises(SettingInvalid, match=why) as refused:
        subscribe_to(heartbeat_s=seconds)
    assert refused.value.path == "heartbeat_s"
    assert "30" in refused.value.hint


@pytest.mark.parametrize("seconds", [10, 30, 300])
def test_a_heartbeat_that_the_platform_bears(seconds: int) -> None:
    assert subscribe_to(heartbeat_s=seconds).heartbeat == seconds


@pytest.mark.parametrize(
    ("queues", "agents", "fields", "path"),
    [
        ((), (), (), "fields"),
        ((), (), (" ",), "fields"),
        (("",), (), ("state",), "queue_ids"),
        ((), ("a", ""), ("state",), "queue_ids"),
        ([f"q{n}" for n in range(21)], [f"a{n}" for n in range(10)], ("state",), "queue_ids"),
    ],
)
def test_a_subscription_that_makes_no_sense_names_the_setting(
    queues: list[str], agents: list[str], fields: tuple[str, ...], path: str
) -> None:
    with pytest.raises(SettingInvalid) as refused:
        subscribe_to(queues, agents, fields)
    assert refused.value.path == path


def test_heartbeats_of_both_roles() -> None:
    assert json.loads(encode(Heartbeat())) == {"action": "heartbeat"}
    assert decode_client_message('{"action": "heartbeat"}') == Heartbeat()
    assert json.loads(heartbeat_message()) == {"type": "heartbeat"}
    for answer in (heartbeat_message(), '{"action": "heartbeat", "status": "ok"}', '{"type": "pong"}'):
        assert decode_server_message(answer) == Heartbeat()


def test_acknowledgements_and_what_is_unknown() -> None:
    assert decode_server_message(subscribed_message()) == Subscribed()
    assert decode_server_message('{"action": "subscribe", "status": "ok"}') == Subscribed()
    for strange in ('{"type": "weather"}', "{}", '{"id": "x"}', '{"action": "dance"}'):
        assert decode_server_message(strange) == Unknown()
        assert decode_client_message(strange) == Unknown()


def test_errors_say_what_can_be_done() -> None:
    assert decode_server_message(error_message(429, "slow down", 7)) == Refusal("429", "slow down", 7.0)
    refusal = decode_server_message('{"type": "error", "status": 503, "message": "a\\u0000b"}')
    assert isinstance(refusal, Refusal)
    assert (refusal.reason, refusal.throttled, refusal.expired, refusal.forbidden) == ("ab", True, False, False)
    expired = decode_server_message(error_message("token_expired", ""))
    assert isinstance(expired, Refusal)
    assert (expired.throttled, expired.expired, expired.forbidden) == (False, True, False)
    forbidden = decode_server_message(error_message(403, ""))
    assert isinstance(forbidden, Refusal)
    assert (forbidden.throttled, forbidden.expired, forbidden.forbidden) == (False, False, True)
    assert decode_server_message(error_message("x", "", -3)) == Refusal("x", "", 0.0)


@pytest.mark.parametrize("wait", ["86401", "1e308", "9" * 30, "9" * 400])
def test_nobody_is_made_to_wait_longer_than_a_day(wait: str) -> None:
    refusal = decode_server_message(f'{{"type": "error", "code": 429, "retryAfter": {wait}}}')
    assert refusal == Refusal("429", "", MAX_RETRY_AFTER_S)


@pytest.mark.parametrize("wait", ["1e999", "NaN", "Infinity", "-Infinity", '"soon"'])
def test_a_wait_that_is_no_number_names_its_field_or_place(wait: str) -> None:
    with pytest.raises(PeerBrokeProtocol, match=r"retryAfter|byte"):
        decode_server_message(f'{{"type": "error", "code": 429, "retryAfter": {wait}}}')


def test_a_conversation_event_says_whose_call_and_which_score() -> None:
    told = event(GOLDEN_EVENT)
    assert told == ConversationEvent(
        call="conv-1",
        facts=CallFacts("inbound", "John Doe", "agent-1", "Support", "queue-1"),
        stage=CallStage.CONNECTED,
        life=Life.LIVE,
        sentiment=Scored(-0.62, "negative"),
        event_id="e-7",
        at_ms=1_795_168_801_500,
    )


def test_the_documents_own_payload_names_an_agent_only() -> None:
    told = event('{"agentId": "a-1", "sentiment": {"score": 0.25}}')
    assert (told.call, told.facts.agent_id, told.sentiment) == ("", "a-1", Scored(0.25, "positive"))


def test_flat_and_nested_fields_mean_the_same() -> None:
    assert sentiment(**{"sentiment.score": -0.7, "sentiment.label": "NEGATIVE"}) == Scored(-0.7, "negative")
    assert sentiment(sentiment={"score": -0.7, "label": "negative"}) == Scored(-0.7, "negative")
    assert sentiment(sentiment={"label": "negative"}, **{"sentiment.score": -0.7}) == Scored(-0.7, "negative")


def test_document_b_trap_field_selection_a_missing_score_is_never_neutral() -> None:
    assert sentiment() is NoReading.ABSENT
    assert sentiment(sentiment={}) is NoReading.ABSENT
    assert sentiment(sentiment={"label": "negative"}) is NoReading.ABSENT
    assert sentiment(sentiment=None) is NoReading.NULL
    assert sentiment(sentiment={"score": None}) is NoReading.NULL
    assert sentiment(**{"sentiment.score": None}) is NoReading.NULL


@pytest.mark.parametrize("score", ["-0.4", True, [], {}, -62, 1.01, -1.0001, 10**400])
def test_a_score_that_is_none_is_a_bad_reading_and_its_scale_is_not_guessed(score: object) -> None:
    for body in ({"sentiment": {"score": score}}, {"sentiment.score": score}):
        read = sentiment(**body)
        assert isinstance(read, BadScore)
        assert "sentiment.score" in read.problem or "sentiment']" in read.problem
        assert str(score) not in read.problem


@pytest.mark.parametrize("value", ["bad", 3, [1], True])
def test_a_sentiment_that_is_no_object_is_a_bad_reading(value: object) -> None:
    assert isinstance(sentiment(sentiment=value), BadScore)


@pytest.mark.parametrize(
    ("score", "given", "label", "contradicted"),
    [
        (-0.5, None, "negative", False),
        (0.0, None, "neutral", False),
        (0.2, 7, "positive", False),
        (-0.5, "very sad", "negative", False),
        (-0.5, "neutral", "neutral", False),
        (-0.1, "negative", "negative", False),
        (-0.5, "positive", "negative", True),
        (1, "negative", "positive", True),
    ],
)
def test_labels_follow_the_score(score: float, given: object, label: str, contradicted: bool) -> None:
    assert sentiment(sentiment={"score": score, "label": given}) == Scored(score, label, contradicted)


@pytest.mark.parametrize(
    ("state", "stage", "life"),
    [
        ("alerting", None, Life.RINGING),
        ("connected", CallStage.CONNECTED, Life.LIVE),
        ("HOLD", CallStage.HOLD, Life.LIVE),
        ("held", CallStage.HOLD, Life.LIVE),
        ("transfer", CallStage.TRANSFER, Life.LIVE),
        ("conference", CallStage.CONFERENCE, Life.LIVE),
        ("wrapup", CallStage.WRAP_UP, Life.LIVE),
        ("disconnected", None, Life.LEFT),
        ("ended", None, Life.ENDED),
        ("levitating", None, Life.UNTOLD),
        (None, None, Life.UNTOLD),
    ],
)
def test_states(state: str | None, stage: CallStage | None, life: Life) -> None:
    told = read_event({"conversationId": "c", "state": state})
    assert (told.stage, told.life) == (stage, life)


@pytest.mark.parametrize(
    ("moment", "at_ms"),
    [
        ("2026-11-20T10:00:00Z", 1_795_168_800_000),
        (1_795_168_800, 1_795_168_800_000),
        (1_795_168_800_000, 1_795_168_800_000),
        (1_795_168_800.5, 1_795_168_800_500),
        ("soon", None),
        (-1, None),
        (None, None),
    ],
)
def test_times(moment: object, at_ms: int | None) -> None:
    assert read_event({"conversationId": "c", "eventTime": moment}).at_ms == at_ms
    assert read_event({"conversationId": "c", "timestamp": moment}).at_ms == at_ms
    assert read_event({"conversationId": "c", "startTime": moment}).facts.started_at_ms == at_ms


def test_a_time_beyond_all_bounds_is_unknown() -> None:
    assert read_event({"conversationId": "c", "eventTime": float("inf")}).at_ms is None


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ('{"type": "conversation", "conversationId": 7}', "$.conversationId"),
        ('{"type": "conversation", "conversationId": "c", "eventTime": []}', "$.eventTime"),
        ('{"type": "conversation", "conversationId": "c", "sequence": "1"}', "$.sequence"),
        ('{"type": "conversation"}', "$.conversationId"),
        (json.dumps({"conversationId": "x" * 256}), "$.conversationId"),
        ('{"type": 4}', "$.type"),
        ('{"events": 4}', "$.events"),
        ('{"type": "error", "message": 4}', "$.message"),
        ("[]", "object"),
        ("{", "truncated"),
        (b"\xff", "JSON"),
    ],
)
def test_wrong_types_are_named(text: str | bytes, named: str) -> None:
    with pytest.raises(PeerBrokeProtocol) as problem:
        decode_server_message(text)
    assert named in str(problem.value)


def test_several_events_at_once_one_bad_one_loses_nothing_else() -> None:
    message = decode_server_message(
        '{"events": [{"type": "conversation", "conversationId": "a"}, {"type": "queue"}, 7,'
        ' {"id": "b", "state": "ended"}, {"id": 4}]}'
    )
    assert isinstance(message, Events)
    assert [told.call for told in message.events] == ["a", "b"]
    assert len(message.problems) == 2
    assert "$.events[2]" in message.problems[0]
    assert "$.events[4]" in message.problems[1]


def test_the_platform_tells_the_fields_that_were_asked_for() -> None:
    facts = CallFacts("inbound", "John Doe", "a-1", "Support", "q-1")
    asked = ("sentiment.score", "sentiment.label", "state")
    full = event_body("c", facts, "connected", sentiment=(-0.5, "negative"), fields=asked, at_ms=0, event_id="e")
    assert (full["sentiment"], full["state"], full["eventId"]) == (
        {"score": -0.5, "label": "negative"},
        "connected",
        "e",
    )
    null = event_body("c", facts, "connected", sentiment=(None, None), fields=asked, at_ms=0)
    assert null["sentiment"] == {"score": None, "label": None}
    bare = event_body("c", facts, "connected", sentiment=(-0.5, "negative"), fields=("sentiment.label",), at_ms=0)
    assert bare["sentiment"] == {"label": "negative"}
    assert "state" not in bare
    for body in (
        event_body("c", facts, "connected", fields=asked, at_ms=0),
        event_body("c", facts, "connected", sentiment=(-0.5, "x"), fields=("state",), at_ms=0),
    ):
        assert "sentiment" not in body


def test_labels_of_our_own() -> None:
    assert [label_of(score) for score in (-1.0, -0.2, -0.19, 0.0, 0.19, 0.2, 1.0)] == [
        "negative",
        "negative",
        "neutral",
        "neutral",
        "neutral",
        "positive",
        "positive",
    ]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
NAMES = "type action events conversationId id agentId state sentiment sentiment.score eventTime eventId sequence code"
KEYS = st.sampled_from([*NAMES.split(), "message", "retryAfter", "heartbeat"])
SHAPED = st.dictionaries(KEYS, JSON | st.sampled_from(["conversation", "error", "subscribe", "heartbeat"]), max_size=8)


@given(JSON | SHAPED)
def test_arbitrary_json_raises_nothing_but_peer_broke_protocol(value: object) -> None:
    for decode in (decode_server_message, decode_client_message):
        with contextlib.suppress(PeerBrokeProtocol):
            decode(json.dumps(value))


@given(st.binary(max_size=60))
def test_arbitrary_bytes_raise_nothing_but_peer_broke_protocol(data: bytes) -> None:
    for decode in (decode_server_message, decode_client_message):
        with contextlib.suppress(PeerBrokeProtocol):
            decode(data)


@given(st.dictionaries(st.text(min_size=1).map(lambda key: f"x{key}"), JSON, max_size=5))
def test_unknown_fields_are_ignored(extra: dict[str, object]) -> None:
    assert event(json.dumps(json.loads(GOLDEN_EVENT) | extra)) == event(GOLDEN_EVENT)
    assert decode_client_message(json.dumps({"action": "heartbeat"} | extra)) == Heartbeat()


@given(JSON)
def test_whatever_a_score_is_it_is_a_reading_in_range_or_none(value: object) -> None:
    read = sentiment(sentiment={"score": value})
    assert not isinstance(read, Scored) or -1 <= read.value <= 1
