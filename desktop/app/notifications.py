"""Alerts to native notifications: one at a time, newest per call, never in the window's way."""

from __future__ import annotations

import asyncio
import contextlib
from collections import OrderedDict
from collections.abc import Callable, Iterable

from desktop.app.catalog import make_notifier
from desktop.dashboard import sentences
from desktop.dashboard.state import FloorState
from desktop.domain.alert import Alert, AlertState
from desktop.domain.ports import Notifier

WAITING_MOST = 50  # calls with an alert to show; beyond it the oldest is left to the alert list
APART_S = 0.2


class Notifications:
    """`queue` takes alerts at any rate; `run` shows them and opens the call that is clicked."""

    def __init__(
        self, state: FloorState, on_open: Callable[[str], None], make: Callable[[], Notifier] = make_notifier
    ) -> None:
        self.shown = 0
        self.failed = 0
        self.daemon = ""
        self._state = state
        self._on_open = on_open
        self._make = make
        self._waiting: OrderedDict[str, Alert] = OrderedDict()
        self._settled: set[str] = set()
        self._rung = asyncio.Event()

    def queue(self, alert: Alert) -> None:
        """Show this soon; a newer alert of the same call takes its place."""
        self._waiting[alert.call] = alert
        self._waiting.move_to_end(alert.call)
        while len(self._waiting) > WAITING_MOST:
            self._waiting.popitem(last=False)
        self._rung.set()

    def settle(self, alerts: Iterable[Alert]) -> None:
        """Alerts changed: those that somebody saw to, or that are over, need no notification any more."""
        for alert in alerts:
            if alert.acknowledged or alert.snoozed_until_ms is not None or alert.state is AlertState.RESOLVED:
                self._waiting.pop(alert.call, None)
                self._settled.add(alert.call)
                self._rung.set()

    async def run(self) -> None:
        """Serve until cancelled; without a daemon, alerts stay in the window's own list."""
        notifier = self._make()
        try:
            self.daemon = await notifier.start(self._open)
        except Exception:
            self.failed += 1
        if not self.daemon:
            return
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._clicks(notifier), name="notification clicks")
                group.create_task(self._show(notifier), name="notification queue")
        finally:
            await notifier.close()

    async def _clicks(self, notifier: Notifier) -> None:
        try:
            await notifier.run()
        except Exception:  # alerts are still shown, only clicks are lost
            self.failed += 1

    def _open(self, call: str) -> None:
        asyncio.get_running_loop().call_soon(self._on_open, call)  # a failure in there is the window's

    async def _show(self, notifier: Notifier) -> None:
        while True:
            await self._rung.wait()
            self._rung.clear()
            while self._settled:
                with contextlib.suppress(Exception):  # it leaves the screen by itself, or stays until dismissed
                    await notifier.withdraw(self._settled.pop())
            while self._waiting:
                _, alert = self._waiting.popitem(last=False)
                try:
                    self.shown += await notifier.show(alert, alert.headline, self._about(alert))
                except Exception:  # whatever a platform's service throws; the alert stands in the window
                    self.failed += 1
                await asyncio.sleep(APART_S)

    def _about(self, alert: Alert) -> str:
        """Whose call it is; never what was said."""
        view = self._state.calls.get(alert.call)
        return "" if view is None else f"{sentences.who(view)} · {sentences.where(view)}"
