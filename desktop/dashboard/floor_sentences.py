"""Sentences about the floor as a whole: connections, figures, the bell, the state of the screen itself."""

from __future__ import annotations

from desktop.dashboard import captions
from desktop.dashboard.state import FloorState
from desktop.domain.alert import AlertState
from desktop.domain.events import LinkState
from desktop.domain.insight import Severity
from desktop.domain.need import quiet, snoozed


def waiting(count: int) -> str:
    """3 calls want to move; empty for none."""
    if count < 1:
        return ""
    return "1 call wants to move" if count == 1 else f"{count} calls want to move"


def behind_live(state: FloorState) -> str:
    """0.4 s; a dash without a measurement, or while no connection is up."""
    down = bool(state.links) and all(change.state is not LinkState.LIVE for change in state.links.values())
    return "–" if down or state.health is None else f"{state.health.lag_ms / 1000:.1f} s"


def complaints(state: FloorState) -> str:
    """What peers sent that was unusable; empty for nothing."""
    total = sum(state.complaints.values())
    if not total:
        return ""
    worst = max(state.complaints, key=lambda what: state.complaints[what])
    return f"{total:,} unusable {'message' if total == 1 else 'messages'} dropped (mostly: {worst})"


def heartbeat(late_ms: float) -> str:
    """Whether the screen itself keeps up."""
    return "Screen on time" if late_ms < 250 else f"Screen {late_ms / 1000:.1f} s late"


def floor_aloud(state: FloorState) -> str:
    """The figures for a screen reader."""
    live = len(state.live)
    return (
        f"{live} live {'call' if live == 1 else 'calls'}, {len(state.at_risk)} at risk, {state.calls_seen} seen in all"
    )


def bell(state: FloorState, now_ms: int) -> str:
    """What the bell's tooltip says: what waits for somebody, and what was put off."""
    count = state.alerts_waiting(now_ms)
    later = sum(1 for a in state.alerts.values() if a.state is not AlertState.RESOLVED and snoozed(a, now_ms))
    said = "No open alerts" if not count else f"{count} open {'alert' if count == 1 else 'alerts'}"
    return f"{said}, {later} snoozed" if later else said


def risk_severity(state: FloorState, now_ms: int) -> Severity:
    """The gravest severity among the calls at risk that nobody took on or put off; info if all are in hand."""
    found = {a.severity for view in state.at_risk for a in view.open_alerts.values() if not quiet(a, now_ms)}
    return next((s for s in (Severity.CRITICAL, Severity.WARNING) if s in found), Severity.INFO)


def open_count(state: FloorState) -> str:
    """Beside the alert list's title; empty for none."""
    count = sum(1 for alert in state.alerts.values() if alert.state is not AlertState.RESOLVED)
    return f"{count} open" if count else ""


def more(count: int) -> str:
    """How many chips there was no room for."""
    return f"+{count}"


def title(state: FloorState, now_ms: int) -> str:
    """The window's title: the number that nobody has seen to stands first, as a task bar may cut the rest."""
    count = state.alerts_waiting(now_ms)
    return f"({count}) {captions.APP}" if count else captions.APP


def span(span_ms: int) -> str:
    """The title of the sparklines' column."""
    return f"Last {span_ms // 60_000} min"
