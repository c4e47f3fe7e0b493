"""A queue's calls: who is on them, where they stand, and when they are over (genesys.md section 2)."""

from __future__ import annotations

import json
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from desktop.domain.errors import PeerBrokeProtocol
from desktop.domain.facts import CallFacts, CallStage
from desktop.protocols.queue_calls import QueueCall, decode_queue_call, participant_id, queue_call_body

GOLDEN = {
    "id": "c-1",
    "participants": [
        {
            "id": "p-1",
            "name": "Someone Private",
            "address": "tel:+4912345",
            "purpose": "customer",
            "state": "connected",
            "direction": "inbound",
            "held": False,
            "muted": False,
            "recording": True,
            "recordingState": "active",
            "securePause": False,
            "connectedTime": "2026-11-20T12:00:00.000Z",
            "ani": "tel:+4912345",
            "dnis": "tel:+4954321",
            "attributes": {"account": "secret"},
        },
        {
            "id": "p-2",
            "purpose": "acd",
            "state": "terminated",
            "direction": "inbound",
            "queue": {"id": "q-1", "name": "Billing"},
            "endTime": "2026-11-20T12:00:10.000Z",
            "disconnectType": "transfer",
        },
        {
            "id": "p-3",
            "name": "Alice Monroe",
            "purpose": "agent",
            "state": "connected",
            "direction": "inbound",
            "held": False,
            "user": {"id": "u-1", "name": "Alice Monroe"},
            "queue": {"id": "q-1", "name": "Billing"},
            "peer": "p-1",
        },
    ],
    "recordingState": "ACTIVE",
    "divisions": [{"division": {"id": "d-1"}}],
    "maxParticipants": 10,
}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)


def call(*people: dict[str, object], **more: object) -> QueueCall:
    return decode_queue_call(json.dumps({"id": "c-1", "participants": people} | more).encode())


def customer(state: str = "connected", **more: object) -> dict[str, object]:
    return {"id": "p-1", "purpose": "customer", "state": state} | more


def agent(nth: int = 1, state: str = "connected", **more: object) -> dict[str, object]:
    return {"id": f"a-{nth}", "purpose": "agent", "state": state, "user": {"id": f"u-{nth}"}} | more


def inside(purpose: str, state: str = "connected") -> dict[str, object]:
    return {"id": f"i-{purpose}", "purpose": purpose, "state": state}


def test_the_golden_event() -> None:
    assert decode_queue_call(json.dumps(GOLDEN).encode()) == QueueCall(
        call="c-1",
        facts=CallFacts("inbound", "Alice Monroe", "u-1", "Billing", "q-1", started_at_ms=1_795_176_000_000),
        over=False,
        progress=(3, 1),
        agent_participant="p-3",
    )


def test_nothing_of_the_customer_is_passed_on() -> None:
    told = repr(decode_queue_call(json.dumps(GOLDEN).encode()))
    assert not [word for word in ("Private", "4912345", "secret") if word in told]


@pytest.mark.parametrize(
    ("people", "stage"),
    [
        ([customer(), agent()], CallStage.CONNECTED),
        ([customer(), agent(held=True)], CallStage.HOLD),
        ([customer(), agent(1), agent(2)], CallStage.CONFERENCE),
        ([customer(), agent(1), agent(2, "alerting")], CallStage.TRANSFER),
        ([customer(), agent(1, "terminated", disconnectType="transfer"), agent(2, "alerting")], CallStage.TRANSFER),
        ([customer(), agent(1, "terminated", disconnectType="peer"), agent(2, "alerting")], CallStage.CONNECTED),
        ([customer(), agent(1, "terminated", disconnectType="transfer"), agent(2)], CallStage.CONNECTED),
        ([customer(), agent(1, "alerting")], CallStage.CONNECTED),
        ([customer(), inside("ivr")], CallStage.IVR),
        ([customer(), inside("workflow")], CallStage.IVR),
        ([customer(), inside("ivr", "terminated"), inside("acd")], CallStage.QUEUED),
        ([customer(), inside("ivr"), inside("acd")], CallStage.QUEUED),
        ([customer(), inside("acd"), agent(1, "alerting")], CallStage.CONNECTED),  # its first word shall be heard
        ([customer(), inside("acd"), agent(1)], CallStage.CONNECTED),
        ([customer(), inside("acd"), agent(1, held=True)], CallStage.HOLD),
        ([customer(), inside("acd"), agent(1, "terminated", disconnectType="transfer")], CallStage.QUEUED),
        ([customer(), inside("acd"), inside("external")], CallStage.CONNECTED),  # two from outside talk
        ([customer(), inside("voicemail")], CallStage.CONNECTED),
        ([customer(), inside("acd"), inside("something new")], CallStage.CONNECTED),
        ([customer()], CallStage.CONNECTED),
        ([customer("terminated"), agent(1, "terminated", wrapup={"code": "w"})], CallStage.WRAP_UP),
        ([customer("disconnected"), agent()], CallStage.WRAP_UP),
    ],
)
def test_where_a_call_stands(people: list[dict[str, object]], stage: CallStage) -> None:
    assert call(*people).facts.stage is stage


def test_a_supervisor_who_listens_is_neither_agent_nor_conference() -> None:
    for kind in ("monitored", "coached"):
        joined = call(customer(), agent(1), agent(2, **{f"{kind}ParticipantId": "a-1"}))
        assert (joined.facts.stage, joined.facts.agent_id) == (CallStage.CONNECTED, "u-1")
        assert joined.agent_participant == "a-1"


def test_a_supervisor_who_barged_in_makes_it_a_conference() -> None:
    joined = call(customer(), agent(1), agent(2, bargedParticipantId="a-1"))
    assert (joined.facts.stage, joined.facts.agent_id) == (CallStage.CONFERENCE, "u-1")


@pytest.mark.parametrize(
    ("people", "over"),
    [
        ([customer("terminated"), agent()], True),
        ([customer("disconnected"), agent(1, "disconnected")], True),
        ([customer(), agent(1, "terminated")], False),
        ([customer("terminated"), {"purpose": "external", "state": "connected"}, agent()], False),
        ([agent(1, "terminated"), agent(2, "terminated")], True),
        ([agent(1), agent(2, "terminated")], False),
        ([], False),
        ([customer(state="parked")], False),
        ([{"purpose": "customer"}], False),
        ([{"purpose": "customer", "endTime": "2026-11-20T12:00:00Z"}], True),
    ],
)
def test_when_a_call_is_over(people: list[dict[str, object]], over: bool) -> None:
    assert call(*people).over is over


def test_whom_a_supervisor_can_join() -> None:
    assert call(customer(), agent(1, "terminated"), agent(2)).agent_participant == "a-2"
    assert call(customer(), agent(1, "alerting")).agent_participant == ""
    assert call(customer()).agent_participant == ""
    nameless: dict[str, object] = {"purpose": "agent", "state": "connected"}
    assert call(customer(), nameless).agent_participant == ""


def test_the_agent_is_who_is_connected_else_for_whom_it_rings_else_the_last() -> None:
    assert call(customer(), agent(1), agent(2, "alerting")).facts.agent_id == "u-1"
    assert call(customer(), agent(1, "terminated"), agent(2, "alerting")).facts.agent_id == "u-2"
    assert call(customer(), agent(1, "terminated"), agent(2, "parked")).facts.agent_id == "u-2"
    assert call(customer(), agent(1, "terminated"), agent(2, "terminated")).facts.agent_id == "u-2"


def test_an_overtaken_event_is_late() -> None:
    early, later = call(customer(), agent(1)), call(customer(), agent(1, "terminated"), agent(2))
    assert later.later_than(early.progress)
    assert not early.later_than(later.progress)
    assert early.later_than(early.progress)


def test_secure_pause() -> None:
    assert call(customer(securePause=True), agent()).private
    assert call(customer(), agent(calls=[{"state": "connected", "securePause": True}])).private
    assert not call(customer(securePause=True, state="terminated"), agent()).private
    assert not call(customer(), agent(1, "terminated", securePause=True), agent(2)).private


def test_the_rest_reply_has_the_states_in_its_legs() -> None:
    reply = {
        "id": "c-1",
        "startTime": "2026-11-20T12:00:00Z",
        "participants": [
            {"id": "p-1", "purpose": "customer", "calls": [{"state": "connected", "direction": "outbound"}]},
            {
                "id": "p-2",
                "purpose": "agent",
                "userId": "u-1",
                "queueId": "q-1",
                "calls": [{"state": "terminated", "disconnectType": "transfer"}, {"state": "connected", "held": True}],
            },
        ],
    }
    told = decode_queue_call(json.dumps(reply).encode())
    assert (told.facts.stage, told.agent_participant, told.facts.direction) == (CallStage.HOLD, "p-2", "outbound")
    assert told.progress == (2, 0)


@pytest.mark.parametrize("identifier", [None, "", "x" * 201])
def test_a_call_without_a_usable_id(identifier: object) -> None:
    with pytest.raises(PeerBrokeProtocol, match=r"\$\.id"):
        call(id=identifier)


def test_a_wrong_type_is_named_and_not_shown() -> None:
    with pytest.raises(PeerBrokeProtocol, match=r"queue call: .*\$\.participants\[0\]\.state") as caught:
        call({"state": 4912345})
    assert "4912345" not in str(caught.value)


@pytest.mark.parametrize(
    "facts",
    [
        CallFacts("inbound", "", "u-1", "Billing", "q-1", started_at_ms=1_700_000_000_000),
        CallFacts("outbound", queue_id="q-1", stage=CallStage.QUEUED),
        CallFacts("inbound", queue_id="q-1", stage=CallStage.IVR),
        CallFacts("inbound", agent_id="u-1", stage=CallStage.HOLD),
        CallFacts("inbound", agent_id="u-1", stage=CallStage.CONFERENCE),
        CallFacts("inbound", agent_id="u-2", disposition="solved"),
        CallFacts(stage=CallStage.QUEUED),
    ],
)
def test_both_roles_agree(facts: CallFacts) -> None:
    body = json.dumps(queue_call_body("c-1", facts)).encode()
    told = decode_queue_call(body)
    if facts.stage is CallStage.CONFERENCE:
        assert (told.facts.stage, told.over) == (CallStage.CONFERENCE, False)
    else:
        assert told.facts == facts
        assert told.agent_participant == (participant_id("c-1", facts.agent_id) if facts.agent_id else "")


def test_both_roles_agree_on_the_end_and_on_transfers() -> None:
    facts = CallFacts("inbound", agent_id="u-2", stage=CallStage.TRANSFER)
    moved = decode_queue_call(json.dumps(queue_call_body("c-1", facts, left=["u-1"], private=True)).encode())
    assert (moved.facts.stage, moved.facts.agent_id, moved.private) == (CallStage.TRANSFER, "u-2", True)
    over = decode_queue_call(json.dumps(queue_call_body("c-1", facts, over=True, left=["u-1"])).encode())
    assert (over.over, over.facts.stage, over.private) == (True, CallStage.WRAP_UP, False)
    assert over.later_than(moved.progress)


@given(JSON)
def test_arbitrary_json_raises_nothing_else(body: object) -> None:
    with suppress(PeerBrokeProtocol):
        decode_queue_call(json.dumps(body).encode())


@settings(max_examples=40)  # and what make fuzz finds
@given(st.lists(st.dictionaries(st.sampled_from(["id", "purpose", "state", "held", "user", "queue", "calls"]), JSON)))
def test_arbitrary_people_raise_nothing_else(people: list[dict[str, object]]) -> None:
    with suppress(PeerBrokeProtocol):
        call(*people)


@given(st.dictionaries(st.text().map(lambda key: "x" + key), JSON, max_size=4))
def test_unknown_fields_are_ignored(extra: dict[str, object]) -> None:
    assert decode_queue_call(json.dumps(GOLDEN | extra).encode()) == decode_queue_call(json.dumps(GOLDEN).encode())
