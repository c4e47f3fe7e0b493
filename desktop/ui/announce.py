"""Says a new alert once to whoever listens to a screen reader: assertively only if it is critical."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent
from PySide6.QtWidgets import QWidget

from desktop.dashboard import sentences
from desktop.dashboard.state import FloorState
from desktop.domain.alert import Alert, AlertState
from desktop.domain.insight import Severity


class Announcer:
    """Remembers what it has said. `texts` gives the new ones; `announce` says them through `widget`."""

    def __init__(self, widget: QWidget) -> None:
        self._widget = widget
        self._said: set[int] = set()

    def texts(self, state: FloorState, alerts: Iterable[Alert]) -> list[tuple[str, bool]]:
        """(sentence, whether it is critical) of alerts that were not said before and that matter now."""
        found = []
        for alert in alerts:
            new = alert.alert_id not in self._said
            self._said.add(alert.alert_id)
            if new and alert.state is AlertState.ACTIVE and alert.severity is not Severity.INFO:
                whose = sentences.whose(state.calls.get(alert.call))
                words = f"{sentences.alert_headline(alert)}, {whose}"
                found.append((words, alert.severity is Severity.CRITICAL))
        self._said &= state.alerts.keys()
        return found

    def announce(self, state: FloorState, alerts: Iterable[Alert]) -> None:
        """Say the new ones, if a screen reader runs."""
        for words, critical in self.texts(state, alerts):
            say(self._widget, words, critical=critical)


def say(widget: QWidget, words: str, *, critical: bool) -> None:
    """Say it through `widget`, if a screen reader runs."""
    if QAccessible.isActive():
        event = QAccessibleAnnouncementEvent(widget, words)
        politeness = QAccessible.AnnouncementPoliteness
        event.setPoliteness(politeness.Assertive if critical else politeness.Polite)
        QAccessible.updateAccessibility(event)
