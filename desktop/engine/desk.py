"""Where words become readings, hits and alerts: the insight and alert rooms behind one counter."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import replace

from desktop.alerts.book import AlertBook
from desktop.alerts.notify import should_notify
from desktop.domain.alert import Alert, AlertState
from desktop.domain.events import ReadingArrived
from desktop.domain.insight import KeywordRule
from desktop.domain.speech import Attention, PhraseHeard, Segment, ServiceAnalysis, SpeechActivity
from desktop.domain.updates import (
    ActivityNoted,
    ChannelsJudged,
    DynamicsMeasured,
    HitFound,
    ReadingMade,
    SegmentHeard,
    ServiceAnalysed,
    Update,
)
from desktop.insights.channels import ChannelJudge
from desktop.insights.coverage import CoverageAudit
from desktop.insights.dynamics import DynamicsMeter
from desktop.insights.keyword_rules import phrases_of
from desktop.insights.keywords import KeywordSpotter
from desktop.insights.mood import MoodMeter
from desktop.insights.needs import NeedBook
from desktop.insights.redaction import redact, redact_analysis

MINUTE_MS = 60_000

Noted = list[tuple[Alert, bool]]
"""Alerts that changed, each with whether it deserves a notification."""


class InsightDesk:
    """Pure rooms in, updates out; times in ms of the wall clock come from the caller."""

    def __init__(self, mood: MoodMeter, rules: tuple[KeywordRule, ...], book: AlertBook) -> None:
        self.rules = rules  # the keyword list in force
        self._mood, self._spotter, self._book = mood, KeywordSpotter(rules), book
        self._dynamics = DynamicsMeter()
        self._channels = ChannelJudge()
        self.audit = CoverageAudit()
        self._needs = NeedBook()
        self._shown: dict[int, Alert] = {}

    def segment(self, heard: Segment, now_ms: int) -> tuple[list[Update], Noted]:
        """Redact, score and search an utterance; what leaves here carries no card number."""
        segment = redact(heard)
        segment = replace(segment, trace=replace(segment.trace, scored=time.monotonic_ns()))
        updates: list[Update] = [SegmentHeard(segment)]
        changed: list[Alert] = []
        for hit in self._spotter.hits(segment):
            updates.append(HitFound(hit))
            changed += self._book.on_hit(hit, now_ms)
        if segment.is_final:
            self._channels.words(segment)
        if segment.is_final and (reading := self._mood.hear(segment)) is not None:
            updates.append(ReadingMade(reading))
            self._needs.reading(reading)
            changed += self._book.on_reading(reading, now_ms)
        return updates, self._noted(changed)

    @property
    def phrases(self) -> tuple[str, ...]:
        """What a recogniser is to spot by itself."""
        return phrases_of(self.rules)

    def spotted(self, heard: PhraseHeard, now_ms: int) -> tuple[list[Update], Noted]:
        """A phrase that was heard without a transcript around it."""
        updates: list[Update] = []
        changed: list[Alert] = []
        for hit in self._spotter.spotted(heard):
            updates.append(HitFound(hit))
            changed += self._book.on_hit(hit, now_ms)
        return updates, self._noted(changed)

    def platform_reading(
        self, event: ReadingArrived, at_ms: int, now_ms: int, *, judged: bool
    ) -> tuple[list[Update], Noted]:
        """A score that the platform made, `at_ms` on the call's time line; `judged`: alert rules follow it."""
        self.audit.reading(event.link, event.call, event.score, now_ms)
        reading = self._mood.take(event, at_ms)
        self._needs.reading(reading)
        return [ReadingMade(reading)], self._noted(self._book.on_reading(reading, now_ms)) if judged else []

    def analysed(self, analysis: ServiceAnalysis) -> ServiceAnalysed:
        """What a speech service concludes: shown with its origin, and nothing follows from it here."""
        return ServiceAnalysed(redact_analysis(analysis))

    def activity(self, stretch: SpeechActivity) -> ActivityNoted:
        """Someone speaks or spoke."""
        self._dynamics.hear(stretch)
        self._channels.activity(stretch)
        return ActivityNoted(stretch)

    def dynamics(self, call: str, position_ms: int) -> DynamicsMeasured:
        """The call's dynamics at this moment of its own time line."""
        measured = self._dynamics.measure(call, position_ms)
        self._needs.dynamics(measured)
        return DynamicsMeasured(measured)

    def need(self, call: str, now_ms: int) -> float:
        """How much the call needs a human, 0..100."""
        return self._needs.need(call, now_ms)

    def attended(self, call: str, attention: Attention, now_ms: int) -> None:
        """So much of the call is heard from now on: what isn't heard neither fires nor resolves an alert."""
        self._book.attended(call, attention, now_ms)

    def alike(self, call: str, alike: bool) -> None:
        """A call's channels carry the same sound, or no longer do."""
        self._channels.alike(call, alike)

    def channels(self, call: str, sound_ms: int, now_ms: int) -> list[Update]:
        """What is wrong with the call's channels, when that has changed."""
        faults = self._channels.judge(call, sound_ms, now_ms)
        return [] if faults is None else [ChannelsJudged(call, faults)]

    def tick(self, now_ms: int) -> Noted:
        """Durations run on without new words."""
        return self._noted(self._book.tick(now_ms))

    def acknowledge(self, alert_id: int, on: bool, now_ms: int) -> Noted:
        """The supervisor has seen it."""
        return self._noted(self._book.acknowledge(alert_id, on, now_ms))

    def snooze(self, alert_id: int, minutes: int, now_ms: int) -> Noted:
        """Quiet for a while."""
        return self._noted(self._book.snooze(alert_id, now_ms + minutes * MINUTE_MS, now_ms))

    def call_over(self, call: str, now_ms: int) -> Noted:
        """The call ended: what is open is resolved; words that were on their way may still raise something."""
        self.audit.ended(call, now_ms)
        self._channels.ended(call, now_ms)
        return self._noted(self._book.call_ended(call, now_ms))

    def forget(self, call: str, now_ms: int) -> Noted:
        """The call's linger is over: its alerts are resolved, everything else kept for it is freed."""
        resolved = self._noted(self._book.forget(call, now_ms))
        self._mood.forget(call)
        self._spotter.forget(call)
        self._dynamics.forget(call)
        self._needs.forget(call)
        self._channels.forget(call)
        return resolved

    def replace_rules(self, rules: tuple[KeywordRule, ...]) -> None:
        """Use another keyword list from the next words on."""
        self.rules = rules
        self._spotter.replace(rules)

    def _noted(self, changed: Iterable[Alert]) -> Noted:
        out = []
        for alert in changed:
            self._needs.alert(alert)
            out.append((alert, should_notify(alert, self._shown.get(alert.alert_id))))
            if alert.state is AlertState.RESOLVED:
                self._shown.pop(alert.alert_id, None)
            else:
                self._shown[alert.alert_id] = alert
        return out
