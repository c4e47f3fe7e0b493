"""What the plot of a connection's delays is drawn from: the monitor's history with the outages of the link."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from desktop.dashboard import link_sentences
from desktop.dashboard.latency import LatencyHistory
from desktop.dashboard.links import LinkView
from desktop.domain.events import Measure


@dataclass(frozen=True, slots=True)
class LinkHistory:
    """The last `span_s` seconds. Times in s before now (so <= 0); an outage that lasts ends at 0."""

    span_s: float
    trails: dict[Measure, LatencyHistory] = field(default_factory=dict)  # only what was measured
    drops_s: tuple[float, ...] = ()
    outages_s: tuple[tuple[float, float], ...] = ()

    @property
    def highest_ms(self) -> float:
        """The slowest in sight; 0 without any."""
        return max((float(np.nanmax(trail.ms)) for trail in self.trails.values()), default=0.0)


def history(view: LinkView, now_ms: int, span_ms: int) -> LinkHistory:
    """What happened within `span_ms` before `now_ms` (wall clock, Unix epoch)."""
    every = {measure: view.monitor.history(now_ms, span_ms, measure) for measure in Measure}
    begin = now_ms - span_ms
    spans = [(o.began_ms, now_ms if o.ended_ms is None else o.ended_ms) for o in view.outages]
    return LinkHistory(
        span_ms / 1000,
        {measure: trail for measure, trail in every.items() if not np.isnan(trail.ms).all()},
        tuple(float(at) for at in every[Measure.ROUND_TRIP].drops_s),
        tuple(((max(a, begin) - now_ms) / 1000, (b - now_ms) / 1000) for a, b in spans if begin <= b and a <= now_ms),
    )


def aloud(view: LinkView) -> str:
    """What the plot shows, in a sentence."""
    latest = view.monitor.latest()
    if latest is None:
        return "No delay has been measured yet."
    text = f"Round trip {link_sentences.took(latest)}, on average {link_sentences.took(view.monitor.stats().avg_ms)}"
    engine = view.monitor.latest(Measure.ENGINE)
    if engine is not None:
        text += f"; engine {link_sentences.took(engine)}"
    return f"{text}; {link_sentences.drops(view.monitor.drop_count)}."


def ticks_ms(top_ms: float) -> list[tuple[float, str]]:
    """Three to six round values from 0 to `top_ms` (at least 2) with their words."""
    step = next(
        (size * 10**power for power in range(7) for size in (1, 2, 5) if top_ms / (size * 10**power) <= 5), 10**7
    )
    return [(float(at), link_sentences.took(at) if at else "0") for at in range(0, int(top_ms) + 1, step)]


def ticks_s(span_s: float) -> list[tuple[float, str]]:
    """Five or six marks from the begin to now."""
    count = 6 if span_s >= 3_600 else 5
    step = span_s / count
    marks = [(-step * i, f"−{step * i / 60:g} min") for i in range(count, 0, -1)]
    return [*marks, (0.0, "now")]
