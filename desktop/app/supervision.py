"""Tells the system's service manager how a headless run stands (sd_notify(3)); without one nobody is told."""

from __future__ import annotations

import contextlib
import os
import socket
from typing import Final

READY: Final = "READY=1"
ALIVE: Final = "WATCHDOG=1"
STOPPING: Final = "STOPPING=1"


def report(state: str) -> None:
    """Send it; a manager that has gone away, or takes nothing more for now, misses it."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address.startswith(("/", "@")):
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line, contextlib.suppress(OSError):
        line.setblocking(False)
        line.sendto(state.encode(), "\0" + address[1:] if address[0] == "@" else address)
