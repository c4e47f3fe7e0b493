"""A question with two answers, opened with `open()`: nothing waits for it, and doing nothing is the default."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from desktop.ui import fonts


class Confirm(QDialog):
    """`accepted` if the person said yes. Deletes itself."""

    def __init__(self, title: str, text: str, yes: str, no: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setAccessibleDescription(text)
        heading, words = QLabel(title, self), QLabel(text, self)
        heading.setFont(fonts.font(fonts.LARGE, fonts.BOLD))
        words.setWordWrap(True)
        self.no, self.yes = QPushButton(no, self), QPushButton(yes, self)
        self.no.setDefault(True)
        self.yes.setAutoDefault(False)
        self.no.clicked.connect(self.reject)
        self.yes.clicked.connect(self.accept)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addStretch(1)
        buttons.addWidget(self.no)
        buttons.addWidget(self.yes)
        box = QVBoxLayout(self)
        box.setContentsMargins(24, 20, 24, 20)
        box.setSpacing(10)
        box.addWidget(heading)
        box.addWidget(words)
        box.addSpacing(8)
        box.addLayout(buttons)
        self.setMinimumWidth(420)
