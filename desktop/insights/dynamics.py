"""Silence, talk-over and shares of a call from voice activity (never from the sound of the voice).

Stretches of the two parties arrive late and out of step with each other, and open ones are replaced, so the newest
`HORIZON_MS` stay as stretches and are swept again at each measurement; everything older is folded into sums. A call
of any length therefore costs the same. What arrives later than the horizon no longer changes the past.
"""

from __future__ import annotations

import sys
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import NamedTuple

from desktop.domain.insight import CallDynamics
from desktop.domain.media import Party
from desktop.domain.speech import SpeechActivity

HORIZON_MS = 60_000
"""How far back a stretch may still change the figures."""

MAX_STRETCHES = 256
"""Stretches kept per party; voice activity is coarser than that, a flood of them drops its oldest."""

MAX_CALLS = 2048
OPEN_HOLDS_MS = 5_000
"""An open stretch that nobody has extended for so long counts only up to its last known end."""


class _Step(NamedTuple):
    """A piece of time in which the same parties spoke."""

    start: int
    end: int
    speaking: frozenset[Party]


@dataclass(slots=True)
class _Sums:
    """Everything before `until`, in ms."""

    until: int = 0
    agent: int = 0
    customer: int = 0
    both: int = 0
    longest_silence: int = 0
    quiet_since: int | None = 0  # None while someone speaks
    talk_over: bool = False

    def add(self, step: _Step) -> None:
        length = step.end - step.start
        self.until = step.end
        agent, customer = Party.AGENT in step.speaking, Party.CUSTOMER in step.speaking
        self.agent += length if agent else 0
        self.customer += length if customer else 0
        self.both += length if agent and customer else 0
        self.talk_over = agent and customer
        if step.speaking:
            self.quiet_since = None
            return
        if self.quiet_since is None:
            self.quiet_since = step.start
        self.longest_silence = max(self.longest_silence, step.end - self.quiet_since)


@dataclass(slots=True)
class _Call:
    settled: _Sums = field(default_factory=_Sums)
    stretches: dict[Party, dict[int, SpeechActivity]] = field(default_factory=dict)


class DynamicsMeter:
    """Figures of many calls. Feed every stretch, ask about once a second."""

    def __init__(self, open_holds_ms: int = OPEN_HOLDS_MS) -> None:
        self._open_holds_ms = open_holds_ms
        self._calls: dict[str, _Call] = {}

    def hear(self, activity: SpeechActivity) -> None:
        """Note a stretch; it replaces the one of the same party and start. Empty ones count for nothing."""
        call = self._calls.setdefault(activity.call, _Call())
        stretches = call.stretches.setdefault(activity.party, {})
        stretches[activity.start_ms] = activity
        if len(stretches) > MAX_STRETCHES:
            del stretches[min(stretches)]
        if len(self._calls) > MAX_CALLS:
            del self._calls[next(iter(self._calls))]

    def measure(self, call: str, now_ms: int) -> CallDynamics:
        """The figures of the time line from 0 (first audio) to `now_ms`; all zero before any audio.

        Shares are of `now_ms`, so agent_share + customer_share - talk_over_share is the share with speech. A mixed
        channel breaks silences and has no share.
        """
        known = self._calls.get(call, _Call())
        now_ms = max(now_ms, known.settled.until)
        self._settle(known, now_ms)
        sums = replace(known.settled)
        for step in self._steps(known, sums.until, now_ms):
            sums.add(step)
        whole = max(now_ms, 1)
        return CallDynamics(
            call=call,
            at_ms=now_ms,
            agent_share=sums.agent / whole,
            customer_share=sums.customer / whole,
            talk_over_share=sums.both / whole,
            silence_now_ms=0 if sums.quiet_since is None else now_ms - sums.quiet_since,
            talk_over_now=sums.talk_over,
            longest_silence_ms=sums.longest_silence,
        )

    def forget(self, call: str) -> None:
        """Free what is remembered of this call."""
        self._calls.pop(call, None)

    def _settle(self, call: _Call, now_ms: int) -> None:
        frontier = now_ms - HORIZON_MS
        if frontier <= call.settled.until:
            return
        for step in self._steps(call, call.settled.until, frontier, now_ms):
            call.settled.add(step)
        for stretches in call.stretches.values():
            gone = [start for start, activity in stretches.items() if not activity.open and activity.end_ms <= frontier]
            for start in gone:
                del stretches[start]

    def _steps(self, call: _Call, since: int, until: int, now_ms: int | None = None) -> Iterable[_Step]:
        """The time from `since` to `until` in pieces, without gaps."""
        spans = {
            party: self._spans(stretches.values(), since, until, until if now_ms is None else now_ms)
            for party, stretches in call.stretches.items()
        }
        edges = {since, until}
        for found in spans.values():
            edges.update(edge for span in found for edge in span)
        marks = sorted(edges)
        for start, end in pairwise(marks):
            yield _Step(start, end, frozenset(party for party, found in spans.items() if _covers(found, start)))

    def _spans(
        self, activities: Iterable[SpeechActivity], since: int, until: int, now_ms: int
    ) -> Sequence[tuple[int, int]]:
        """Stretches clipped to [since, until), merged and in order."""
        clipped = sorted(
            (max(since, activity.start_ms), min(until, self._end(activity, now_ms))) for activity in activities
        )
        merged: list[tuple[int, int]] = []
        for start, end in clipped:
            if end <= start:
                continue
            if merged and start <= merged[-1][1]:
                merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
            else:
                merged.append((start, end))
        return merged

    def _end(self, activity: SpeechActivity, now_ms: int) -> int:
        holds = activity.open and now_ms - activity.end_ms <= self._open_holds_ms
        return max(activity.end_ms, now_ms) if holds else activity.end_ms


def _covers(spans: Sequence[tuple[int, int]], at: int) -> bool:
    before = bisect_right(spans, (at, sys.maxsize))
    return before > 0 and at < spans[before - 1][1]
