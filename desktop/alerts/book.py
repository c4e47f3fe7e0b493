"""The alert book: at most one open alert per rule and call, its life, and a bounded history of resolved ones.

Every method returns the alerts that changed, each with its newest value, in the order in which they changed.
`now_ms` is the engine's wall clock (Unix epoch, ms); durations go on when it is set back.

A call that ended is still listened to until `forget` (document B section 3, the race of state transitions: the last
score may arrive after the end): `call_ended` resolves what is open, what becomes true afterwards is raised as usual.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, NamedTuple, TypeVar, assert_never

from desktop.alerts.rules import checked_alert_rules, wants_hit, wants_reading
from desktop.alerts.standstill import Standstill
from desktop.alerts.watches import (
    Finding,
    KeywordWatch,
    SentimentWatch,
    Verdict,
    Watch,
    watch_keywords,
    watch_sentiment,
)
from desktop.domain.alert import Alert, AlertRule, AlertState, KeywordAlertRule, SentimentAlertRule
from desktop.domain.insight import KeywordHit, SentimentReading
from desktop.domain.speech import Attention

MAX_HISTORY = 500
"""Resolved alerts kept; the oldest go first."""

Changes = tuple[Alert, ...]
W = TypeVar("W", SentimentWatch, KeywordWatch)


class Pending(NamedTuple):
    """A rule whose condition holds, but not for long enough yet."""

    rule_id: str
    since_ms: int
    due_ms: int


class AlertBook:
    """All alerts of all calls. Raises SettingInvalid when a rule can't be used."""

    def __init__(self, rules: Sequence[AlertRule]) -> None:
        self._rules = checked_alert_rules(rules)
        self._moods: dict[str, dict[str, SentimentWatch]] = {}
        self._words: dict[str, dict[str, KeywordWatch]] = {}
        self._open: dict[tuple[str, str], int] = {}
        self._alerts: dict[int, Alert] = {}
        self._resolved: dict[int, None] = {}
        self._standstill = Standstill()
        self._last_id = 0
        self._now = 0
        self._set_back = 0

    @property
    def alerts(self) -> Changes:
        """Everything that is listed, oldest first: open ones and the latest `MAX_HISTORY` resolved ones."""
        return tuple(self._alerts.values())

    @property
    def calls_watched(self) -> int:
        """Calls that something is remembered of."""
        return len(self._moods.keys() | self._words.keys())

    def pending(self, call: str) -> tuple[Pending, ...]:
        """Rules that will fire for this call if nothing changes."""
        steady = self._now + self._set_back
        behind = self._now - self._standstill.for_moods(call, steady)
        return tuple(
            Pending(watch.rule.rule_id, watch.below_since + behind, watch.due_ms + behind)
            for watch in self._moods.get(call, {}).values()
            if watch.below_since is not None and watch.due_ms is not None
        )

    def on_reading(self, reading: SentimentReading, now_ms: int) -> Changes:
        """A party's newest average."""
        now = self._standstill.for_moods(reading.call, self._clock(now_ms))
        changed: list[Alert] = []
        for rule in self._rules:
            if isinstance(rule, SentimentAlertRule) and wants_reading(rule, reading):
                watch = self._sentiment(reading.call, rule)
                changed += self._apply(reading.call, watch, watch.judge(now))  # the last average held until now
                watch.hear(reading, now)
                changed += self._apply(reading.call, watch, watch.judge(now))
        return tuple(changed)

    def on_hit(self, hit: KeywordHit, now_ms: int) -> Changes:
        """Watched words were said."""
        now = self._standstill.for_words(hit.call, self._clock(now_ms))
        changed: list[Alert] = []
        for rule in self._rules:
            if isinstance(rule, KeywordAlertRule) and wants_hit(rule, hit):
                watch = self._keywords(hit.call, rule)
                changed += self._apply(hit.call, watch, watch.judge(now))
                changed += self._apply(hit.call, watch, watch.hear(hit, now))
        return tuple(changed)

    def tick(self, now_ms: int) -> Changes:
        """Time has passed: about once a second."""
        now = self._clock(now_ms)
        changed: list[Alert] = []
        for call in dict.fromkeys([*self._moods, *self._words]):
            for watch in self._watches(call):
                changed += self._apply(call, watch, watch.judge(self._time(call, watch, now)))
        _drop_idle(self._moods, lambda call: self._standstill.for_moods(call, now))
        _drop_idle(self._words, lambda call: self._standstill.for_words(call, now))
        for alert_id in self._open.values():
            until = self._alerts[alert_id].snoozed_until_ms
            if until is not None and now_ms >= until:
                changed.append(self._change(alert_id, snoozed_until_ms=None))
        return tuple(changed)

    def attended(self, call: str, attention: Attention, now_ms: int) -> None:
        """So much of the call is heard from now on; what isn't heard neither fires nor resolves by time alone."""
        self._standstill.attended(call, attention, self._clock(now_ms))

    def acknowledge(self, alert_id: int, on: bool, now_ms: int) -> Changes:
        """ "I have seen it", or taken back. Unknown ids and what is so already change nothing."""
        self._clock(now_ms)
        alert = self._alerts.get(alert_id)
        if alert is None or alert.acknowledged == on:
            return ()
        return (self._change(alert_id, acknowledged=on),)

    def snooze(self, alert_id: int, until_ms: int, now_ms: int) -> Changes:
        """Quiet until `until_ms`; a time that has passed ends the snooze. Resolved ones can't be snoozed."""
        self._clock(now_ms)
        until = until_ms if until_ms > now_ms else None
        alert = self._alerts.get(alert_id)
        if alert is None or alert.state is AlertState.RESOLVED or alert.snoozed_until_ms == until:
            return ()
        return (self._change(alert_id, snoozed_until_ms=until),)

    def call_ended(self, call: str, now_ms: int) -> Changes:
        """Resolve what is open; late readings and hits still count until `forget`."""
        now = self._clock(now_ms)
        changed: list[Alert] = []
        for watch in self._watches(call):
            changed += self._apply(call, watch, watch.judge(self._time(call, watch, now)))
            changed += self._apply(call, watch, watch.close(self._time(call, watch, now)))
        return tuple(changed)

    def forget(self, call: str, now_ms: int) -> Changes:
        """Free what is remembered of this call; its alerts stay in the history, resolved."""
        changed = self.call_ended(call, now_ms)
        self._moods.pop(call, None)
        self._words.pop(call, None)
        self._standstill.forget(call)
        return changed

    def _clock(self, now_ms: int) -> int:
        """Steady time: goes on where it was when the wall clock is set back."""
        self._set_back += max(0, self._now - now_ms)
        self._now = now_ms
        return now_ms + self._set_back

    def _time(self, call: str, watch: Watch, now: int) -> int:
        moods = isinstance(watch, SentimentWatch)
        return self._standstill.for_moods(call, now) if moods else self._standstill.for_words(call, now)

    def _sentiment(self, call: str, rule: SentimentAlertRule) -> SentimentWatch:
        watches = self._moods.setdefault(call, {})
        if rule.rule_id not in watches:
            watches[rule.rule_id] = watch_sentiment(rule)
        return watches[rule.rule_id]

    def _keywords(self, call: str, rule: KeywordAlertRule) -> KeywordWatch:
        watches = self._words.setdefault(call, {})
        if rule.rule_id not in watches:
            watches[rule.rule_id] = watch_keywords(rule)
        return watches[rule.rule_id]

    def _watches(self, call: str) -> list[Watch]:
        return [*self._moods.get(call, {}).values(), *self._words.get(call, {}).values()]

    def _apply(self, call: str, watch: Watch, verdict: Verdict | None) -> list[Alert]:
        key = call, watch.rule.rule_id
        match verdict:
            case None:
                return []
            case Verdict.FIRE:
                return [self._fire(key, watch.finding)]
            case Verdict.RECOVER:
                return [self._change(self._open[key], state=AlertState.RECOVERING)]
            case Verdict.RELAPSE:
                return [self._change(self._open[key], state=AlertState.ACTIVE)]
            case Verdict.RESOLVE:
                return [self._resolve(self._open.pop(key))]
            case _:  # pragma: no cover - the type checker proves it
                assert_never(verdict)

    def _fire(self, key: tuple[str, str], finding: Finding) -> Alert:
        alert_id = self._open.get(key)
        if alert_id is None:
            return self._raise(key, finding)
        return self._change(
            alert_id,
            state=AlertState.ACTIVE,
            severity=finding.severity,
            headline=finding.headline,
            evidence=finding.evidence,
            times=self._alerts[alert_id].times + 1,
        )

    def _raise(self, key: tuple[str, str], finding: Finding) -> Alert:
        self._last_id += 1
        call, rule_id = key
        alert = Alert(
            alert_id=self._last_id,
            call=call,
            rule_id=rule_id,
            severity=finding.severity,
            state=AlertState.ACTIVE,
            headline=finding.headline,
            evidence=finding.evidence,
            raised_at_ms=self._now,
            changed_at_ms=self._now,
            position_ms=finding.position_ms,
        )
        self._open[key] = alert.alert_id
        self._alerts[alert.alert_id] = alert
        return alert

    def _resolve(self, alert_id: int) -> Alert:
        alert = self._change(alert_id, state=AlertState.RESOLVED, snoozed_until_ms=None)
        self._resolved[alert_id] = None
        if len(self._resolved) > MAX_HISTORY:
            oldest = next(iter(self._resolved))
            del self._resolved[oldest], self._alerts[oldest]
        return alert

    def _change(self, alert_id: int, **changes: Any) -> Alert:
        alert = self._alerts[alert_id]
        alert = replace(alert, changed_at_ms=max(alert.raised_at_ms, self._now), **changes)
        self._alerts[alert_id] = alert
        return alert


def _drop_idle(watches: dict[str, dict[str, W]], time: Callable[[str], int]) -> None:
    """Free the watches that a new one could replace, so that a call nobody forgot costs nothing for long."""
    for call, by_rule in list(watches.items()):
        for rule_id in [rule_id for rule_id, watch in by_rule.items() if watch.idle(time(call))]:
            del by_rule[rule_id]
        if not by_rule:
            del watches[call]
