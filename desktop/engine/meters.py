"""Counts and latencies of a run, measured where they happen; the report is made from these alone."""

from __future__ import annotations

import time
from collections import Counter, deque
from dataclasses import dataclass, field

from desktop.domain.speech import Attention
from desktop.domain.updates import HearingMeasured

SAMPLES_KEPT = 20_000


def wall_ms() -> int:
    """This machine's clock, ms since the Unix epoch."""
    return time.time_ns() // 1_000_000


@dataclass(slots=True)
class Spread:
    """A sliding window of samples; percentiles by nearest rank."""

    samples: deque[float] = field(default_factory=lambda: deque(maxlen=SAMPLES_KEPT))

    def add(self, value: float) -> None:
        """Take one sample."""
        self.samples.append(value)

    def at(self, percent: float) -> float | None:
        """The percentile, None without a sample (never 0)."""
        if not self.samples:
            return None
        ordered = sorted(self.samples)
        return round(ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))], 2)

    def summary(self) -> dict[str, float | None]:
        """{"p50": ..., "p95": ...}."""
        return {"p50": self.at(50), "p95": self.at(95)}


@dataclass(slots=True)
class Meters:
    """Everything that is counted once per engine."""

    counts: Counter[str] = field(default_factory=Counter)
    decode: Spread = field(default_factory=Spread)  # socket -> decoded
    recognise: Spread = field(default_factory=Spread)  # decoded -> words
    words_to_screen: Spread = field(default_factory=Spread)  # words -> painted
    speech_end_to_screen: Spread = field(default_factory=Spread)  # audio of the end of speech -> painted
    lag: deque[float] = field(default_factory=lambda: deque(maxlen=SAMPLES_KEPT))  # backlog in ms, one value a second
    worker_rss_mb: dict[int, float] = field(default_factory=dict)
    heard_s: Counter[Attention] = field(default_factory=Counter)  # seconds of call heard so, all calls together
    costs: dict[str, float] = field(default_factory=dict)  # what hearing costs here, by name
    hearing: HearingMeasured = field(default_factory=lambda: HearingMeasured(0, 0, 0, 0, False))  # just now

    def lag_growth(self) -> dict[str, float | None]:
        """Median backlog of the first and of the last third of the run."""
        lag = list(self.lag)
        third = len(lag) // 3
        early, late = Spread(deque(lag[:third])), Spread(deque(lag[-third:] if third else []))
        return {"first_third_p50": early.at(50), "last_third_p50": late.at(50), "max": max(self.lag, default=None)}
