"""Something to be copied: a button that says so once it is done, and a line of text that can be masked."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QPushButton, QVBoxLayout, QWidget

from desktop.dashboard import listener_captions as words
from desktop.ui import fonts


class CopyButton(QPushButton):
    """Puts what `text` gives on the clipboard."""

    def __init__(self, what: str, text: Callable[[], str], parent: QWidget | None = None) -> None:
        super().__init__(words.COPY, parent)
        self._text = text
        self.setAutoDefault(False)
        self.setAccessibleName(f"{words.COPY}: {what}")
        self.setMinimumWidth(84)  # "Copied" must not move what stands beside
        self.clicked.connect(self._copy)

    def reset(self) -> None:
        """There is something else to copy now."""
        self.setText(words.COPY)

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self._text())
        self.setText(words.COPIED)


class CopyField(QWidget):
    """A caption, a value that can be selected, and Copy; a secret shows dots until Show is pressed."""

    def __init__(self, caption: str, value: str, parent: QWidget | None = None, *, secret: bool = False) -> None:
        super().__init__(parent)
        self.value = QLineEdit(value, self)
        self.value.setReadOnly(True)
        self.value.setFont(fonts.mono())
        self.value.setAccessibleName(caption)
        self.value.setCursorPosition(0)
        self.copy = CopyButton(caption, self.value.text, self)
        self.reveal = QPushButton(words.SHOW, self)
        self.reveal.setAutoDefault(False)
        self.reveal.setCheckable(True)
        self.reveal.setMinimumWidth(72)
        self.reveal.setVisible(secret)
        self.reveal.setAccessibleName(f"{words.SHOW}: {caption}")
        self.reveal.toggled.connect(self._toggled)
        if secret:
            self.value.setEchoMode(QLineEdit.EchoMode.Password)
        label = QLabel(caption, self)
        label.setObjectName("muted")
        label.setFont(fonts.font(fonts.SMALL))
        label.setBuddy(self.value)
        line = QHBoxLayout()
        line.setSpacing(6)
        line.addWidget(self.value, 1)
        line.addWidget(self.reveal)
        line.addWidget(self.copy)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 4)
        box.setSpacing(3)
        box.addWidget(label)
        box.addLayout(line)

    def _toggled(self, on: bool) -> None:
        self.value.setEchoMode(QLineEdit.EchoMode.Normal if on else QLineEdit.EchoMode.Password)
        self.value.setCursorPosition(0)
        self.reveal.setText(words.HIDE if on else words.SHOW)
