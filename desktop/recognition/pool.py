"""Decoders shared by all streams of a worker: leased per utterance, loaded as needed up to a limit."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from itertools import cycle

from desktop.recognition.band import Band
from desktop.recognition.sphinx import Decoder


class DecoderPool:
    """At most `limit` decoders; one that failed is thrown away and its place may be filled by a fresh one.

    A decoder hears one band. When all places are taken, an idle one of the other band makes room (0.2 s of work).
    """

    def __init__(self, load: Callable[[Band], Decoder], limit: int) -> None:
        self._load = load
        self._limit = limit
        self._free: deque[tuple[Band, Decoder]] = deque()  # the one that idled longest first
        self._leased = 0

    @property
    def loaded(self) -> int:
        """Decoders in memory."""
        return len(self._free) + self._leased

    @property
    def leased(self) -> int:
        """Decoders at work."""
        return self._leased

    def preload(self, count: int, bands: Sequence[Band]) -> None:
        """Load decoders ahead of the first speech, for these bands in turn."""
        for band in cycle(bands):
            if self.loaded >= min(count, self._limit):
                return
            self._free.append((band, self._load(band)))

    @property
    def busy(self) -> bool:
        """Whether all decoders are at work."""
        return self._leased >= self._limit

    def lease(self, band: Band) -> Decoder:
        """A decoder of one's own until `give_back` or `throw_away`. Only while the pool is not `busy`."""
        found = next((idle for idle in self._free if idle[0] is band), None)
        if found is not None:
            self._free.remove(found)
            decoder = found[1]
        else:
            if self.loaded >= self._limit:
                self._free.popleft()
            decoder = self._load(band)
        self._leased += 1
        return decoder

    def give_back(self, band: Band, decoder: Decoder) -> None:
        """The utterance is finished."""
        self._leased -= 1
        self._free.append((band, decoder))

    def throw_away(self) -> None:
        """The leased decoder is broken or in the middle of something: forget it."""
        self._leased -= 1

    def close(self) -> None:
        """Free the idle decoders."""
        self._free.clear()
