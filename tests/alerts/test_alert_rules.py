"""Alert rules as data."""

from __future__ import annotations

import pytest

from desktop.alerts.book import AlertBook
from desktop.alerts.rules import DEFAULT_ALERT_RULES, checked_alert_rules
from desktop.domain.alert import AlertRule, KeywordAlertRule, SentimentAlertRule
from desktop.domain.errors import SettingInvalid


def test_the_shipped_rules_are_usable_and_follow_document_b() -> None:
    assert checked_alert_rules(DEFAULT_ALERT_RULES) == DEFAULT_ALERT_RULES
    mood = DEFAULT_ALERT_RULES[0]
    assert isinstance(mood, SentimentAlertRule)
    assert (mood.window, mood.enter, mood.hold_s) == (5, -0.5, 30.0)


@pytest.mark.parametrize(
    ("rules", "path"),
    [
        ((SentimentAlertRule(), SentimentAlertRule()), "alerts.sentiment-low.rule_id"),
        ((SentimentAlertRule(window=6),), "alerts.sentiment-low.window"),
        ((SentimentAlertRule(window=0),), "alerts.sentiment-low.window"),
        ((SentimentAlertRule(enter=-0.2),), "alerts.sentiment-low.leave"),
        ((SentimentAlertRule(enter=-1.5),), "alerts.sentiment-low.leave"),
        ((SentimentAlertRule(leave=1.5),), "alerts.sentiment-low.leave"),
        ((SentimentAlertRule(hold_s=-1),), "alerts.sentiment-low.hold_s"),
        ((SentimentAlertRule(cooldown_s=-1),), "alerts.sentiment-low.leave_s"),
        ((KeywordAlertRule(leave_s=-1),), "alerts.keyword-critical.leave_s"),
    ],
)
def test_a_rule_that_cannot_be_used_is_named(rules: tuple[AlertRule, ...], path: str) -> None:
    with pytest.raises(SettingInvalid) as caught:
        AlertBook(rules)
    assert caught.value.path == path
    assert caught.value.hint
