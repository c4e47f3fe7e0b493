"""Whether a change of an alert is worth interrupting somebody."""

from __future__ import annotations

from desktop.domain.alert import Alert, AlertState
from desktop.domain.insight import Severity

REPEAT_AFTER_MS = 20_000
"""An alert that fires again with nothing new to say interrupts at most this often."""


def should_notify(alert: Alert, previous: Alert | None) -> bool:
    """True when `alert` was just raised, or fired again. Info, acknowledged and snoozed ones never interrupt.

    `previous` is the value that `alert` replaces, None for a new one.
    """
    if alert.severity is Severity.INFO or alert.state is not AlertState.ACTIVE:
        return False
    if alert.acknowledged or alert.snoozed_until_ms is not None:
        return False
    if previous is None:
        return True
    if alert.times == previous.times:
        return False
    return alert.headline != previous.headline or alert.changed_at_ms - previous.changed_at_ms >= REPEAT_AFTER_MS
