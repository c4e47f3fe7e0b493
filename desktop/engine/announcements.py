"""Alerts on their way out: to the screen all of them, to the desktop's notifications those that deserve it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from desktop.domain.alert import Alert
from desktop.domain.updates import AlertChanged, Update
from desktop.engine.meters import Meters


class Announcements:
    """Alert ids only rise: a higher one than ever seen is a new alert and is counted."""

    def __init__(self, put: Callable[[Update], None], meters: Meters, on_alert: Callable[[Alert], None]) -> None:
        self._put, self._meters, self._on_alert = put, meters, on_alert
        self._newest = -1

    def take(self, alerts: Sequence[tuple[Alert, bool]]) -> None:
        """Changed alerts, each with whether it deserves a notification."""
        for alert, notify in alerts:
            self._put(AlertChanged(alert))
            if alert.alert_id > self._newest:
                self._newest = alert.alert_id
                self._meters.counts["alerts"] += 1
            if notify:
                self._on_alert(alert)
