"""Is this machine's clock right? Measured by the Date header of any answer of the platform.

WARN above 5 s: below, the header's whole seconds and the way here are as large as what is measured; above, the lengths
of calls and the ages of words on the screen are visibly wrong. FAIL above 5 minutes: from there on signed requests are
refused and tokens and certificates count as expired, or as not yet valid.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from email.utils import parsedate_to_datetime
from typing import Final, NamedTuple

import aiohttp

from desktop.domain.finding import Finding, Level

WARN_S: Final = 5.0
FAIL_S: Final = 300.0


class Reading(NamedTuple):
    """Seconds since the Unix epoch: the platform's clock, ours before and after. None: it named no time."""

    theirs: float | None
    before: float
    after: float


async def read_clock(
    url: str, session_factory: Callable[[], aiohttp.ClientSession], wall_clock: Callable[[], float] = time.time
) -> Reading:
    """Ask for nothing in particular; no token is sent. aiohttp.ClientError, OSError, TimeoutError."""
    async with session_factory() as session:
        before = wall_clock()
        async with session.get(url, allow_redirects=False) as reply:
            return Reading(_seconds(reply.headers.get("Date")), before, wall_clock())


def _seconds(header: str | None) -> float | None:
    try:
        return parsedate_to_datetime(header).timestamp() if header else None
    except (ValueError, OverflowError):
        return None


def clock_verdict(subject: str, reading: Reading) -> Finding:
    """How far off this machine's clock is, beyond what can't be told from a Date header."""
    if reading.theirs is None:
        return Finding(subject, Level.WARN, "Not checked: the platform's answer names no time.", SET_CLOCK)
    ahead = (reading.before + reading.after) / 2 - (reading.theirs + 0.5)
    unsure = 0.5 + (reading.after - reading.before) / 2
    off = max(0.0, abs(ahead) - unsure)
    if off <= WARN_S:
        return Finding(subject, Level.PASS, "This machine's clock agrees with the platform's.")
    text = f"This machine's clock is {_span(abs(ahead))} {'ahead of' if ahead > 0 else 'behind'} the platform's."
    return Finding(subject, Level.FAIL if off > FAIL_S else Level.WARN, text, SET_CLOCK)


SET_CLOCK: Final = "Let the system set its clock from the network (NTP)."


def _span(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.0f} h"
