"""Which calls only wait: in a menu, a queue, on hold; settled before it counts, over at once."""

from __future__ import annotations

import pytest

from desktop.domain.events import CallEnded, FactsLearned, LinkChanged, LinkState, SourceEvent
from desktop.domain.facts import CallFacts, CallStage
from desktop.protocols import audiohook_waits
from desktop.protocols.audiohook_waits import SETTLE_S, Waits


def stands(stage: CallStage, call: str = "c", link: str = "list") -> FactsLearned:
    return FactsLearned(link, call, CallFacts(stage=stage))


@pytest.mark.parametrize("stage", [CallStage.IVR, CallStage.QUEUED, CallStage.HOLD])
def test_a_wait_counts_once_it_has_lasted_and_its_end_at_once(stage: CallStage) -> None:
    waits = Waits()
    waits.hear(stands(stage), 10.0)
    assert waits.due(10.0 + SETTLE_S - 0.1) == []
    assert waits.due(10.0 + SETTLE_S) == [("c", False)]
    assert waits.waiting() == ["c"]
    assert waits.due(99.0) == []
    waits.hear(stands(CallStage.CONNECTED), 100.0)
    assert waits.due(100.0) == [("c", True)]
    assert (waits.due(101.0), waits.waiting()) == ([], [])


def test_from_the_menu_to_the_queue_is_one_wait() -> None:
    waits = Waits()
    waits.hear(stands(CallStage.IVR), 0.0)
    waits.hear(stands(CallStage.QUEUED), 1.5)
    assert waits.due(SETTLE_S) == [("c", False)]


def test_a_stage_that_flickers_pauses_nothing() -> None:
    waits, told = Waits(), []
    for second in range(20):
        waits.hear(stands(CallStage.HOLD if second % 2 else CallStage.CONNECTED), float(second))
        told += waits.due(second + 0.5)
    assert told == []


@pytest.mark.parametrize(
    ("end", "over"),
    [
        (CallEnded("list", "c"), True),
        (LinkChanged("list", "", LinkState.RETRYING), True),
        (LinkChanged("other", "", LinkState.RETRYING), False),
        (LinkChanged("list", "", LinkState.LIVE), False),
        (CallEnded("list", "another"), False),
    ],
)
def test_a_wait_whose_end_nobody_would_tell_is_over(end: SourceEvent, over: bool) -> None:
    waits = Waits()
    waits.hear(stands(CallStage.QUEUED), 0.0)
    waits.due(5.0)
    waits.hear(end, 6.0)
    assert waits.due(6.0) == ([("c", True)] if over else [])


def test_whoever_told_of_it_last_is_whose_loss_ends_it() -> None:
    waits = Waits()
    waits.hear(stands(CallStage.QUEUED, link="first"), 0.0)
    waits.hear(stands(CallStage.QUEUED, link="second"), 1.0)
    waits.due(5.0)
    waits.hear(LinkChanged("first", "", LinkState.CLOSED), 6.0)
    assert waits.waiting() == ["c"]


def test_waits_are_bounded_and_the_oldest_is_streamed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audiohook_waits, "MAX_WAITS", 2)
    waits = Waits()
    waits.hear(stands(CallStage.HOLD, "one"), 0.0)
    waits.due(5.0)
    for call in ("two", "three"):
        waits.hear(stands(CallStage.HOLD, call), 5.0)
    assert waits.due(9.0) == [("one", True), ("two", False), ("three", False)]
