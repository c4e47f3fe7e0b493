"""How long to wait before connecting again (document A, edge case 1: reconnection storms)."""

from __future__ import annotations

from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Final

MAX_WAIT_S: Final = 60.0
JITTER_SHARE: Final = 0.1
HEALTHY_AFTER_S: Final = 30.0
MAX_RETRY_AFTER_S: Final = 86_400.0


class Backoff:
    """`min(2 ** n, 60)` seconds plus up to 10 %, from n = 0; a healthy spell starts again at n = 0."""

    def __init__(self, healthy_after_s: float = HEALTHY_AFTER_S) -> None:
        self._healthy_after_s = healthy_after_s
        self._attempt = 0

    @property
    def attempt(self) -> int:
        """Failures in a row."""
        return self._attempt

    def after_failure(self, jitter: float, live_for_s: float = 0.0, retry_after_s: float | None = None) -> float:
        """Seconds to wait now. `jitter` is a random number in [0, 1].

        `live_for_s` is how long the connection that just failed had worked. A peer's Retry-After wins if it is longer;
        it gets the jitter too, so that consoles told the same don't come back together.
        """
        if live_for_s >= self._healthy_after_s:
            self._attempt = 0
        base = min(2.0 ** min(self._attempt, 6), MAX_WAIT_S)
        self._attempt += 1
        return max(base, retry_after_s or 0.0) * (1.0 + JITTER_SHARE * jitter)

    def reset(self) -> None:
        """A person asked to try now."""
        self._attempt = 0


def parse_retry_after(value: str | None, now_ms: int) -> float | None:
    """Seconds from a Retry-After header (RFC 9110 10.2.3: seconds or an HTTP date), at most a day; None if unusable.

    `now_ms` is the wall clock, ms since the Unix epoch.
    """
    if value is None:
        return None
    value = value.strip()
    if value.isascii() and value.isdigit():
        seconds = float(value[:12])
    else:
        try:
            moment = parsedate_to_datetime(value)
            seconds = moment.replace(tzinfo=moment.tzinfo or UTC).timestamp() - now_ms / 1000
        except (ValueError, OverflowError):
            return None
    return min(max(seconds, 0.0), MAX_RETRY_AFTER_S)
