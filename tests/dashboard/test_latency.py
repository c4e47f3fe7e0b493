"""The latency monitor of document E step 2, against a naive one, and its history for the plot."""

from __future__ import annotations

import statistics

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from desktop.dashboard.latency import HOUR_MS, TEN_MINUTES_MS, LatencyMonitor, LatencyStats
from desktop.domain.events import Measure

RTT, ENGINE = Measure.ROUND_TRIP, Measure.ENGINE


@settings(deadline=None)
@given(st.lists(st.floats(0, 10_000), min_size=1, max_size=250))
def test_document_e_step_2_the_rolling_figures(durations: list[float]) -> None:
    monitor = LatencyMonitor()
    for number, ms in enumerate(durations):
        monitor.record(RTT, ms, number * 1000)
    kept = sorted(durations[-100:])
    stats = monitor.stats()
    assert stats.avg_ms == pytest.approx(statistics.mean(kept))
    assert (stats.min_ms, stats.max_ms, stats.p95_ms) == (kept[0], kept[-1], kept[int(len(kept) * 0.95)])
    assert stats.p50_ms == kept[int(len(kept) * 0.5)]
    assert stats.total_samples == len(kept)


def test_nothing_measured_is_not_fast() -> None:
    monitor = LatencyMonitor()
    monitor.dropped(5)
    monitor.record(RTT, float("nan"), 6)
    monitor.record(RTT, -1.0, 6)
    assert monitor.stats() == LatencyStats(None, None, None, None, None, 0, 1)
    assert monitor.latest() is None
    assert not monitor.slow
    history = monitor.history(10, TEN_MINUTES_MS)
    assert np.isnan(history.ms).all()
    assert history.drops_s.tolist() == [-0.005]


def test_document_e_high_latency_above_500_ms_says_which_side() -> None:
    monitor = LatencyMonitor()
    monitor.record(RTT, 500.0, 0)
    monitor.record(ENGINE, 500.1, 0)
    assert monitor.slow == (ENGINE,)
    assert monitor.slow_count == 1
    monitor.record(ENGINE, 20.0, 1)
    assert not monitor.slow
    assert monitor.stats(ENGINE).max_ms == 500.1
    assert monitor.stats(RTT).max_ms == 500.0


def test_the_history_is_relative_to_now_and_broken_where_the_line_was_lost() -> None:
    monitor = LatencyMonitor()
    monitor.record(RTT, 40.0, 10_000)
    monitor.dropped(15_000)
    monitor.record(RTT, 50.0, 20_000)
    history = monitor.history(30_000, TEN_MINUTES_MS)
    assert history.at_s.tolist() == [-20.0, -15.0, -10.0]
    assert np.isnan(history.ms).tolist() == [False, True, False]
    assert history.drops_s.tolist() == [-15.0]
    assert monitor.history(30_000, 12_000).at_s.tolist() == [-10.0]
    assert monitor.history(16_000, TEN_MINUTES_MS).at_s.tolist() == [-6.0, -1.0]  # what is yet to come isn't shown


@pytest.mark.parametrize("span_ms", [TEN_MINUTES_MS, HOUR_MS, 10 * HOUR_MS])
def test_the_history_is_bounded_and_keeps_every_peak(span_ms: int) -> None:
    monitor = LatencyMonitor()
    for number in range(18_000):  # an hour at five a second
        monitor.record(RTT, 900.0 if number == 17_000 else 10.0 + number % 7, number * 200)
    history = monitor.history(HOUR_MS, span_ms)
    assert 1_900 <= len(history.ms) <= 2_000
    assert history.ms.max() == 900.0
    assert (np.diff(history.at_s) >= 0).all()
    assert -min(span_ms, HOUR_MS) / 1000 <= history.at_s[0] <= -min(span_ms, HOUR_MS) / 1000 + 2
    assert history.at_s[-1] >= -2


def test_a_clock_that_is_set_back_breaks_nothing() -> None:
    monitor = LatencyMonitor()
    for at_ms in (1_000, 2_000, 900_000, 1_500):
        monitor.record(RTT, 10.0, at_ms)
        monitor.dropped(at_ms)
    history = monitor.history(2_000, TEN_MINUTES_MS)
    assert history.drops_s.tolist() == [-1.0, -0.5]
    assert monitor.drop_count == 4
    assert history.at_s.tolist() == [-1.0, -1.0, -0.5, -0.5]


def test_drops_are_bounded() -> None:
    monitor = LatencyMonitor()
    for at_ms in range(5_000):
        monitor.dropped(at_ms)
    assert monitor.history(5_000, TEN_MINUTES_MS).drops_s.shape == (1_000,)
    assert monitor.drop_count == 5_000
