"""How long the platform's chunks take, by `X-Genesys-Cloud-Timestamp` (document C, edge case 1). Pure: time is given.

The header is the sender's clock when it sent; ours is read when the 200 goes out. Where the clocks disagree by more
than any network delays, the fastest chunk of the last minutes counts as instant, and the rest is measured from there.
"""

from __future__ import annotations

from typing import Final

from desktop.domain.finding import Finding, Level
from desktop.protocols.ingest import SLOW_ROUND_TRIP_MS

ROUND_TRIP: Final = "Round trip"
CLOCKS: Final = "Clock"
WINDOW_S: Final = 60.0
CALM_S: Final = 10.0
EARLY_MS: Final = -50.0
LATE_MS: Final = 2_000.0


class DelayMeter:
    """`note` every chunk, `take` now and then."""

    def __init__(self) -> None:
        self._fastest: float | None = None  # of this window
        self._fastest_before: float | None = None
        self._window_ends_s = 0.0
        self._worst: float | None = None
        self._slow_at_s: float | None = None
        self._told: dict[str, Level] = {}

    def note(self, sent_at_ms: float, now_ms: float, at_s: float) -> float:
        """A chunk sent then is acknowledged now, in ms since the epoch on either clock; returns its delay in ms."""
        difference = now_ms - sent_at_ms
        if self._fastest is None or at_s >= self._window_ends_s:
            self._fastest_before = self._fastest
            self._fastest = difference
            self._window_ends_s = at_s + WINDOW_S
        self._fastest = min(self._fastest, difference)
        delay = difference - (self._offset_ms() or 0.0)
        self._worst = delay if self._worst is None else max(self._worst, delay)
        return delay

    def take(self, at_s: float) -> tuple[float | None, list[Finding]]:
        """The longest delay since the last time (None: no chunk), and what is news about it."""
        worst, self._worst = self._worst, None
        if worst is None:
            return None, []
        if worst > SLOW_ROUND_TRIP_MS:
            self._slow_at_s = at_s
        slow = self._slow_at_s is not None and at_s - self._slow_at_s < CALM_S
        found = [_slow(worst) if slow else _quick(), _apart(self._offset_ms())]
        news = [finding for finding in found if self._told.get(finding.subject) is not finding.level]
        self._told.update((finding.subject, finding.level) for finding in news)
        return worst, news

    def _offset_ms(self) -> float | None:
        """How far our clock is ahead; None while the clocks agree."""
        known = [ms for ms in (self._fastest, self._fastest_before) if ms is not None]
        fastest = min(known, default=0.0)
        return None if EARLY_MS <= fastest <= LATE_MS else fastest


def _slow(worst_ms: float) -> Finding:
    text = (
        f"The platform's audio takes {worst_ms:.0f} ms to arrive and be acknowledged; more than "
        f"{SLOW_ROUND_TRIP_MS:.0f} ms fills the platform's buffer, and it drops sound."
    )
    remedy = (
        "Let fewer calls in by the routing rules until it is shorter; check this machine's load and the way to the "
        "platform's region."
    )
    return Finding(ROUND_TRIP, Level.WARN, text, remedy)


def _quick() -> Finding:
    return Finding(ROUND_TRIP, Level.PASS, f"Audio is acknowledged within {SLOW_ROUND_TRIP_MS:.0f} ms.")


def _apart(offset_ms: float | None) -> Finding:
    if offset_ms is None:
        return Finding(CLOCKS, Level.PASS, "The platform's clock and this machine's agree.")
    way = "ahead of" if offset_ms > 0 else "behind"
    text = f"This machine's clock is about {abs(offset_ms) / 1000:.1f} s {way} the platform's; delays are estimated."
    return Finding(CLOCKS, Level.WARN, text, "Let this machine set its clock by the network (NTP).")
