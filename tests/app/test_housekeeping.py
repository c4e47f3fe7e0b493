"""What the window offers after an unclean end and in safe mode, and errors that nobody caught."""

from __future__ import annotations

import asyncio
import logging
import sys
import threading
from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, qWarning
from PySide6.QtWidgets import QApplication

from desktop.app.alarms import alarmed
from desktop.app.housekeeping import Housekeeping
from desktop.app.life import Life
from desktop.app.usable import as_delivered
from desktop.dashboard import desk_captions as words
from desktop.dashboard.state import FloorState
from desktop.settings.model import Connection, Recognition, Settings
from desktop.ui.application import make_application
from desktop.ui.main_window import MainWindow
from desktop.upkeep.ending import Ending, How

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
        try:
            fail()
        except ValueError as error:
            sys.excepthook(ValueError, error, error.__traceback__)  # what PySide does with a slot's
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
