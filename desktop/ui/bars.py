"""Bars between the top bar and the page: a sign-in that is needed, the wait for the browser, an answer. Never modal."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from desktop.dashboard import connection_captions as words
from desktop.dashboard import sign_in_rows
from desktop.dashboard.notices import Notices
from desktop.dashboard.state import FloorState
from desktop.domain.finding import Level
from desktop.domain.insight import Severity
from desktop.domain.sign_in import SignIn, SignInState
from desktop.settings.model import Organisation, SignInKind
from desktop.ui import fonts, glyphs, secret_ways
from desktop.ui.announce import say
from desktop.ui.badges import IconButton, SeverityMark
from desktop.ui.look import Look

_SEVERITIES = {Level.PASS: Severity.INFO, Level.WARN: Severity.WARNING, Level.FAIL: Severity.CRITICAL}


class Bar(QFrame):
    """A sign, a sentence, buttons. Hidden until it has something to say."""

    def __init__(self, look: Look, buttons: tuple[QWidget, ...], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("banner")
        self._mark = SeverityMark(look, 18, self)
        self.label = QLabel(self)
        self.label.setFont(fonts.font(fonts.BODY, fonts.MEDIUM))
        self.label.setWordWrap(True)
        self.label.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        box = QHBoxLayout(self)
        box.setContentsMargins(12, 6, 8, 6)
        box.setSpacing(10)
        box.addWidget(self._mark)
        box.addWidget(self.label, 1)
        for button in buttons:
            box.addWidget(button)
        self.hide()

    def tell(self, text: str, severity: Severity) -> None:
        """Show this; spoken once."""
        if self.property("severity") != severity.value:
            self.setProperty("severity", severity.value)
            for each in (self, self.label):
                each.style().unpolish(each)
                each.style().polish(each)
            self._mark.severity = severity
            self._mark.update()
        if self.label.text() != text or self.isHidden():
            fresh = self.isHidden()
            self.label.setText(text)
            self.setAccessibleName(text)
            self.show()
            if fresh:
                say(self, text, critical=False)


class Bars(QWidget):
    """Reads the floor's sign-ins once a second."""

    sign_in_asked = Signal(str)
    sign_in_cancelled = Signal(str)
    secret_asked = Signal(str)
    focus_left = Signal()  # the bar that had it is gone

    def __init__(self, look: Look, state: FloorState, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self._waits_for = self._address = ""
        self._before: SignIn | None = None
        self._organisation = ""
        self._kinds: dict[str, SignInKind] = {}
        self._notices = Notices()
        self.button = QPushButton(words.SIGN_IN, self)
        self.button.setObjectName("primary")
        self.button.clicked.connect(lambda: self.sign_in_asked.emit(self._organisation))
        self.secret = QPushButton(self)
        self.secret.clicked.connect(lambda: self.secret_asked.emit(self._organisation))
        self.copy, self.cancel = QPushButton(words.COPY_ADDRESS, self), QPushButton(words.CANCEL, self)
        self.copy.clicked.connect(self._copied)
        self.cancel.clicked.connect(self._cancelled)
        self.count = QLabel(self)
        self.count.setFont(fonts.font(fonts.SMALL))
        self.dismiss = IconButton(glyphs.cross, look, words.DISMISS, self)
        self.sign_in = Bar(look, (self.secret, self.button), self)
        self.browser = Bar(look, (self.copy, self.cancel), self)
        self.notice = Bar(look, (self.count, self.dismiss), self)
        self.dismiss.clicked.connect(self._dismissed)
        box = QVBoxLayout(self)
        box.setContentsMargins(16, 0, 16, 0)
        box.setSpacing(6)
        for bar in (self.sign_in, self.browser, self.notice):
            box.addWidget(bar)
        self._settle()

    def know(self, organisations: Iterable[Organisation]) -> None:
        """How each is signed in to."""
        self._kinds = {each.name: each.sign_in for each in organisations}

    def refresh(self, now_ms: int) -> None:
        """Once a second; `now_ms` is the wall clock."""
        sign_in = self._state.sign_ins.get(self._waits_for)
        if self._waits_for and sign_in is not self._before:
            self._before = sign_in
            if sign_in is not None and sign_in.state is not SignInState.IN_BROWSER:
                self.end_browser_wait()
        bar = sign_in_rows.bar(self._state, now_ms)
        if bar is None or self._waits_for:  # one sign-in at a time
            self._hide(self.sign_in)
        else:
            self._organisation = bar.organisation
            chosen = secret_ways.way(self._kinds.get(bar.organisation), refused=bar.refused)
            self.secret.setText(chosen.replace)
            self.secret.setVisible(bool(chosen.replace))
            self.button.setVisible(chosen.sign_in)
            first = "" if chosen.sign_in else "primary"
            if self.secret.objectName() != first:
                self.secret.setObjectName(first)
                self.secret.style().unpolish(self.secret)
                self.secret.style().polish(self.secret)
            self.sign_in.tell(bar.text, bar.severity)
        self._notices.expire(now_ms)
        self._show_notice()

    def show_notice(self, text: str, level: Level) -> None:
        """An answer to something that was asked; it waits behind graver ones."""
        if not self.notice.isHidden():  # else the bar says so as it comes up
            say(self.notice, text, critical=False)
        self._notices.add(text, level)
        self._show_notice()

    def show_browser_wait(self, organisation: str, url: str) -> None:
        """Until the sign-in changes, or the person gives up."""
        self._waits_for, self._address = organisation, url
        self._before = self._state.sign_ins.get(organisation)
        self.copy.setText(words.COPY_ADDRESS)
        waiting = SignIn(organisation, SignInState.IN_BROWSER)
        self.browser.tell(sign_in_rows.sentence(waiting, 0), Severity.INFO)
        self._hide(self.sign_in)
        self._settle()

    def end_browser_wait(self) -> None:
        """It came to an end, one way or the other."""
        self._waits_for = self._address = ""
        self._hide(self.browser)
        self._settle()

    def _copied(self) -> None:
        QGuiApplication.clipboard().setText(self._address)
        self.copy.setText(words.COPIED)

    def _cancelled(self) -> None:
        organisation = self._waits_for
        self.end_browser_wait()
        self.sign_in_cancelled.emit(organisation)

    def _dismissed(self) -> None:
        self._notices.dismiss()
        self._show_notice()

    def _show_notice(self) -> None:
        if (first := self._notices.shown) is None:
            self._hide(self.notice)
        else:
            self.count.setText(self._notices.count)
            self.notice.tell(first.text, _SEVERITIES[first.level])
        self._settle()

    def _hide(self, bar: Bar) -> None:
        """Qt would hand its focus to the next field, and letters that are keys would be typed into it."""
        focus = self.window().focusWidget()
        held = not bar.isHidden() and focus is not None and bar.isAncestorOf(focus)
        bar.hide()
        if held:
            self.focus_left.emit()

    def _settle(self) -> None:
        self.setVisible(any(not bar.isHidden() for bar in (self.sign_in, self.browser, self.notice)))
