"""One speech model of the Recognition page: what it is, how it stands, what can be done about it."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QProgressBar, QPushButton, QVBoxLayout, QWidget

from desktop.dashboard import model_captions as words
from desktop.dashboard import model_rows
from desktop.dashboard.model_rows import ModelRow
from desktop.domain.insight import Severity
from desktop.ui import fonts

_INKS = {Severity.INFO: "muted", Severity.WARNING: "warn", Severity.CRITICAL: "bad"}
_STEPS = 1000


class ModelLine(QFrame):
    """Says what was pressed, with the model's id."""

    install_asked = Signal(str)
    cancel_asked = Signal(str)
    use_asked = Signal(str)
    measure_asked = Signal(str)
    verify_asked = Signal(str)
    remove_asked = Signal(str)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("line")
        self._id = ""
        self._name, self._state, self._facts, self._speed, self._note = (QLabel(self) for _ in range(5))
        self._name.setFont(fonts.font(fonts.BODY, fonts.BOLD))
        for label in (self._state, self._facts, self._speed, self._note):
            label.setFont(fonts.font(fonts.SMALL))
        for label in (self._facts, self._speed, self._note):
            label.setObjectName("muted")
            label.setWordWrap(True)
        self.progress = QProgressBar(self)
        self.progress.setTextVisible(False)
        self.progress.setFixedHeight(8)
        self.progress.setRange(0, _STEPS)
        self.install, self.use = QPushButton(self), QPushButton(words.USE, self)
        self.cancel = QPushButton(words.CANCEL, self)
        self.measure, self.verify, self.remove = QPushButton(self), QPushButton(words.VERIFY, self), QPushButton(self)
        for button, signal in (
            (self.install, self.install_asked),
            (self.cancel, self.cancel_asked),
            (self.use, self.use_asked),
            (self.measure, self.measure_asked),
            (self.verify, self.verify_asked),
            (self.remove, self.remove_asked),
        ):
            button.clicked.connect(lambda _=False, signal=signal: signal.emit(self._id))
        self._lay_out()

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(10)
        head.addWidget(self._name)
        head.addWidget(self._state, 1)
        said = QVBoxLayout()
        said.setSpacing(3)
        said.addLayout(head)
        for widget in (self._facts, self._speed, self._note, self.progress):
            said.addWidget(widget)
        said.addStretch(1)
        buttons = QHBoxLayout()
        buttons.setSpacing(6)
        for button in (self.remove, self.verify, self.measure, self.install, self.cancel, self.use):
            buttons.addWidget(button, 0, Qt.AlignmentFlag.AlignTop)
        box = QHBoxLayout(self)
        box.setContentsMargins(0, 10, 0, 10)
        box.setSpacing(12)
        box.addLayout(said, 1)
        box.addLayout(buttons)

    def lock(self, tip: str) -> None:
        """It can't be chosen; `tip` says why."""
        self.use.setEnabled(False)
        self.use.setToolTip(tip)

    def show_row(self, row: ModelRow) -> None:
        """Show this one."""
        self._id = row.id
        pairs = ((self._name, row.name), (self._state, row.state), (self._facts, row.facts))
        for label, text in (*pairs, (self._speed, row.speed), (self._note, row.note)):
            if label.text() != text:
                label.setText(text)
            label.setVisible(bool(text))
        self._name.setToolTip(row.id)
        for label in (self._state, self._note):
            _dress(label, _INKS[row.severity])
        self.progress.setVisible(row.share is not None)
        if row.share is not None:
            self.progress.setValue(round(row.share * _STEPS))
            self.progress.setAccessibleName(f"{row.name}: {row.state}")
        for button, caption in ((self.install, row.install), (self.measure, row.measure), (self.remove, row.remove)):
            button.setText(caption)
            button.setVisible(bool(caption))
        self.cancel.setVisible(row.busy)
        self.use.setVisible(row.may_use)
        self.verify.setVisible(row.may_verify)
        for button in (self.install, self.cancel, self.use, self.measure, self.verify, self.remove):
            button.setAccessibleName(f"{button.text()}: {row.name}")
        self.setAccessibleName(model_rows.aloud(row))


def _dress(label: QLabel, name: str) -> None:
    if label.objectName() != name:
        label.setObjectName(name)
        label.style().unpolish(label)
        label.style().polish(label)
