"""The alert list as plain values: open ones first, the gravest on top, then history."""

from __future__ import annotations

from dataclasses import dataclass

from desktop.dashboard import sentences
from desktop.dashboard.state import FloorState
from desktop.domain.alert import Alert, AlertState
from desktop.domain.insight import Severity
from desktop.domain.need import quiet

_GRAVITY = {Severity.CRITICAL: 0, Severity.WARNING: 1, Severity.INFO: 2}
ROWS_MOST = 200


@dataclass(frozen=True, slots=True)
class AlertRow:
    """What one alert shows. `loud` if it is open and nobody took it on; `open` until resolved."""

    alert_id: int
    call: str
    severity: Severity
    headline: str
    whose: str
    evidence: str
    state: str
    when: str
    open: bool
    loud: bool
    acknowledged: bool
    aloud: str


def alert_rows(state: FloorState, now_ms: int) -> list[AlertRow]:
    """At most `ROWS_MOST` rows at `now_ms` (wall clock, Unix epoch)."""
    ordered = sorted(state.alerts.values(), key=lambda alert: _place(alert, now_ms))
    return [_row(state, alert, now_ms) for alert in ordered[:ROWS_MOST]]


def _place(alert: Alert, now_ms: int) -> tuple[bool, bool, int, int]:
    if alert.state is AlertState.RESOLVED:
        return True, False, 0, -alert.changed_at_ms
    return False, quiet(alert, now_ms), _GRAVITY[alert.severity], -alert.raised_at_ms


def _row(state: FloorState, alert: Alert, now_ms: int) -> AlertRow:
    view = state.calls.get(alert.call)
    is_open = alert.state is not AlertState.RESOLVED
    return AlertRow(
        alert_id=alert.alert_id,
        call=alert.call,
        severity=alert.severity,
        headline=sentences.counted(alert.headline, alert.times),
        whose=sentences.whose(view),
        evidence=alert.evidence,
        state=sentences.alert_state(alert, now_ms),
        when=sentences.ago(now_ms, alert.raised_at_ms),
        open=is_open,
        loud=is_open and not quiet(alert, now_ms),
        acknowledged=alert.acknowledged,
        aloud=sentences.alert_aloud(alert, view, now_ms),
    )
