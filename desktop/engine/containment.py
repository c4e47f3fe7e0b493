"""One thing's failure costs that thing: errors are counted by kind, never passed on, never quoted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


class Containment:
    """Counts into `counts` as "mishaps.<kind>"; an error's text may carry speech, so it goes nowhere."""

    def __init__(self, counts: Counter[str]) -> None:
        self._counts = counts

    def run(self, work: Callable[[T], None], what: T) -> None:
        """Do the work on one thing."""
        try:
            work(what)
        except Exception as error:
            self.note(error)

    def note(self, error: Exception) -> None:
        """Something failed and was dropped."""
        self._counts[f"mishaps.{type(error).__name__}"] += 1
