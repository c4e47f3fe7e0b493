"""What speaks for a call: the same scale on screen and for the ears."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from desktop.domain.alert import Alert, AlertState
from desktop.domain.insight import CallDynamics, SentimentReading, Severity
from desktop.domain.media import Party
from desktop.domain.need import gravest, trend_of
from desktop.insights.needs import NeedBook

NOW = 1_790_000_000_000


def alert(number: int = 1, severity: Severity = Severity.WARNING, **more: object) -> Alert:
    values: dict[str, object] = {"state": AlertState.ACTIVE, "headline": "", "evidence": "", "raised_at_ms": NOW}
    values |= {"changed_at_ms": NOW, "position_ms": 0, **more}
    return Alert(number, "c", "rule", severity, **values)  # type: ignore[arg-type]


def reads(book: NeedBook, averages: Sequence[float], party: Party = Party.CUSTOMER) -> None:
    for average in averages:
        book.reading(SentimentReading("c", party, 0, average, "", "sidetone", 0, average, 5))


def test_a_call_of_which_nothing_is_known_needs_nobody() -> None:
    assert NeedBook().need("c", NOW) == 0.0


def test_alerts_weigh_most_then_mood_then_how_it_goes() -> None:
    book = NeedBook()
    book.dynamics(CallDynamics("c", 0, 0, 0, 0, 12_000, True, 0))
    assert book.need("c", NOW) == 7.0
    reads(book, [0.0, -0.4])
    assert book.need("c", NOW) == 22.0
    book.alert(alert(1))
    book.alert(alert(2, Severity.CRITICAL))
    assert book.need("c", NOW) == 82.0
    book.alert(alert(2, Severity.CRITICAL, state=AlertState.RESOLVED))
    book.alert(alert(1, state=AlertState.RECOVERING))
    assert book.need("c", NOW) == 42.0
    book.alert(alert(1, acknowledged=True))
    assert book.need("c", NOW) == 32.0
    book.forget("c")
    assert book.need("c", NOW) == 0.0


def test_an_unhappy_agent_is_not_an_unhappy_customer() -> None:
    book = NeedBook()
    reads(book, [-0.9, -0.9], Party.AGENT)
    assert book.need("c", NOW) == 0.0
    reads(book, [-0.4], Party.MIXED)
    assert book.need("c", NOW) == 10.0


def test_the_gravest_that_waits_for_somebody() -> None:
    waits, taken = alert(1, Severity.INFO), alert(2, Severity.CRITICAL, acknowledged=True)
    later = alert(3, Severity.CRITICAL, snoozed_until_ms=NOW + 1)
    assert gravest([taken, later, waits], NOW) is waits
    assert gravest([later, waits], NOW + 1) is later
    assert gravest([], NOW) is None


@pytest.mark.parametrize(("averages", "trend"), [([], 0), ([0.1], 0), ([0.1, 0.2], 0), ([0, 0.2], 1), ([0, -0.2], -1)])
def test_a_trend_is_more_than_a_wobble(averages: list[float], trend: int) -> None:
    assert trend_of(averages) == trend
