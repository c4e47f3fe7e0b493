"""Bars between the top bar and the page: a sign-in that is needed, the wait for the browser, an answer. Never modal."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from desktop.dashboard import connection_captions as words
from desktop.dashboard import sign_in_rows
from desktop.dashboard.state import FloorState
from desktop.domain.finding import Level
from desktop.domain.insight import Severity
from desktop.domain.sign_in import SignIn, SignInState
from desktop.ui import fonts, glyphs
from desktop.ui.announce import say
from desktop.ui.badges import IconButton, SeverityMark
from desktop.ui.look import Look

PRAISE_MS = 8_000
"""Good news goes by itself; a problem stays until it is dismissed."""
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

    def __init__(self, look: Look, state: FloorState, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self._waits_for = self._address = ""
        self._before: SignIn | None = None
        self._organisation = ""
        self._praise_until_ms: int | None = None
        self._good = False
        self.button = QPushButton(words.SIGN_IN, self)
        self.button.setObjectName("primary")
        self.button.clicked.connect(lambda: self.sign_in_asked.emit(self._organisation))
        self.copy, self.cancel = QPushButton(words.COPY_ADDRESS, self), QPushButton(words.CANCEL, self)
        self.copy.clicked.connect(self._copied)
        self.cancel.clicked.connect(self._cancelled)
        self.dismiss = IconButton(glyphs.cross, look, words.DISMISS, self)
        self.sign_in = Bar(look, (self.button,), self)
        self.browser = Bar(look, (self.copy, self.cancel), self)
        self.notice = Bar(look, (self.dismiss,), self)
        self.dismiss.clicked.connect(self.notice.hide)
        box = QVBoxLayout(self)
        box.setContentsMargins(16, 0, 16, 0)
        box.setSpacing(6)
        for bar in (self.sign_in, self.browser, self.notice):
            box.addWidget(bar)
        self._settle()

    def refresh(self, now_ms: int) -> None:
        """Once a second; `now_ms` is the wall clock."""
        sign_in = self._state.sign_ins.get(self._waits_for)
        if self._waits_for and sign_in is not self._before:
            self._before = sign_in
            if sign_in is not None and sign_in.state is not SignInState.IN_BROWSER:
                self.end_browser_wait()
        bar = sign_in_rows.bar(self._state, now_ms)
        if bar is None or self._waits_for:  # one sign-in at a time
            self.sign_in.hide()
        else:
            self._organisation = bar.organisation
            self.sign_in.tell(bar.text, bar.severity)
        if self._good and self._praise_until_ms is None:
            self._praise_until_ms = now_ms + PRAISE_MS
        if self._praise_until_ms is not None and now_ms >= self._praise_until_ms:
            self._good, self._praise_until_ms = False, None
            self.notice.hide()
        self._settle()

    def show_notice(self, text: str, level: Level) -> None:
        """An answer to something that was asked; the newest replaces the one before."""
        self._good, self._praise_until_ms = level is Level.PASS, None
        self.notice.tell(text, _SEVERITIES[level])
        self._settle()

    def show_browser_wait(self, organisation: str, url: str) -> None:
        """Until the sign-in changes, or the person gives up."""
        self._waits_for, self._address = organisation, url
        self._before = self._state.sign_ins.get(organisation)
        self.copy.setText(words.COPY_ADDRESS)
        waiting = SignIn(organisation, SignInState.IN_BROWSER)
        self.browser.tell(sign_in_rows.sentence(waiting, 0), Severity.INFO)
        self.sign_in.hide()
        self._settle()

    def end_browser_wait(self) -> None:
        """It came to an end, one way or the other."""
        self._waits_for = self._address = ""
        self.browser.hide()
        self._settle()

    def _copied(self) -> None:
        QGuiApplication.clipboard().setText(self._address)
        self.copy.setText(words.COPIED)

    def _cancelled(self) -> None:
        organisation = self._waits_for
        self.end_browser_wait()
        self.sign_in_cancelled.emit(organisation)

    def _settle(self) -> None:
        self.setVisible(any(not bar.isHidden() for bar in (self.sign_in, self.browser, self.notice)))
