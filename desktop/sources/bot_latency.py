"""Says which side of a bot integration is slow: the socket, this machine or the language engine (document E step 2)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, assert_never

from desktop.domain.events import LinkFound, LinkMeasured, Measure
from desktop.domain.finding import Finding, Level
from desktop.domain.ports import Deliver

SUBJECT: Final = "Latency"
SLOW_MS: Final = 500.0
TELL_EVERY_S: Final = 0.5
STALL_TICK_S: Final = 0.5
CALM_AFTER: Final = 3
"""Measurements in a row below the limit until the warning goes."""


class LatencyWatch:
    """Tells each measure's newest duration at most every TELL_EVERY_S, and a slow one always. `clock` in seconds."""

    def __init__(self, link: str, clock: Callable[[], float], slow_ms: float = SLOW_MS) -> None:
        self._link = link
        self._clock = clock
        self._slow_ms = slow_ms
        self._told_at: dict[Measure, float] = {}
        self._slow: dict[Measure, float] = {}
        self._calm: dict[Measure, int] = {}
        self._found: tuple[Measure, ...] | None = None

    def measured(self, deliver: Deliver, measure: Measure, ms: float) -> None:
        """One duration; delivers a finding when another side than before is slow."""
        now_s = self._clock()
        slow = ms > self._slow_ms
        if slow or now_s - self._told_at.get(measure, -TELL_EVERY_S) >= TELL_EVERY_S:
            self._told_at[measure] = now_s
            deliver(LinkMeasured(self._link, measure, ms))
        if slow:
            self._calm[measure] = 0
            self._slow[measure] = ms
        elif measure in self._slow:
            self._calm[measure] += 1
            if self._calm[measure] >= CALM_AFTER:
                del self._slow[measure]
        sides = tuple(side for side in Measure if side in self._slow)
        if sides != self._found:
            self._found = sides
            deliver(LinkFound(self._link, self._finding()))

    async def notice_stalls(self, deliver: Deliver, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
        """Until cancelled: a pause of this whole program (garbage collection, a busy machine) is HANDLING, not network.

        A round trip that happened to be under way is slow as well; naming both sides is the honest answer.
        """
        while True:
            began = self._clock()
            await sleep(STALL_TICK_S)
            late_ms = (self._clock() - began - STALL_TICK_S) * 1000
            if late_ms > self._slow_ms or Measure.HANDLING in self._slow:
                self.measured(deliver, Measure.HANDLING, max(0.0, late_ms))

    def forget_socket(self) -> None:
        """Another socket begins: what was measured on the last one says nothing about it."""
        self._slow.pop(Measure.ROUND_TRIP, None)
        self._calm.pop(Measure.ROUND_TRIP, None)

    def _finding(self) -> Finding:
        if not self._slow:
            return Finding(SUBJECT, Level.PASS, f"Every answer came within {self._slow_ms:.0f} ms.")
        parts = [_what(measure, ms) for measure, ms in self._slow.items()]
        if set(self._slow) == {Measure.ENGINE}:
            parts.append("the connection itself is fast")
        text = f"High latency (more than {self._slow_ms:.0f} ms): {'; '.join(parts)}."
        return Finding(SUBJECT, Level.WARN, text, " ".join(_remedy(measure) for measure in self._slow))


def _what(measure: Measure, ms: float) -> str:
    match measure:
        case Measure.ROUND_TRIP:
            return f"a round trip to the platform took {ms:.0f} ms"
        case Measure.HANDLING:
            return f"this machine took {ms:.0f} ms to deal with a message"
        case Measure.ENGINE:
            return f"the language engine took {ms:.0f} ms to answer"
        case _:
            assert_never(measure)


def _remedy(measure: Measure) -> str:
    match measure:
        case Measure.ROUND_TRIP:
            return "Check this machine's network, VPN and proxy."
        case Measure.HANDLING:
            return "Ask for smaller messages on the platform, or close other programs."
        case Measure.ENGINE:
            return "Ask whoever runs the language engine."
        case _:
            assert_never(measure)
