"""One rule watching one call, step by step."""

from __future__ import annotations

from desktop.alerts.watches import MAX_LABELS, Verdict, watch_keywords, watch_sentiment
from desktop.domain.alert import KeywordAlertRule, SentimentAlertRule
from desktop.domain.insight import KeywordHit, SentimentReading, Severity
from desktop.domain.media import Party


def reading(average: float) -> SentimentReading:
    return SentimentReading("c", Party.CUSTOMER, 0, average, "", "sidetone", 1, average, 5)


def test_the_table_from_closed_to_resolved() -> None:
    watch = watch_sentiment(SentimentAlertRule())
    assert watch.judge(0) is None
    assert watch.due_ms is None
    watch.hear(reading(-0.6), 1000)
    assert watch.due_ms == 31_000
    assert [watch.judge(31_000), watch.judge(31_001), watch.judge(32_000)] == [None, Verdict.FIRE, None]
    watch.hear(reading(0.0), 33_000)
    assert [watch.judge(33_000), watch.judge(33_001)] == [Verdict.RECOVER, None]
    watch.hear(reading(-0.4), 34_000)
    assert [watch.judge(34_000), watch.judge(34_001)] == [Verdict.RELAPSE, None]
    watch.hear(reading(0.0), 35_000)
    assert [watch.judge(35_000), watch.judge(49_999), watch.judge(50_000)] == [Verdict.RECOVER, None, Verdict.RESOLVE]
    assert watch.close(50_001) is None
    assert not watch.idle(170_000 - 1)
    assert watch.idle(170_000)


def test_a_watch_on_words_names_a_bounded_number_of_labels() -> None:
    watch = watch_keywords(KeywordAlertRule())
    assert watch.judge(0) is None
    assert watch.judge(10**9) is None
    for number in range(MAX_LABELS + 5):
        hit = KeywordHit("c", Party.CUSTOMER, "r", f"L{number}", Severity.CRITICAL, 0, 1, 0, 0)
        assert watch.hear(hit, number) is Verdict.FIRE
    assert len(watch.labels) == MAX_LABELS
    assert watch.hits == MAX_LABELS + 5
