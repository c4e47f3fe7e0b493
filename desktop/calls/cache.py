"""What is remembered about calls without a machine: facts for a while, endings for a while."""

from __future__ import annotations

from collections import OrderedDict
from typing import Generic, TypeVar

V = TypeVar("V")


class TimedCache(Generic[V]):
    """Newest `most` entries, each for `ttl_s`; time is the caller's."""

    def __init__(self, ttl_s: float, most: int) -> None:
        self._ttl_s, self._most = ttl_s, most
        self._entries: OrderedDict[str, tuple[float, V]] = OrderedDict()

    def put(self, key: str, value: V, now_s: float) -> None:
        """Remember; the oldest entry goes when the cache is full."""
        self._entries.pop(key, None)
        self._entries[key] = (now_s + self._ttl_s, value)
        if len(self._entries) > self._most:
            self._entries.popitem(last=False)

    def get(self, key: str, now_s: float) -> V | None:
        """The value while it is fresh."""
        entry = self._entries.get(key)
        if entry is None:
            return None
        if entry[0] <= now_s:
            del self._entries[key]
            return None
        return entry[1]

    def __len__(self) -> int:
        return len(self._entries)
