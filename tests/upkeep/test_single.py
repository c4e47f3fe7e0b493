"""One console for each user: the second knocks, and what a crash left is in nobody's way."""

from __future__ import annotations

import multiprocessing.connection as pipes
import socket
import stat
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from desktop.upkeep import single
from desktop.upkeep.ending import state_folder
from desktop.upkeep.single import KNOCK, SingleInstance, runtime_folder


@pytest.fixture
def folder() -> Iterator[Path]:
    """Short enough for a socket."""
    with tempfile.TemporaryDirectory(prefix="st-") as path:
        yield Path(path)


class Raised:
    def __init__(self) -> None:
        self.tokens: list[str] = []
        self.rung = threading.Event()

    def __call__(self, token: str) -> None:
        self.tokens.append(token)
        self.rung.set()


def test_the_second_raises_the_first_and_the_place_is_free_afterwards(folder: Path) -> None:
    raised, first = Raised(), SingleInstance(folder)
    assert first.first
    first.listen(raised)
    for _ in range(3):
        second = SingleInstance(folder)
        assert not second.first
        assert second.raise_first()
        second.close()
    assert raised.tokens == ["", "", ""]
    first.close()
    third = SingleInstance(folder)
    assert third.first
    third.close()


def test_the_desktops_token_comes_along(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    raised, first = Raised(), SingleInstance(folder)
    first.listen(raised)
    monkeypatch.setenv(single.TOKEN, "gnome-shell/7-123_TIME456")
    assert SingleInstance(folder).raise_first()
    assert raised.tokens == ["gnome-shell/7-123_TIME456"]
    first.close()


def test_the_socket_is_its_owners_alone(folder: Path) -> None:
    first = SingleInstance(folder / "run")
    first.listen(Raised())
    mode = (folder / "run" / "console.sock").stat().st_mode
    assert stat.S_IMODE(mode) == 0o600
    assert stat.S_IMODE((folder / "run").stat().st_mode) == 0o700
    first.close()


def test_what_a_killed_one_left_is_cleared_away(folder: Path) -> None:
    code = (
        "import os, sys; from pathlib import Path; from desktop.upkeep.single import SingleInstance; "
        f"s = SingleInstance(Path({str(folder)!r})); s.listen(print); assert s.first; os._exit(9)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False, timeout=60).returncode == 9
    assert (folder / "console.sock").exists()
    raised, first = Raised(), SingleInstance(folder)
    assert first.first
    first.listen(raised)
    assert SingleInstance(folder).raise_first()
    first.close()


@pytest.mark.parametrize("message", [b"", b"x" * 400, b"sidetone 2 raise ", b"\x80pickle", KNOCK[:-1]])
def test_nothing_else_can_be_asked(folder: Path, message: bytes) -> None:
    raised, first = Raised(), SingleInstance(folder)
    first.listen(raised)
    with pipes.Client(str(folder / "console.sock")) as door:
        door.send_bytes(message)
        with pytest.raises((EOFError, OSError)):
            door.recv_bytes()
    assert raised.tokens == []
    assert SingleInstance(folder).raise_first()  # and the door is open still
    first.close()


def test_too_long_a_message_and_one_that_hangs_up_do_no_harm(folder: Path) -> None:
    raised, first = Raised(), SingleInstance(folder)
    first.listen(raised)
    for sent in (b"", b"\x7f\xff\xff\xff", b"\x00\x00\x10\x00" + b"x" * 4_096):
        with socket.socket(socket.AF_UNIX) as door:
            door.connect(str(folder / "console.sock"))
            door.sendall(sent)
    assert SingleInstance(folder).raise_first()
    assert raised.tokens == [""]
    first.close()


def test_a_token_that_is_none_is_left_out(folder: Path) -> None:
    raised, first = Raised(), SingleInstance(folder)
    first.listen(raised)
    with pipes.Client(str(folder / "console.sock")) as door:
        door.send_bytes(KNOCK + b"\x00\x1b[31m")
        assert door.recv_bytes() == single.DONE
    assert raised.tokens == [""]
    first.close()


def test_one_that_does_not_answer_is_said_so(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = SingleInstance(folder)  # holds the place and never listens
    monkeypatch.setattr(single, "PATIENCE_S", 0.3)
    began = time.monotonic()
    assert not SingleInstance(folder).raise_first()
    assert time.monotonic() - began < 5
    first.close()


def test_nowhere_to_lock_is_no_reason_not_to_start(folder: Path) -> None:
    (folder / "file").write_text("")
    only = SingleInstance(folder / "file" / "run")
    assert only.first
    only.listen(Raised())
    only.close()


def test_a_path_too_long_for_a_socket_still_locks(folder: Path) -> None:
    deep = folder / ("d" * 120)
    first = SingleInstance(deep)
    first.listen(Raised())
    second = SingleInstance(deep)
    assert (first.first, second.first) == (True, False)
    assert not second.raise_first()
    first.close()


def test_without_a_runtime_folder_of_ones_own_it_is_never_in_tmp(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(folder))
    assert runtime_folder() == folder / "sidetone"
    folder.chmod(0o755)
    assert runtime_folder() == state_folder()
    for value in ("", "relative", "/nonexistent"):
        monkeypatch.setenv("XDG_RUNTIME_DIR", value)
        assert runtime_folder() == state_folder()
    monkeypatch.delenv("XDG_RUNTIME_DIR")
    assert runtime_folder() == state_folder()
