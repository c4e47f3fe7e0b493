"""Listen, coach, barge in: buttons for the selected call, a question before, the platform's answer beside them."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QWidget

from desktop.dashboard import connection_captions as words
from desktop.dashboard import joining, sentences
from desktop.dashboard.call_view import CallView
from desktop.dashboard.state import FloorState
from desktop.domain.intents import Join
from desktop.domain.updates import JoinAnswered
from desktop.ui import fonts
from desktop.ui.announce import say
from desktop.ui.confirm import Confirm

KEYS = {Join.MONITOR: " (L)"}
RINGING_MS = 60_000
"""No phone rings longer; a refusal stays."""


class JoinBar(QWidget):
    """Hidden for a call that can't be joined and of which nothing was asked."""

    join_asked = Signal(str, object)  # call, Join

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(words.JOIN_NAME)
        self._view: CallView | None = None
        self._asked: dict[str, JoinAnswered | None] = {}  # call -> the answer that was there before
        self._seen: dict[str, tuple[JoinAnswered, int]] = {}  # call -> its answer, and when it was first shown
        self._before: JoinAnswered | None = None
        self.question: Confirm | None = None
        self.buttons = {how: QPushButton(joining.button(how), self) for how in Join}
        self.answer = QLabel(self)
        self.answer.setObjectName("muted")
        self.answer.setFont(fonts.font(fonts.SMALL))
        self.answer.setWordWrap(True)
        box = QHBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(6)
        for how, button in self.buttons.items():
            button.setFont(fonts.font(fonts.SMALL, fonts.MEDIUM))
            button.setToolTip(joining.consequence(how) + KEYS.get(how, ""))
            button.clicked.connect(lambda _=False, how=how: self.ask(how))
            box.addWidget(button)
        box.addSpacing(6)
        box.addWidget(self.answer, 1)
        self.hide()

    def show_call(self, state: FloorState, view: CallView, now_ms: int) -> None:
        """What can be done with this call, and what came of it last time; `now_ms` is the wall clock."""
        self._view = view
        answered = state.joins.get(view.call)
        waiting = view.call in self._asked
        if waiting and answered is not self._asked[view.call]:
            del self._asked[view.call]
            waiting = False
            if answered is not None:
                say(self, joining.answer(answered)[0], critical=False)
        said, rings = (words.JOIN_ASKING, True) if waiting else ("", True)
        if answered is not None and not waiting and not view.over:
            said, rings = joining.answer(answered)
            if self._seen.get(view.call, (None, 0))[0] is not answered:
                self._seen[view.call] = (answered, now_ms)
            if rings and now_ms - self._seen[view.call][1] >= RINGING_MS:
                said = ""
        if self.answer.text() != said:
            self.answer.setText(said)
        name = "muted" if rings else "bad"
        if self.answer.objectName() != name:
            self.answer.setObjectName(name)
            self.answer.style().unpolish(self.answer)
            self.answer.style().polish(self.answer)
        offered = joining.offered(view)
        for button in self.buttons.values():
            button.setVisible(offered)
            button.setEnabled(not waiting)
        self.setVisible(offered or bool(said))
        self._asked = {call: before for call, before in self._asked.items() if call in state.calls}
        self._seen = {call: seen for call, seen in self._seen.items() if call in state.joins}
        self._before = answered

    def ask(self, how: Join) -> None:
        """Say what will happen; only then join. Nothing for a call that can't be joined."""
        button, view = self.buttons[how], self._view
        if view is None or not self.isVisible() or not button.isVisible() or not button.isEnabled():
            return
        title = f"{joining.button(how)}: {sentences.who(view)}"
        question = Confirm(title, joining.consequence(how), joining.button(how), words.CANCEL, self.window())
        question.yes.setObjectName("primary")
        question.yes.setDefault(True)
        question.accepted.connect(lambda: self._join(view.call, how))
        question.finished.connect(self._answered)
        self.question = question
        question.open()

    def _join(self, call: str, how: Join) -> None:
        self._asked[call] = self._before
        self.answer.setText(words.JOIN_ASKING)
        self.join_asked.emit(call, how)

    def _answered(self) -> None:
        self.question = None
