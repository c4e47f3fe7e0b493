"""The coverage audit names each of document B's reasons for a call without sentiment, and accuses nobody too soon."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.domain.events import NoReading
from desktop.domain.facts import CallFacts, CallStage
from desktop.domain.insight import CoverageFinding, CoverageProblem
from desktop.insights import coverage
from desktop.insights.coverage import CoverageAudit

NULL, ABSENT, UNASKED = NoReading.NULL, NoReading.ABSENT, NoReading.NOT_REQUESTED
START = 1_800_000_000_000


class Floor:
    """One link's calls; time in seconds since the start."""

    def __init__(self) -> None:
        self.audit = CoverageAudit()

    def named(self, call: str, queue: str = "q", at: float = 0, stage: CallStage = CallStage.CONNECTED) -> None:
        facts = CallFacts(queue_id=queue, queue_name=queue.upper(), stage=stage)
        self.audit.facts("link", call, facts, self.ms(at))

    def scores(self, call: str, *scored: float, every: float = 10, since: float = 0) -> None:
        for number, score in enumerate(scored):
            self.audit.reading("link", call, score, self.ms(since + number * every))

    def lacks(self, call: str, why: NoReading, *at: float) -> None:
        for second in at:
            self.audit.missing("link", call, why, self.ms(second))

    def found(self, at: float) -> list[tuple[CoverageProblem, str, tuple[str, ...]]]:
        return [(f.problem, f.queue_id, f.calls) for f in self.audit.findings(self.ms(at))]

    @staticmethod
    def ms(second: float) -> int:
        return START + round(second * 1000)


@pytest.fixture
def floor() -> Floor:
    return Floor()


def test_nothing_is_found_on_a_good_floor(floor: Floor) -> None:
    floor.named("a")
    floor.scores("a", -0.5, 0.0, 0.2)
    assert floor.found(30) == []


def test_document_b_trap_field_selection_is_known_at_once(floor: Floor) -> None:
    floor.named("a")
    floor.lacks("a", UNASKED, 0)
    assert floor.found(0) == [(CoverageProblem.FIELD_NOT_REQUESTED, "", ("a",))]


def test_document_b_trap_field_left_out_of_every_call_of_the_link(floor: Floor) -> None:
    for call in "abc":
        floor.named(call)
        floor.lacks(call, ABSENT, 0, 15, 31)
    assert floor.found(31) == [(CoverageProblem.FIELD_NOT_REQUESTED, "", ("a", "b", "c"))]


def test_document_b_licence_null_on_every_call_of_the_link(floor: Floor) -> None:
    for call, queue in (("a", "q1"), ("b", "q2"), ("c", "q2")):
        floor.named(call, queue)
        floor.lacks(call, NULL, 0, 15, 31)
    assert floor.found(31) == [(CoverageProblem.NO_LICENCE, "", ("a", "b", "c"))]
    floor.scores("a", 0.1, since=40)
    assert floor.found(41) == []


def test_one_long_call_is_enough_and_a_young_one_is_not(floor: Floor) -> None:
    floor.named("a")
    floor.lacks("a", NULL, 0, 20, 45)
    assert floor.found(45) == []
    floor.lacks("a", NULL, 91)
    assert floor.found(91) == [(CoverageProblem.NO_LICENCE, "", ("a",))]


def test_a_call_just_begun_is_not_accused(floor: Floor) -> None:
    for call in "abcdef":
        floor.named(call)
        floor.lacks(call, NULL, 0, 29)
    assert floor.found(1000) == []


def test_a_call_that_nothing_was_due_from_is_not_accused(floor: Floor) -> None:
    for call in "abc":
        floor.named(call)
        floor.named(call, at=500)
    assert floor.found(1000) == []


def test_document_b_trap_policy_gap_lists_the_calls_of_the_queue_without_analysis(floor: Floor) -> None:
    floor.named("good", "analysed")
    floor.scores("good", 0.3)
    for call in ("x", "y", "z"):
        floor.named(call, "legacy")
        floor.lacks(call, NULL, 0, 10, 35)
        floor.audit.ended(call, floor.ms(36))
    (finding,) = floor.audit.findings(floor.ms(40))
    assert finding == CoverageFinding("link", "legacy", "LEGACY", CoverageProblem.POLICY_GAP, ("x", "y", "z"), 3)
    floor.scores("z", 0.4, since=41)
    assert floor.found(42) == []


def test_document_b_section_1_trap_a_custom_skill_or_legacy_policy_inside_a_queue_that_has_scores(floor: Floor) -> None:
    """The same queue, but those calls were never analysed: each of them is listed, those with scores are not."""
    for call in ("good", "better"):
        floor.named(call, "support")
        floor.scores(call, 0.3, -0.2)
    for call in ("x", "y", "z"):
        floor.named(call, "support")
        floor.lacks(call, NULL, 0, 10, 35)
    (finding,) = floor.audit.findings(floor.ms(40))
    assert finding == CoverageFinding("link", "support", "SUPPORT", CoverageProblem.POLICY_GAP, ("x", "y", "z"), 3)
    floor.scores("x", 0.1, since=41)
    floor.scores("y", 0.1, since=41)
    assert floor.found(42) == []  # one of them, and not for long
    floor.lacks("z", NULL, 91)
    assert floor.found(91) == [(CoverageProblem.POLICY_GAP, "support", ("z",))]


def test_document_b_section_1_trap_the_newest_fifty_uncovered_calls_of_a_covered_queue(floor: Floor) -> None:
    floor.named("good", "support")
    floor.scores("good", 0.3)
    for number in range(60):
        floor.named(f"call-{number}", "support")
        floor.lacks(f"call-{number}", NULL, 0, 31)
    (finding,) = floor.audit.findings(floor.ms(31))
    assert (finding.count, len(finding.calls), finding.calls[-1]) == (60, 50, "call-59")


def test_calls_just_begun_in_a_covered_queue_are_not_accused(floor: Floor) -> None:
    floor.named("good", "support")
    floor.scores("good", 0.3)
    for call in "abcdef":
        floor.named(call, "support")
        floor.lacks(call, NULL, 0, 29)
    assert floor.found(1000) == []


def test_masked_and_flat_calls_of_no_known_queue_are_not_taken_for_the_whole_link(floor: Floor) -> None:
    floor.scores("masked", 0.0)
    floor.scores("flat", *[0.0] * 7)
    floor.lacks("masked", NULL, 30, 50, 61)
    found = floor.audit.findings(floor.ms(62))
    assert {finding.problem for finding in found} == {CoverageProblem.LANGUAGE_MISMATCH, CoverageProblem.MASKING}
    assert {(finding.queue_id, finding.queue_name) for finding in found} == {("", "Unknown queue")}


def test_a_queue_of_unknown_name_and_calls_without_a_queue(floor: Floor) -> None:
    floor.named("good", "analysed")
    floor.scores("good", 0.3)
    floor.lacks("x", NULL, 0, 95)
    (finding,) = floor.audit.findings(floor.ms(96))
    assert finding == CoverageFinding("link", "", "Unknown queue", CoverageProblem.POLICY_GAP, ("x",), 1)
    floor.audit.facts("link", "x", CallFacts(queue_id="legacy"), floor.ms(96))
    (finding,) = floor.audit.findings(floor.ms(96))
    assert (finding.queue_id, finding.queue_name) == ("legacy", "")


def test_document_b_edge_case_1_language_mismatch_is_flat_zero_for_a_minute(floor: Floor) -> None:
    floor.named("a", "spanish")
    floor.named("b", "spanish")
    floor.scores("a", 0.0, 0.0, 0.0, every=20)
    floor.scores("b", 0.0, 0.0, every=5, since=50)
    assert floor.found(60) == []  # five readings
    floor.scores("b", 0.0, since=61)
    assert floor.found(61) == [(CoverageProblem.LANGUAGE_MISMATCH, "spanish", ("a", "b"))]
    floor.scores("a", 0.01, since=62)
    assert floor.found(63) == []


def test_six_zeros_in_less_than_a_minute_are_no_mismatch(floor: Floor) -> None:
    floor.named("a")
    floor.scores("a", *[0.0] * 12, every=5)
    assert floor.found(58) == []


def test_a_calm_stretch_of_a_queue_that_had_other_scores_is_no_mismatch(floor: Floor) -> None:
    floor.named("a")
    floor.scores("a", 0.4)
    floor.scores("a", *[0.0] * 20, every=10, since=10)
    assert floor.found(210) == []


def test_a_model_that_broke_is_found_half_an_hour_later(floor: Floor) -> None:
    floor.named("a")
    floor.scores("a", 0.4)
    floor.scores("a", *[0.0] * 20, every=100, since=10)
    assert floor.found(1911) == [(CoverageProblem.LANGUAGE_MISMATCH, "q", ("a",))]


def test_document_b_edge_case_3_masking_scores_vanish_while_the_call_goes_on(floor: Floor) -> None:
    floor.named("a", "payments")
    floor.scores("a", -0.3, -0.4)
    floor.lacks("a", NULL, 30, 50, 69)
    assert floor.found(69) == []
    floor.lacks("a", NULL, 70)
    assert floor.found(70) == [(CoverageProblem.MASKING, "payments", ("a",))]
    floor.scores("a", -0.3, since=75)
    assert floor.found(76) == []


def test_a_few_changes_of_state_without_a_score_are_no_masking(floor: Floor) -> None:
    floor.named("a")
    floor.scores("a", -0.3)
    floor.lacks("a", ABSENT, 80, 90)
    assert floor.found(91) == []


def test_a_call_that_ended_is_not_masked(floor: Floor) -> None:
    floor.named("a")
    floor.scores("a", -0.3)
    floor.lacks("a", NULL, 30, 50, 70)
    floor.audit.ended("a", floor.ms(71))
    floor.audit.ended("a", floor.ms(72))
    floor.audit.ended("stranger", floor.ms(72))
    assert floor.found(73) == []


@pytest.mark.parametrize("stage", [CallStage.HOLD, CallStage.WRAP_UP])
def test_time_on_hold_does_not_count(floor: Floor, stage: CallStage) -> None:
    floor.named("a")
    floor.scores("a", -0.3)
    floor.named("a", at=5, stage=stage)
    floor.named("a", at=200)
    floor.lacks("a", NULL, 200, 210, 220)
    assert floor.found(221) == []


def test_links_are_judged_apart_and_forgotten_apart(floor: Floor) -> None:
    floor.lacks("a", UNASKED, 0)
    floor.audit.reading("other", "b", 0.5, floor.ms(0))
    floor.audit.missing("third", "c", UNASKED, floor.ms(0))
    assert [f.link for f in floor.audit.findings(floor.ms(1))] == ["link", "third"]
    floor.audit.forget_link("link")
    assert [f.link for f in floor.audit.findings(floor.ms(1))] == ["third"]


def test_what_ended_long_ago_no_longer_counts(floor: Floor) -> None:
    floor.lacks("a", UNASKED, 0)
    floor.audit.ended("a", floor.ms(1))
    assert floor.found(1800) != []
    assert floor.found(1803) == []
    assert len(floor.audit) == 0


def test_the_newest_fifty_are_listed_and_all_are_counted(floor: Floor) -> None:
    for number in range(70):
        floor.lacks(f"call-{number}", UNASKED, 0)
    (finding,) = floor.audit.findings(floor.ms(1))
    assert finding.count == 70
    assert len(finding.calls) == 50
    assert finding.calls[-1] == "call-69"


def test_memory_is_bounded(floor: Floor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(coverage, "MOST_CALLS", 5)
    monkeypatch.setattr(coverage, "MOST_QUEUES", 2)
    for number in range(20):
        floor.named(f"call-{number}", f"queue-{number}")
        floor.scores(f"call-{number}", 0.0)
    assert len(floor.audit) == 5
    for number in range(20):
        floor.named(f"flat-{number}", "one")
        floor.scores(f"flat-{number}", 0.0, since=number * 10)
    ((problem, queue, calls),) = floor.found(200)
    assert (problem, queue, len(calls)) == (CoverageProblem.LANGUAGE_MISMATCH, "one", 5)


ACTS = st.tuples(
    st.sampled_from(["facts", "reading", "missing", "ended", "forget"]),
    st.sampled_from("ab"),
    st.sampled_from("xyz"),
    st.sampled_from([-1.0, -0.1, 0.0, 0.5]),
    st.sampled_from(list(NoReading)),
    st.integers(0, 40_000),
)


@given(st.lists(ACTS, max_size=60))
def test_whatever_happens_findings_name_calls_that_are_known_once_each(acts: list[tuple[str, ...]]) -> None:
    audit, now_ms = CoverageAudit(), START
    told: dict[str, set[str]] = {"a": set(), "b": set()}
    for act, link, call, score, why, step in acts:
        now_ms += int(step)
        match act:
            case "facts":
                audit.facts(link, call, CallFacts(queue_id=call), now_ms)
            case "reading":
                audit.reading(link, call, float(score), now_ms)
            case "missing":
                assert isinstance(why, NoReading)
                audit.missing(link, call, why, now_ms)
            case "ended":
                audit.ended(call, now_ms)
            case _:
                audit.forget_link(link)
                told[link].clear()
        if act in ("facts", "reading", "missing"):
            told[link].add(call)
        for finding in audit.findings(now_ms):
            assert set(finding.calls) <= told[finding.link]
            assert len(set(finding.calls)) == len(finding.calls) == finding.count
