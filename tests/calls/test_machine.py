"""One interaction's life, read like the conversation it is (document A section 4, edge case 2)."""

from __future__ import annotations

import pytest

from desktop.calls.machine import GRACE_S, LINGER_S, REAPPEAR_S, WAITING_FRAMES, CallMachine
from desktop.domain.effects import (
    ArmTimer,
    AskFacts,
    CallChanged,
    CallTimer,
    CloseLane,
    DisarmTimer,
    DropAudio,
    FeedAudio,
    FlushLane,
)
from desktop.domain.facts import CallFacts, CallPhase, CallStage
from desktop.domain.media import Codec, EncodedFrame, Party

NOBODY = CallFacts()
DANA = CallFacts(agent_name="Dana", queue_name="Billing")


def frame(seq: int = 0) -> EncodedFrame:
    return EncodedFrame("link", "c1", Party.CUSTOMER, Codec.OPUS, seq, 1000 + seq * 20, b"\x00", 0)


def opened(facts: CallFacts) -> CallMachine:
    machine = CallMachine("c1", "link", facts)
    machine.opened()
    return machine


def test_a_named_call_is_live_at_once() -> None:
    machine = CallMachine("c1", "link", DANA)
    assert machine.opened() == [CallChanged("c1", CallPhase.LIVE, DANA)]
    assert machine.on_audio(frame()) == [FeedAudio(frame())]


def test_sound_without_a_name_waits_half_a_second_for_it() -> None:
    machine = CallMachine("c1", "link", NOBODY)
    assert machine.opened() == [
        CallChanged("c1", CallPhase.GRACE, NOBODY),
        ArmTimer("c1", CallTimer.GRACE, GRACE_S),
    ]
    assert GRACE_S == 0.5
    assert machine.on_audio(frame(0)) == []
    assert machine.on_audio(frame(1)) == []
    assert machine.on_facts(DANA) == [
        DisarmTimer("c1", CallTimer.GRACE),
        CallChanged("c1", CallPhase.LIVE, DANA),
        FeedAudio(frame(0)),
        FeedAudio(frame(1)),
    ]
    assert machine.waiting == 0


def test_after_the_grace_the_call_goes_on_with_what_is_there_and_asks() -> None:
    machine = opened(NOBODY)
    machine.on_audio(frame(0))
    assert machine.on_timer(CallTimer.GRACE) == [
        CallChanged("c1", CallPhase.LIVE, NOBODY),
        FeedAudio(frame(0)),
        AskFacts("c1"),
    ]
    assert machine.on_timer(CallTimer.GRACE) == []


def test_late_metadata_relabels() -> None:
    machine = opened(NOBODY)
    machine.on_timer(CallTimer.GRACE)
    assert machine.on_facts(DANA) == [CallChanged("c1", CallPhase.LIVE, DANA)]
    assert machine.on_facts(DANA) == []  # nothing new, nothing said


def test_facts_that_name_nobody_do_not_end_the_grace() -> None:
    machine = opened(NOBODY)
    machine.on_audio(frame(0))
    inbound = CallFacts(direction="inbound")
    assert machine.on_facts(inbound) == [CallChanged("c1", CallPhase.GRACE, inbound)]
    assert machine.waiting == 1


def test_the_waiting_buffer_is_bounded_and_says_what_it_drops() -> None:
    machine = opened(NOBODY)
    for seq in range(WAITING_FRAMES):
        assert machine.on_audio(frame(seq)) == []
    assert machine.on_audio(frame(WAITING_FRAMES)) == [DropAudio("c1", Party.CUSTOMER, 1)]
    assert machine.waiting == WAITING_FRAMES
    released = machine.on_facts(DANA)
    assert released[2] == FeedAudio(frame(1))  # the oldest one is gone


@pytest.mark.parametrize("stage", [CallStage.TRANSFER, CallStage.CONFERENCE, CallStage.HOLD, CallStage.WRAP_UP])
def test_a_change_of_stage_keeps_what_it_does_not_name(stage: CallStage) -> None:
    machine = opened(DANA)
    machine.on_facts(CallFacts(agent_name="Lee", stage=stage, disposition="callback"))
    assert machine.facts == CallFacts(agent_name="Lee", queue_name="Billing", stage=stage, disposition="callback")


def test_an_ended_call_lingers_five_seconds_and_is_then_freed() -> None:
    machine = opened(DANA)
    assert machine.on_ended("ended") == [
        FlushLane("c1"),
        CallChanged("c1", CallPhase.LINGERING, DANA, "ended"),
        ArmTimer("c1", CallTimer.LINGER, LINGER_S),
    ]
    assert LINGER_S == 5.0
    assert machine.on_audio(frame(7)) == [FeedAudio(frame(7))]  # what was on its way still counts
    assert machine.on_facts(CallFacts(disposition="refund", stage=CallStage.WRAP_UP)) != []
    assert machine.on_ended("again") == []
    assert machine.on_timer(CallTimer.LINGER) == [CloseLane("c1")]
    assert machine.on_timer(CallTimer.LINGER) == []
    assert machine.on_audio(frame(8)) == [DropAudio("c1", Party.CUSTOMER, 1)]
    assert machine.on_facts(DANA) == []


def test_a_call_that_ends_within_its_grace_is_still_heard() -> None:
    machine = opened(NOBODY)
    machine.on_audio(frame(0))
    assert machine.on_ended("ended")[:3] == [
        DisarmTimer("c1", CallTimer.GRACE),
        FeedAudio(frame(0)),
        FlushLane("c1"),
    ]
    assert machine.on_timer(CallTimer.GRACE) == []


def test_after_a_reconnect_a_call_must_show_itself_again() -> None:
    machine = opened(DANA)
    assert machine.on_link_back("link") == [ArmTimer("c1", CallTimer.REAPPEAR, REAPPEAR_S)]
    assert machine.on_link_back("link") == []
    assert machine.on_audio(frame()) == [DisarmTimer("c1", CallTimer.REAPPEAR), FeedAudio(frame())]
    assert machine.on_timer(CallTimer.REAPPEAR) == []
    machine.on_link_back("link")
    effects = machine.on_timer(CallTimer.REAPPEAR)
    assert CallChanged("c1", CallPhase.LINGERING, DANA, "lost while disconnected") in effects
    assert machine.on_link_back("link") == []
