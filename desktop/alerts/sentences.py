"""An alert's words: what it says in a headline and what made it fire. Never a name, never a transcript."""

from __future__ import annotations

from collections.abc import Sequence

from desktop.domain.alert import KeywordAlertRule, SentimentAlertRule
from desktop.domain.insight import SentimentReading

MAX_NAMED = 3


def sentiment_headline(rule: SentimentAlertRule) -> str:
    """For example "Customer unhappy for 30 s"."""
    return f"{rule.label} for {rule.hold_s:g} s"


def sentiment_evidence(reading: SentimentReading) -> str:
    """For example "average -0.62 over 5 readings"."""
    readings = "reading" if reading.count == 1 else "readings"
    return f"average {reading.average:.2f} over {reading.count} {readings}"


def keyword_headline(rule: KeywordAlertRule, labels: Sequence[str]) -> str:
    """For example "Critical words: Cancellation, Legal threat"."""
    more = f" and {len(labels) - MAX_NAMED} more" if len(labels) > MAX_NAMED else ""
    return f"{rule.label}: {', '.join(labels[:MAX_NAMED])}{more}"


def keyword_evidence(hits: int, at_ms: int) -> str:
    """For example "1 match, at 4:07 of the call"."""
    minutes, seconds = divmod(max(at_ms, 0) // 1000, 60)
    if hits == 1:
        return f"1 match, at {minutes}:{seconds:02d} of the call"
    return f"{hits} matches, the last at {minutes}:{seconds:02d} of the call"
