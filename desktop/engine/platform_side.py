"""What the platform scored and heard itself, where it offers that: readings, missing readings, live text."""

from __future__ import annotations

from collections.abc import Callable

from desktop.calls.registry import CallRegistry
from desktop.domain.events import ReadingArrived, ReadingMissing, WordsArrived
from desktop.domain.speech import Segment
from desktop.domain.updates import CoverageAudited, Update
from desktop.engine.desk import InsightDesk, Noted
from desktop.engine.meters import Meters

AUDIT_EVERY_S = 5.0


class PlatformSide:
    """Nothing of it is mixed with what is heard here: text is taken for calls without sound only."""

    def __init__(
        self, desk: InsightDesk, registry: CallRegistry, meters: Meters, put: Callable[[Update], None]
    ) -> None:
        self._desk, self._registry, self._meters, self._put = desk, registry, meters, put
        self._audited = CoverageAudited(())
        self._audit_at = 0.0

    def scored(self, event: ReadingArrived | ReadingMissing, first_ms: int | None, now_s: float, now_ms: int) -> Noted:
        """A score, or none where there should be one. `first_ms` None: nobody knows that call.

        Alert rules follow the platform's score only while the call's sound is not heard here: not two averages at once.
        """
        if first_ms is None:
            self._meters.counts["platform.strays"] += 1
            return []
        if isinstance(event, ReadingMissing):
            self._desk.audit.missing(event.link, event.call, event.why, now_ms)
            return []
        facts = self._registry.facts_of(event.call)
        started = facts.started_at_ms if facts is not None and facts.started_at_ms is not None else first_ms
        heard = self._registry.hears(event.call, now_s)
        updates, alerts = self._desk.platform_reading(event, max(0, now_ms - started), now_ms, judged=not heard)
        for update in updates:
            self._put(update)
        return alerts

    def heard(self, event: WordsArrived, now_s: float) -> Segment | None:
        """Live text of the platform, if it is wanted."""
        if self._registry.takes_words(event.segment.call, event.link, now_s):
            return event.segment
        self._meters.counts["platform.segments_unused"] += 1
        return None

    def audit(self, now_s: float, now_ms: int) -> None:
        """Every few seconds: which calls go without a score, and why."""
        if now_s < self._audit_at:
            return
        self._audit_at = now_s + AUDIT_EVERY_S
        found = CoverageAudited(self._desk.audit.findings(now_ms))
        if found != self._audited:
            self._audited = found
            self._put(found)
