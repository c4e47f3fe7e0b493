"""A new client secret or token, typed into a masked field. Opened with `open()`; forgets what was typed."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QLineEdit, QPushButton, QVBoxLayout, QWidget

from desktop.dashboard import connection_captions as words
from desktop.ui import fonts
from desktop.ui.fields import Field
from desktop.ui.secret_ways import SecretWay


class SecretDialog(QDialog):
    """`given` carries it, without blanks around it, once there is something. Deletes itself."""

    given = Signal(str)

    def __init__(self, name: str, way: SecretWay, *, keyring: bool = True, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        title = way.title.format(name)
        self.setWindowTitle(title)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        heading = QLabel(title, self)
        heading.setFont(fonts.font(fonts.LARGE, fonts.BOLD))
        heading.setTextFormat(Qt.TextFormat.PlainText)
        kept = words.SECRET_NOTE if keyring else words.SECRET_NOTE_SESSION
        text, note = QLabel(words.SECRET_TEXT, self), QLabel(kept, self)
        note.setFont(fonts.font(fonts.SMALL))
        note.setObjectName("muted")
        for label in (heading, text, note):
            label.setWordWrap(True)
        self.line = QLineEdit(self)
        self.line.setEchoMode(QLineEdit.EchoMode.Password)
        self.field = Field(way.caption, self.line, None, self)
        self.line.textEdited.connect(lambda: self.field.complain(""))
        self.cancel, self.save = QPushButton(words.CANCEL, self), QPushButton(words.SECRET_SAVE, self)
        self.save.setObjectName("primary")
        self.save.setDefault(True)
        self.cancel.setAutoDefault(False)
        self.cancel.clicked.connect(self.reject)
        self.save.clicked.connect(self._save)
        self.finished.connect(lambda _: self.line.clear())
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addStretch(1)
        buttons.addWidget(self.cancel)
        buttons.addWidget(self.save)
        box = QVBoxLayout(self)
        box.setContentsMargins(24, 20, 24, 20)
        box.setSpacing(10)
        for part in (heading, text, self.field, note):
            box.addWidget(part)
        box.addSpacing(8)
        box.addLayout(buttons)
        self.setMinimumWidth(460)
        self.line.setFocus()

    def _save(self) -> None:
        secret = self.line.text().strip()
        if not secret:
            self.field.complain(words.SECRET_EMPTY)
            self.line.setFocus()
            return
        self.given.emit(secret)
        self.accept()
