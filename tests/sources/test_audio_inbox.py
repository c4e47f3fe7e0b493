"""What one connection's messages mean, and that a bad one costs itself only."""

from __future__ import annotations

import random

import pytest

from desktop.domain.events import (
    AudioArrived,
    CallEnded,
    Complaint,
    FactsLearned,
    PeerComplaint,
    SourceEvent,
)
from desktop.domain.facts import CallFacts, CallStage
from desktop.domain.media import Codec, EncodedFrame, Party
from desktop.protocols.audio_connector import Subscribed
from desktop.protocols.audio_frame import AudioFrame, header_bytes, pack, split
from desktop.sources.audio_inbox import MAX_ENDED, MAX_LIVE, AudioInbox

PACKET = b"\x48" + bytes(40)  # 20 ms wide band


@pytest.fixture
def events() -> list[SourceEvent]:
    return []


@pytest.fixture
def inbox(events: list[SourceEvent]) -> AudioInbox:
    return AudioInbox("eu", events.append)


def framed(call: str, seq: int = 0, payload: bytes = PACKET) -> bytes:
    return pack(AudioFrame(call, Party.CUSTOMER, seq, 5000 + seq, payload))


def complaints(events: list[SourceEvent]) -> list[tuple[Complaint, str]]:
    return [(event.what, event.call) for event in events if isinstance(event, PeerComplaint)]


def test_a_frame_is_handed_over_as_received(inbox: AudioInbox, events: list[SourceEvent]) -> None:
    inbox.sound(framed("i-1", 7), received_ns=99)
    frame = EncodedFrame("eu", "i-1", Party.CUSTOMER, Codec.OPUS, 7, 5007, PACKET, 99)
    assert events == [AudioArrived(frame, 1)]
    assert inbox.live == ("i-1",)


def test_fragments_arrive_as_one_frame(inbox: AudioInbox, events: list[SourceEvent]) -> None:
    for part in split(AudioFrame("i-1", Party.AGENT, 0, 5000, PACKET), header_bytes("i-1") + 20):
        inbox.sound(part, 1)
    assert [(event.frame.payload, event.fragments) for event in events if isinstance(event, AudioArrived)] == [
        (PACKET, 3)
    ]


def test_a_lost_fragment_is_counted_and_named(inbox: AudioInbox, events: list[SourceEvent]) -> None:
    first, *_ = split(AudioFrame("i-1", Party.AGENT, 0, 5000, PACKET), header_bytes("i-1") + 20)
    inbox.sound(first, 1)
    inbox.sound(pack(AudioFrame("i-1", Party.AGENT, 1, 5020, PACKET)), 1)
    inbox.sound(first, 1)
    inbox.lost()
    assert complaints(events) == [(Complaint.FRAGMENT_LOST, "i-1"), (Complaint.FRAGMENT_LOST, "i-1")]
    assert len([event for event in events if isinstance(event, AudioArrived)]) == 1


def test_a_truncated_opus_packet_costs_itself(inbox: AudioInbox, events: list[SourceEvent]) -> None:
    inbox.sound(framed("i-1", 0, b"\x49\x01\x02\x03"), 1)
    inbox.sound(framed("i-1", 1), 1)
    assert complaints(events) == [(Complaint.BAD_FRAME, "i-1")]
    assert isinstance(events[-1], AudioArrived)


def test_a_bare_packet_belongs_to_the_one_live_interaction(inbox: AudioInbox, events: list[SourceEvent]) -> None:
    inbox.text('{"type": "interaction", "interactionId": "i-1"}')
    inbox.sound(PACKET, received_ns=5)
    frame = EncodedFrame("eu", "i-1", Party.MIXED, Codec.OPUS, None, None, PACKET, 5)
    assert events[-1] == AudioArrived(frame, 1)


def test_a_bare_packet_is_refused_while_none_or_several_are_live(inbox: AudioInbox, events: list[SourceEvent]) -> None:
    inbox.sound(PACKET, 1)
    inbox.sound(framed("i-1"), 1)
    inbox.sound(framed("i-2"), 1)
    inbox.sound(PACKET, 1)
    assert complaints(events) == [(Complaint.BARE_FRAME_AMBIGUOUS, "")] * 2
    inbox.text('{"type": "interactionEnded", "interactionId": "i-2"}')
    inbox.sound(PACKET, 1)
    assert isinstance(events[-1], AudioArrived)
    assert events[-1].frame.call == "i-1"


def test_a_bare_message_that_is_no_opus(inbox: AudioInbox, events: list[SourceEvent]) -> None:
    inbox.sound(framed("i-1"), 1)
    inbox.sound(b"", 1)
    inbox.sound(b"\x49\x01\x02\x03", 1)
    assert complaints(events) == [(Complaint.BAD_FRAME, "")] * 2


def test_facts_changes_and_the_end(inbox: AudioInbox, events: list[SourceEvent]) -> None:
    inbox.text('{"type": "interaction", "interactionId": "i-1", "agentName": "A", "state": "hold"}')
    inbox.text('{"type": "interaction", "interactionId": "i-1", "queueName": "Q"}')
    inbox.text('{"type": "interactionEnded", "interactionId": "i-1", "disposition": "solved"}')
    assert events == [
        FactsLearned("eu", "i-1", CallFacts(agent_name="A", stage=CallStage.HOLD)),
        FactsLearned("eu", "i-1", CallFacts(queue_name="Q", stage=CallStage.HOLD)),
        CallEnded("eu", "i-1", "ended"),
        FactsLearned("eu", "i-1", CallFacts(stage=CallStage.WRAP_UP, disposition="solved")),
    ]
    assert inbox.live == ()


def test_the_reason_of_the_end(inbox: AudioInbox, events: list[SourceEvent]) -> None:
    inbox.text('{"type": "interactionEnded", "interactionId": "i-1", "reason": "disconnect"}')
    assert events == [CallEnded("eu", "i-1", "disconnect")]


def test_stragglers_do_not_bring_an_ended_interaction_back(inbox: AudioInbox, events: list[SourceEvent]) -> None:
    inbox.sound(framed("i-1"), 1)
    inbox.text('{"type": "interactionEnded", "interactionId": "i-1"}')
    inbox.sound(framed("i-1", 1), 1)
    assert list(inbox.live) == []
    inbox.text('{"type": "interaction", "interactionId": "i-1"}')
    assert inbox.live == ("i-1",)


def test_memory_of_interactions_is_bounded(inbox: AudioInbox) -> None:
    for number in range(MAX_LIVE + 5):
        inbox.sound(framed(f"i-{number}"), 1)
    assert len(inbox.live) == MAX_LIVE
    assert inbox.live[0] == "i-5"
    for number in range(MAX_ENDED + 1):
        inbox.text(f'{{"type": "interactionEnded", "interactionId": "e-{number}"}}')
    inbox.sound(framed("e-0"), 1)
    inbox.sound(framed("e-1"), 1)
    assert "e-0" in inbox.live
    assert "e-1" not in inbox.live


def test_answers_to_the_subscription_are_returned(inbox: AudioInbox, events: list[SourceEvent]) -> None:
    assert inbox.text('{"type": "subscribed", "subscriptionId": "s-1", "status": "active"}') == Subscribed(
        "s-1", "active"
    )
    assert events == []


def test_unknown_messages_are_counted_only(inbox: AudioInbox, events: list[SourceEvent]) -> None:
    assert inbox.text('{"type": "heartbeat"}') is None
    assert (events, inbox.unknown_messages) == ([], 1)


def test_a_bad_message_names_its_field_and_shows_nothing_else(inbox: AudioInbox, events: list[SourceEvent]) -> None:
    inbox.text('{"type": "interaction", "interactionId": "i-1", "agentName": ["Secret Name"]}')
    (event,) = events
    assert isinstance(event, PeerComplaint)
    assert event.what is Complaint.BAD_MESSAGE
    assert "$.agentName" in event.detail
    assert "Secret" not in event.detail


def test_a_thousand_random_and_truncated_frames_are_only_counted(inbox: AudioInbox, events: list[SourceEvent]) -> None:
    inbox.sound(framed("i-1"), 1)
    inbox.sound(framed("i-2"), 1)
    rng = random.Random(7)
    whole = framed("i-1", 1, PACKET)
    for _ in range(500):
        inbox.sound(rng.randbytes(rng.randrange(120)), 1)
        inbox.sound(whole[: rng.randrange(header_bytes("i-1"))], 1)
    assert len(complaints(events)) == 1000
    inbox.sound(framed("i-2", 1), 2)
    assert isinstance(events[-1], AudioArrived)
    assert inbox.live == ("i-1", "i-2")
