"""What the window offers after an unclean end and in safe mode, and errors that nobody caught."""

from __future__ import annotations

import asyncio
import logging
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QTimer, qWarning
from PySide6.QtWidgets import QApplication

from desktop.app import chores
from desktop.app.alarms import alarmed
from desktop.app.housekeeping import Housekeeping
from desktop.app.life import Life
from desktop.app.usable import as_delivered, question
from desktop.dashboard import desk_captions as words
from desktop.dashboard.state import FloorState
from desktop.domain.insight import Severity
from desktop.settings.backups import last_good
from desktop.settings.model import Connection, Recognition, Settings, Updates
from desktop.settings.store import default_path, load, save
from desktop.ui.application import make_application
from desktop.ui.main_window import MainWindow
from desktop.upkeep.ending import Ending, How
from desktop.upkeep.updates import News

Keep = Callable[..., tuple[Housekeeping, MainWindow, Life, list[str]]]


@pytest.fixture
def keep(qapp: QApplication) -> Iterator[Keep]:
    """Housekeeping of a window that is put away."""
    make_application(["sidetone"])
    windows: list[MainWindow] = []

    def make(before: Ending, *, safe: bool = False) -> tuple[Housekeeping, MainWindow, Life, list[str]]:
        left: list[str] = []
        windows.append(MainWindow(FloorState(), lambda intent: None))
        life = Life(before=before)
        keeping = Housekeeping(
            windows[-1], Settings(), life, lambda: {"calls.seen": 4}, lambda: left.append("left"), safe=safe
        )
        return keeping, windows[-1], life, left

    yield make
    for window in windows:
        window.close()
        window.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


def test_after_a_clean_end_nothing_is_said(keep: Keep) -> None:
    _, window, _, _ = keep(Ending(How.CLEAN))
    assert window.page.offers.shown is None


def test_after_an_unclean_end_a_report_is_offered(keep: Keep) -> None:
    keeping, window, _, _ = keep(Ending(How.UNCLEAN, 1, story=("ValueError", "  desktop/x.py:1 f")))
    shown = window.page.offers.shown
    assert shown is not None
    assert [caption for caption, _ in shown.acts] == [words.SHOW_REPORT]
    shown.acts[0][1]()
    assert keeping.dialog is not None
    text = keeping.dialog.text.toPlainText()
    assert "desktop/x.py:1 f" in text
    assert "calls.seen" in text
    keeping.dialog.saved.emit(True)
    assert window.page.offers.shown is None
    keeping.dialog.reject()
    assert keeping.dialog is None


def test_after_two_in_a_row_safe_mode_is_offered_and_starts_again(keep: Keep) -> None:
    _, window, life, left = keep(Ending(How.UNCLEAN, 2))
    shown = window.page.offers.shown
    assert shown is not None
    assert "2 times" in shown.text
    dict(shown.acts)[words.START_SAFELY]()
    assert (life.again, left) == (True, ["left"])


def test_safe_mode_says_so_and_has_a_way_back(keep: Keep) -> None:
    _, window, life, left = keep(Ending(How.UNCLEAN, 3), safe=True)
    shown = window.page.offers.shown
    assert shown is not None
    assert shown.text == words.SAFE_MODE
    dict(shown.acts)[words.START_NORMALLY]()
    assert (life.again, left) == (False, ["left"])


def test_safe_mode_keeps_what_is_connected_and_nothing_else() -> None:
    chosen = Settings(theme="dark", recognition=Recognition(model="x"), connections=(Connection("a", "https://x"),))
    assert as_delivered(chosen) == Settings(notifications=False, connections=chosen.connections)


def test_an_error_in_a_slot_a_thread_and_the_loop_is_logged_and_counted_without_its_words(
    qapp: QApplication, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail() -> None:
        raise ValueError("Xanthippe")

    hooks = sys.excepthook, threading.excepthook, sys.unraisablehook
    with alarmed() as alarms, caplog.at_level(logging.INFO):
        QTimer.singleShot(0, fail)
        while not alarms.counts:
            QCoreApplication.processEvents()
        thread = threading.Thread(target=fail)
        thread.start()
        thread.join()

        async def main() -> None:
            loop = asyncio.get_running_loop()
            alarms.loop(loop)
            loop.call_soon(fail)
            await asyncio.sleep(0.01)
            loop.call_exception_handler({"message": "something\nXanthippe"})

        asyncio.run(main())
        qWarning("a Qt warning")
        sys.excepthook(KeyboardInterrupt, KeyboardInterrupt(), None)
    assert (sys.excepthook, threading.excepthook, sys.unraisablehook) == hooks
    assert alarms.counts == {"slot": 1, "thread": 1, "loop": 2}
    assert "a Qt warning" in caplog.text
    said = capsys.readouterr().err
    assert said.count("internal error: ValueError at ") == 3
    assert "Xanthippe" not in said


def test_this_computer_turns_updates_on_and_off_and_says_why_not(
    keep: Keep, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    save(Settings(updates=Updates(url="https://example.com/x.json")), default_path())
    keeping, _, _, _ = keep(Ending(How.CLEAN))
    changed: list[str] = []
    keeping.computer.updates_changed = lambda: changed.append("yes")
    keeping.computer.open()
    dialog = keeping.computer.dialog
    assert dialog is not None
    dialog.updates.click()
    assert load(default_path()).updates == Updates(True, "https://example.com/x.json")
    assert changed == ["yes"]
    (tmp_path / "managed.toml").write_text(
        'locked = ["updates"]\n[updates]\ncheck = true\nurl = "https://example.com/theirs.json"\n'
    )
    monkeypatch.setenv("SIDETONE_MANAGED", str(tmp_path / "managed.toml"))
    dialog.updates.click()
    assert changed == ["yes"]
    dialog.accept()
    assert keeping.computer.dialog is None


def test_a_reset_ends_the_run_and_starts_again(keep: Keep) -> None:
    keeping, _, life, left = keep(Ending(How.CLEAN))
    keeping.computer.open()
    assert keeping.computer.dialog is not None
    keeping.computer.dialog.reset_wanted.emit(True)
    assert (life.reset, life.again, left) == (True, False, ["left"])


def test_lost_settings_are_not_lost_silently(keep: Keep, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    for workers in (1, 2):
        save(Settings(workers=workers), default_path())
    default_path().unlink()
    _, window, life, _ = keep(Ending(How.CLEAN))
    shown = window.page.offers.shown
    assert shown is not None
    assert "gone" in shown.text
    shown.acts[0][1]()
    assert load(default_path()).workers == 1
    assert life.again is False


def test_a_newer_version_is_a_quiet_line_with_a_link(keep: Keep) -> None:
    keeping, window, _, _ = keep(Ending(How.CLEAN))
    keeping.tell_of(News("9.9", "https://example.com", "Better."))
    shown = window.page.offers.shown
    assert shown is not None
    assert shown.severity is Severity.INFO
    assert "9.9" in shown.text
    assert [caption for caption, _ in shown.acts] == [words.READ_MORE]
    keeping.tell_of(News("9.9"))
    assert window.page.offers.shown is not None
    assert window.page.offers.shown.acts == ()


def test_a_broken_file_is_asked_about_with_the_backup(qapp: QApplication, tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    for workers in (1, 2):
        save(Settings(workers=workers), path)
    box = question("It can't be read.", last_good(path, load))
    captions = [button.text() for button in box.buttons()]
    assert words.OPEN_FILE in captions
    assert any(caption.startswith("Use the backup of") for caption in captions)
    without = question("x", None)
    assert not any("backup" in button.text() for button in without.buttons())
    for each in (box, without):
        each.deleteLater()


async def test_updates_are_asked_for_only_while_somebody_wants_them(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    async def watch(url: str, *rest: object) -> None:
        asked.append(url)
        await asyncio.Event().wait()

    monkeypatch.setattr(chores, "watch", watch)
    wanted = [Updates(), Updates(True, "https://a"), Updates(False, "https://a"), Updates(True, "https://b")]
    changed = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        task = group.create_task(chores.hear_of_updates(changed, lambda news: None, lambda: wanted.pop(0)))
        for left, expected in ((3, []), (2, ["https://a"]), (1, ["https://a"]), (0, ["https://a", "https://b"])):
            while len(wanted) != left or asked != expected:
                await asyncio.sleep(0.01)
            if wanted:
                changed.set()
        task.cancel()
