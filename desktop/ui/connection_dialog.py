"""Where do the calls come from? Opened with `open()`: a nested event loop would stop the engine's tasks."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QDialog,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QRadioButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from desktop.dashboard import connection_captions as words
from desktop.dashboard import listener_captions
from desktop.settings.model import Listener, Organisation, SourceKind
from desktop.ui import fonts, listener_draft
from desktop.ui.connection_draft import connection_of, organisation_of, problems
from desktop.ui.connection_form import ConnectionForm
from desktop.ui.connection_kinds import CHOICES, Choice
from desktop.ui.listener_form import ListenerForm


class ChoiceCard(QFrame):
    """A way calls arrive; a click anywhere chooses it."""

    def __init__(self, choice: Choice, listening: str, parent: QWidget) -> None:
        super().__init__(parent)
        taken = bool(listening) and choice.kind is SourceKind.AUDIOHOOK
        said = listener_captions.ALREADY.format(listening) if taken else choice.gives
        self.setObjectName("choice")
        self.button = QRadioButton(choice.name, self)
        self.button.setFont(fonts.font(fonts.SMALL, fonts.BOLD))
        self.button.setAccessibleDescription(said)
        self.button.setEnabled(not taken)
        gives = QLabel(said, self)
        gives.setFont(fonts.font(fonts.SMALL))
        gives.setObjectName("muted")
        gives.setWordWrap(True)
        gives.setContentsMargins(22, 0, 0, 0)
        box = QVBoxLayout(self)
        box.setContentsMargins(12, 9, 10, 9)
        box.setSpacing(3)
        box.addWidget(self.button)
        box.addWidget(gives)
        self.button.toggled.connect(self._toggled)
        gives.installEventFilter(self)
        self.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The words are as good as the button."""
        if event.type() is QEvent.Type.MouseButtonRelease and self.button.isEnabled():
            self.button.setChecked(True)
        return False

    def _toggled(self, on: bool) -> None:
        self.setProperty("chosen", on)
        self.style().unpolish(self)
        self.style().polish(self)


class ConnectionDialog(QDialog):
    """`wanted` carries (Organisation | None, Connection, secret) once nothing is wrong with them.

    For AudioHook it is `listener_wanted` with (Connection, Listener). `listening` is the connection that is already
    dialled: there is only one listener. `keyring`: whether there is one that keeps secrets.
    """

    wanted = Signal(object, object, str)
    listener_wanted = Signal(object, object)

    def __init__(
        self,
        connections: Sequence[str],
        organisations: Sequence[Organisation],
        parent: QWidget | None = None,
        *,
        kind: SourceKind = SourceKind.NOTIFICATIONS,
        organisation: str = "",
        listener: Listener | None = None,
        listening: str = "",
        keyring: bool = True,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(words.ADD)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._connections, self._organisations = connections, [each.name for each in organisations]
        self._asked = False
        self._before = listener or Listener()
        self.form = ConnectionForm(organisations, self, keyring=keyring)
        self.listener = ListenerForm(organisations, self._before, self)
        self.cards = {choice.kind: ChoiceCard(choice, listening, self) for choice in CHOICES}
        self._kinds = QButtonGroup(self)
        for number, card in enumerate(self.cards.values()):
            self._kinds.addButton(card.button, number)
        self.cancel, self.save = QPushButton(words.CANCEL, self), QPushButton(words.ADD_SAVE, self)
        self.save.setObjectName("primary")
        self.save.setDefault(True)
        self._build()
        self.cancel.clicked.connect(self.reject)
        self.save.clicked.connect(self._save)
        self.cards[kind].button.setChecked(True)
        self._use(kind, organisation)
        self._kinds.idToggled.connect(self._kind_chosen)
        for form in (self.form, self.listener):
            form.changed.connect(self._judge)
        self.resize(self.sizeHint())

    def _build(self) -> None:
        title = QLabel(words.ADD_TITLE, self)
        title.setFont(fonts.font(fonts.LARGE, fonts.BOLD))
        left = QVBoxLayout()
        left.setSpacing(8)
        for card in self.cards.values():
            left.addWidget(card)
        left.addStretch(1)
        area = QScrollArea(self)
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        forms = QWidget(area)
        forms.setObjectName("inside")
        right = QVBoxLayout(forms)
        right.setContentsMargins(0, 0, 0, 0)
        right.addWidget(self.form)
        right.addWidget(self.listener)
        area.setWidget(forms)
        self._area = area
        middle, bottom = QHBoxLayout(), QHBoxLayout()
        middle.setSpacing(22)
        middle.addLayout(left, 5)
        middle.addWidget(area, 6)
        bottom.setSpacing(8)
        bottom.addStretch(1)
        bottom.addWidget(self.cancel)
        bottom.addWidget(self.save)
        box = QVBoxLayout(self)
        box.setContentsMargins(24, 20, 24, 18)
        box.setSpacing(14)
        box.addWidget(title)
        box.addLayout(middle, 1)
        box.addLayout(bottom)

    def sizeHint(self) -> QSize:
        """Fits a small laptop screen."""
        return QSize(860, 580)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter in a field must not save by accident; Esc cancels."""
        if event.key() not in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            super().keyPressEvent(event)

    def _kind_chosen(self, number: int, on: bool) -> None:
        if on:
            self._asked = False
            self._use(CHOICES[number].kind)

    def _use(self, kind: SourceKind, organisation: str = "") -> None:
        self._dialled = kind is SourceKind.AUDIOHOOK
        self.form.setVisible(not self._dialled)
        self.listener.setVisible(self._dialled)
        self.save.setText(listener_captions.NEXT if self._dialled else words.ADD_SAVE)
        if self._dialled:
            self._judge()
        else:
            self.form.use(kind, organisation)
        self._area.verticalScrollBar().setValue(0)

    def _judge(self) -> dict[str, str]:
        if self._dialled:
            found = listener_draft.problems(self.listener.draft(), self._connections)
            self.listener.show_problems(found if self._asked else {})
        else:
            found = problems(self.form.draft(), self._connections, self._organisations)
            self.form.show_problems(found if self._asked else {})
        return found

    def _save(self) -> None:
        self._asked = True
        found = self._judge()
        if found:
            (self.listener if self._dialled else self.form).focus_first(found)
            wrong = self.focusWidget()
            if wrong is not None:
                self._area.ensureWidgetVisible(wrong)
            return
        if self._dialled:
            made = self.listener.draft()
            self.listener_wanted.emit(
                listener_draft.connection_of(made), listener_draft.listener_of(made, self._before)
            )
        else:
            draft = self.form.draft()
            secret = draft.secret.strip() if draft.needs_secret else ""
            self.wanted.emit(organisation_of(draft), connection_of(draft), secret)
        self.accept()
