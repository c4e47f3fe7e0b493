"""Alerts on a real notification daemon: shown, replaced in place, and opened by a click."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import replace

import pytest

from desktop.domain.alert import Alert, AlertState
from desktop.domain.insight import Severity
from desktop.sinks.linux_notifications import LinuxNotifier
from tests.support.desktop_session import NotificationDaemon

ALERT = Alert(1, "call-1", "r", Severity.CRITICAL, AlertState.ACTIVE, "Critical words: Legal threat", "", 0, 0, 0)


@contextlib.asynccontextmanager
async def started(on_open: Callable[[str], None]) -> AsyncIterator[LinuxNotifier]:
    notifier = LinuxNotifier()
    assert await notifier.start(on_open) == "dunst"
    async with asyncio.TaskGroup() as group:
        serving = group.create_task(notifier.run(), name="clicks")
        await asyncio.sleep(0.1)
        yield notifier
        serving.cancel()
    await notifier.close()


async def test_an_alert_is_shown_with_its_call(notification_daemon: NotificationDaemon) -> None:
    async with started(lambda call: None) as notifier:
        assert await notifier.show(ALERT, ALERT.headline, "Dana · Billing")
        shown = await asyncio.to_thread(notification_daemon.shown)
    assert [(n.app, n.summary, n.body) for n in shown] == [
        ("Sidetone", "Critical words: Legal threat", "Dana · Billing")
    ]


async def test_a_newer_alert_of_the_same_call_takes_its_place(notification_daemon: NotificationDaemon) -> None:
    async with started(lambda call: None) as notifier:
        await notifier.show(ALERT, "first", "")
        await notifier.show(replace(ALERT, alert_id=2), "second", "")
        await notifier.show(replace(ALERT, alert_id=3, call="call-2"), "other", "")
        await asyncio.to_thread(notification_daemon.wait_for, 2)
        shown = await asyncio.to_thread(notification_daemon.shown)
    assert {n.summary for n in shown} == {"second", "other"}


async def test_a_click_opens_the_call(notification_daemon: NotificationDaemon) -> None:
    clicked: asyncio.Queue[str] = asyncio.Queue()
    async with started(clicked.put_nowait) as notifier:
        await notifier.show(ALERT, ALERT.headline, "")
        await asyncio.to_thread(notification_daemon.wait_for, 1)
        await asyncio.to_thread(notification_daemon.act)
        async with asyncio.timeout(20):
            assert await clicked.get() == "call-1"


async def test_no_daemon_is_said_and_does_no_harm(session_bus: str) -> None:
    notifier = LinuxNotifier()
    assert await notifier.start(lambda call: None) == ""
    assert not await notifier.show(ALERT, "x", "")
    await notifier.run()
    await notifier.close()


async def test_no_bus_at_all_is_said_too(monkeypatch: pytest.MonkeyPatch) -> None:
    for address in ("unix:path=/nonexistent/bus", ""):
        monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", address)
        assert await LinuxNotifier().start(lambda call: None) == ""
    monkeypatch.delenv("DBUS_SESSION_BUS_ADDRESS")
    assert await LinuxNotifier().start(lambda call: None) == ""
