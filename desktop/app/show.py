"""How the window comes up: as large as asked for, as large as there is room, or over the whole screen of a kiosk."""

from __future__ import annotations

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMainWindow

from desktop.settings.managed import Kiosk

TITLE_BAR_PX = 40
USUAL_SIZE = (1440, 900)


def show_window(window: QMainWindow, size: tuple[int, int] | None, kiosk: Kiosk) -> None:
    """By default no larger than the screen leaves room for, title bar included."""
    room = window.screen().availableGeometry()
    if kiosk.full_screen:
        window.showFullScreen()
    elif size is not None:
        window.resize(*size)
        window.show()
    elif QGuiApplication.platformName() == "offscreen":
        window.resize(*USUAL_SIZE)
        window.show()
    elif room.width() < USUAL_SIZE[0] or room.height() < USUAL_SIZE[1] + TITLE_BAR_PX:
        window.showMaximized()
    else:
        window.show()
