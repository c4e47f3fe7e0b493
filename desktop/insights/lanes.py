"""Bounded memory per (call, party): what every insight that remembers something is built on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

from desktop.domain.media import Party

MAX_LANES = 4096
"""Voices remembered at once; beyond it the one unheard for longest is forgotten."""

T = TypeVar("T")


class Lanes(Generic[T]):
    """One value of `T` for each voice of each call, made on first use."""

    def __init__(self, make: Callable[[], T], limit: int = MAX_LANES) -> None:
        self._make = make
        self._limit = limit
        self._calls: dict[str, dict[Party, T]] = {}
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def of(self, call: str, party: Party) -> T:
        """The value of this voice; using it makes its call the most recent one."""
        parties = self._calls.pop(call, None)
        if parties is None:
            parties = {}
        self._calls[call] = parties
        if party not in parties:
            parties[party] = self._make()
            self._count += 1
            while self._count > self._limit and len(self._calls) > 1:
                self.forget(next(iter(self._calls)))
        return parties[party]

    def forget(self, call: str) -> None:
        """Free what belongs to this call; unknown calls are fine."""
        self._count -= len(self._calls.pop(call, {}))
