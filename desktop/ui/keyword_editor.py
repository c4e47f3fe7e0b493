"""The editable keyword list. Opened with `open()`: a nested event loop would stop the engine's tasks."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from desktop.dashboard import captions, sentences
from desktop.domain.insight import KeywordRule, Severity
from desktop.domain.media import Party
from desktop.ui import fonts

Check = Callable[[tuple[KeywordRule, ...]], str | None]
"""Says what is wrong with a list, in a sentence, or None."""

Remark = Callable[[tuple[KeywordRule, ...]], str]
"""Says what a list that is fine won't do, in a sentence, or nothing."""

_PARTIES: tuple[Party | None, ...] = (None, Party.CUSTOMER, Party.AGENT)


class KeywordEditor(QDialog):
    """Works on a copy; `saved` carries the new list once `check` has nothing to say."""

    saved = Signal(object)  # tuple[KeywordRule, ...]

    def __init__(
        self,
        rules: tuple[KeywordRule, ...],
        defaults: tuple[KeywordRule, ...],
        check: Check,
        parent: QWidget | None = None,
        remark: Remark = lambda rules: "",
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(captions.EDITOR_TITLE)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._defaults = defaults
        self._check, self._remark = check, remark
        self.rules = list(rules)
        self._loading = False
        self.list = QListWidget(self)
        self.list.setObjectName("rules")
        self.list.setAccessibleName(captions.EDITOR_LIST)
        self.label = QLineEdit(self)
        self.phrases = QPlainTextEdit(self)
        self.phrases.setTabChangesFocus(True)
        self.severity = QComboBox(self)
        for severity in Severity:
            self.severity.addItem(sentences.severity_choice(severity), severity)
        self.party = QComboBox(self)
        for party in _PARTIES:
            self.party.addItem(captions.EDITOR_ANYONE if party is None else sentences.party_name(party), party)
        self.problem = QLabel(self)
        self.problem.setObjectName("problem")
        self.problem.setWordWrap(True)
        self.note = QLabel(self)
        self.note.setObjectName("muted")
        self.note.setWordWrap(True)
        self.add = QPushButton(captions.EDITOR_ADD, self)
        self.remove = QPushButton(captions.EDITOR_REMOVE, self)
        self.reset = QPushButton(captions.EDITOR_RESET, self)
        self.reset.setVisible(bool(defaults))
        self.cancel = QPushButton(captions.EDITOR_CANCEL, self)
        self.save = QPushButton(captions.EDITOR_SAVE, self)
        self.save.setObjectName("primary")
        self.save.setDefault(True)
        self.add.setAutoDefault(False)
        self._build()
        self.list.currentRowChanged.connect(self._load)
        self.label.textEdited.connect(self._edited)
        self.phrases.textChanged.connect(self._edited)
        self.severity.activated.connect(self._edited)
        self.party.activated.connect(self._edited)
        self.add.clicked.connect(self._add)
        self.remove.clicked.connect(self._remove)
        self.reset.clicked.connect(self._reset)
        self.cancel.clicked.connect(self.reject)
        self.save.clicked.connect(self._save)
        self._fill(0)
        self.resize(self.sizeHint())

    def _build(self) -> None:
        title, intro = QLabel(captions.EDITOR_TITLE, self), QLabel(captions.EDITOR_INTRO, self)
        title.setFont(fonts.font(fonts.LARGE, fonts.BOLD))
        intro.setObjectName("muted")
        intro.setWordWrap(True)
        left = QVBoxLayout()
        left.setSpacing(8)
        buttons = QHBoxLayout()
        buttons.addWidget(self.add)
        buttons.addWidget(self.remove)
        buttons.addStretch(1)
        left.addWidget(self.list, 1)
        left.addLayout(buttons)
        form = QFormLayout()
        form.setVerticalSpacing(10)
        form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapAllRows)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        for words, field in (
            (captions.EDITOR_LABEL, self.label),
            (captions.EDITOR_PHRASES, self.phrases),
            (captions.EDITOR_SEVERITY, self.severity),
            (captions.EDITOR_PARTY, self.party),
        ):
            caption = QLabel(words, self)
            caption.setBuddy(field)
            caption.setObjectName("muted")
            form.addRow(caption, field)
        middle = QHBoxLayout()
        middle.setSpacing(20)
        middle.addLayout(left, 2)
        middle.addLayout(form, 3)
        bottom = QHBoxLayout()
        bottom.setSpacing(8)
        bottom.addWidget(self.reset)
        bottom.addStretch(1)
        bottom.addWidget(self.cancel)
        bottom.addWidget(self.save)
        box = QVBoxLayout(self)
        box.setContentsMargins(24, 20, 24, 20)
        box.setSpacing(12)
        box.addWidget(title)
        box.addWidget(intro)
        box.addLayout(middle, 1)
        box.addWidget(self.problem)
        box.addWidget(self.note)
        box.addLayout(bottom)

    def sizeHint(self) -> QSize:
        """Fits a small laptop screen."""
        return QSize(720, 520)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter in a field must not save by accident; Esc cancels."""
        if event.key() not in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            super().keyPressEvent(event)

    def _fill(self, row: int) -> None:
        self._loading = True
        self.list.clear()
        for rule in self.rules:
            self.list.addItem(QListWidgetItem(rule.label))
        self._loading = False
        self.list.setCurrentRow(min(row, len(self.rules) - 1))
        self._load(self.list.currentRow())
        self._judge()

    def _load(self, row: int) -> None:
        if self._loading:
            return
        there = 0 <= row < len(self.rules)
        for field in (self.label, self.phrases, self.severity, self.party, self.remove):
            field.setEnabled(there)
        self._loading = True
        rule = self.rules[row] if there else KeywordRule("", "", (), Severity.INFO)
        self.label.setText(rule.label)
        self.phrases.setPlainText("\n".join(rule.phrases))
        self.severity.setCurrentIndex(list(Severity).index(rule.severity))
        self.party.setCurrentIndex(_PARTIES.index(rule.party) if rule.party in _PARTIES else 0)
        self._loading = False

    def _edited(self) -> None:
        row = self.list.currentRow()
        if self._loading or not 0 <= row < len(self.rules):
            return
        typed = (" ".join(line.casefold().split()) for line in self.phrases.toPlainText().splitlines())
        self.rules[row] = replace(
            self.rules[row],
            label=self.label.text().strip(),
            phrases=tuple(phrase for phrase in typed if phrase),
            severity=list(Severity)[self.severity.currentIndex()],
            party=_PARTIES[self.party.currentIndex()],
        )
        self.list.item(row).setText(self.rules[row].label)
        self._judge()

    def _judge(self) -> bool:
        problem = self._check(tuple(self.rules))
        self.problem.setText(problem or "")
        note = "" if problem else self._remark(tuple(self.rules))
        self.note.setText(note)
        self.note.setVisible(bool(note))
        self.save.setEnabled(problem is None)
        return problem is None

    def _add(self) -> None:
        taken = {rule.rule_id for rule in self.rules}
        rule_id = next(name for n in itertools.count(1) if (name := f"own-{n}") not in taken)
        self.rules.append(KeywordRule(rule_id, captions.EDITOR_NEW, (), Severity.WARNING))
        self._fill(len(self.rules) - 1)
        self.label.setFocus()
        self.label.selectAll()

    def _remove(self) -> None:
        row = self.list.currentRow()
        if 0 <= row < len(self.rules):
            del self.rules[row]
            self._fill(row)

    def _reset(self) -> None:
        self.rules = list(self._defaults)
        self._fill(0)

    def _save(self) -> None:
        if self._judge():
            self.saved.emit(tuple(self.rules))
            self.accept()
