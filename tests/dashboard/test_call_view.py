"""What a call's view answers."""

from __future__ import annotations

from desktop.domain.alert import AlertState
from desktop.domain.insight import Severity
from desktop.domain.media import Party
from desktop.domain.updates import AlertChanged, ReadingMade, SegmentHeard
from tests.dashboard.builders import alert, floor, over, reading, seen, segment, view


def test_no_reading_is_no_data_and_steady() -> None:
    assert (view().mood, view().trend, view().latest(Party.AGENT)) == (None, 0, None)


def test_the_mood_is_the_customers_or_that_of_the_only_channel() -> None:
    mixed = ReadingMade(reading(0.4, party=Party.MIXED))
    assert view([mixed, ReadingMade(reading(0.9, party=Party.AGENT))]).mood == 0.4
    assert view([mixed, ReadingMade(reading(-0.3))]).mood == -0.3


def test_the_trend_compares_with_four_readings_ago_outside_a_dead_band() -> None:
    def of(*values: float) -> int:
        return view([ReadingMade(reading(v)) for v in values]).trend

    assert of(0.9, 0.5, 0.4, 0.3, 0.2, 0.1) == -1
    assert of(0.0, 0.3) == 1
    assert of(0.0, 0.1) == 0
    assert of(0.5) == 0


def test_the_worst_alert_is_the_one_that_nobody_took_on() -> None:
    assert view().worst(0) is None
    taken = alert(1, Severity.CRITICAL, acknowledged=True)
    fading = alert(2, Severity.CRITICAL, state=AlertState.RECOVERING)
    found = view([AlertChanged(a) for a in (taken, fading, alert(3))]).worst(0)
    assert found is not None
    assert found.alert_id == 3
    only = view([AlertChanged(taken)]).worst(0)
    assert only is not None
    assert only.acknowledged


def test_what_was_said_last() -> None:
    assert view().last_segment is None
    final = SegmentHeard(segment(1, "done", 0, end=2_000))
    partial = SegmentHeard(segment(2, "going on", 2_500, end=3_000, final=False))
    assert view([final]).last_segment == final.segment
    assert view([final, partial]).last_segment == partial.segment


def test_the_duration_starts_with_the_call_and_stops_at_its_end() -> None:
    assert view().duration_ms(5_000) == 4_000
    assert view().duration_ms(0) == 0
    state, _ = floor([seen("c", started_at_ms=500)])
    assert state.calls["c"].duration_ms(1_000) == 500
    ended, _ = floor([seen("c"), over("c")])
    assert ended.calls["c"].duration_ms(10**9) == 60_000
