"""Whether the sentiment that was asked for arrives, in words (document B section 2, the trap of field selection)."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from desktop.domain.events import NoReading, ReadingArrived, ReadingMissing, SourceEvent
from desktop.domain.finding import Finding, Level
from desktop.protocols.analytics import SCORE, STATE

SUBJECT: Final = "Requested fields"
LEFT_OUT_AFTER: Final = 20
"""Events in a row without the field before the platform is said to leave it out."""

_ADD: Final = "Add {} to the connection's fields."


class FieldCheck:
    """One per link; `fields` are those of its subscription."""

    def __init__(self, fields: Collection[str]) -> None:
        self._missing = [field for field in (SCORE, STATE) if field not in fields]
        self._left_out = 0
        self._warned = False
        self._arrived = False

    @property
    def asks_score(self) -> bool:
        return SCORE not in self._missing

    def asked(self) -> Finding:
        """What the subscription itself says."""
        if SCORE in self._missing:
            text = "This connection doesn't ask for sentiment.score, so no sentiment can arrive."
            return Finding(SUBJECT, Level.WARN, text, _ADD.format(" and ".join(self._missing)))
        if self._missing:
            text = "This connection doesn't ask for state, so the end of a call can't be seen."
            return Finding(SUBJECT, Level.WARN, text, _ADD.format(STATE))
        return Finding(SUBJECT, Level.PASS, "Sentiment and state are asked for.")

    def hear(self, event: SourceEvent) -> Finding | None:
        """A new finding when the platform begins or stops leaving the score out."""
        if isinstance(event, ReadingArrived):
            self._arrived, self._left_out = True, 0
            if self._warned:
                self._warned = False
                return self.asked()
        elif isinstance(event, ReadingMissing) and event.why is NoReading.ABSENT and not self._arrived:
            self._left_out += 1
            if self._left_out == LEFT_OUT_AFTER:
                self._warned = True
                text = "sentiment.score is asked for, but the platform leaves it out of its events."
                remedy = "Ask the platform's administrator whether the sign-in may read sentiment."
                return Finding(SUBJECT, Level.WARN, text, remedy)
        return None
