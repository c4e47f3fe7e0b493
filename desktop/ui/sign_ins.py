"""The sign-ins of the Connections page: one row an organisation, with what can be done about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QStackedLayout, QVBoxLayout, QWidget

from desktop.dashboard import connection_captions as words
from desktop.dashboard import sign_in_rows
from desktop.dashboard.sentences import joined
from desktop.dashboard.sign_in_rows import SignInRow
from desktop.domain.insight import Severity
from desktop.settings.model import SignInKind
from desktop.ui import fonts, secret_ways
from desktop.ui.badges import Elided
from desktop.ui.empty import EmptyState
from desktop.ui.look import Look
from desktop.ui.rows_box import RowsBox

_INKS = {Severity.INFO: "muted", Severity.WARNING: "warn", Severity.CRITICAL: "bad"}


class SignInLine(QFrame):
    """Organisation, state, expiry, buttons; the notice below when it is not kept."""

    def __init__(self, panel: SignIns, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("line")
        self._organisation = ""
        self._name = Elided(fonts.font(fonts.BODY, fonts.BOLD), parent=self)
        self._state, self._note = QLabel(self), QLabel(self)
        self._state.setWordWrap(True)
        self._state.setFont(fonts.font(fonts.SMALL))
        self._note.setFont(fonts.font(fonts.SMALL))
        self._note.setObjectName("muted")
        self._note.setWordWrap(True)
        self._panel = panel
        self.enter, self.leave = QPushButton(words.SIGN_IN, self), QPushButton(words.SIGN_OUT, self)
        self.secret = QPushButton(self)
        self.secret.clicked.connect(lambda: panel.secret_asked.emit(self._organisation))
        self.enter.clicked.connect(lambda: panel.sign_in_asked.emit(self._organisation))
        self.leave.clicked.connect(lambda: panel.sign_out_asked.emit(self._organisation))
        said = QVBoxLayout()
        said.setSpacing(2)
        said.addWidget(self._name)
        said.addWidget(self._state)
        said.addWidget(self._note)
        box = QHBoxLayout(self)
        box.setContentsMargins(0, 8, 0, 8)
        box.setSpacing(8)
        box.addLayout(said, 1)
        for button in (self.secret, self.enter, self.leave):
            box.addWidget(button, 0, Qt.AlignmentFlag.AlignTop)

    def show_row(self, row: SignInRow) -> None:
        """Show this one."""
        self._organisation = row.organisation
        note = " ".join(part for part in (row.detail, words.SESSION_ONLY if row.session_only else "") if part)
        state = f"{row.glyph}  {joined(row.word, row.expires)}"
        for label, said in ((self._name, row.organisation), (self._state, state), (self._note, note)):
            if label.text() != said:
                label.setText(said)
        self._note.setVisible(bool(note))
        if self._state.objectName() != _INKS[row.severity]:
            self._state.setObjectName(_INKS[row.severity])
            self._state.style().unpolish(self._state)
            self._state.style().polish(self._state)
        chosen = secret_ways.way(self._panel.kinds.get(row.organisation), refused=row.refused)
        renewed = bool(chosen.replace) and row.may_sign_out  # by itself: there is room for two buttons
        self.enter.setVisible(row.may_sign_in and chosen.sign_in and not renewed)
        self.leave.setVisible(row.may_sign_out)
        self.secret.setText(chosen.replace)
        self.secret.setVisible(bool(chosen.replace))
        first = "primary" if row.may_sign_in and not chosen.sign_in else ""
        if self.secret.objectName() != first:
            self.secret.setObjectName(first)
            self.secret.style().unpolish(self.secret)
            self.secret.style().polish(self.secret)
        for button in (self.enter, self.leave, self.secret):
            button.setAccessibleName(f"{button.text()}: {row.organisation}")
        self.setAccessibleName(sign_in_rows.aloud(row))


class SignIns(QFrame):
    """Says what was pressed."""

    sign_in_asked = Signal(str)
    sign_out_asked = Signal(str)
    secret_asked = Signal(str)

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.kinds: Mapping[str, SignInKind] = {}  # by organisation, as the settings have it
        self.setObjectName("card")
        title = QLabel(words.TAB_SIGN_INS, self)
        title.setFont(fonts.font(fonts.SMALL, fonts.BOLD))
        self.rows: RowsBox[SignInRow] = RowsBox(lambda inside: SignInLine(self, inside), lambda r: r.organisation, self)
        self._stack = QStackedLayout()
        self._stack.addWidget(self.rows)
        self._stack.addWidget(EmptyState(look, words.NO_SIGN_INS, wave=False, parent=self))
        box = QVBoxLayout(self)
        box.setContentsMargins(16, 10, 8, 6)
        box.setSpacing(2)
        box.addWidget(title)
        box.addLayout(self._stack, 1)

    def show_rows(self, rows: Sequence[SignInRow]) -> None:
        """Show these."""
        self.rows.show_rows(rows)
        self._stack.setCurrentIndex(0 if rows else 1)
