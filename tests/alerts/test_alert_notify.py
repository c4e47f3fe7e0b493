"""What is worth interrupting somebody."""

from __future__ import annotations

from dataclasses import replace

import pytest

from desktop.alerts.notify import should_notify
from desktop.domain.alert import Alert, AlertState
from desktop.domain.insight import Severity

RAISED = Alert(1, "c", "r", Severity.WARNING, AlertState.ACTIVE, "Unhappy", "average", 1000, 1000, 0)
AGAIN = replace(RAISED, times=2, changed_at_ms=31_000)


def test_a_raised_alert_interrupts_and_one_that_fires_again() -> None:
    assert should_notify(RAISED, None)
    assert should_notify(AGAIN, RAISED)


@pytest.mark.parametrize(
    "alert",
    [
        replace(AGAIN, severity=Severity.INFO),
        replace(AGAIN, state=AlertState.RECOVERING),
        replace(AGAIN, state=AlertState.RESOLVED),
        replace(AGAIN, acknowledged=True),
        replace(AGAIN, snoozed_until_ms=99_000),
    ],
)
def test_info_quieted_and_closing_ones_do_not(alert: Alert) -> None:
    assert not should_notify(alert, RAISED)
    assert not should_notify(alert, None)


def test_a_change_that_is_no_firing_does_not() -> None:
    assert not should_notify(replace(RAISED, changed_at_ms=99_000), replace(RAISED, acknowledged=True))


def test_firing_again_at_once_interrupts_only_with_something_new_to_say() -> None:
    soon = replace(AGAIN, changed_at_ms=1500)
    assert not should_notify(soon, RAISED)
    assert should_notify(replace(soon, headline="Unhappy, and more"), RAISED)
