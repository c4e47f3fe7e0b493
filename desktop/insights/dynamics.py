"""Silence, talk-over and shares of a call from voice activity (never from the sound of the voice).

Stretches of the two parties arrive late and out of step with each other, and open ones are replaced, so the newest
`HORIZON_MS` stay as stretches and are swept again at each measurement; everything older is folded into sums. A call
of any length therefore costs the same. What arrives later than the horizon no longer changes the past.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

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


_BIT = {Party.AGENT: 1, Party.CUSTOMER: 2, Party.MIXED: 4}
_BOTH = _BIT[Party.AGENT] | _BIT[Party.CUSTOMER]


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

    def add(self, until: int, speaking: int) -> None:
        """The time up to `until`, in which those whose bits are set spoke."""
        length = until - self.until
        if speaking:
            self.agent += length if speaking & _BIT[Party.AGENT] else 0
            self.customer += length if speaking & _BIT[Party.CUSTOMER] else 0
            self.both += length if speaking & _BOTH == _BOTH else 0
            self.quiet_since = None
        else:
            if self.quiet_since is None:
                self.quiet_since = self.until
            self.longest_silence = max(self.longest_silence, until - self.quiet_since)
        self.talk_over = speaking & _BOTH == _BOTH
        self.until = until


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
        self._sweep(known, sums, now_ms, now_ms)
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
        self._sweep(call, call.settled, frontier, now_ms)
        for stretches in call.stretches.values():
            gone = [start for start, activity in stretches.items() if not activity.open and activity.end_ms <= frontier]
            for start in gone:
                del stretches[start]

    def _sweep(self, call: _Call, sums: _Sums, until: int, now_ms: int) -> None:
        """Add the time from where `sums` ends up to `until`."""
        depth = dict.fromkeys(_BIT.values(), 0)
        speaking = 0
        for at, bit, step in self._edges(call, sums.until, until, now_ms):
            if at > sums.until:
                sums.add(at, speaking)
            depth[bit] += step
            speaking = speaking | bit if depth[bit] else speaking & ~bit
        if until > sums.until:
            sums.add(until, speaking)

    def _edges(self, call: _Call, since: int, until: int, now_ms: int) -> list[tuple[int, int, int]]:
        """Where stretches begin (+1) and end (-1) between `since` and `until`, in order."""
        edges: list[tuple[int, int, int]] = []
        for party, stretches in call.stretches.items():
            bit = _BIT[party]
            for activity in stretches.values():
                start, end = max(since, activity.start_ms), min(until, self._end(activity, now_ms))
                if start < end:
                    edges += (start, bit, 1), (end, bit, -1)
        edges.sort()
        return edges

    def _end(self, activity: SpeechActivity, now_ms: int) -> int:
        holds = activity.open and now_ms - activity.end_ms <= self._open_holds_ms
        return max(activity.end_ms, now_ms) if holds else activity.end_ms
