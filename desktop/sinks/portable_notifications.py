"""Native notifications on Windows and macOS (desktop-notifier)."""

from __future__ import annotations

from collections.abc import Callable

from desktop_notifier import DesktopNotifier, Urgency

from desktop.domain.alert import Alert
from desktop.domain.insight import Severity

_URGENCY = {Severity.INFO: Urgency.Low, Severity.WARNING: Urgency.Normal, Severity.CRITICAL: Urgency.Critical}


class PortableNotifier:
    """The same port as on Linux."""

    def __init__(self) -> None:
        self._notifier = DesktopNotifier(app_name="Sidetone")
        self._on_open: Callable[[str], None] = lambda call: None
        self._shown: dict[str, str] = {}

    async def start(self, on_open: Callable[[str], None]) -> str:
        """Ask for permission; "" when the system refuses."""
        self._on_open = on_open
        return "desktop" if await self._notifier.request_authorisation() else ""

    async def run(self) -> None:
        """Clicks arrive as callbacks here; nothing to serve."""

    async def show(self, alert: Alert, title: str, body: str) -> bool:
        """Show it; a click opens the call."""
        self._shown[alert.call] = await self._notifier.send(
            title,
            body,
            urgency=_URGENCY[alert.severity],
            on_clicked=lambda: self._on_open(alert.call),
            thread=alert.call,
        )
        return True

    async def withdraw(self, call: str) -> None:
        """Close the call's notification, if there is one."""
        if (shown := self._shown.pop(call, None)) is not None:
            await self._notifier.clear(shown)

    async def close(self) -> None:
        """Nothing is held open."""
