"""Which topics tell of AudioHook, and what their events say: golden messages, and whatever else may come."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.domain.errors import PeerBrokeProtocol
from desktop.domain.finding import Level
from desktop.protocols.operations import (
    MAX_OPERATIONS_TOPICS,
    EventDefinition,
    OfferedTopic,
    decode_definitions,
    decode_operations_topics,
    encode_definitions,
    encode_offered,
    is_operations,
    operation_body,
    operation_finding,
)

OFFER = """{"entities": [
  {"id": "v2.routing.queues.{id}.conversations.calls", "description": "Calls", "requiresPermissions": [],
   "schema": {"id": "urn:jsonschema:calls"}, "visibility": "Public", "transports": ["All"]},
  {"id": "v2.audiohook.something", "description": "No operational event"},
  {"id": "v2.operations.events.{id}", "description": "Operational events from various services"},
  {"id": "v2.operations.events.audiohook", "requiresPermissions": ["usage:events:view"]},
  {"id": "v2.operations.events.integrations.{operationalEventId}",
   "description": "AudioHook: AUDIOHOOK-0001 and AUDIOHOOK-0009", "requiresPermissions": ["usage:events:view"],
   "schema": {"properties": {"eventEntity": {"enum": ["AUDIOHOOK-0009", "AUDIOHOOK-0012", "AUDIOHOOK-12345678"]}}}},
  {"id": "v2.operations.events.other.{id}", "description": "Of AudioHook, and no ids"}
], "selfUri": "/api/v2/notifications/availabletopics"}"""

EVENT = """{"eventEntity": {"id": "AUDIOHOOK-0001", "name": "AudioHook integration error",
  "description": "The provisioned server URI is invalid. Call 34c18827 of Jane."},
  "entityType": "integration", "entityId": "0f8f91f9", "entityName": "Jane's integration", "errorCode": "e-1",
  "conversationId": "34c18827-77a6-4970-ad66-6f2966c85bad", "timestamp": "2026-01-15T10:30:45.123Z"}"""

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


def test_golden_offer_the_topics_about_audiohook() -> None:
    assert dict(decode_operations_topics(OFFER.encode())) == {
        "v2.operations.events.audiohook": ("usage:events:view",),
        "v2.operations.events.integrations.AUDIOHOOK-0001": ("usage:events:view",),
        "v2.operations.events.integrations.AUDIOHOOK-0009": ("usage:events:view",),
        "v2.operations.events.integrations.AUDIOHOOK-0012": ("usage:events:view",),
    }


def test_golden_catalogue_the_events_about_audiohook() -> None:
    catalogue = """{"entities": [
      {"id": "AUDIOHOOK-0001", "name": "AudioHook integration error", "description": "x", "selfUri": "/y"},
      {"id": "EDGE-0001", "name": "About AudioHook too"}, {"name": "no id"}, {"id": "AUDIOHOOK-0001"},
      {"id": "AUDIOHOOK-0012/.."}, {"id": "AUDIOHOOK-0012"}]}"""
    assert decode_definitions(catalogue.encode()) == (
        "v2.operations.events.AUDIOHOOK-0001",
        "v2.operations.events.AUDIOHOOK-0012",
    )
    assert decode_definitions(b"{}") == ()
    many = [EventDefinition(f"AUDIOHOOK-{n:04}") for n in range(500)]
    assert len(decode_definitions(encode_definitions(many))) == MAX_OPERATIONS_TOPICS
    with pytest.raises(PeerBrokeProtocol, match=r"operational event definitions: .*\$\.entities\[0\]\.id"):
        decode_definitions(b'{"entities": [{"id": 7}]}')


def test_no_more_topics_than_the_channels_can_spare() -> None:
    codes = " ".join(f"AUDIOHOOK-{n:04}" for n in range(500))
    offer = encode_offered([OfferedTopic("v2.operations.events.{id}", codes)])
    assert len(decode_operations_topics(offer)) == MAX_OPERATIONS_TOPICS


@pytest.mark.parametrize("body", [b"{}", b'{"entities": null}', b'{"entities": []}'])
def test_nothing_offered(body: bytes) -> None:
    assert decode_operations_topics(body) == {}


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ('{"entities": [{"id": 7}]}', "$.entities[0].id"),
        ('{"entities": [{}]}', "id"),
        ('{"entities": [{"id": "x", "description": []}]}', "$.entities[0].description"),
        ('{"entities": [{"id": "x", "requiresPermissions": "all"}]}', "$.entities[0].requiresPermissions"),
        ('{"entities": {}}', "$.entities"),
        ("[]", "available topics reply"),
        ("{", "available topics reply"),
    ],
)
def test_wrong_types_in_the_offer_are_named(body: str, field: str) -> None:
    with pytest.raises(PeerBrokeProtocol) as caught:
        decode_operations_topics(body.encode())
    assert field in str(caught.value)


def test_golden_event_has_a_subject_of_its_own_and_nothing_private() -> None:
    finding = operation_finding(EVENT.encode())
    assert finding is not None
    assert (finding.subject, finding.level) == ("AudioHook event AUDIOHOOK-0001", Level.FAIL)
    assert "connection URI" in finding.text
    assert finding.remedy
    assert not [word for word in ("34c18827", "Jane", "0f8f91f9", "e-1") if word in repr(finding)]


def test_events_of_others_are_none_of_ours() -> None:
    assert operation_finding(EVENT.replace("AUDIOHOOK-0001", "EDGE-0001").encode()) is None
    with pytest.raises(PeerBrokeProtocol, match=r"\$\.eventEntity"):
        operation_finding(b'{"eventEntity": 7}')


def test_golden_the_platform_s_role() -> None:
    offered = [
        OfferedTopic("v2.x"),
        OfferedTopic("v2.operations.events.audiohook", "Of AudioHook", ("usage:events:view",)),
    ]
    first, second = json.loads(encode_offered(offered))["entities"]
    assert first["id"] == "v2.x"
    assert (second["description"], second["requiresPermissions"]) == ("Of AudioHook", ["usage:events:view"])
    golden = json.loads(EVENT)
    body = operation_body("AUDIOHOOK-0001", golden["eventEntity"]["description"], conversation="c", entity="e")
    assert body["eventEntity"] == golden["eventEntity"]
    assert body.keys() <= golden.keys()


def test_topics_of_operational_events() -> None:
    assert is_operations("v2.operations.events.audiohook")
    assert not is_operations("v2.routing.queues.q.conversations.calls")


@given(JSON, st.sampled_from(["entities", "eventEntity", "id", "description", "requiresPermissions", "schema"]))
def test_whatever_comes_is_read_or_refused_in_words(value: object, key: str) -> None:
    topic = {"id": "v2.operations.events.{id}", "description": "AudioHook AUDIOHOOK-0001", key: value}
    entity = {"id": "AUDIOHOOK-0001", "name": "n", "description": "d", key: value}
    bodies = [value, {key: value}, {"entities": [topic]}, {"eventEntity": entity, "unknown": value}]
    for body in bodies:
        for decode in (decode_operations_topics, operation_finding):
            try:
                decode(json.dumps(body).encode())
            except PeerBrokeProtocol as problem:
                said = str(problem)
            else:
                continue
            assert said.startswith(("available topics reply:", "operational event:"))


@given(st.binary(max_size=60))
def test_bytes_of_any_kind(body: bytes) -> None:
    for decode in (decode_operations_topics, operation_finding):
        try:
            decode(body)
        except PeerBrokeProtocol as problem:
            said = str(problem)
        else:
            continue
        assert ":" in said


def test_nested_too_deeply() -> None:
    deep = b'{"entities": [{"id": "v2.operations.events", "schema": ' + b"[" * 100_000
    with pytest.raises(PeerBrokeProtocol):
        decode_operations_topics(deep)
