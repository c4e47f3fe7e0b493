"""Measures words-to-screen: from the recogniser's result to the paint event that shows it."""

from __future__ import annotations

import time
from collections.abc import Iterable

from desktop.domain.speech import Trace
from desktop.domain.updates import SegmentHeard, Update
from desktop.engine.meters import Meters

MOST_WAITING = 10_000


class PaintClock:
    """`taken` when updates reach the state, `shown` when text is refreshed, `painted` when Qt painted it."""

    def __init__(self, meters: Meters) -> None:
        self._meters = meters
        self._known: list[Trace] = []
        self._waiting: list[Trace] = []

    def taken(self, updates: Iterable[Update]) -> None:
        """These words are in the state, but not yet on the screen."""
        self._known += [u.segment.trace for u in updates if isinstance(u, SegmentHeard) and u.segment.text]

    def shown(self, on_screen: bool) -> None:
        """The models were told. What nobody can see (not `on_screen`) is neither late nor in time."""
        self._waiting = [*self._waiting, *self._known][-MOST_WAITING:] if on_screen else []
        self._known = []

    def painted(self) -> None:
        """The viewport was painted."""
        now = time.monotonic_ns()
        for trace in self._waiting:
            self._meters.words_to_screen.add((now - trace.recognised) / 1e6)
            if trace.speech_ended:
                self._meters.speech_end_to_screen.add((now - trace.speech_ended) / 1e6)
        self._waiting = []
