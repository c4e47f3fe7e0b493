"""The keys, on a card over the window; `?` shows and hides it."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QWidget

from desktop.dashboard import captions
from desktop.ui import fonts


class KeysSheet(QFrame):
    """Goes away on any key or click."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._over = parent
        self.setObjectName("card")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(captions.KEYS_TITLE)
        self.setAccessibleDescription("; ".join(f"{key}: {what}" for key, what in captions.KEYS))
        grid = QGridLayout(self)
        grid.setContentsMargins(28, 22, 28, 24)
        grid.setHorizontalSpacing(28)
        grid.setVerticalSpacing(10)
        title = QLabel(captions.KEYS_TITLE, self)
        title.setFont(fonts.font(fonts.LARGE, fonts.BOLD))
        grid.addWidget(title, 0, 0, 1, 2)
        for number, (key, what) in enumerate(captions.KEYS, start=1):
            name, words = QLabel(key, self), QLabel(what, self)
            name.setFont(fonts.font(fonts.BODY, fonts.BOLD))
            words.setObjectName("muted")
            grid.addWidget(name, number, 0)
            grid.addWidget(words, number, 1)
        self.hide()

    def toggle(self) -> None:
        """Show in the middle of the window, or hide."""
        if self.isVisible():
            self.hide()
            return
        self.adjustSize()
        area = self._over.rect()
        self.move(area.center().x() - self.width() // 2, area.center().y() - self.height() // 2)
        self.show()
        self.raise_()
        self.setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Any key closes."""
        self.hide()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """So does a click."""
        self.hide()
