"""A circuit breaker as a pure state machine: a peer that keeps failing is left alone for a while, then asked once.

    CLOSED --`failures` in a row--> OPEN --`cool_down_s` later--> HALF_OPEN --the probe succeeds--> CLOSED
                                     ^----------------the probe fails----------------'

Every admitted request has a ticket. What becomes of requests that were admitted before the last change of state counts
no more: a slow failure from before doesn't open a circuit that has just been mended. Time is an argument, in seconds of
any clock that only goes forward.
"""

from __future__ import annotations

import enum
from typing import Final

FAILURES: Final = 5
COOL_DOWN_S: Final = 30.0


class CircuitState(enum.Enum):
    """Whether requests flow."""

    CLOSED = "closed"  # they do
    OPEN = "open"  # none does
    HALF_OPEN = "half-open"  # one does, to find out


class Circuit:
    """One peer's circuit."""

    def __init__(self, failures: int = FAILURES, cool_down_s: float = COOL_DOWN_S) -> None:
        self._limit = max(1, failures)
        self._cool_down_s = cool_down_s
        self._state = CircuitState.CLOSED
        self._failures = 0
        self._opened_at_s = 0.0
        self._era = 0
        self._probing = False

    def state(self, now_s: float) -> CircuitState:
        """HALF_OPEN as soon as the cool-down is over, whether or not the probe is under way."""
        if self._state is CircuitState.OPEN and now_s - self._opened_at_s >= self._cool_down_s:
            self._enter(CircuitState.HALF_OPEN)
        return self._state

    def admit(self, now_s: float) -> int | None:
        """A ticket for one request, to be given to exactly one of the three below; None: don't ask the peer now."""
        state = self.state(now_s)
        if state is CircuitState.OPEN or (state is CircuitState.HALF_OPEN and self._probing):
            return None
        self._probing = state is CircuitState.HALF_OPEN
        return self._era

    def succeeded(self, ticket: int) -> None:
        """The peer answered."""
        if ticket == self._era:
            self._failures = 0
            if self._state is CircuitState.HALF_OPEN:
                self._enter(CircuitState.CLOSED)

    def failed(self, ticket: int, now_s: float) -> None:
        """The peer failed or was late."""
        if ticket != self._era:
            return
        self._failures += 1
        if self._state is CircuitState.HALF_OPEN or self._failures >= self._limit:
            self._opened_at_s = now_s
            self._enter(CircuitState.OPEN)

    def abandoned(self, ticket: int) -> None:
        """We gave the request up ourselves; it says nothing about the peer, and a probe may be tried again."""
        if ticket == self._era:
            self._probing = False

    def retry_in_s(self, now_s: float) -> float:
        """Seconds until the peer is asked again; 0 unless OPEN."""
        if self.state(now_s) is not CircuitState.OPEN:
            return 0.0
        return self._opened_at_s + self._cool_down_s - now_s

    def _enter(self, state: CircuitState) -> None:
        self._state = state
        self._era += 1
        self._failures = 0
        self._probing = False
