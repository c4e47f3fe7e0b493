"""A report as it would be given away, to read, copy and save. Opened with `open()`; deletes itself."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QStandardPaths, Qt, Signal
from PySide6.QtWidgets import (
    QDialog,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from desktop.dashboard import desk_captions as words
from desktop.ui import fonts
from desktop.ui.copying import CopyButton

Ask = Callable[[QWidget, str], str]


def ask_where(parent: QWidget, name: str) -> str:
    """The file that a person chose; empty if none."""
    folder = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
    return QFileDialog.getSaveFileName(parent, words.REPORT_TITLE, str(Path(folder) / name), "Text (*.txt)")[0]


class ReportDialog(QDialog):
    """`saved` says whether it could be written to where somebody wanted it."""

    saved = Signal(bool)

    def __init__(self, text: str, parent: QWidget | None = None, ask: Ask = ask_where) -> None:
        super().__init__(parent)
        self.setWindowTitle(words.REPORT_TITLE)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._ask = ask
        heading, note = QLabel(words.REPORT_TITLE, self), QLabel(words.REPORT_TEXT, self)
        heading.setFont(fonts.font(fonts.LARGE, fonts.BOLD))
        note.setWordWrap(True)
        self.text = QPlainTextEdit(text, self)
        self.text.setReadOnly(True)
        self.text.setFont(fonts.mono())
        self.text.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.text.setAccessibleName(words.REPORT_TITLE)
        self.copy = CopyButton(words.REPORT_TITLE, self.text.toPlainText, self)
        self.save, self.leave = QPushButton(words.SAVE_REPORT, self), QPushButton(words.CLOSE, self)
        self.save.setObjectName("primary")
        self.save.clicked.connect(self._save)
        self.leave.clicked.connect(self.reject)
        self.leave.setDefault(True)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addWidget(self.copy)
        buttons.addStretch(1)
        buttons.addWidget(self.leave)
        buttons.addWidget(self.save)
        box = QVBoxLayout(self)
        box.setContentsMargins(24, 20, 24, 20)
        box.setSpacing(10)
        box.addWidget(heading)
        box.addWidget(note)
        box.addWidget(self.text, 1)
        box.addLayout(buttons)
        self.resize(760, 520)

    def _save(self) -> None:
        where = self._ask(self, words.REPORT_FILE)
        if not where:
            return
        try:
            Path(where).write_text(self.text.toPlainText(), "utf-8")
        except OSError:
            self.saved.emit(False)
        else:
            self.saved.emit(True)
            self.accept()
