"""A private desktop for tests: a session bus of its own, a virtual display, dunst, an unlocked Secret Service.

Nothing here touches the bus, display or keyring of whoever runs the tests. Each part is a context manager that
starts real programs and ends them; conftest.py makes fixtures of them.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, NamedTuple

from jeepney import DBusAddress, Properties, new_method_call
from jeepney.io.blocking import DBusConnection, open_dbus_connection
from jeepney.wrappers import unwrap_msg

PATIENCE_S = 20.0

# No service folders: a bus that starts nothing by itself, so that "no daemon" can be tested.
BUS_CONFIG = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:dir={folder}</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
"""

DUNST_CONFIG = """[global]
    monitor = 0
    origin = top-right
    font = DejaVu Sans 10
    history_length = 100
    show_age_threshold = -1
    idle_threshold = 0
    dmenu = /usr/bin/head -1
    browser = /bin/true
[urgency_low]
    timeout = 3600
[urgency_normal]
    timeout = 7200
[urgency_critical]
    timeout = 0
"""
URGENCY_OF_TIMEOUT_S = {3600: "LOW", 7200: "NORMAL", 0: "CRITICAL"}
"""Dunst 1.9 does not tell the urgency, but the time that it gives a notification by its urgency."""


class Notification(NamedTuple):
    """What a person would read; urgency is LOW, NORMAL or CRITICAL, "" if the sender set a time-out itself."""

    ident: int
    app: str
    summary: str
    body: str
    urgency: str


def program(name: str) -> str:
    """The path of an installed program."""
    found = shutil.which(name)
    assert found, f"{name} is not installed: run `make setup`"
    return found


def wait_until(holds: Callable[[], bool], what: str) -> None:
    """Poll until it holds; AssertionError after PATIENCE_S."""
    deadline = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < deadline, f"waited {PATIENCE_S:.0f} s in vain for {what}"
        time.sleep(0.02)


@contextmanager
def running(command: Sequence[str], **options: Any) -> Iterator[subprocess.Popen[str]]:
    """A program for the time of the block; ended, at last by force, and waited for."""
    options.setdefault("stderr", subprocess.DEVNULL)
    options.setdefault("stdout", subprocess.DEVNULL)
    process = subprocess.Popen([program(command[0]), *command[1:]], text=True, **options)
    try:
        yield process
    finally:
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()
        process.terminate()
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(5)


def first_line(pipe: IO[str] | None) -> str:
    """What a program that just started announces."""
    assert pipe is not None
    line = pipe.readline().strip()
    assert line, "the program ended before it said where it listens"
    return line


@contextmanager
def session_bus(folder: Path) -> Iterator[str]:
    """A session bus on which nobody is; yields its address."""
    config = folder / "bus.conf"
    config.write_text(BUS_CONFIG.format(folder=folder), encoding="utf-8")
    command = ["dbus-daemon", f"--config-file={config}", "--nofork", "--print-address=1"]
    with running(command, stdout=subprocess.PIPE) as bus:
        yield first_line(bus.stdout)


@contextmanager
def virtual_display() -> Iterator[str]:
    """An X server without a window manager; yields its DISPLAY."""
    command = ["Xvfb", "-displayfd", "1", "-screen", "0", "1920x1080x24", "-nolisten", "tcp", "-noreset"]
    with running(command, stdout=subprocess.PIPE) as server:
        yield f":{first_line(server.stdout)}"


def has_owner(address: str, name: str) -> bool:
    """Whether somebody on that bus owns the well-known name."""
    bus = DBusAddress("/org/freedesktop/DBus", bus_name="org.freedesktop.DBus", interface="org.freedesktop.DBus")
    with open_dbus_connection(address) as connection:
        reply = connection.send_and_get_reply(new_method_call(bus, "NameHasOwner", "s", (name,)), timeout=PATIENCE_S)
        return bool(unwrap_msg(reply)[0])


class NotificationDaemon:
    """A running dunst: what it shows, and the supervisor's hand on it. `address` is its session bus."""

    name = "dunst"
    _dunst = DBusAddress(
        "/org/freedesktop/Notifications",
        bus_name="org.freedesktop.Notifications",
        interface="org.dunstproject.cmd0",
    )

    def __init__(self, address: str, connection: DBusConnection) -> None:
        self.address = address
        self._connection = connection

    def count(self) -> int:
        """Notifications on the screen (or waiting for room on it)."""
        return self._number("displayedLength") + self._number("waitingLength")

    def wait_for(self, count: int) -> None:
        """Wait until so many are on the screen."""
        wait_until(lambda: self.count() == count, f"{count} notifications")

    def history(self) -> list[Notification]:
        """Those that were closed, the newest first."""
        (entries,) = self._ask("NotificationListHistory")
        return [_notification(entry) for entry in entries]

    def shown(self) -> list[Notification]:
        """Those on the screen, the newest first; reading closes them."""
        count = self.count()
        before = len(self.history())
        self.close_all()
        wait_until(lambda: len(self.history()) == before + count, "closed notifications to be in the history")
        return self.history()[:count]

    def act(self, position: int = 0) -> None:
        """Click the notification at a position (0: the topmost): its default action. It stays on the screen."""
        self._ask("NotificationAction", "u", (position,))

    def close_all(self) -> None:
        """Wipe them off the screen."""
        self._ask("NotificationCloseAll")
        self.wait_for(0)

    def _number(self, name: str) -> int:
        reply = self._connection.send_and_get_reply(Properties(self._dunst).get(name), timeout=PATIENCE_S)
        return int(unwrap_msg(reply)[0][1])

    def _ask(self, method: str, signature: str | None = None, body: tuple[object, ...] = ()) -> tuple[Any, ...]:
        call = new_method_call(self._dunst, method, signature, body)
        reply: tuple[Any, ...] = unwrap_msg(self._connection.send_and_get_reply(call, timeout=PATIENCE_S))
        return reply


def _notification(entry: dict[str, tuple[str, Any]]) -> Notification:
    value = {key: typed[1] for key, typed in entry.items()}
    urgency = URGENCY_OF_TIMEOUT_S.get(value["timeout"] // 1_000_000, "")
    return Notification(value["id"], value["appname"], value["summary"], value["body"], urgency)


@contextmanager
def notification_daemon(address: str, display: str, folder: Path) -> Iterator[NotificationDaemon]:
    """Dunst on that bus and display."""
    config = folder / "dunstrc"
    config.write_text(DUNST_CONFIG, encoding="utf-8")
    environment = {**os.environ, "DBUS_SESSION_BUS_ADDRESS": address, "DISPLAY": display, "HOME": str(folder)}
    environment.pop("WAYLAND_DISPLAY", None)
    with running(["dunst", "-conf", str(config)], env=environment):
        wait_until(lambda: has_owner(address, "org.freedesktop.Notifications"), "dunst")
        with open_dbus_connection(address) as connection:
            yield NotificationDaemon(address, connection)


@contextmanager
def secret_service(address: str, folder: Path) -> Iterator[str]:
    """GNOME's keyring on that bus, empty and unlocked; yields the address."""
    runtime = folder / "runtime"
    runtime.mkdir(mode=0o700, exist_ok=True)
    environment = {
        **os.environ,
        "DBUS_SESSION_BUS_ADDRESS": address,
        "HOME": str(folder),
        "XDG_DATA_HOME": str(folder / "data"),
        "XDG_RUNTIME_DIR": str(runtime),
    }
    environment.pop("DISPLAY", None)
    command = ["gnome-keyring-daemon", "--foreground", "--unlock", "--components=secrets"]
    with running(command, env=environment, stdin=subprocess.PIPE) as daemon:
        assert daemon.stdin is not None
        daemon.stdin.write("for tests\n")
        daemon.stdin.close()
        wait_until(lambda: has_owner(address, "org.freedesktop.secrets"), "the Secret Service")
        yield address
