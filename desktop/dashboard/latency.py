"""How fast a connection is, and how often it was lost: the latency monitor of document E step 2, with a history.

Rolling figures are over the last 100 measurements as in the document. The history is for a plot: per stretch of time
its worst measurement is kept, so that a peak stays visible however long the span. Times in ms of this machine's wall
clock (Unix epoch).
"""

from __future__ import annotations

from bisect import bisect_left
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from desktop.domain.events import Measure

WINDOW: Final = 100
SLOW_MS: Final = 500.0
TEN_MINUTES_MS: Final = 600_000
HOUR_MS: Final = 3_600_000
MOST_POINTS: Final = 2_000
MOST_DROPS: Final = 1_000

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class LatencyStats:
    """Of the last 100 measurements, in ms; None while there is none (0 ms would look excellent)."""

    avg_ms: float | None
    min_ms: float | None
    max_ms: float | None
    p95_ms: float | None  # sorted[int(n * 0.95)]
    p50_ms: float | None  # sorted[int(n * 0.5)]
    total_samples: int  # within the window, as in the document
    connection_drops: int


@dataclass(frozen=True, slots=True)
class LatencyHistory:
    """Times in s before now (so <= 0), oldest first. A not-a-number in `ms` is a loss: nothing is drawn across it."""

    at_s: Floats  # shape (n,), n <= 2,000 plus the losses
    ms: Floats  # shape (n,)
    drops_s: Floats  # shape (k,), k <= 1,000


class _Point(NamedTuple):
    at_ms: int
    ms: float


class _Tier:
    """The worst measurement of each stretch of `span_ms / MOST_POINTS`, for the last `span_ms`."""

    def __init__(self, span_ms: int) -> None:
        self.span_ms = span_ms
        self._stretch_ms = span_ms // MOST_POINTS
        self.points: deque[_Point] = deque(maxlen=MOST_POINTS)

    def add(self, point: _Point) -> None:
        while self.points and self.points[-1].at_ms > point.at_ms:
            self.points.pop()  # the wall clock was set back
        if self.points and self.points[-1].at_ms // self._stretch_ms == point.at_ms // self._stretch_ms:
            if point.ms >= self.points[-1].ms:
                self.points[-1] = point
        else:
            self.points.append(point)


class _Series:
    def __init__(self) -> None:
        self.window: deque[float] = deque(maxlen=WINDOW)
        self.tiers = (_Tier(TEN_MINUTES_MS), _Tier(HOUR_MS))


class LatencyMonitor:
    """One connection's durations, each kind apart: the engine's time must not look like the socket's."""

    def __init__(self, slow_ms: float = SLOW_MS) -> None:
        self._slow_ms = slow_ms
        self._series: dict[Measure, _Series] = {}
        self._drops: deque[int] = deque(maxlen=MOST_DROPS)
        self.drop_count = 0
        self.slow_count = 0  # how many measurements were above the limit, ever

    def record(self, measure: Measure, ms: float, at_ms: int) -> None:
        """One measured duration; a negative one or a not-a-number is left out."""
        if not ms >= 0:
            return
        series = self._series.setdefault(measure, _Series())
        series.window.append(ms)
        for tier in series.tiers:
            tier.add(_Point(at_ms, ms))
        if ms > self._slow_ms:
            self.slow_count += 1

    def dropped(self, at_ms: int) -> None:
        """The connection was lost."""
        self.drop_count += 1
        while self._drops and self._drops[-1] > at_ms:
            self._drops.pop()
        self._drops.append(at_ms)

    def stats(self, measure: Measure = Measure.ROUND_TRIP) -> LatencyStats:
        """The document's `get_stats`."""
        window = sorted(self._series[measure].window) if measure in self._series else []
        count = len(window)
        if not count:
            return LatencyStats(None, None, None, None, None, 0, self.drop_count)
        return LatencyStats(
            avg_ms=sum(window) / count,
            min_ms=window[0],
            max_ms=window[-1],
            p95_ms=window[int(count * 0.95)],
            p50_ms=window[count // 2],
            total_samples=count,
            connection_drops=self.drop_count,
        )

    @property
    def slow(self) -> tuple[Measure, ...]:
        """What is above the limit just now, by its last measurement."""
        return tuple(measure for measure in Measure if (self.latest(measure) or 0.0) > self._slow_ms)

    def latest(self, measure: Measure = Measure.ROUND_TRIP) -> float | None:
        """The last measurement in ms."""
        return self._series[measure].window[-1] if measure in self._series else None

    def history(self, now_ms: int, span_ms: int, measure: Measure = Measure.ROUND_TRIP) -> LatencyHistory:
        """The last `span_ms` (at most an hour): in the finest grain that reaches so far back."""
        span_ms = min(span_ms, HOUR_MS)
        drops = _since(self._drops, now_ms - span_ms, now_ms)
        points: list[_Point] = []
        if measure in self._series:
            tier = next(tier for tier in self._series[measure].tiers if tier.span_ms >= span_ms)
            points = [point for point in tier.points if now_ms - span_ms <= point.at_ms <= now_ms]
        broken = sorted([*points, *(_Point(at_ms, float("nan")) for at_ms in drops)], key=lambda point: point.at_ms)
        table = np.array(broken, dtype=np.float64).reshape(-1, 2)
        return LatencyHistory(
            (table[:, 0] - now_ms) / 1000.0, table[:, 1], (np.array(drops, dtype=np.float64) - now_ms) / 1000.0
        )


def _since(moments: Iterable[int], begin_ms: int, end_ms: int) -> list[int]:
    found = list(moments)
    return [moment for moment in found[bisect_left(found, begin_ms) :] if moment <= end_ms]
