"""What the sentiment curve, the sparkline and the lanes are drawn from. No data is a gap, never 0.0."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from desktop.dashboard.call_view import CallView
from desktop.dashboard.state import FloorState
from desktop.domain.media import Party

SPARK_POINTS_MOST = 80
"""More would not be seen on 140 px."""
SPARK_SPANS_MS = (60_000, 120_000, 300_000)
"""One span for all rows, so that they can be compared: the shortest that holds the oldest live call, at most 5 min."""
SILENCE_WORTH_DRAWING_MS = 4_000


@dataclass(frozen=True, slots=True)
class Trace:
    """One party's readings: times in ms on the call's line, scores and averages in [-1, 1], all of shape (n,)."""

    at_ms: npt.NDArray[np.float64]
    score: npt.NDArray[np.float64]
    average: npt.NDArray[np.float64]


def trace(view: CallView, party: Party) -> Trace:
    """All kept readings of `party`, oldest first."""
    window = view.readings.get(party, ())
    table = np.array([(r.at_ms, r.score, r.average) for r in window], dtype=np.float64).reshape(-1, 3)
    return Trace(table[:, 0], table[:, 1], table[:, 2])


def leading_party(view: CallView) -> Party:
    """Whose mood the call is judged by: the customer, or both where there is one channel only."""
    return Party.CUSTOMER if view.readings.get(Party.CUSTOMER) or not view.readings.get(Party.MIXED) else Party.MIXED


def spark(view: CallView, party: Party, span_ms: int) -> tuple[tuple[float, float], ...]:
    """(x 0..1, average) within the last `span_ms`, oldest first; the last value is held up to now."""
    begin = view.position_ms - span_ms
    found: list[tuple[float, float]] = []
    for reading in reversed(view.readings.get(party, ())):
        if reading.at_ms <= begin:
            found.append((0.0, reading.average))
            break
        found.append((min(1.0, (reading.at_ms - begin) / span_ms), reading.average))
    found = found[:: -(-len(found) // SPARK_POINTS_MOST) or 1]  # from the newest on: that one always stays
    if found and found[0][0] < 1.0:
        found.insert(0, (1.0, found[0][1]))
    return tuple(reversed(found))


def spark_span(state: FloorState) -> int:
    """The span of all sparklines just now, in ms."""
    longest = max((view.position_ms for view in state.live), default=0)
    return next((span for span in SPARK_SPANS_MS if span >= longest), SPARK_SPANS_MS[-1])


def gaps(view: CallView) -> list[tuple[int, int]]:
    """Stretches (start_ms, end_ms) without words that should have some, oldest first, joined where they touch."""
    shed = ((s.from_ms, view.position_ms if s.to_ms is None else s.to_ms) for s in view.sheds)
    return _joined(sorted([*lost(view), *shed]))


def silences(view: CallView, least_ms: int = SILENCE_WORTH_DRAWING_MS) -> list[tuple[int, int]]:
    """Stretches of at least `least_ms` in which nobody spoke although sound was there, oldest first."""
    busy = [(s.start_ms, s.end_ms) for lane in view.lanes.values() for s in lane]
    if not busy:
        return []
    spans = _joined(sorted([*busy, *lost(view)]))
    edges = [*spans, (view.position_ms, view.position_ms)]
    return [(a[1], b[0]) for a, b in itertools.pairwise(edges) if b[0] - a[1] >= least_ms]


def talk_over(view: CallView) -> list[tuple[int, int]]:
    """Stretches (start_ms, end_ms) in which both parties spoke, oldest first; none when it can't be told who speaks."""
    if not view.two_parties:
        return []
    agent, customer = (list(view.lanes.get(p, ())) for p in (Party.AGENT, Party.CUSTOMER))
    found: list[tuple[int, int]] = []
    i = j = 0
    while i < len(agent) and j < len(customer):
        start = max(agent[i].start_ms, customer[j].start_ms)
        end = min(agent[i].end_ms, customer[j].end_ms)
        if start < end:
            found.append((start, end))
        if agent[i].end_ms < customer[j].end_ms:
            i += 1
        else:
            j += 1
    return found


def lost(view: CallView) -> list[tuple[int, int]]:
    """Stretches whose sound is missing, oldest first, joined: who spoke in them is not known either."""
    return _joined(sorted((g.at_ms, g.at_ms + round(g.missing_ms)) for g in view.gaps if g.at_ms is not None))


def _joined(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    joined: list[tuple[int, int]] = []
    for start, end in spans:
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((start, end))
    return joined
