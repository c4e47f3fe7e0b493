"""One console for each user of a computer: a lock that ends with its process, and a door to knock at.

The lock is the operating system's, so that a crash leaves none behind; whoever holds it may clear away an old socket.
The door takes one short message: come to the front. Nothing else can be asked through it.
"""

from __future__ import annotations

import contextlib
import hashlib
import multiprocessing.connection as pipes
import os
import stat
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import platformdirs
from filelock import FileLock, Timeout

from desktop.upkeep.ending import state_folder

LONGEST: Final = 512
KNOCK: Final = b"sidetone 1 raise "
DONE: Final = b"raised"
_LEAVE: Final = b"leave"
PATIENCE_S: Final = 5.0
LISTENER_S: Final = 2.0
LONGEST_SOCKET: Final = 100  # bytes; the kernel's limit is 108, 104 on macOS
TOKEN: Final = "XDG_ACTIVATION_TOKEN"
"""Wayland lets a window come to the front only with what the desktop gave to the program that asks for it."""


def runtime_folder() -> Path:
    """Where this user's locks and sockets are: on this computer only, and never in /tmp, where all may write."""
    if sys.platform != "linux":
        return platformdirs.user_runtime_path("sidetone", appauthor=False)
    given = Path(os.environ.get("XDG_RUNTIME_DIR", ""))
    try:
        found = given.stat() if given.is_absolute() else None
    except OSError:
        found = None
    ours = found is not None and found.st_uid == os.getuid() and not stat.S_IMODE(found.st_mode) & 0o077
    return given / "sidetone" if ours else state_folder()


class SingleInstance:
    """`first` tells whether this process is the one. `close` at the end."""

    def __init__(self, folder: Path) -> None:
        self._lock: FileLock | None = None
        self._listener: pipes.Listener | None = None
        self._address = _address(folder)
        self.first = True
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            lock = FileLock(folder / "console.lock", mode=0o600)
            lock.acquire(timeout=0)
        except Timeout:
            self.first = False
        except (OSError, NotImplementedError):  # nowhere to lock: two consoles are better than none
            pass
        else:
            self._lock = lock

    def listen(self, raised: Callable[[str], None]) -> None:
        """From now on somebody may knock. `raised` is called in a thread, with a Wayland token or ""."""
        if self._lock is None or not self._address:
            return
        with contextlib.suppress(OSError):
            if sys.platform != "win32":
                Path(self._address).unlink(missing_ok=True)  # a crash left it: nobody else holds the lock
            self._listener = pipes.Listener(self._address)
            if sys.platform != "win32":
                os.chmod(self._address, 0o600)
            threading.Thread(target=self._serve, args=(raised,), name="second starts", daemon=True).start()

    def _serve(self, raised: Callable[[str], None]) -> None:
        listener = self._listener
        while listener is not None:
            try:
                with listener.accept() as caller:
                    message = caller.recv_bytes(LONGEST) if caller.poll(LISTENER_S) else b""
                    if message == _LEAVE:
                        return
                    if message.startswith(KNOCK):
                        raised(_token(message.removeprefix(KNOCK)))
                        caller.send_bytes(DONE)
            except (OSError, EOFError, RuntimeError):  # a caller hung up, the door was closed, the loop has ended
                if self._listener is None:
                    return

    def raise_first(self) -> bool:
        """Ask the first one to come to the front; False when it doesn't answer (it may be starting, or hang)."""
        if sys.platform == "win32":
            import ctypes

            ctypes.windll.user32.AllowSetForegroundWindow(-1)  # whoever it is: it may come to the front
        token = os.environ.get(TOKEN, "")[: LONGEST - len(KNOCK)].encode("ascii", "ignore")
        deadline = time.monotonic() + PATIENCE_S
        while self._address and time.monotonic() < deadline:
            with contextlib.suppress(OSError, EOFError), pipes.Client(self._address) as door:
                door.send_bytes(KNOCK + token)
                if door.poll(max(0.0, deadline - time.monotonic())):
                    return door.recv_bytes(LONGEST) == DONE
            time.sleep(0.1)
        return False

    def close(self) -> None:
        """Leave the place to the next."""
        listener, self._listener = self._listener, None
        if listener is not None:
            with contextlib.suppress(OSError, EOFError), pipes.Client(self._address) as door:
                door.send_bytes(_LEAVE)
            with contextlib.suppress(OSError):
                listener.close()
        if self._lock is not None:
            self._lock.release()
            self._lock = None


def _address(folder: Path) -> str:
    """Of the door; empty where its path is too long for a socket."""
    if sys.platform == "win32":
        return rf"\\.\pipe\sidetone-{hashlib.sha256(str(folder).encode()).hexdigest()[:24]}"
    path = str(folder / "console.sock")
    return path if len(os.fsencode(path)) <= LONGEST_SOCKET else ""


def _token(message: bytes) -> str:
    text = message.decode("ascii", "replace")
    return text if text.isprintable() else ""
