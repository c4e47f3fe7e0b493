"""What curves and lanes are drawn from: gaps are gaps, the last value is held, silence needs sound."""

from __future__ import annotations

import numpy as np

from desktop.dashboard.curves import gaps, leading_party, silences, spark, spark_span, trace
from desktop.domain.events import AudioGap
from desktop.domain.media import Party
from desktop.domain.updates import ActivityNoted, DynamicsMeasured, ReadingMade, SoundLost, Update
from tests.dashboard.builders import dynamics, floor, over, reading, seen, spoke, view


def lost(at: int | None, ms: float) -> Update:
    return SoundLost(AudioGap("c", Party.CUSTOMER, at, ms, "lost"))


def test_a_trace_has_times_scores_and_averages() -> None:
    found = trace(
        view([ReadingMade(reading(0.1, 1_000, score=0.3)), ReadingMade(reading(-0.2, 2_000))]), Party.CUSTOMER
    )
    np.testing.assert_array_equal(found.at_ms, [1_000, 2_000])
    np.testing.assert_array_equal(found.score, [0.3, -0.2])
    np.testing.assert_array_equal(found.average, [0.1, -0.2])
    assert trace(view(), Party.AGENT).at_ms.shape == (0,)


def test_whose_mood_leads() -> None:
    assert leading_party(view()) is Party.CUSTOMER
    assert leading_party(view([ReadingMade(reading(0, party=Party.MIXED))])) is Party.MIXED
    both = [ReadingMade(reading(0, party=Party.MIXED)), ReadingMade(reading(0))]
    assert leading_party(view(both)) is Party.CUSTOMER


def test_a_spark_holds_the_last_value_and_begins_with_the_one_before_the_window() -> None:
    readings = [ReadingMade(reading(v, at)) for v, at in ((0.9, 1_000), (0.5, 2_000), (-0.5, 9_000))]
    found = view([*readings, DynamicsMeasured(dynamics(at=12_000))])
    assert spark(found, Party.CUSTOMER, span_ms=10_000) == ((0.0, 0.5), (0.7, -0.5), (1.0, -0.5))
    assert spark(found, Party.AGENT, span_ms=10_000) == ()


def test_a_spark_that_ends_now_needs_no_holding() -> None:
    found = view([ReadingMade(reading(0.2, 10_000)), DynamicsMeasured(dynamics(at=10_000))])
    assert spark(found, Party.CUSTOMER, span_ms=10_000) == ((1.0, 0.2),)


def test_a_spark_is_thinned_but_keeps_the_newest() -> None:
    readings = [ReadingMade(reading(n / 1_000, n * 100)) for n in range(400)]
    found = spark(view([*readings, DynamicsMeasured(dynamics(at=39_900))]), Party.CUSTOMER, span_ms=60_000)
    assert len(found) == 80
    assert found[-1] == (1.0, 0.399)


def test_gaps_are_joined_and_those_without_a_place_are_left_out() -> None:
    found = view([lost(5_000, 1_000), lost(1_000, 500), lost(1_200, 800), lost(1_300, 100), lost(None, 9_000)])
    assert gaps(found) == [(1_000, 2_000), (5_000, 6_000)]


def test_silence_is_where_nobody_spoke_although_there_was_sound() -> None:
    assert silences(view([DynamicsMeasured(dynamics(at=60_000))])) == []
    spoken = [ActivityNoted(spoke(0, 2_000)), ActivityNoted(spoke(1_000, 3_000, Party.AGENT))]
    found = view([*spoken, lost(12_000, 8_000), DynamicsMeasured(dynamics(at=30_000))])
    assert silences(found) == [(3_000, 12_000), (20_000, 30_000)]
    assert silences(found, least_ms=9_500) == [(20_000, 30_000)]


def test_all_sparks_share_the_shortest_span_that_holds_the_oldest_live_call() -> None:
    def span(*ages_ms: int) -> int:
        updates: list[Update] = [over("gone")]
        for number, age in enumerate(ages_ms):
            updates += [seen(f"c{number}"), DynamicsMeasured(dynamics(at=age, call=f"c{number}"))]
        return spark_span(floor(updates)[0])

    assert [span(), span(60_000), span(10, 60_001), span(400_000, 10)] == [60_000, 60_000, 120_000, 300_000]
