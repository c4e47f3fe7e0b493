"""What conversation events mean for calls: document B section 3's race, late, duplicate and disordered events."""

from __future__ import annotations

from typing import Any

import pytest

from desktop.domain.events import (
    CallEnded,
    Complaint,
    FactsLearned,
    NoReading,
    PeerComplaint,
    ReadingArrived,
    ReadingMissing,
    SourceEvent,
)
from desktop.domain.finding import Level
from desktop.domain.media import Party
from desktop.protocols.analytics_event import read_event
from desktop.sources import analytics_calls
from desktop.sources.analytics_calls import AnalyticsCalls
from desktop.sources.analytics_fields import LEFT_OUT_AFTER, FieldCheck


class Floor:
    """Events in, short words out."""

    def __init__(self, asks_score: bool = True) -> None:
        self.calls = AnalyticsCalls("link", asks_score)
        self.now_s = 100.0
        self.last: list[SourceEvent] = []

    def tell(
        self,
        state: str | None = "connected",
        score: Any = ...,
        call: str | None = "c",
        *,
        more: Any = None,
        agent: str = "a-1",
    ) -> list[str]:
        body: dict[str, Any] = {"conversationId": call, "agentId": agent, "state": state, **(more or {})}
        if score is not ...:
            body["sentiment"] = {"score": score}
        self.last = self.calls.take(read_event(body), self.now_s)
        return [word(event) for event in self.last]


def word(event: SourceEvent) -> str:
    match event:
        case FactsLearned(facts=facts):
            return facts.stage.value
        case ReadingArrived(score=score):
            return f"{score:g}"
        case ReadingMissing(why=why):
            return why.value
        case CallEnded(reason=reason):
            return reason
        case PeerComplaint(what=what):
            return what.value
        case _:
            raise AssertionError(event)


@pytest.fixture
def floor() -> Floor:
    return Floor()


def test_a_call_is_named_and_read(floor: Floor) -> None:
    assert floor.tell(score=-0.4, more={"queueId": "q", "direction": "inbound"}) == ["connected", "-0.4"]
    facts, reading = floor.last
    assert isinstance(facts, FactsLearned)
    assert (facts.link, facts.call, facts.facts.agent_id, facts.facts.queue_id) == ("link", "c", "a-1", "q")
    assert reading == ReadingArrived("link", "c", Party.MIXED, -0.4, "negative", "a-1")


def test_labels_are_handed_over_when_they_change_and_once_a_minute(floor: Floor) -> None:
    assert floor.tell(score=0.1) == ["connected", "0.1"]
    assert floor.tell(score=0.1) == ["0.1"]
    assert floor.tell("hold") == ["hold"]
    assert floor.tell(None, score=0.3) == ["0.3"]  # no state: still on hold
    floor.now_s += 61
    assert floor.tell(None, score=0.3) == ["hold", "0.3"]


def test_why_a_score_is_missing(floor: Floor) -> None:
    assert floor.tell() == ["connected", "absent"]
    assert floor.tell(score=None) == ["null"]
    assert Floor(asks_score=False).tell() == ["connected", "not requested"]


@pytest.mark.parametrize("state", ["hold", "wrapup", "ended", "disconnected", "alerting"])
def test_nothing_is_missed_while_nobody_speaks(floor: Floor, state: str) -> None:
    floor.tell(score=0.0)
    assert "absent" not in floor.tell(state)


def test_a_ringing_call_waits_until_it_is_answered(floor: Floor) -> None:
    assert floor.tell("alerting", more={"queueName": "Support"}) == []
    assert floor.calls.live == ()
    assert floor.tell("connected", score=0.0) == ["connected", "0"]
    facts = floor.last[0]
    assert isinstance(facts, FactsLearned)
    assert facts.facts.queue_name == "Support"


def test_a_call_nobody_answered_ends(floor: Floor) -> None:
    assert floor.tell("alerting") == []
    assert floor.tell("disconnected") == ["ended"]


@pytest.mark.parametrize("state", ["ended", "wrapup", "disconnected"])
def test_document_b_section_3_race_a_score_after_the_end_still_arrives(floor: Floor, state: str) -> None:
    floor.tell(score=-0.2)
    assert floor.tell(state)[-1] == ("wrapup" if state == "wrapup" else "ended")
    floor.now_s += 4.9
    assert floor.tell(state, score=-0.9) == ["-0.9"]
    assert floor.tell("connected") == ([] if state != "wrapup" else ["connected", "absent"])


def test_a_last_score_in_the_same_event_as_the_end_comes_first(floor: Floor) -> None:
    floor.tell(score=0.0)
    assert floor.tell("ended", score=-0.9) == ["-0.9", "ended"]


def test_an_end_is_told_once_and_nothing_brings_the_call_back(floor: Floor) -> None:
    floor.tell(score=0.0)
    assert floor.tell("ended") == ["ended"]
    assert floor.tell("ended") == []
    assert floor.tell("connected") == []
    assert floor.tell("alerting") == []
    assert floor.calls.live == ()


def test_an_unknown_call_that_ended_is_not_begun(floor: Floor) -> None:
    assert floor.tell("ended", score=-0.5) == ["-0.5", "ended"]


def test_wrap_up_is_a_stage_and_ended_the_end(floor: Floor) -> None:
    floor.tell(score=0.0)
    assert floor.tell("wrapup") == ["wrapup"]
    assert floor.calls.live == ("c",)
    assert floor.tell("ended") == ["ended"]


@pytest.mark.parametrize(
    "told", [{"eventId": "e"}, {"eventTime": "2026-11-20T10:00:00Z"}, {"sequence": 4}, {"eventId": 7, "sequence": 1}]
)
def test_duplicates_count_once(floor: Floor, told: dict[str, Any]) -> None:
    assert floor.tell(score=-0.5, more=told) == ["connected", "-0.5"]
    assert floor.tell(score=-0.5, more=told) == []


def test_without_any_mark_equal_events_are_two_readings(floor: Floor) -> None:
    floor.tell(score=-0.5)
    assert floor.tell(score=-0.5) == ["-0.5"]


@pytest.mark.parametrize("mark", ["sequence", "eventTime"])
def test_an_event_that_was_overtaken_is_read_but_labels_nothing(floor: Floor, mark: str) -> None:
    first, second, third, fourth = ({mark: 1_795_168_800 + number} for number in range(4))
    floor.tell(score=0.5, more=first)
    floor.tell("hold", more=third)
    assert floor.tell("connected", score=-0.5, more=second) == ["-0.5"]
    assert floor.tell("connected", more=second) == []
    assert floor.tell(None, score=0.1, more=fourth) == ["0.1"]


def test_an_overtaken_end_still_ends(floor: Floor) -> None:
    floor.tell(score=0.5, more={"sequence": 5})
    assert floor.tell("ended", more={"sequence": 4}) == ["ended"]


def test_a_transfer_belongs_to_the_agent_who_has_the_call(floor: Floor) -> None:
    floor.tell(score=0.0)
    assert floor.tell("transfer", score=0.0) == ["transfer", "0"]
    assert floor.tell("alerting", agent="a-2") == []
    assert floor.tell("connected", score=0.0, agent="a-2") == ["connected", "0"]
    assert floor.tell("wrapup", agent="a-1") == []
    assert floor.tell("disconnected", agent="a-1") == []
    assert floor.tell("disconnected", score=-0.1, agent="a-1") == ["-0.1"]
    assert floor.calls.live == ("c",)
    assert floor.tell("disconnected", agent="a-2") == ["ended"]


def test_bad_scores_are_complaints_and_the_rest_of_the_event_counts(floor: Floor) -> None:
    assert floor.tell("hold", score=-62) == ["hold", "bad reading"]
    complaint = floor.last[1]
    assert isinstance(complaint, PeerComplaint)
    assert (complaint.what, complaint.call) == (Complaint.BAD_READING, "c")
    assert "$.sentiment.score" in complaint.detail


def test_a_label_against_its_score_is_complained_about_once(floor: Floor) -> None:
    both = {"sentiment": {"score": -0.8, "label": "positive"}}
    assert floor.tell(more=both) == ["connected", "-0.8", "bad reading"]
    assert floor.tell(more=both) == ["-0.8"]
    reading = floor.last[0]
    assert isinstance(reading, ReadingArrived)
    assert reading.label == "negative"


def test_events_that_name_an_agent_only_belong_to_the_agents_call(floor: Floor) -> None:
    assert floor.tell(score=-0.1, call=None) == ["connected", "-0.1"]
    assert "agent-a-1-1" in floor.calls.live
    assert floor.tell("ended", call=None) == ["ended"]
    floor.now_s += 4
    assert floor.tell("ended", score=-0.2, call=None) == ["-0.2"]
    floor.now_s += 2
    assert floor.tell(score=0.2, call=None) == ["connected", "0.2"]
    assert floor.calls.live[-1] == "agent-a-1-2"
    floor.tell(score=0.2, call="named", agent="a-9")
    assert floor.tell(score=0.3, call=None, agent="a-9") == ["0.3"]
    floor.tell(call="named", agent="a-8")
    assert floor.tell(score=0.3, call=None, agent="a-9") == ["connected", "0.3"]


def test_after_a_loss_every_live_call_is_doubtful_until_it_shows_itself(floor: Floor) -> None:
    for call in "abcd":
        floor.tell(score=0.0, call=call)
    floor.tell("ended", call="d")
    floor.calls.doubt()
    assert list(floor.calls.doubtful) == ["a", "b", "c"]
    floor.tell(None, score=0.0, call="a")
    floor.calls.confirm("b")
    floor.calls.confirm("nobody")
    assert list(floor.calls.doubtful) == ["c"]
    assert floor.calls.gone("a", 1.0) == []
    assert floor.calls.gone("nobody", 1.0) == []
    assert floor.calls.gone("c", 1.0) == [CallEnded("link", "c", "ended while disconnected")]
    assert not floor.calls.doubtful
    assert floor.calls.live == ("a", "b")


def test_memory_is_bounded_and_ended_calls_go_first(floor: Floor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(analytics_calls, "MOST_CALLS", 3)
    for call in "abc":
        floor.tell(score=0.0, call=call)
    floor.tell("ended", call="b")
    floor.tell(score=0.0, call="d")
    assert floor.calls.live == ("a", "c", "d")
    for number in range(50):
        floor.tell(score=0.0, call=f"n{number}", agent=f"a{number}")
        assert len(floor.calls) <= 3
    floor.tell("ended", call="n49")
    floor.now_s += analytics_calls.ENDED_FOR_S + 1
    floor.tell(score=0.0, call="new")
    assert len(floor.calls) == 3
    assert floor.calls.live == ("n47", "n48", "new")


def missing(why: NoReading) -> ReadingMissing:
    return ReadingMissing("link", "c", why)


def test_a_connection_that_asks_for_the_documents_fields_is_fine() -> None:
    check = FieldCheck(("sentiment.score", "sentiment.label", "state"))
    assert check.asks_score
    assert check.asked().level is Level.PASS


@pytest.mark.parametrize(
    ("fields", "named", "asks"),
    [(("state",), "sentiment.score", False), (("sentiment.score",), "state", True), (("x",), "and state", False)],
)
def test_document_b_trap_field_selection_is_said_before_anybody_wonders(
    fields: tuple[str, ...], named: str, asks: bool
) -> None:
    check = FieldCheck(fields)
    assert check.asks_score is asks
    assert check.asked().level is Level.WARN
    assert named in check.asked().remedy


def test_a_platform_that_leaves_the_field_out_is_named_until_it_comes() -> None:
    check = FieldCheck(("sentiment.score", "state"))
    found = [check.hear(missing(NoReading.ABSENT)) for _ in range(LEFT_OUT_AFTER + 5)]
    (finding,) = [each for each in found if each is not None]
    assert finding.level is Level.WARN
    assert "leaves it out" in finding.text
    assert check.hear(missing(NoReading.NULL)) is None
    fine = check.hear(ReadingArrived("link", "c", Party.MIXED, 0.0, "neutral"))
    assert fine is not None
    assert fine.level is Level.PASS
    assert check.hear(ReadingArrived("link", "c", Party.MIXED, 0.0, "neutral")) is None
    assert all(check.hear(missing(NoReading.ABSENT)) is None for _ in range(LEFT_OUT_AFTER + 5))
