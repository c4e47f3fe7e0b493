"""The keys, on a card over the dimmed window; `?` shows and hides it."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QWidget

from desktop.dashboard import captions
from desktop.ui import fonts


class KeysSheet(QWidget):
    """Covers the window while it is shown; goes away on any key or click."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._over = parent
        self._before: QWidget | None = None
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(captions.KEYS_TITLE)
        self.setAccessibleDescription("; ".join(f"{key}: {what}" for key, what in captions.KEYS))
        card = QFrame(self)
        card.setObjectName("card")
        grid = QGridLayout(card)
        grid.setContentsMargins(28, 22, 32, 26)
        grid.setHorizontalSpacing(24)
        grid.setVerticalSpacing(9)
        title = QLabel(captions.KEYS_TITLE, card)
        title.setFont(fonts.font(fonts.LARGE, fonts.BOLD))
        grid.addWidget(title, 0, 0, 1, 2)
        for number, (key, what) in enumerate(captions.KEYS, start=1):
            name, words = QLabel(key, card), QLabel(what, card)
            name.setObjectName("key")
            name.setFont(fonts.font(fonts.SMALL, fonts.BOLD))
            grid.addWidget(name, number, 0, Qt.AlignmentFlag.AlignLeft)
            grid.addWidget(words, number, 1)
        middle = QGridLayout(self)
        middle.addWidget(card, 0, 0, Qt.AlignmentFlag.AlignCenter)
        self.hide()

    def toggle(self) -> None:
        """Show over the whole window, or hide."""
        if self.isVisible():
            self.close_sheet()
            return
        self._before = self._over.focusWidget()
        self.setGeometry(self._over.rect())
        self.show()
        self.raise_()
        self.setFocus()

    def close_sheet(self) -> None:
        """Hide, and give the focus back."""
        if self.isVisible():
            self.hide()
            if self._before is not None:
                self._before.setFocus()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Dim what is below."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(0, 0, 0, 110))
        painter.end()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Any key closes."""
        self.close_sheet()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """So does a click."""
        self.close_sheet()
