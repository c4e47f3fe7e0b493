"""A window on a computer that shows nothing else: over the whole screen, and not to be closed from the keyboard."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QWidget

from desktop.settings.managed import Kiosk


class KioskGuard(QObject):
    """Swallows the requests to close a window that come from outside; `closing` lets our own through."""

    def __init__(self, window: QWidget, kiosk: Kiosk) -> None:
        super().__init__(window)
        self.closing = False
        self._kiosk = kiosk
        if kiosk.full_screen:
            window.setWindowFlag(Qt.WindowType.FramelessWindowHint)
        if kiosk.no_close:
            window.setWindowFlag(Qt.WindowType.WindowCloseButtonHint, False)
            window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Alt+F4 and the window manager's button end here."""
        if isinstance(event, QCloseEvent) and not self.closing:
            event.ignore()
            return True
        return False
