"""The look-up of edge case 2, in the platform's two shapes."""

from __future__ import annotations

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.domain.errors import PeerBrokeProtocol
from desktop.domain.facts import CallFacts, CallStage
from desktop.protocols.conversation import decode_conversation, encode_conversation, read_conversation

FLAT = {
    "id": "c-1",
    "startTime": "2023-10-01T12:00:00.000Z",
    "participants": [
        {
            "id": "p-1",
            "purpose": "customer",
            "name": "Someone Private",
            "startTime": "2023-10-01T12:00:00.000Z",
            "queueId": "q-0",
            "calls": [{"state": "connected", "direction": "inbound", "held": False}],
        },
        {
            "purpose": "acd",
            "queueId": "q-1",
            "queueName": "Support Queue",
            "conversationRoutingData": {
                "queue": {"id": "q-1"},
                "skills": [{"id": "s-1", "name": "billing"}, {"id": "s-2"}],
            },
        },
        {"purpose": "agent", "name": "Gone", "userId": "u-0", "queueId": "q-0", "endTime": "2023-10-01T12:01:00Z"},
        {
            "purpose": "agent",
            "name": "John Doe",
            "userId": "u-1",
            "queueId": "q-1",
            "queueName": "Support Queue",
            "calls": [{"direction": "outbound", "held": True}],
            "wrapup": {"code": "w-1", "name": "solved"},
        },
    ],
}
CALL_VIEW = {
    "id": "c-1",
    "participants": [
        {"purpose": "customer", "direction": "outbound", "startTime": "2023-10-01T12:00:05Z"},
        {
            "purpose": "user",
            "startTime": "2023-10-01T12:00:00Z",
            "user": {"id": "u-1", "name": "John Doe"},
            "queue": {"id": "q-1", "name": "Support Queue"},
            "held": False,
        },
    ],
}


def decode(conversation: object) -> CallFacts:
    return decode_conversation(json.dumps(conversation).encode())


def test_edge_case_2_the_conversation_itself() -> None:
    assert decode(FLAT) == CallFacts(
        "inbound", "John Doe", "u-1", "Support Queue", "q-1", ("billing",), 1_696_161_600_000, CallStage.HOLD, "solved"
    )


def test_edge_case_2_the_call_view() -> None:
    assert decode(CALL_VIEW) == CallFacts(
        "outbound", "John Doe", "u-1", "Support Queue", "q-1", started_at_ms=1_696_161_600_000
    )


def test_the_last_agent_counts_if_all_have_left() -> None:
    people = [{"purpose": "agent", "name": name, "endTime": "2023-10-01T12:00:00Z"} for name in ("A", "B")]
    assert decode({"participants": people}).agent_name == "B"


@pytest.mark.parametrize("conversation", [{}, {"participants": None}, {"participants": [{"purpose": "ivr"}]}])
def test_nothing_known_is_nothing_known(conversation: object) -> None:
    assert decode(conversation) == CallFacts()


def test_an_agent_without_a_queue_of_their_own() -> None:
    acd = {"purpose": "acd", "queueName": "Support Queue"}
    assert decode({"participants": [acd, {"purpose": "agent", "queue": {}}]}).queue_name == "Support Queue"


@pytest.mark.parametrize(
    "facts",
    [
        CallFacts(),
        CallFacts("inbound", "John Doe", "u-1", "Support Queue", "q-1", ("billing",), 1_696_161_600_000),
        CallFacts("outbound", "", "u-1", "", "q-1", stage=CallStage.HOLD, disposition="solved"),
        CallFacts(queue_name="Support Queue", skills=("a", "b")),
    ],
)
def test_both_roles_agree(facts: CallFacts) -> None:
    assert decode_conversation(encode_conversation("c-1", facts)) == facts


def test_a_wrong_type_is_named_and_not_shown() -> None:
    with pytest.raises(PeerBrokeProtocol, match=r"\$\.participants\[0\]\.name"):
        decode({"participants": [{"name": 7}]})


@given(st.binary(max_size=100))
def test_random_bytes_raise_nothing_else(body: bytes) -> None:
    with suppress(PeerBrokeProtocol):
        assert decode_conversation(body) == CallFacts()  # what happens to be JSON, "{}", tells nothing


def test_who_takes_part_is_in_no_repr() -> None:
    conversation = read_conversation(json.dumps(FLAT).encode())
    assert "Private" not in repr(conversation)
