"""Stays below the platform's rate limit: 300 requests a minute per token (genesys.md section 3).

Two counts are watched: our own of the last minute, and the one that the platform tells in `inin-ratelimit-*`; once that
is close to its limit, what is left of it is spread over the time until it starts anew.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import Final

WINDOW_S: Final = 60.0
OWN_LIMIT: Final = 270
"""Somewhat below 300, as other programs may use the same OAuth client."""
NEAR: Final = 0.8
MAX_RESET_S: Final = 180.0


class Pace:
    """`now_s` is any clock that only goes forward, seconds."""

    def __init__(self) -> None:
        self._sent: deque[float] = deque()
        self._free_at = 0.0
        self._spacing_s = 0.0
        self._spaced_until = 0.0

    def reserve(self, now_s: float) -> float:
        """How long the next request has to wait; it counts from now on."""
        while self._sent and self._sent[0] <= now_s - WINDOW_S:
            self._sent.popleft()
        at = max(now_s, self._free_at)
        spacing = self._spacing_s if at < self._spaced_until else 0.0
        if len(self._sent) >= NEAR * OWN_LIMIT:
            spacing = max(spacing, WINDOW_S / OWN_LIMIT)
        at += spacing
        if len(self._sent) >= OWN_LIMIT:
            at = max(at, self._sent[-OWN_LIMIT] + WINDOW_S)
        self._free_at = at
        self._sent.append(at)
        return at - now_s

    def heard(self, headers: Mapping[str, str], now_s: float) -> None:
        """A reply told where the platform's own count stands."""
        allowed, count, reset = (_number(headers, name) for name in ("allowed", "count", "reset"))
        if allowed is None or count is None or reset is None:
            return
        self._spacing_s = _spacing(count, allowed, min(reset, MAX_RESET_S))
        self._spaced_until = now_s + min(reset, MAX_RESET_S)

    def hold(self, until_s: float) -> None:
        """The platform asked one request to wait: all the others wait as well."""
        self._free_at = max(self._free_at, until_s)


def reset_in_s(headers: Mapping[str, str]) -> float | None:
    """When the platform's count starts anew, seconds from now."""
    return _number(headers, "reset")


def _spacing(count: float, allowed: float, reset_s: float) -> float:
    """Seconds between requests; 0 while there is plenty left."""
    if count < NEAR * allowed:
        return 0.0
    return max(0.0, reset_s) / max(1.0, allowed - count)


def _number(headers: Mapping[str, str], name: str) -> float | None:
    value = headers.get(f"inin-ratelimit-{name}", "").strip()
    return float(value[:9]) if value.isascii() and value.isdigit() else None
