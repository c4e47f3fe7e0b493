"""Native notifications on Linux: org.freedesktop.Notifications over the session bus (jeepney).

One notification per call: a newer alert of the same call replaces it in place. A click opens the call.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

from jeepney import DBusAddress, HeaderFields, MatchRule, Message, message_bus, new_method_call
from jeepney.io.asyncio import DBusRouter, Proxy, RouterClosed, open_dbus_router
from jeepney.wrappers import DBusErrorResponse, unwrap_msg

from desktop.domain.alert import Alert
from desktop.domain.insight import Severity

_SERVICE = DBusAddress(
    "/org/freedesktop/Notifications",
    bus_name="org.freedesktop.Notifications",
    interface="org.freedesktop.Notifications",
)
_URGENCY = {Severity.INFO: 0, Severity.WARNING: 1, Severity.CRITICAL: 2}
REMEMBERED = 200  # notifications whose click still opens their call
PATIENCE_S = 3.0
_NO_BUS = (OSError, KeyError, RuntimeError, TimeoutError, ValueError)  # jeepney lets a bad address through as it is


class LinuxNotifier:
    """`start`, then `show`; `run` hands clicks to `on_open` until cancelled."""

    def __init__(self) -> None:
        self._router: DBusRouter | None = None
        self._calls: OrderedDict[int, str] = OrderedDict()  # notification id -> call
        self._on_open: Callable[[str], None] = lambda call: None

    async def start(self, on_open: Callable[[str], None]) -> str:
        """Connect; the daemon's name, or "" when there is no bus or nobody shows notifications."""
        self._on_open = on_open
        context = open_dbus_router(bus="SESSION")
        try:
            self._router = await context.__aenter__()
        except _NO_BUS:
            return ""
        self._context = context
        try:
            name, *_ = await self._ask("GetServerInformation")
        except (DBusErrorResponse, RouterClosed, ConnectionError, TimeoutError, ValueError):
            await self.close()
            return ""
        return str(name)

    async def run(self) -> None:
        """Serve clicks until cancelled."""
        if self._router is None:
            return
        rule = MatchRule(type="signal", interface=_SERVICE.interface, path=_SERVICE.object_path)
        await Proxy(message_bus, self._router).AddMatch(rule)
        with self._router.filter(rule, bufsize=50) as signals:
            while True:
                self._signal(await signals.get())

    async def show(self, alert: Alert, title: str, body: str) -> bool:
        """Show or replace the call's notification; False when no daemon took it."""
        if self._router is None:
            return False
        replaces = next((i for i, call in self._calls.items() if call == alert.call), 0)
        hints = {"urgency": ("y", _URGENCY[alert.severity]), "desktop-entry": ("s", "sidetone")}
        try:
            (shown,) = await self._ask(
                "Notify",
                "susssasa{sv}i",
                ("Sidetone", replaces, "sidetone", title, body, ["default", "Open the call"], hints, -1),
            )
        except (DBusErrorResponse, RouterClosed, TimeoutError, ConnectionError):
            return False
        self._calls.pop(replaces, None)
        self._calls[int(shown)] = alert.call
        while len(self._calls) > REMEMBERED:
            self._calls.popitem(last=False)
        return True

    async def withdraw(self, call: str) -> None:
        """Close the call's notification, if there is one."""
        for shown in [i for i, about in self._calls.items() if about == call]:
            del self._calls[shown]
            with contextlib.suppress(DBusErrorResponse, RouterClosed, TimeoutError, ConnectionError):
                await self._ask("CloseNotification", "u", (shown,))

    async def close(self) -> None:
        """Leave the bus."""
        if self._router is not None:
            for call in set(self._calls.values()):
                await self.withdraw(call)
        router, self._router = self._router, None
        if router is not None:
            with contextlib.suppress(EOFError, OSError):  # the bus is gone already
                await self._context.__aexit__(None, None, None)

    async def _ask(self, method: str, signature: str | None = None, body: tuple[object, ...] = ()) -> tuple[Any, ...]:
        assert self._router is not None
        call = new_method_call(_SERVICE, method, signature, body)
        async with asyncio.timeout(PATIENCE_S):
            reply: tuple[Any, ...] = unwrap_msg(await self._router.send_and_get_reply(call))
        return reply

    def _signal(self, message: Message) -> None:
        member = message.header.fields.get(HeaderFields.member)
        if member == "ActionInvoked" and (call := self._calls.get(message.body[0])) is not None:
            self._on_open(call)
