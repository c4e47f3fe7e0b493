"""An alert's words."""

from __future__ import annotations

import pytest

from desktop.alerts.sentences import keyword_evidence, keyword_headline, sentiment_evidence, sentiment_headline
from desktop.domain.alert import KeywordAlertRule, SentimentAlertRule
from desktop.domain.insight import SentimentReading
from desktop.domain.media import Party


def test_sentiment() -> None:
    reading = SentimentReading("c", Party.CUSTOMER, 0, -0.7, "negative", "sidetone", 1, -0.624, 5)
    assert sentiment_evidence(reading) == "average -0.62 over 5 readings"
    first = SentimentReading("c", Party.CUSTOMER, 0, -0.7, "negative", "sidetone", 1, -0.7, 1)
    assert sentiment_evidence(first) == "average -0.70 over 1 reading"
    assert sentiment_headline(SentimentAlertRule(hold_s=7.5)) == "Customer unhappy for 7.5 s"


@pytest.mark.parametrize(
    ("labels", "headline"),
    [
        (["A"], "Critical words: A"),
        (["A", "B", "C"], "Critical words: A, B, C"),
        (["A", "B", "C", "D", "E"], "Critical words: A, B, C and 2 more"),
    ],
)
def test_keywords(labels: list[str], headline: str) -> None:
    assert keyword_headline(KeywordAlertRule(), labels) == headline


def test_where_on_the_call() -> None:
    assert keyword_evidence(1, 247_900) == "1 match, at 4:07 of the call"
    assert keyword_evidence(2, -5) == "2 matches, the last at 0:00 of the call"
