"""A gateway tells systemd when it serves, that it lives and that it ends: over a real datagram socket."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from desktop.app.gateway import GatewayOptions, run_gateway, set_up
from desktop.app.supervision import ALIVE, READY, STOPPING, report
from desktop.settings.model import Listener, Settings


@pytest.fixture(params=["file", "abstract"])
def manager(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    """The service manager's end."""
    name = str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as end:
        end.bind(name if request.param == "file" else "\0" + name)
        end.setblocking(False)
        monkeypatch.setenv("NOTIFY_SOCKET", name if request.param == "file" else "@" + name)
        yield end


def heard(end: socket.socket) -> list[str]:
    told = []
    while True:
        try:
            told.append(end.recv(100).decode())
        except BlockingIOError:
            return told


async def test_ready_while_it_serves_and_alive_until_it_stops(manager: socket.socket, tmp_path: Path) -> None:
    settings = Settings(listener=Listener("127.0.0.1", 0))
    await set_up("audiohook.example.com", settings, tmp_path / "secrets")
    told_at: list[list[str]] = []

    def say(line: str) -> None:
        told_at.append(heard(manager))

    assert await run_gateway(GatewayOptions(settings, tmp_path / "secrets", seconds=1.5), say) == 0
    assert told_at[0] == []  # before "Listening at"
    told = [state for states in told_at for state in states] + heard(manager)
    assert (told[0], told.count(READY), told.count(STOPPING)) == (READY, 1, 1)
    assert ALIVE in told


def test_nobody_is_told_without_a_manager_or_when_it_has_gone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    report(READY)
    for gone in (str(tmp_path / "nobody"), "@nobody-listens-here", "vsock:2:1"):
        monkeypatch.setenv("NOTIFY_SOCKET", gone)
        report(READY)


def test_a_manager_that_takes_nothing_more_holds_nobody_up(manager: socket.socket) -> None:
    for _ in range(10_000):
        report(ALIVE)
    assert set(heard(manager)) == {ALIVE}
