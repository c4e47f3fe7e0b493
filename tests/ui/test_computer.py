"""Sidetone on this computer: what can be asked for, what an administrator locked, what a kiosk hides and refuses."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from desktop.dashboard import desk_captions as words
from desktop.settings.managed import KIOSK, Kiosk, Managed
from desktop.ui.computer_dialog import Computer, ComputerDialog
from desktop.ui.kiosk import KioskGuard
from desktop.ui.locks import lock
from tests.ui.conftest import Desk, settle

HERE = Computer("1.2.3", Path("/home/x/settings.toml"), Path("/home/x/sidetone.log"), ask_host="example.com")


class Asked:
    """A dialog on a desk, and what it said."""

    def __init__(self, desk: Desk, computer: Computer = HERE) -> None:
        self.heard: list[tuple[str, object]] = []
        self.dialog = ComputerDialog(desk.window.look, computer, desk.window)
        for name in ("folder_asked", "updates_wanted", "safe_asked", "reset_wanted"):
            getattr(self.dialog, name).connect(lambda value, name=name: self.heard.append((name, value)))
        self.dialog.report_asked.connect(lambda: self.heard.append(("report_asked", None)))
        self.dialog.open()
        settle()

    @property
    def texts(self) -> str:
        return "\n".join(label.text() for label in self.dialog.findChildren(QLabel))


def test_everything_can_be_asked_for(desk: Desk) -> None:
    asked = Asked(desk)
    asked.dialog.updates.click()
    asked.dialog.report.click()
    asked.dialog.safe.click()
    assert asked.heard == [("updates_wanted", True), ("report_asked", None), ("safe_asked", True)]
    assert "1.2.3" in asked.texts
    assert "example.com" in asked.texts


def test_a_reset_is_asked_twice_and_doing_nothing_keeps_everything(desk: Desk) -> None:
    asked = Asked(desk)
    asked.dialog.reset.click()
    assert asked.dialog.question is not None
    asked.dialog.question.no.click()
    settle()
    assert asked.heard == []
    asked.dialog.models.click()
    asked.dialog.reset.click()
    assert asked.dialog.question is not None
    assert "models" in asked.dialog.question.accessibleDescription()
    asked.dialog.question.yes.click()
    assert asked.heard == [("reset_wanted", True)]


def test_what_is_locked_or_not_set_can_not_be_ticked(desk: Desk) -> None:
    assert not Asked(desk, replace(HERE, ask_host="")).dialog.updates.isEnabled()
    locked = Asked(desk, replace(HERE, updates_locked=True, managed="Your administrator set it."))
    assert not locked.dialog.updates.isEnabled()
    assert words.LOCKED in locked.texts
    assert "Your administrator set it." in locked.texts


def test_in_safe_mode_the_way_leads_back_and_a_demo_has_neither(desk: Desk) -> None:
    safe = Asked(desk, replace(HERE, safe=True))
    safe.dialog.safe.click()
    assert safe.heard == [("safe_asked", False)]
    demo = Asked(desk, replace(HERE, may_restart=False, may_reset=False))
    assert not demo.dialog.safe.isEnabled()
    assert not demo.dialog.reset.isEnabled()


def test_what_an_administrator_locked_is_shown_as_locked(desk: Desk) -> None:
    page = desk.window.page
    lock(desk.window, Managed(Path("/m"), {}, frozenset({"keywords", "theme", "connections", "recognition"})))
    for button in (page.top.keywords, page.top.theme, page.connections.add, page.connections.detail.remove):
        assert not button.isEnabled()
        assert button.toolTip() == words.LOCKED_TIP
    assert not page.recognition.service.isEnabled()
    desk.window.look.use(dark=True)
    settle()
    assert page.top.theme.toolTip() == words.LOCKED_TIP
    desk.window.connections.toggle()
    settle()
    notes = [label for label in page.connections.findChildren(QLabel) if label.text() == words.LOCKED]
    assert [note.isVisible() for note in notes] == [True]


def test_nothing_is_locked_without_an_administrator(desk: Desk) -> None:
    lock(desk.window, Managed())
    page = desk.window.page
    assert all(b.isEnabled() for b in (page.top.keywords, page.top.theme, page.connections.add))
    assert page.recognition.service.isEnabled()


def test_a_kiosk_has_no_way_to_the_settings(desk: Desk, qtbot: QtBot) -> None:
    lock(desk.window, Managed(kiosk=KIOSK))
    settle()
    top = desk.window.page.top
    assert not any(b.isVisible() for b in (top.connections, top.recognition, top.keywords, top.theme, top.computer))
    assert top.bell.isVisible()
    desk.tick()
    assert not desk.window.calls.empty.button.isVisible()
    for key in (Qt.Key.Key_C, Qt.Key.Key_M):
        qtbot.keyClick(desk.window, key)
    assert desk.window.page.front is desk.window.page.floor


@pytest.mark.parametrize("kiosk", [KIOSK, Kiosk(no_close=True)])
def test_a_kiosk_is_closed_by_us_alone(desk: Desk, kiosk: Kiosk) -> None:
    closed: list[bool] = []
    desk.window.closed.connect(lambda: closed.append(True))
    guard = KioskGuard(desk.window, kiosk)
    desk.window.show()
    desk.window.close()
    settle()
    assert desk.window.isVisible()
    assert closed == []
    guard.closing = True
    desk.window.close()
    assert not desk.window.isVisible()
    assert closed == [True]


def test_without_a_kiosk_the_window_closes(desk: Desk) -> None:
    KioskGuard(desk.window, Kiosk())
    desk.window.close()
    assert not desk.window.isVisible()
