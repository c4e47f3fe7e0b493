"""Percentiles are of what was measured; nothing measured is None, never zero."""

from __future__ import annotations

from collections import deque

from desktop.engine.meters import SAMPLES_KEPT, Meters, Spread


def test_nothing_measured_is_none() -> None:
    assert Spread().summary() == {"p50": None, "p95": None}
    assert Meters().lag_growth() == {"first_third_p50": None, "last_third_p50": None, "max": None}


def test_percentiles_by_nearest_rank_and_bounded() -> None:
    spread = Spread()
    for n in range(1, 101):
        spread.add(float(n))
    assert spread.summary() == {"p50": 51.0, "p95": 96.0}
    for _ in range(SAMPLES_KEPT + 5):
        spread.add(1.0)
    assert len(spread.samples) == SAMPLES_KEPT


def test_growth_of_lag_compares_the_first_with_the_last_third() -> None:
    meters = Meters(lag=deque([1.0, 1.0, 5.0, 5.0, 9.0, 9.0]))
    assert meters.lag_growth() == {"first_third_p50": 1.0, "last_third_p50": 9.0, "max": 9.0}
