"""The pleasant nothing: a headline and a sentence in the middle of an empty pane."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from desktop.ui import fonts


class EmptyState(QWidget):
    """Two centred lines."""

    def __init__(self, words: tuple[str, str] = ("", ""), parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._title = QLabel(self)
        self._title.setFont(fonts.font(fonts.LARGE, fonts.MEDIUM))
        self._sentence = QLabel(self)
        self._sentence.setObjectName("muted")
        self._sentence.setWordWrap(True)
        box = QVBoxLayout(self)
        box.setContentsMargins(24, 8, 24, 8)
        box.setSpacing(6)
        box.addStretch(2)
        for label in (self._title, self._sentence):
            label.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            box.addWidget(label, 0, Qt.AlignmentFlag.AlignHCenter)
        self._sentence.setFixedWidth(310)
        box.addStretch(3)
        self.say(words)

    def say(self, words: tuple[str, str]) -> None:
        """Change the words."""
        self._title.setText(words[0])
        self._sentence.setText(words[1])
