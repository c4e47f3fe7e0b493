"""Decoders shared by all streams of a worker: leased per utterance, loaded as needed up to a limit."""

from __future__ import annotations

from collections.abc import Callable

from desktop.recognition.sphinx import Decoder


class DecoderPool:
    """At most `limit` decoders; one that failed is thrown away and its place may be filled by a fresh one."""

    def __init__(self, load: Callable[[], Decoder], limit: int) -> None:
        self._load = load
        self._limit = limit
        self._free: list[Decoder] = []
        self._leased = 0
        self.refused = 0

    @property
    def loaded(self) -> int:
        """Decoders in memory."""
        return len(self._free) + self._leased

    @property
    def leased(self) -> int:
        """Decoders at work."""
        return self._leased

    def preload(self, count: int) -> None:
        """Load decoders ahead of the first speech."""
        while self.loaded < min(count, self._limit):
            self._free.append(self._load())

    def lease(self) -> Decoder | None:
        """A decoder of one's own until `give_back` or `throw_away`, or None while all are busy."""
        if not self._free and self._leased >= self._limit:
            self.refused += 1
            return None
        decoder = self._free.pop() if self._free else self._load()
        self._leased += 1
        return decoder

    def give_back(self, decoder: Decoder) -> None:
        """The utterance is finished."""
        self._leased -= 1
        self._free.append(decoder)

    def throw_away(self) -> None:
        """The leased decoder is broken or in the middle of something: forget it."""
        self._leased -= 1

    def close(self) -> None:
        """Free the idle decoders."""
        self._free.clear()
