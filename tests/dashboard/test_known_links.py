"""Connections: state, drops, outages, regions, findings; sign-ins and the coverage audit replace each other."""

from __future__ import annotations

from desktop.dashboard import links
from desktop.dashboard.state import FloorState, apply_all
from desktop.domain.events import Complaint, LinkState, Measure, PeerComplaint
from desktop.domain.facts import CallFacts, CallPhase
from desktop.domain.finding import Level, Remedy
from desktop.domain.insight import CoverageFinding, CoverageProblem
from desktop.domain.intents import Join
from desktop.domain.sign_in import SignInState
from desktop.domain.updates import (
    CallUpdated,
    Complained,
    CoverageAudited,
    JoinAnswered,
    LinkForgotten,
    LinkTimed,
    SignInForgotten,
)
from tests.dashboard.builders import seen
from tests.dashboard.link_builders import at, finding, is_a, known, signed, view

LIVE, RETRYING, REFUSED = LinkState.LIVE, LinkState.RETRYING, LinkState.REFUSED
CONNECTING, CLOSED = LinkState.CONNECTING, LinkState.CLOSED


def test_a_link_is_described_before_it_connects() -> None:
    found = view(is_a())
    assert (found.kind, found.organisation) == ("Bot events socket", "Acme")
    assert (found.state, found.region, found.change) == (CONNECTING, "", None)


def test_since_counts_from_the_change_not_from_its_repetition() -> None:
    found = view(at(1, CONNECTING), at(5, LIVE), at(9, LIVE))
    assert found.since_ms == 5_000
    again = view(at(5, LIVE), at(20, RETRYING, retry_in_s=1.0), at(22, RETRYING, retry_in_s=2.5))
    assert (again.since_ms, again.retry_at_ms) == (20_000, 24_500)
    assert view(at(5, LIVE)).retry_at_ms is None


def test_a_drop_is_live_and_then_not_unless_closed_on_purpose() -> None:
    assert view(at(1, CONNECTING), at(2, RETRYING), at(3, LIVE)).monitor.drop_count == 0
    assert view(at(1, LIVE), at(2, CLOSED)).monitor.drop_count == 0
    for lost in (RETRYING, REFUSED, CONNECTING):
        assert view(at(1, LIVE), at(2, lost), at(3, RETRYING), at(4, LIVE)).monitor.drop_count == 1


def test_an_outage_lasts_until_the_link_is_live_or_closed() -> None:
    found = view(at(1, LIVE), at(2, RETRYING), at(5, CONNECTING), at(6, RETRYING), at(9, LIVE))
    assert [(o.began_ms, o.ended_ms) for o in found.outages] == [(2_000, 9_000)]
    first = view(at(1, CONNECTING), at(2, REFUSED), at(3, CLOSED), at(4, CONNECTING))
    assert [(o.began_ms, o.ended_ms) for o in first.outages] == [(2_000, 3_000)]
    assert view(at(1, LIVE), at(7, REFUSED)).outages[0].ended_ms is None


def test_what_never_was_live_is_known() -> None:
    assert not view(at(1, CONNECTING), at(2, RETRYING), at(3, CONNECTING)).was_live
    assert view(at(1, LIVE), at(2, RETRYING), at(3, CONNECTING)).was_live


def test_what_a_connection_brings_and_whether_it_is_down() -> None:
    def brings(kind: str) -> tuple[bool, bool]:
        found = view(is_a(kind=kind))
        return found.brings_calls, found.brings_words

    assert brings("Genesys Cloud live list and transcription") == (True, True)
    assert brings("Real-time analytics socket") == (True, False)
    assert brings("Bot events socket") == (False, False)
    assert [view(at(1, state)).down for state in (LIVE, CONNECTING, RETRYING, REFUSED, CLOSED)] == [
        False, False, True, True, False,
    ]  # fmt: skip
    assert not view(is_a()).signed_out
    assert not view(at(1, REFUSED)).signed_out
    assert view(at(1, REFUSED, action=Remedy.SIGN_IN)).signed_out


def test_a_clock_that_was_set_back_ends_no_outage_before_it_began() -> None:
    found = view(at(1, LIVE), at(9, RETRYING), at(4, LIVE))
    assert (found.outages[0].began_ms, found.outages[0].ended_ms) == (9_000, 9_000)


def test_document_a_failover_keeps_the_state_of_every_region() -> None:
    found = view(at(1, LIVE), at(5, RETRYING), at(8, CONNECTING, region="us"), at(9, LIVE, region="us"))
    assert {name: seen.state for name, seen in found.regions.items()} == {"eu": RETRYING, "us": LIVE}
    assert list(found.regions) == ["eu", "us"]
    assert found.region == "us"
    back = view(at(1, LIVE), at(2, LIVE, region="us"), at(3, LIVE))
    assert list(back.regions) == ["us", "eu"]
    assert back.regions["eu"].since_ms == 1_000
    assert view(at(1, LIVE, region="")).regions == {}


def test_durations_are_kept_apart_by_measure() -> None:
    found = view(LinkTimed("l1", Measure.ROUND_TRIP, 40.0, 1_000), LinkTimed("l1", Measure.ENGINE, 700.0, 1_000))
    assert (found.monitor.latest(), found.monitor.latest(Measure.ENGINE)) == (40.0, 700.0)
    assert found.monitor.slow == (Measure.ENGINE,)


def test_a_finding_replaces_the_one_with_the_same_subject_and_old_ones_go() -> None:
    found = view(finding(Level.FAIL), finding(Level.PASS), finding(Level.WARN, "Other"))
    assert {name: each.level for name, each in found.findings.items()} == {"Topics": Level.PASS, "Other": Level.WARN}
    many = view(*(finding(Level.PASS, f"s{n}") for n in range(links.FINDINGS_KEPT + 2)))
    assert len(many.findings) == links.FINDINGS_KEPT
    assert "s1" not in many.findings


def test_what_was_removed_is_forgotten() -> None:
    found = known([at(1, LIVE), is_a(), LinkForgotten("l1"), LinkForgotten("stranger")])
    assert (found.links, found.link_views) == ({}, {})
    found = known([signed(SignInState.SIGNED_IN), SignInForgotten("Acme"), SignInForgotten("stranger")])
    assert found.sign_ins == {}


def test_the_floor_says_that_connections_changed() -> None:
    state = FloorState()
    gaps = (CoverageFinding("l1", "q", "Billing", CoverageProblem.MASKING, (), 3),)
    for update in (
        at(1, LIVE),
        is_a(),
        LinkTimed("l1", Measure.ROUND_TRIP, 1.0, 1),
        finding(Level.WARN),
        CoverageAudited(gaps),
        signed(SignInState.SIGNED_OUT),
        LinkForgotten("l2"),
        SignInForgotten("Other"),
    ):
        assert apply_all(state, [update]).links, update
    assert state.coverage == gaps
    assert state.links["l1"].state is LIVE
    assert state.sign_ins["Acme"].state is SignInState.SIGNED_OUT


def test_complaints_are_counted_for_links_that_are_known() -> None:
    state = FloorState()
    complaints = [Complained(PeerComplaint(name, Complaint.BAD_MESSAGE, "x")) for name in ("l1", "l1", "stranger")]
    apply_all(state, [at(1, LIVE), *complaints])
    assert state.link_views["l1"].complaints == 2
    assert set(state.link_views) == {"l1"}


def test_the_last_answer_to_joining_stays_with_its_call() -> None:
    state = FloorState()
    no = JoinAnswered("c", Join.COACH, False, "no permission")
    changes = apply_all(state, [seen("c"), no, JoinAnswered("stranger", Join.MONITOR, True, "")])
    assert state.joins == {"c": no}
    assert changes.calls == {"c"}
    yes = JoinAnswered("c", Join.MONITOR, True, "")
    apply_all(state, [yes])
    assert state.joins == {"c": yes}


def test_an_answer_goes_with_its_call() -> None:
    from desktop.dashboard.state import ENDED_KEPT
    from desktop.domain.updates import CallRemoved

    state = FloorState()
    apply_all(state, [seen("c"), JoinAnswered("c", Join.MONITOR, True, ""), CallRemoved("c")])
    for number in range(ENDED_KEPT):
        name = f"x{number}"
        over = CallUpdated(name, CallPhase.CLOSED, CallFacts(), 1)
        apply_all(state, [seen(name), over, CallRemoved(name)])
    assert state.joins == {}
