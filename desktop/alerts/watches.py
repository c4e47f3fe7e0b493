"""One rule watching one call: when to fire, to recover and to resolve. Knows no alerts, only verdicts.

Sentiment, as a table (below = average < enter, calm = average > leave, readings from the last `STALE_MS`):

    closed      below for more than hold_s, cooldown over    -> FIRE, open
    open        calm                                         -> RECOVER
    open        below for more than hold_s, after a recovery -> FIRE (again)
    recovering  no longer calm                               -> RELAPSE
    recovering  calm for leave_s                             -> RESOLVE, cooldown begins

Readings come only when somebody finishes an utterance: between them the last average holds, so time alone can fire
a rule. After `STALE_MS` without one there is no data: a pending rule stops pending (missing is neither bad nor good),
an open one stays as it is.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from typing import NamedTuple

from desktop.alerts.rules import more_severe
from desktop.alerts.sentences import keyword_evidence, keyword_headline, sentiment_evidence, sentiment_headline
from desktop.domain.alert import AlertRule, KeywordAlertRule, SentimentAlertRule
from desktop.domain.insight import KeywordHit, SentimentReading, Severity

STALE_MS = 60_000
MAX_LABELS = 8


class Verdict(enum.Enum):
    """What happened to the alert of this rule and call."""

    FIRE = "fire"  # raise it, or count it once more when it is open
    RECOVER = "recover"
    RELAPSE = "relapse"
    RESOLVE = "resolve"


class Finding(NamedTuple):
    """What an alert says when it fires."""

    severity: Severity
    headline: str
    evidence: str
    position_ms: int  # on the call's time line


@dataclass(slots=True)
class SentimentWatch:
    """Document B section 3: the average below `enter` for more than `hold_s`."""

    rule: SentimentAlertRule
    finding: Finding
    heard_ms: int = 0
    below_since: int | None = None
    calm_since: int | None = None
    is_open: bool = False
    recovering: bool = False
    armed: bool = True  # may fire; once it has, only a recovery arms it again
    quiet_until: int = 0

    def hear(self, reading: SentimentReading, now_ms: int) -> None:
        """Take a reading of the watched party."""
        self.heard_ms = now_ms
        self.finding = Finding(
            self.rule.severity, sentiment_headline(self.rule), sentiment_evidence(reading), reading.at_ms
        )
        full = reading.count >= self.rule.window
        self.below_since = _since(full and reading.average < self.rule.enter, self.below_since, now_ms)
        self.calm_since = _since(full and reading.average > self.rule.leave, self.calm_since, now_ms)

    def judge(self, now_ms: int) -> Verdict | None:
        """What follows from the time having come; at most one step of the table."""
        if now_ms - self.heard_ms > STALE_MS:
            self.below_since = None
        if self.is_open and self.recovering:
            return self._judge_recovering(now_ms)
        if self.is_open and self.calm_since is not None:
            self.recovering = self.armed = True
            return Verdict.RECOVER
        if self._held(now_ms) and self.armed and (self.is_open or now_ms >= self.quiet_until):
            self.is_open, self.armed = True, False
            return Verdict.FIRE
        return None

    def close(self, now_ms: int) -> Verdict | None:
        """The call is over."""
        if not self.is_open:
            return None
        self.is_open = self.recovering = False
        self.armed = True
        self.quiet_until = now_ms + round(self.rule.cooldown_s * 1000)
        return Verdict.RESOLVE

    @property
    def due_ms(self) -> int | None:
        """When it fires if nothing changes; None unless the condition holds and has not fired."""
        if self.below_since is None or not self.armed:
            return None
        return max(self.below_since + round(self.rule.hold_s * 1000), self.quiet_until)

    def idle(self, now_ms: int) -> bool:
        """Whether it holds nothing that a new watch would not know."""
        return not self.is_open and now_ms >= self.quiet_until and now_ms - self.heard_ms > STALE_MS

    def _judge_recovering(self, now_ms: int) -> Verdict | None:
        if self.calm_since is None:
            self.recovering = False
            return Verdict.RELAPSE
        return self.close(now_ms) if now_ms - self.calm_since >= self.rule.leave_s * 1000 else None

    def _held(self, now_ms: int) -> bool:
        return self.below_since is not None and now_ms - self.below_since > self.rule.hold_s * 1000


@dataclass(slots=True)
class KeywordWatch:
    """Fires with each hit; resolves `leave_s` after the last. In the cooldown only words not named before fire."""

    rule: KeywordAlertRule
    finding: Finding
    labels: list[str] = field(default_factory=list)
    hits: int = 0
    hit_ms: int = 0
    is_open: bool = False
    quiet_until: int = 0

    def hear(self, hit: KeywordHit, now_ms: int) -> Verdict | None:
        """Take a hit of one of the watched keyword rules."""
        if not self.is_open:
            if now_ms < self.quiet_until and hit.label in self.labels:
                return None
            self.labels, self.hits, self.is_open = [], 0, True
            self.finding = _nothing_yet(self.rule)
        self.hit_ms = now_ms
        self.hits += 1
        if hit.label not in self.labels and len(self.labels) < MAX_LABELS:
            self.labels.append(hit.label)
        own = self.rule.severity if self.rule.keyword_rules else hit.severity
        self.finding = Finding(
            more_severe(self.finding.severity, own),
            keyword_headline(self.rule, self.labels),
            keyword_evidence(self.hits, hit.at_ms),
            hit.at_ms,
        )
        return Verdict.FIRE

    def judge(self, now_ms: int) -> Verdict | None:
        """Resolve once it has been quiet for long enough."""
        return self.close(now_ms) if now_ms - self.hit_ms >= self.rule.leave_s * 1000 else None

    def close(self, now_ms: int) -> Verdict | None:
        """The call is over, or the words are long past."""
        if not self.is_open:
            return None
        self.is_open = False
        self.quiet_until = now_ms + round(self.rule.cooldown_s * 1000)
        return Verdict.RESOLVE

    def idle(self, now_ms: int) -> bool:
        """Whether it holds nothing that a new watch would not know."""
        return not self.is_open and now_ms >= self.quiet_until


Watch = SentimentWatch | KeywordWatch


def watch_sentiment(rule: SentimentAlertRule) -> SentimentWatch:
    """A watch that has heard nothing."""
    return SentimentWatch(rule, _nothing_yet(rule))


def watch_keywords(rule: KeywordAlertRule) -> KeywordWatch:
    """A watch that has heard nothing."""
    return KeywordWatch(rule, _nothing_yet(rule))


def _nothing_yet(rule: AlertRule) -> Finding:
    return Finding(rule.severity, rule.label, "", 0)


def _since(holds: bool, since: int | None, now_ms: int) -> int | None:
    if not holds:
        return None
    return now_ms if since is None else since
