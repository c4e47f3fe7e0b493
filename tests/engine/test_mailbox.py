"""What newer values replace is coalesced; what matters is never dropped."""

from __future__ import annotations

from desktop.domain.facts import CallFacts, CallPhase
from desktop.domain.insight import CallDynamics, KeywordHit, Severity
from desktop.domain.media import Party
from desktop.domain.speech import Segment, SpeechActivity, Trace
from desktop.domain.updates import (
    ActivityNoted,
    CallUpdated,
    DynamicsMeasured,
    EngineHealth,
    HitFound,
    KeywordsReplaced,
    SegmentHeard,
)
from desktop.engine.mailbox import Mailbox


def segment(number: int, revision: int, final: bool = False) -> SegmentHeard:
    return SegmentHeard(Segment("c", Party.AGENT, number, revision, "hi", 0, 9, final, "en-US", 1.0, (), Trace()))


def test_partials_are_replaced_by_the_newest_and_by_their_final() -> None:
    box = Mailbox()
    box.put(segment(1, 0))
    box.put(segment(1, 1))
    box.put(segment(1, 2, final=True))
    box.put(segment(2, 0))
    assert box.drain() == [segment(1, 2, final=True), segment(2, 0)]
    assert box.drain() == []


def test_ten_thousand_replaceable_updates_stay_a_handful() -> None:
    box = Mailbox()
    for n in range(10_000):
        box.put(EngineHealth(1, 1, 0, float(n)))
        box.put(DynamicsMeasured(CallDynamics("c", n, 0, 0, 0, 0, False, 0)))
        box.put(ActivityNoted(SpeechActivity("c", Party.AGENT, 0, n, True)))
        box.put(KeywordsReplaced(()))
    assert len(box) == 4


def test_hits_and_calls_are_all_kept_in_order() -> None:
    box = Mailbox()
    hit = HitFound(KeywordHit("c", Party.AGENT, "r", "R", Severity.INFO, 0, 1, 0, 0))
    call = CallUpdated("c", CallPhase.LIVE, CallFacts(), 0)
    for _ in range(3):
        box.put(hit)
        box.put(call)
    assert box.drain() == [hit, call] * 3
