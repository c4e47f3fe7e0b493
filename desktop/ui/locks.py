"""What an administrator locked or a kiosk hides: shown as such, and out of reach of keys as well."""

from __future__ import annotations

from PySide6.QtWidgets import QLabel, QWidget

from desktop.dashboard import desk_captions as words
from desktop.settings.managed import Managed
from desktop.ui.main_window import MainWindow

EDITS_CONNECTIONS = ("connections", "organisations", "listener")


def lock(window: MainWindow, managed: Managed) -> None:
    """Dress the window for it. What it does not offer any more is refused by the settings as well."""
    page, locked = window.page, managed.locked
    page.top.lock(keywords="keywords" in locked, theme="theme" in locked)
    if locked.intersection(EDITS_CONNECTIONS):
        part = page.connections
        for button in (part.add, part.detail.remove):
            _shut(button)
        part.head.insertWidget(part.head.count() - 1, _note(part))
    if "recognition" in locked:
        part_two = page.recognition
        part_two.lock(words.LOCKED_TIP)
        part_two.head.insertWidget(part_two.head.count() - 1, _note(part_two))
    if managed.kiosk.hide_settings:
        page.top.hide_settings()
        page.calls.empty.helps = False
        window.keyboard.settings_hidden = True


def _shut(button: QWidget) -> None:
    button.setEnabled(False)
    button.setToolTip(words.LOCKED_TIP)


def _note(parent: QWidget) -> QLabel:
    note = QLabel(words.LOCKED, parent)
    note.setObjectName("muted")
    return note
