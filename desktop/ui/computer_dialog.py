"""Sidetone on this computer: where its files are, updates, report, safe mode, reset. Opened with `open()`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QDialog, QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from desktop.dashboard import desk_captions as words
from desktop.ui import fonts
from desktop.ui.badges import Elided, TickBox
from desktop.ui.confirm import Confirm
from desktop.ui.look import Look


@dataclass(frozen=True, slots=True)
class Computer:
    """What there is to show. `managed`: in a sentence, empty without an administrator's file."""

    version: str
    settings: Path
    log: Path
    managed: str = ""
    updates: bool = False
    ask_host: str = ""  # whom to ask about updates; empty: nobody is set
    updates_locked: bool = False
    safe: bool = False
    may_reset: bool = True
    may_restart: bool = True  # into safe mode and back


class ComputerDialog(QDialog):
    """Says what was pressed. Deletes itself."""

    folder_asked = Signal(object)  # Path
    updates_wanted = Signal(bool)
    report_asked = Signal()
    safe_asked = Signal(bool)  # True: into safe mode, False: out of it
    reset_wanted = Signal(bool)  # True: installed models as well

    def __init__(self, look: Look, computer: Computer, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look, self._computer = look, computer
        self.setWindowTitle(words.COMPUTER)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.question: Confirm | None = None
        heading, version = QLabel(words.COMPUTER, self), QLabel(words.VERSION.format(version=computer.version), self)
        heading.setFont(fonts.font(fonts.LARGE, fonts.BOLD))
        version.setObjectName("muted")
        box = QVBoxLayout(self)
        box.setContentsMargins(24, 20, 24, 20)
        box.setSpacing(10)
        box.addWidget(heading)
        box.addWidget(version)
        if computer.managed:
            box.addWidget(self._note(computer.managed))
        for name, path in ((words.SETTINGS_AT, computer.settings), (words.LOG_AT, computer.log)):
            box.addLayout(self._path(name, path))
        box.addWidget(self._rule())
        box.addLayout(self._updates())
        box.addWidget(self._rule())
        self.report = self._button(words.SHOW_REPORT)
        self.report.clicked.connect(self.report_asked)
        box.addLayout(self._row(words.REPORT_TITLE, words.REPORT_NOTE, self.report))
        self.safe = self._button(words.START_NORMALLY if computer.safe else words.START_SAFELY)
        self.safe.clicked.connect(lambda: self.safe_asked.emit(not computer.safe))
        self.safe.setEnabled(computer.may_restart)
        note = words.SAFE_NOTE_NOW if computer.safe else words.SAFE_NOTE
        box.addLayout(self._row(words.SAFE_TITLE, note, self.safe))
        box.addWidget(self._rule())
        self.reset = self._button(words.RESET)
        self.reset.clicked.connect(self._ask)
        self.reset.setEnabled(computer.may_reset)
        box.addLayout(self._row(words.RESET_HEAD, words.RESET_NOTE, self.reset))
        self.models, models = self._ticked(words.RESET_WITH_MODELS)
        self.models.setEnabled(computer.may_reset)
        box.addLayout(models)
        self.leave = QPushButton(words.CLOSE, self)
        self.leave.setDefault(True)
        self.leave.clicked.connect(self.accept)
        end = QHBoxLayout()
        end.addStretch(1)
        end.addWidget(self.leave)
        box.addSpacing(6)
        box.addLayout(end)
        self.setMinimumWidth(620)
        self.leave.setFocus()

    def _path(self, name: str, path: Path) -> QHBoxLayout:
        caption, where = QLabel(name, self), Elided(fonts.mono(), parent=self)
        caption.setMinimumWidth(72)
        where.setText(str(path))
        where.setToolTip(str(path))
        button = self._button(words.OPEN_FOLDER)
        button.setAccessibleName(f"{words.OPEN_FOLDER}: {name}")
        button.clicked.connect(lambda: self.folder_asked.emit(path.parent))
        row = QHBoxLayout()
        row.setSpacing(10)
        row.addWidget(caption)
        row.addWidget(where, 1)
        row.addWidget(button)
        return row

    def _updates(self) -> QVBoxLayout:
        self.updates, row = self._ticked(words.UPDATES)
        self.updates.setChecked(self._computer.updates)
        self.updates.setEnabled(bool(self._computer.ask_host) and not self._computer.updates_locked)
        self.updates.toggled.connect(self.updates_wanted)
        host = self._computer.ask_host
        text = words.UPDATES_NOTE.format(host=host) if host else words.UPDATES_NOBODY
        if self._computer.updates_locked:
            text = f"{words.LOCKED}. {text}"
        box = QVBoxLayout()
        box.setSpacing(4)
        box.addLayout(row)
        box.addWidget(self._note(text))
        return box

    def _ticked(self, text: str) -> tuple[QCheckBox, QHBoxLayout]:
        tick, label = TickBox(self._look, text, self), QLabel(text, self)
        label.setBuddy(tick)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(tick)
        row.addWidget(label, 1)
        return tick, row

    def _row(self, title: str, note: str, button: QPushButton) -> QHBoxLayout:
        heading, left, row = QLabel(title, self), QVBoxLayout(), QHBoxLayout()
        heading.setFont(fonts.font(fonts.BODY, fonts.MEDIUM))
        left.setSpacing(2)
        left.addWidget(heading)
        left.addWidget(self._note(note))
        row.setSpacing(16)
        row.addLayout(left, 1)
        row.addWidget(button, 0, Qt.AlignmentFlag.AlignVCenter)
        return row

    def _note(self, text: str) -> QLabel:
        note = QLabel(text, self)
        note.setObjectName("muted")
        note.setFont(fonts.font(fonts.SMALL))
        note.setWordWrap(True)
        note.setTextFormat(Qt.TextFormat.PlainText)
        return note

    def _button(self, text: str) -> QPushButton:
        button = QPushButton(text, self)
        button.setAutoDefault(False)
        return button

    def _rule(self) -> QFrame:
        rule = QFrame(self)
        rule.setObjectName("rule")
        return rule

    def _ask(self) -> None:
        if self.question is None:
            models = self.models.isChecked()
            text = words.RESET_TEXT.format(models=words.RESET_MODELS if models else "")
            question = Confirm(words.RESET_TITLE, text, words.RESET_YES, words.RESET_NO, self)
            question.accepted.connect(lambda: self.reset_wanted.emit(models))
            question.finished.connect(self._answered)
            self.question = question
        self.question.open()

    def _answered(self) -> None:
        self.question = None
