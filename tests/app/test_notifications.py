"""From the engine's alert to the daemon and back to the opened call."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace

from desktop.app.notifications import WAITING_MOST, Notifications
from desktop.dashboard.state import Changes, FloorState, apply
from desktop.domain.alert import Alert, AlertState
from desktop.domain.facts import CallFacts, CallPhase
from desktop.domain.insight import Severity
from desktop.domain.updates import CallUpdated
from tests.support.desktop_session import NotificationDaemon


def alert(call: str, number: int = 1) -> Alert:
    return Alert(number, call, "r", Severity.CRITICAL, AlertState.ACTIVE, "Critical words: Refund", "", 0, 0, 0)


async def test_an_alert_reaches_the_daemon_and_a_click_opens_its_call(notification_daemon: NotificationDaemon) -> None:
    state = FloorState()
    facts = CallFacts(agent_name="Dana", queue_name="Billing")
    apply(state, CallUpdated("call-1", CallPhase.LIVE, facts, 0), Changes())
    opened: asyncio.Queue[str] = asyncio.Queue()
    notifications = Notifications(state, opened.put_nowait)
    async with asyncio.TaskGroup() as group:
        running = group.create_task(notifications.run(), name="notifications")
        notifications.queue(alert("call-1"))
        await asyncio.to_thread(notification_daemon.wait_for, 1)
        await asyncio.sleep(0.1)
        await asyncio.to_thread(notification_daemon.act)
        async with asyncio.timeout(20):
            assert await opened.get() == "call-1"
        running.cancel()
    assert notifications.shown == 1
    assert notifications.daemon == "dunst"
    (read,) = await asyncio.to_thread(notification_daemon.shown) or notification_daemon.history()[:1]
    assert read.body == "Dana · Billing"


async def test_a_storm_is_bounded_and_newest_wins() -> None:
    notifications = Notifications(FloorState(), lambda call: None)
    for number in range(500):
        notifications.queue(alert(f"call-{number % 100}", number))
    assert len(notifications._waiting) == WAITING_MOST
    assert [a.alert_id for a in notifications._waiting.values()] == list(range(450, 500))


async def test_without_a_daemon_it_just_ends(session_bus: str) -> None:
    notifications = Notifications(FloorState(), lambda call: None)
    await notifications.run()
    assert notifications.shown == 0


class Moody:
    """A platform whose notification service throws what it likes."""

    async def start(self, on_open: Callable[[str], None]) -> str:
        return "moody"

    async def run(self) -> None:
        raise RuntimeError("clicks are off today")

    async def show(self, alert: Alert, title: str, body: str) -> bool:
        raise OSError("no")

    async def withdraw(self, call: str) -> None:
        raise OSError("no")

    async def close(self) -> None:
        pass


async def test_a_service_that_throws_is_counted_and_takes_nobody_along() -> None:
    notifications = Notifications(FloorState(), lambda call: None, make=Moody)
    async with asyncio.TaskGroup() as group:
        running = group.create_task(notifications.run(), name="notifications")
        notifications.queue(alert("call-1"))
        async with asyncio.timeout(20):
            while notifications.failed < 2:
                await asyncio.sleep(0.01)
        assert not running.done()
        running.cancel()
    assert notifications.shown == 0


async def test_an_alert_that_somebody_saw_to_leaves_the_screen(notification_daemon: NotificationDaemon) -> None:
    notifications = Notifications(FloorState(), lambda call: None)
    async with asyncio.TaskGroup() as group:
        running = group.create_task(notifications.run(), name="notifications")
        notifications.queue(alert("call-1", 1))
        notifications.queue(replace(alert("call-2", 2), headline="Critical words: Legal threat"))
        await asyncio.to_thread(notification_daemon.wait_for, 2)
        notifications.settle([replace(alert("call-1", 1), acknowledged=True), alert("call-2", 2)])
        await asyncio.to_thread(notification_daemon.wait_for, 1)
        running.cancel()
    await asyncio.to_thread(notification_daemon.wait_for, 0)  # nothing stays behind when Sidetone ends
