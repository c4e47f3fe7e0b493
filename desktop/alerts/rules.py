"""Alert rules as data: which are on after installation, whether they can be used, what they listen to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never

from desktop.domain.alert import AlertRule, KeywordAlertRule, SentimentAlertRule
from desktop.domain.errors import SettingInvalid
from desktop.domain.insight import KeywordHit, SentimentReading, Severity
from desktop.domain.media import Party

DEFAULT_ALERT_RULES: tuple[AlertRule, ...] = (SentimentAlertRule(), KeywordAlertRule())

MAX_WINDOW = 5
"""Readings in the moving average that readings carry (document B section 3)."""

_RANK = {Severity.INFO: 0, Severity.WARNING: 1, Severity.CRITICAL: 2}


def checked_alert_rules(rules: Sequence[AlertRule]) -> tuple[AlertRule, ...]:
    """The same rules. Raises SettingInvalid, naming rule and field, when one can't be used."""
    seen: set[str] = set()
    for rule in rules:
        path = f"alerts.{rule.rule_id}"
        if rule.rule_id in seen:
            raise SettingInvalid(f"{path}.rule_id", "is used twice", "Give every rule an id of its own")
        seen.add(rule.rule_id)
        if rule.leave_s < 0 or rule.cooldown_s < 0:
            raise SettingInvalid(f"{path}.leave_s", "or cooldown_s is negative", "Use 0 or more seconds")
        match rule:
            case SentimentAlertRule():
                _check_sentiment(rule, path)
            case KeywordAlertRule():
                pass
            case _:  # pragma: no cover - the type checker proves it
                assert_never(rule)
    return tuple(rules)


def wants_reading(rule: SentimentAlertRule, reading: SentimentReading) -> bool:
    """Whether `rule` watches this reading's party. A mixed channel holds everybody, so it counts for all."""
    return reading.party in (rule.party, Party.MIXED)


def wants_hit(rule: KeywordAlertRule, hit: KeywordHit) -> bool:
    """Whether `rule` watches this hit: named, or at least as severe when it names none."""
    if rule.keyword_rules:
        return hit.rule_id in rule.keyword_rules
    return _RANK[hit.severity] >= _RANK[rule.severity]


def more_severe(one: Severity, other: Severity) -> Severity:
    """The one of both that matters more."""
    return max(one, other, key=_RANK.__getitem__)


def _check_sentiment(rule: SentimentAlertRule, path: str) -> None:
    if not 1 <= rule.window <= MAX_WINDOW:
        raise SettingInvalid(f"{path}.window", f"is {rule.window}", f"Use 1 to {MAX_WINDOW} readings")
    if not -1.0 <= rule.enter <= rule.leave <= 1.0:
        raise SettingInvalid(f"{path}.leave", "lies below enter, or one is outside -1 to 1", "Use e.g. -0.5 and -0.3")
    if rule.hold_s < 0:
        raise SettingInvalid(f"{path}.hold_s", "is negative", "Use 0 or more seconds")
