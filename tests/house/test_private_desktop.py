"""The private desktop that other tests lean on is real: notifications arrive, clicks come back, secrets are kept."""

from __future__ import annotations

import os

import keyring
import pytest
from jeepney import DBusAddress, MatchRule, message_bus, new_method_call
from jeepney.io.blocking import Proxy, open_dbus_connection
from jeepney.wrappers import unwrap_msg

from tests.support.desktop_session import NotificationDaemon, has_owner

NOTIFICATIONS = DBusAddress(
    "/org/freedesktop/Notifications",
    bus_name="org.freedesktop.Notifications",
    interface="org.freedesktop.Notifications",
)


def test_a_notification_is_shown_clicked_and_remembered(notification_daemon: NotificationDaemon) -> None:
    assert os.environ["DBUS_SESSION_BUS_ADDRESS"] == notification_daemon.address
    with open_dbus_connection(notification_daemon.address) as connection:
        rule = MatchRule(type="signal", interface=NOTIFICATIONS.interface, member="ActionInvoked")
        Proxy(message_bus, connection).AddMatch(rule)
        body = ("Tester", 0, "", "Summary", "Body", ["default", "Open"], {"urgency": ("y", 2)}, -1)
        call = new_method_call(NOTIFICATIONS, "Notify", "susssasa{sv}i", body)
        (ident,) = unwrap_msg(connection.send_and_get_reply(call, timeout=10))
        notification_daemon.wait_for(1)
        with connection.filter(rule) as clicks:
            notification_daemon.act(0)
            click = connection.recv_until_filtered(clicks, timeout=10)
        assert click.body == (ident, "default")
    assert [notification.summary for notification in notification_daemon.shown()] == ["Summary"]


def test_reading_the_screen_wipes_it(notification_daemon: NotificationDaemon) -> None:
    with open_dbus_connection(notification_daemon.address) as connection:
        for number, summary in enumerate(("first", "second")):
            hints = {"urgency": ("y", number + 1)}
            texts = ("Tester", 0, "", summary, "Body")
            call = new_method_call(NOTIFICATIONS, "Notify", "susssasa{sv}i", (*texts, [], hints, -1))
            connection.send_and_get_reply(call, timeout=10)
    notification_daemon.wait_for(2)
    shown = {notification[1:] for notification in notification_daemon.shown()}
    assert shown == {("Tester", "first", "Body", "NORMAL"), ("Tester", "second", "Body", "CRITICAL")}
    assert notification_daemon.count() == 0


def test_a_bare_bus_has_nobody_on_it(session_bus: str) -> None:
    assert not has_owner(session_bus, "org.freedesktop.Notifications")
    assert not has_owner(session_bus, "org.freedesktop.secrets")


def test_the_secret_service_keeps_a_secret(secret_service: str) -> None:
    keyring.set_password("sidetone-test", "user", "hush")
    assert keyring.get_password("sidetone-test", "user") == "hush"
    keyring.delete_password("sidetone-test", "user")
    assert keyring.get_password("sidetone-test", "user") is None


def test_without_a_fixture_there_is_neither_bus_nor_keyring() -> None:
    with pytest.raises(keyring.errors.NoKeyringError):
        keyring.set_password("sidetone-test", "user", "hush")
    with pytest.raises(OSError, match=r".+"):
        open_dbus_connection("SESSION").close()
