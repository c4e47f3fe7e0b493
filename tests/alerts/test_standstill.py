"""While a call isn't heard, time alone neither raises nor ends an alert."""

from __future__ import annotations

from desktop.alerts.book import Pending
from desktop.domain.alert import KeywordAlertRule, SentimentAlertRule
from desktop.domain.speech import Attention
from tests.alerts.test_alert_book import ACTIVE, RECOVERING, RESOLVED, Floor, at


def attended(floor: Floor, s: float, attention: Attention, call: str = "c") -> None:
    floor.book.attended(call, attention, at(s))


def test_an_alert_does_not_resolve_because_nothing_is_heard() -> None:
    floor = Floor(KeywordAlertRule(leave_s=60))
    floor.hears(0)
    attended(floor, 10, Attention.PRESENCE)
    assert floor.ticks(11, until=600) == []
    attended(floor, 600, Attention.WORDS)
    assert floor.ticks(601, until=649) == []
    (alert,) = floor.ticks(650)
    assert alert.state is RESOLVED


def test_watched_phrases_are_heard_without_words_but_no_mood_is() -> None:
    floor = Floor(SentimentAlertRule(), KeywordAlertRule(leave_s=60))
    floor.unhappy()
    floor.reads(40, 0.3)
    floor.hears(40)
    attended(floor, 41, Attention.PHRASES)
    changed = floor.ticks(42, until=300)
    assert [(alert.rule_id, alert.state) for alert in changed] == [("keyword-critical", RESOLVED)]
    attended(floor, 300, Attention.WORDS)
    (mood,) = floor.ticks(301, until=320)
    assert (mood.rule_id, mood.state) == ("sentiment-low", RESOLVED)


def test_a_recovery_waits_for_words() -> None:
    floor = Floor()
    floor.unhappy()
    (alert,) = floor.reads(40, 0.3)
    assert alert.state is RECOVERING
    attended(floor, 41, Attention.PRESENCE)
    assert floor.ticks(42, until=200) == []
    (relapsed,) = floor.reads(201, -0.6)  # what was begun is heard to its end
    assert relapsed.state is ACTIVE


def test_what_pends_goes_on_pending_when_it_is_heard_again() -> None:
    floor = Floor()
    floor.reads(0, -0.6)
    attended(floor, 20, Attention.PRESENCE)
    assert floor.ticks(21, until=100) == []
    attended(floor, 100, Attention.PHRASES)  # still no mood
    assert floor.ticks(101, until=120) == []
    attended(floor, 120, Attention.WORDS)
    assert floor.book.pending("c") == (Pending("sentiment-low", at(100), at(130)),)
    assert floor.ticks(129) == []
    assert len(floor.ticks(131)) == 1


def test_the_end_of_a_call_resolves_and_frees_it_all_the_same() -> None:
    floor = Floor(KeywordAlertRule(leave_s=60))
    floor.hears(0)
    attended(floor, 10, Attention.PRESENCE)
    (alert,) = floor.book.forget("c", at(500))
    assert alert.state is RESOLVED
    assert floor.book.calls_watched == 0
    floor.hears(510)
    assert len(floor.ticks(511, until=571)) == 1  # time goes on as for any other call
