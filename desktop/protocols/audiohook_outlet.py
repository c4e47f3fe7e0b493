"""Events back to the platform at the pace it allows: a token bucket; finals wait in a bounded queue, partials don't."""

from __future__ import annotations

from collections import deque
from typing import Final

from desktop.protocols.audiohook_entities import Entity

PER_SECOND: Final = 5.0
BURST: Final = 10.0
MAX_WAITING: Final = 200


class Outlet:
    """The platform's own numbers are only readable at run time, so these are careful ones. One entity per event:
    a client that looks at the first one alone misses nothing. Overflow: the oldest final goes, and is counted.
    """

    def __init__(self, per_second: float = PER_SECOND, burst: float = BURST) -> None:
        self._per_second, self._burst = per_second, burst
        self._tokens = burst
        self._at_s: float | None = None
        self._hold_until_s = float("-inf")
        self._waiting: deque[Entity] = deque()
        self.dropped = 0

    def offer(self, entity: Entity, *, final: bool, now_s: float) -> list[Entity]:
        """What may be sent now."""
        if final:
            if len(self._waiting) >= MAX_WAITING:
                self._waiting.popleft()
                self.dropped += 1
            self._waiting.append(entity)
        elif not self._waiting and self._take(now_s):
            return [entity]
        return self.due(now_s)

    def due(self, now_s: float) -> list[Entity]:
        """Finals whose turn it is."""
        out: list[Entity] = []
        while self._waiting and self._take(now_s):
            out.append(self._waiting.popleft())
        return out

    def hold(self, wait_s: float, now_s: float) -> None:
        """The platform said 429: nothing for so long."""
        self._hold_until_s = max(self._hold_until_s, now_s + wait_s)

    def _take(self, now_s: float) -> bool:
        if self._at_s is not None:
            self._tokens = min(self._burst, self._tokens + (now_s - self._at_s) * self._per_second)
        self._at_s = now_s
        if self._tokens < 1 or now_s < self._hold_until_s:
            return False
        self._tokens -= 1
        return True
