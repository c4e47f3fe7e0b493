"""A console's life as its user sees it, in processes of their own: alone, noticed when killed, safe when asked."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from desktop.app.restart import program, words_for
from desktop.settings.model import Connection, Settings
from desktop.settings.store import save

Start = Callable[..., "subprocess.Popen[str]"]
PATIENCE_S = 40.0


class Home:
    """Folders of a user of their own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "run").mkdir(mode=0o700)
        clean = {k: v for k, v in os.environ.items() if k not in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")}
        places = {f"XDG_{kind.upper()}_HOME": str(folder / kind) for kind in ("config", "state", "cache", "data")}
        self.environment = {**clean, **places, "XDG_RUNTIME_DIR": str(folder / "run")}
        self.log = folder / "state/sidetone/log/sidetone.log"
        self.record = folder / "state/sidetone/run.json"
        self.settings = folder / "config/sidetone/settings.toml"
        save(Settings(workers=1), self.settings)

    def command(self, *words: str, code: str) -> list[str]:
        return [sys.executable, *(["-c", code] if code else ["-m", "desktop"]), *words]


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


@pytest.fixture
def start(home: Home) -> Iterator[Start]:
    """Starts consoles, and ends those that still run."""
    running: list[subprocess.Popen[str]] = []

    def begin(*words: str, code: str = "") -> subprocess.Popen[str]:
        pipe = subprocess.PIPE
        running.append(
            subprocess.Popen(home.command(*words, code=code), env=home.environment, text=True, stdout=pipe, stderr=pipe)
        )
        return running[-1]

    yield begin
    for process in running:
        process.kill()
        process.communicate()


def until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def says(home: Home, words: str) -> Callable[[], bool]:
    return lambda: home.log.is_file() and words in home.log.read_text("utf-8")


def test_a_second_start_raises_the_first_and_ends(home: Home, start: Start) -> None:
    first = start()
    until(lambda: (home.folder / "run/sidetone/console.sock").exists())
    second = start()
    said, complaint = second.communicate(timeout=PATIENCE_S)
    assert (second.returncode, "brought to the front" in said) == (0, True), complaint
    assert first.poll() is None
    first.send_signal(signal.SIGTERM)
    assert first.wait(PATIENCE_S) == 0
    assert json.loads(home.record.read_text())["ended"] is True


def test_a_demo_is_not_bound_by_a_console(home: Home, start: Start) -> None:
    start()
    until(lambda: (home.folder / "run/sidetone/console.sock").exists())
    demo = start("demo", "--calls", "1", "--seconds", "1", "--report", str(home.folder / "r.json"))
    _, complaint = demo.communicate(timeout=PATIENCE_S)
    assert demo.returncode == 0, complaint
    assert (home.folder / "r.json").is_file()


def test_a_killed_console_is_noticed_and_a_safe_one_dials_nothing(home: Home, start: Start) -> None:
    dead = Connection("Quillfeather", "https://localhost:9")
    save(Settings(connections=(dead,), workers=1), home.settings)
    first = start()
    until(says(home, "the window is painted"))
    first.kill()
    first.wait(PATIENCE_S)
    assert json.loads(home.record.read_text())["ended"] is False
    second = start("--safe-mode")
    until(says(home, "safe mode: nothing is connected"))
    assert says(home, "the run before ended: unclean")()
    second.send_signal(signal.SIGTERM)
    said, complaint = second.communicate(timeout=PATIENCE_S)
    assert second.returncode == 0, complaint
    assert "Quillfeather" not in home.log.read_text("utf-8") + said + complaint


AFTER = """
import sys
from PySide6.QtCore import QTimer
from desktop.app.housekeeping import Housekeeping
begin = Housekeeping.__init__
def then(self, *values, **more):
    begin(self, *values, **more)
    QTimer.singleShot(1500, lambda: {do})
Housekeeping.__init__ = then
from desktop.app.cli import run
sys.exit(run(sys.argv[1:]))
"""


def test_the_way_back_from_safe_mode_and_a_reset_start_again_in_the_same_place(home: Home, start: Start) -> None:
    safe = start("--safe-mode", code=AFTER.format(do="self._again(safe=False)"))
    until(says(home, "start again, normally"))
    until(lambda: home.log.read_text("utf-8").count("the window is painted") == 2)
    assert home.log.read_text("utf-8").count("safe mode: nothing is connected") == 1
    assert json.loads(home.record.read_text())["pid"] == safe.pid  # the process's own place was taken
    safe.send_signal(signal.SIGTERM)
    assert safe.wait(PATIENCE_S) == 0
    assert home.settings.exists()
    reset = start(code=AFTER.format(do="self._reset(False)"))
    until(lambda: not home.settings.exists())
    until(lambda: home.log.is_file() and "the window is painted" in home.log.read_text("utf-8"))
    assert "start again" not in home.log.read_text("utf-8")  # a log of its own
    reset.send_signal(signal.SIGTERM)
    assert reset.wait(PATIENCE_S) == 0


def test_an_error_of_our_own_is_told_without_its_words_and_remembered(home: Home, start: Start) -> None:
    broken = start(code=AFTER.format(do="None").replace("QTimer.singleShot", "raise ValueError('Xanthippe')  #"))
    said, complaint = broken.communicate(timeout=PATIENCE_S)
    assert broken.returncode == 70
    assert "internal error: ValueError; " in complaint
    assert "Xanthippe" not in said + complaint
    record = json.loads(home.record.read_text())
    assert record["ended"] is False
    assert record["story"][0] == "ValueError"


def test_the_same_command_line_with_safe_mode_and_without() -> None:
    assert words_for(["--verbose"], safe=True) == ["--safe-mode", "--verbose"]
    assert words_for(["--safe-mode", "--verbose"], safe=True) == ["--safe-mode", "--verbose"]
    assert words_for(["--safe-mode", "--verbose"], safe=False) == ["--verbose"]
    assert program() == [sys.executable, "-m", "desktop"]
