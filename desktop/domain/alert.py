"""Alerts and their life: raised, recovering, resolved; acknowledged or snoozed by a person."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from desktop.domain.insight import Severity
from desktop.domain.media import Party


class AlertState(enum.Enum):
    """Hysteresis in words."""

    ACTIVE = "active"
    RECOVERING = "recovering"  # the condition is gone, but not for long enough
    RESOLVED = "resolved"


@dataclass(frozen=True, slots=True)
class SentimentAlertRule:
    """Document B section 3: average of the last `window` readings below `enter` for `hold_s`."""

    rule_id: str = "sentiment-low"
    label: str = "Customer unhappy"
    party: Party = Party.CUSTOMER
    window: int = 5
    enter: float = -0.5
    hold_s: float = 30.0
    leave: float = -0.3
    leave_s: float = 15.0
    cooldown_s: float = 120.0
    severity: Severity = Severity.WARNING


@dataclass(frozen=True, slots=True)
class KeywordAlertRule:
    """A hit of one of `keyword_rules`, at once; resolves by itself after `leave_s` without another."""

    rule_id: str = "keyword-critical"
    label: str = "Critical words"
    keyword_rules: tuple[str, ...] = ()  # empty = every keyword rule of `severity` or above
    leave_s: float = 60.0
    cooldown_s: float = 60.0
    severity: Severity = Severity.CRITICAL


AlertRule = SentimentAlertRule | KeywordAlertRule


@dataclass(frozen=True, slots=True)
class Alert:
    """One alert about one call. Times in ms of the engine's wall clock (Unix epoch)."""

    alert_id: int
    call: str
    rule_id: str
    severity: Severity
    state: AlertState
    headline: str  # "Customer unhappy for 30 s" - no names, no transcript
    evidence: str  # what made it fire, e.g. "average -0.62 over 5 readings"; no transcript either
    raised_at_ms: int
    changed_at_ms: int
    position_ms: int  # where on the call's own time line
    times: int = 1  # how often it fired again while open (deduplicated per rule and call)
    acknowledged: bool = False
    snoozed_until_ms: int | None = None
