"""Updates become what the screen knows; every window is bounded; what is gone stays gone."""

from __future__ import annotations

from dataclasses import replace

from desktop.dashboard import sentences
from desktop.dashboard import state as floor_state
from desktop.dashboard.call_view import SEGMENTS_KEPT, Hush
from desktop.dashboard.curves import spark, spark_span, talk_over
from desktop.dashboard.state import ALERTS_KEPT, ENDED_KEPT, FloorState, apply_all
from desktop.domain.alert import AlertState
from desktop.domain.events import AudioGap, Complaint, LinkState, PauseReason, PeerComplaint
from desktop.domain.facts import CallFacts, CallPhase
from desktop.domain.insight import KeywordRule, Severity
from desktop.domain.media import Party
from desktop.domain.updates import (
    ActivityNoted,
    AlertChanged,
    CallRemoved,
    CallUpdated,
    Complained,
    DynamicsMeasured,
    EngineHealth,
    HitFound,
    KeywordsReplaced,
    LinkUpdated,
    PauseNoted,
    ReadingMade,
    SegmentHeard,
    SoundLost,
    Update,
)
from tests.dashboard.builders import alert, dynamics, floor, hit, link, over, reading, seen, segment, spoke, view


def test_a_call_appears_is_labelled_and_ends() -> None:
    state, changes = floor([seen("a", CallPhase.GRACE, agent_name="")])
    assert changes.listing
    assert changes.calls == {"a"}
    changes = apply_all(state, [seen("a", agent_name="Kim")])
    assert not changes.listing
    assert state.calls["a"].facts.agent_name == "Kim"
    assert (state.calls_seen, state.calls_ended, len(state.live)) == (1, 0, 1)
    assert apply_all(state, [over("a")]).listing
    ended = state.calls["a"]
    assert (ended.end_reason, ended.ended_ms, ended.over) == ("ended", 61_000, True)
    assert (state.calls_ended, state.live) == (1, [])
    assert not apply_all(state, [over("a")]).listing
    assert state.calls_ended == 1


def test_an_end_time_that_comes_late_still_stops_the_clock() -> None:
    state, _ = floor([seen("a"), over("a", ended=None), over("a", ended=31_000)])
    assert state.calls["a"].duration_ms(10**9) == 30_000


def test_a_removed_call_stays_readable_until_enough_others_ended() -> None:
    state, _ = floor([seen("a"), SegmentHeard(segment(call="a")), SegmentHeard(segment(2, call="a", final=False))])
    changes = apply_all(state, [over("a"), CallRemoved("a")])
    assert changes.listing
    assert state.calls["a"].phase is CallPhase.CLOSED
    assert state.calls["a"].segments
    assert not state.calls["a"].partials
    for number in range(ENDED_KEPT):
        apply_all(state, [seen(f"x{number}"), over(f"x{number}"), CallRemoved(f"x{number}")])
    assert "a" not in state.calls
    assert len(state.calls) == ENDED_KEPT


def test_removing_twice_or_a_stranger_changes_nothing() -> None:
    state, _ = floor([seen("a"), over("a"), CallRemoved("a")])
    assert not apply_all(state, [CallRemoved("a"), CallRemoved("nobody")]).listing
    assert list(state.ended) == ["a"]


def test_a_call_that_vanishes_without_an_end_counts_as_ended_where_it_was_last_heard() -> None:
    state, _ = floor([seen("a"), SegmentHeard(segment(end=20_000, call="a")), CallRemoved("a")])
    assert state.calls_ended == 1
    assert state.calls["a"].duration_ms(10**9) == 20_000
    other, _ = floor([seen("a", started_at_ms=5_000, at=1_000), CallRemoved("a")])
    assert other.calls["a"].duration_ms(10**9) == 0


def test_an_id_that_comes_back_is_a_new_call_and_is_not_dropped_as_an_old_one() -> None:
    state, _ = floor([seen("a"), SegmentHeard(segment(call="a")), over("a"), CallRemoved("a"), seen("a")])
    assert (state.calls_seen, len(state.calls["a"].segments)) == (2, 0)
    for number in range(ENDED_KEPT + 1):
        apply_all(state, [seen(f"x{number}"), over(f"x{number}"), CallRemoved(f"x{number}")])
    assert "a" in state.calls


def test_a_closed_phase_said_twice_keeps_the_words() -> None:
    closed = CallUpdated("a", CallPhase.CLOSED, CallFacts(), 1_000, "ended", 9_000)
    state, _ = floor([seen("a"), SegmentHeard(segment(call="a")), closed, closed])
    assert (state.calls_seen, state.calls_ended, len(state.calls["a"].segments)) == (1, 1, 1)


def test_a_closed_call_that_reopens_before_it_was_removed_is_new() -> None:
    state, _ = floor([seen("a"), CallUpdated("a", CallPhase.CLOSED, CallFacts(), 1_000), seen("a")])
    assert state.calls_seen == 2
    assert not state.calls["a"].over


def test_everything_about_an_unknown_call_is_ignored() -> None:
    updates: list[Update] = [
        SegmentHeard(segment()),
        ReadingMade(reading(0.1)),
        HitFound(hit(0, 0)),
        ActivityNoted(spoke(0, 10)),
        DynamicsMeasured(dynamics()),
        SoundLost(AudioGap("c", Party.AGENT, 0, 10.0, "lost")),
    ]
    state, changes = floor(updates)
    assert (state.calls, changes.calls, state.hits, state.readings) == ({}, set(), 0, 0)


def test_partials_replace_each_other_and_finals_stand_in_order_of_speech() -> None:
    customer = segment(3, "later words", 5_000)
    agent = segment(7, "earlier words", 2_000, party=Party.AGENT)
    found = view([SegmentHeard(segment(3, "later", 5_000, final=False)), SegmentHeard(customer), SegmentHeard(agent)])
    assert [s.text for s in found.segments] == ["earlier words", "later words"]
    assert not found.partials
    assert found.position_ms == 6_000


def test_a_final_leaves_the_partial_of_a_later_utterance() -> None:
    found = view([SegmentHeard(segment(4, "new", 9_000, final=False)), SegmentHeard(segment(3, "old", 1_000))])
    assert found.partials[Party.CUSTOMER].text == "new"


def test_a_partial_that_comes_after_its_final_is_not_shown_again() -> None:
    found = view([SegmentHeard(segment(3, "all of it", 0)), SegmentHeard(segment(3, "all", 0, final=False))])
    assert not found.partials


def test_a_final_without_words_takes_its_partials_back_and_leaves_nothing() -> None:
    state, _ = floor([seen(), SegmentHeard(segment(1, "ah", final=False)), SegmentHeard(segment(1, ""))])
    shown = state.calls["c"]
    assert (list(shown.segments), shown.partials, state.segments_final) == ([], {}, 0)


def test_segments_are_bounded_even_when_an_old_one_comes_late() -> None:
    updates = [SegmentHeard(segment(n, start=n * 10)) for n in range(1, SEGMENTS_KEPT + 2)]
    found = view([*updates, SegmentHeard(segment(9_999, start=0))])
    assert len(found.segments) == SEGMENTS_KEPT
    assert found.segments[0].start_ms == 20


def test_readings_hits_and_dynamics() -> None:
    state, _ = floor([seen("c"), ReadingMade(reading(-0.2)), DynamicsMeasured(dynamics(at=9_000))])
    apply_all(state, [HitFound(hit(0, 0, at=1)), HitFound(hit(1, 1, at=2))])
    found = state.calls["c"]
    assert found.mood == -0.2
    assert found.position_ms == 9_000
    assert (found.chips["cancellation"].count, found.chips["cancellation"].last_ms) == (2, 2)
    assert (state.hits, state.hits_by_label["Cancellation"], state.readings) == (2, 2, 1)


def test_an_open_stretch_is_replaced_and_talk_over_is_where_both_spoke() -> None:
    agent = [spoke(0, 4_000, Party.AGENT), spoke(6_000, 9_000, Party.AGENT), spoke(20_000, 21_000, Party.AGENT)]
    customer = [spoke(3_000, 3_500, still=True), spoke(3_000, 7_000), spoke(9_000, 9_500)]
    found = view([ActivityNoted(a) for a in (*agent, *customer)])
    assert len(found.lanes[Party.CUSTOMER]) == 2
    assert talk_over(found) == [(3_000, 4_000), (6_000, 7_000)]
    assert talk_over(view()) == []


def test_alerts_open_change_and_resolve() -> None:
    state, changes = floor([seen("c"), AlertChanged(alert(1)), AlertChanged(alert(2, call="stranger"))])
    assert [a.alert_id for a in changes.alerts] == [1, 2]
    assert [v.call for v in state.at_risk] == ["c"]
    assert state.unseen_alerts == 2
    apply_all(state, [AlertChanged(alert(1, acknowledged=True))])
    assert state.unseen_alerts == 1
    apply_all(state, [AlertChanged(alert(1, state=AlertState.RESOLVED))])
    assert state.at_risk == []
    assert apply_all(state, [AlertChanged(alert(1, state=AlertState.RESOLVED))]).alerts


def test_alerts_are_bounded_oldest_first() -> None:
    state, _ = floor([AlertChanged(alert(n)) for n in range(ALERTS_KEPT + 3)])
    assert len(state.alerts) == ALERTS_KEPT
    assert next(iter(state.alerts)) == 3


def test_a_lost_connection_marks_its_own_calls() -> None:
    mine = CallUpdated("c", CallPhase.LIVE, CallFacts(), 0, link="l1")
    other = CallUpdated("d", CallPhase.LIVE, CallFacts(), 0, link="l2")
    state, changes = floor([mine, other, LinkUpdated(link(LinkState.RETRYING, "l1"))])
    assert [state.calls[c].connected for c in "cd"] == [False, True]
    assert sentences.freshness(state.calls["c"]) == "not heard: connection lost"
    assert sentences.freshness(state.calls["d"]) == ""
    assert "c" in changes.calls
    apply_all(state, [LinkUpdated(link(LinkState.LIVE, "l1"))])
    assert state.calls["c"].connected


def test_a_call_that_another_connection_brings_on_is_heard_again() -> None:
    call = replace(seen("c"), link="l1")
    state, _ = floor([LinkUpdated(link()), LinkUpdated(link(name="l2")), call, LinkUpdated(link(LinkState.RETRYING))])
    assert not state.calls["c"].connected
    apply_all(state, [replace(call, link="l2")])
    assert state.calls["c"].connected
    apply_all(state, [replace(call, link="l1")])
    assert not state.calls["c"].connected


def test_a_reading_moves_the_call_on_where_nothing_else_does() -> None:
    scores = [ReadingMade(reading(0.1, at=at)) for at in (30_000, 90_000, 150_000)]
    state, _ = floor([seen("c"), *scores])
    assert state.calls["c"].position_ms == 150_000
    span = spark_span(state)
    assert span == 300_000
    places = [round(x, 2) for x, _ in spark(state.calls["c"], Party.CUSTOMER, span)]
    assert places == [0.6, 0.8, 1.0]


def test_open_alerts_are_not_pushed_out_by_resolved_ones() -> None:
    resolved = [AlertChanged(alert(n, state=AlertState.RESOLVED)) for n in range(1, ALERTS_KEPT + 10)]
    state, _ = floor([AlertChanged(alert(0)), *resolved])
    assert 0 in state.alerts
    assert (len(state.alerts), state.unseen_alerts) == (ALERTS_KEPT, 1)


def test_gaps_links_complaints_keywords_and_health() -> None:
    gap = AudioGap("c", Party.AGENT, None, 1_500.0, "lost")
    rules = (KeywordRule("r", "R", ("x",), Severity.INFO),)
    complaint = PeerComplaint("l1", Complaint.BAD_FRAME, "header")
    state, changes = floor([seen("c"), SoundLost(gap), LinkUpdated(link()), Complained(complaint)])
    assert state.calls["c"].lost_ms == 1_500
    assert state.links["l1"].state is LinkState.LIVE
    assert state.complaints == {"bad frame": 1}
    assert changes.links
    changes = apply_all(state, [KeywordsReplaced(rules), EngineHealth(1, 2, 0, 500.0, {"c": 400.0})])
    assert changes.keywords
    assert changes.health
    assert state.keywords == rules
    assert state.calls["c"].lag_ms == 400
    apply_all(state, [EngineHealth(1, 2, 0, 0.0)])
    assert state.calls["c"].lag_ms == 0


def test_states_do_not_share_anything() -> None:
    first, second = FloorState(), FloorState()
    floor_state.apply(first, seen("a"), floor_state.Changes())
    assert second.calls == {}


def test_a_call_that_goes_on_after_all_is_live_again() -> None:
    state, _ = floor([seen("c"), over("c")])
    assert state.calls_ended == 1
    changes = apply_all(state, [seen("c")])
    assert changes.listing
    assert [(view.over, view.ended_ms, view.end_reason) for view in state.calls.values()] == [(False, None, "")]
    assert state.calls_ended == 0


def test_a_pause_is_shown_as_what_it_is_and_never_as_a_failure() -> None:
    nobody = PauseNoted("nobody", True, PauseReason.SAVING)
    state, _ = floor([seen("c"), PauseNoted("c", True, PauseReason.PRIVACY), nobody])
    assert sentences.freshness(state.calls["c"]) == "paused for privacy"
    apply_all(state, [PauseNoted("c", True, PauseReason.SAVING)])
    assert sentences.freshness(state.calls["c"]) == "paused for privacy"
    apply_all(state, [PauseNoted("c", False, PauseReason.PRIVACY)])
    assert sentences.freshness(state.calls["c"]) == "not streamed: nobody watches"
    apply_all(state, [PauseNoted("c", False, PauseReason.SAVING)])
    assert sentences.freshness(state.calls["c"]) == ""


def test_stretches_paused_for_privacy_are_remembered_once_each() -> None:
    state, _ = floor([seen("c"), SegmentHeard(segment(1, "hello", 0, end=4_000))])
    on, off = PauseNoted("c", True, PauseReason.PRIVACY), PauseNoted("c", False, PauseReason.PRIVACY)
    apply_all(state, [off, on, on, PauseNoted("c", True, PauseReason.SAVING), off, off, on])
    assert list(state.calls["c"].hushes) == [Hush(4_000, over=True), Hush(4_000)]


def test_a_snoozed_alert_does_not_wait_until_its_snooze_ends() -> None:
    snoozed, taken = alert(2, snoozed=60_000), alert(3, acknowledged=True)
    alerts = [alert(1), snoozed, taken, alert(4, state=AlertState.RESOLVED)]
    state, _ = floor([seen("c"), *map(AlertChanged, alerts)])
    assert [state.alerts_waiting(at) for at in (59_999, 60_000)] == [1, 2]
