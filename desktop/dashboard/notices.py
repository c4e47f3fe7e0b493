"""Answers to what was asked, one shown at a time: a failure stands before good news, and none is lost to the next."""

from __future__ import annotations

from dataclasses import dataclass

from desktop.domain.finding import Level

NOTICES_MOST = 9
"""More than anybody reads: of the least grave the oldest goes."""
PRAISE_MS = 8_000
"""Good news goes by itself; a problem stays until it is dismissed."""
_ORDER = (Level.FAIL, Level.WARN, Level.PASS)


@dataclass(slots=True)
class Notice:
    """One answer. `until_ms` (wall clock) is set once good news is seen."""

    text: str
    level: Level
    until_ms: int | None = None


class Notices:
    """Those that nobody dismissed, the gravest first, within a level the oldest."""

    def __init__(self) -> None:
        self._waiting: list[Notice] = []

    @property
    def shown(self) -> Notice | None:
        """The one to read now."""
        return self._waiting[0] if self._waiting else None

    @property
    def count(self) -> str:
        """1 of 3; empty for a single one."""
        return f"1 of {len(self._waiting)}" if len(self._waiting) > 1 else ""

    def add(self, text: str, level: Level) -> None:
        """One more; the same words again are the same notice, which is new again."""
        self._waiting = [notice for notice in self._waiting if notice.text != text]
        self._waiting.append(Notice(text, level))
        self._waiting.sort(key=lambda notice: _ORDER.index(notice.level))
        if len(self._waiting) > NOTICES_MOST:
            least = self._waiting[-1].level
            self._waiting.remove(next(notice for notice in self._waiting if notice.level is least))

    def dismiss(self) -> None:
        """The one that is shown was read."""
        del self._waiting[:1]

    def expire(self, now_ms: int) -> None:
        """Good news goes `PRAISE_MS` after it was first in front."""
        if (first := self.shown) is None or first.level is not Level.PASS:
            return
        if first.until_ms is None:
            first.until_ms = now_ms + PRAISE_MS
        elif now_ms >= first.until_ms:
            self.dismiss()
