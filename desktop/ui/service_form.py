"""The speech service on the Recognition page: folded unless it is in force; address, key, a test, and using it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QProgressBar, QPushButton, QVBoxLayout, QWidget

from desktop.dashboard import connection_captions as common
from desktop.dashboard import service_captions as words
from desktop.dashboard.service_result import result
from desktop.domain.insight import Severity
from desktop.domain.speech import EngineTrouble
from desktop.domain.speech_model import EngineKind
from desktop.domain.speech_service import KeyPlace, ServiceAddress, ServiceStanding, ServiceWork
from desktop.ui import fonts
from desktop.ui.announce import say
from desktop.ui.form import Form
from desktop.ui.service_draft import ServiceDraft, problems

_ADVANCED = ("proxy", "ca_file")


class ServiceFields(Form):
    """What is typed. Read-only while something is done with it, so that the focus stays."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.box.setContentsMargins(0, 0, 0, 0)
        self.note(words.INTRO)
        self.url = self.line("url", words.URL, words.URL_HINT)
        self.key = self.line("key", words.KEY)
        self.key.setEchoMode(QLineEdit.EchoMode.Password)
        self.kept = self.note("")
        self.language = self.line("language", words.LANGUAGE, words.LANGUAGE_HINT)
        self.fold()
        self.proxy = self.line("proxy", common.PROXY, common.PROXY_HINT)
        self.ca_file = self.file("ca_file", common.CA_FILE, common.CA_HINT)
        self.sort_out()

    def sort_out(self) -> None:
        """The rare ones only when they are unfolded."""
        for key in _ADVANCED:
            self.fields[key].setVisible(self.open)

    def draft(self) -> ServiceDraft:
        """As it is just now."""
        lines = (self.url, self.key, self.language, self.proxy, self.ca_file)
        return ServiceDraft(*(line.text() for line in lines))

    def fill(self, address: ServiceAddress) -> None:
        """What the settings have."""
        self.url.setText(address.url)
        self.language.setText(address.language)
        self.proxy.setText(address.proxy)
        self.ca_file.setText(address.ca_file)
        for line in (self.url, self.ca_file):
            line.setCursorPosition(0)
        self.show_problems({})
        if address.proxy or address.ca_file:
            self.advanced.setChecked(True)

    def hold(self, *, still: bool) -> None:
        """Nothing can be typed while it is tested."""
        for line in (self.url, self.key, self.language, self.proxy, self.ca_file):
            line.setReadOnly(still)


class ServiceForm(QWidget):
    """Says what was pressed, with the address and the key ("": the kept one); shows what it is given."""

    test_asked = Signal(object, str)  # ServiceAddress
    use_asked = Signal(object, str)
    cancelled = Signal()
    look_here = Signal(QWidget)  # once it is laid out: what has to be seen

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._standing = ServiceStanding(ServiceAddress())
        self._engine: EngineKind | None = None
        self.head, self.inside = QPushButton(words.FOLD[0], self), QWidget(self)
        self.head.setObjectName("fold")
        self.head.setFont(fonts.font(fonts.SMALL, fonts.BOLD))
        self.head.setCheckable(True)
        self.head.toggled.connect(self._unfolded)
        self.fields = ServiceFields(self.inside)
        self.fields.changed.connect(self._typed)
        self.privacy, self.said = QLabel(words.PRIVACY, self.inside), QLabel(self.inside)
        self.privacy.setObjectName("warn")
        for label in (self.privacy, self.said):
            label.setFont(fonts.font(fonts.SMALL))
            label.setWordWrap(True)
        self.progress = QProgressBar(self.inside)
        self.progress.setRange(0, 0)
        self.progress.setTextVisible(False)
        self.progress.setFixedHeight(8)
        self.test, self.use = QPushButton(words.TEST, self.inside), QPushButton(words.USE, self.inside)
        self.use.setObjectName("primary")
        self.use.setToolTip(words.USE_TIP)
        self.test.clicked.connect(self._test_or_cancel)
        self.use.clicked.connect(lambda: self._ask(self.use_asked.emit))
        for line in (self.fields.url, self.fields.key, self.fields.language):
            line.returnPressed.connect(lambda: self._ask(self.test_asked.emit))
        self._lay_out()
        self.inside.hide()
        self.show_standing(self._standing)

    def _lay_out(self) -> None:
        buttons = QHBoxLayout()
        buttons.setSpacing(6)
        buttons.addWidget(self.test)
        buttons.addStretch(1)
        buttons.addWidget(self.use)
        inner = QVBoxLayout(self.inside)
        inner.setContentsMargins(0, 0, 0, 0)
        inner.setSpacing(8)
        inner.addWidget(self.fields)
        inner.addWidget(self.privacy)
        inner.addLayout(buttons)
        inner.addWidget(self.progress)
        inner.addWidget(self.said)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 8, 0, 0)
        box.setSpacing(6)
        box.addWidget(self.head, 0, Qt.AlignmentFlag.AlignLeft)
        box.addWidget(self.inside)

    def show_engine(self, engine: EngineKind) -> None:
        """What is in force."""
        if engine is not self._engine:
            self._engine = engine
            self.use.setText(words.APPLY if self._in_force else words.USE)
            if self._in_force:
                self.head.setChecked(True)

    def show_standing(self, standing: ServiceStanding) -> None:
        """Show this; what is typed stays, except a key that was taken."""
        before, self._standing = self._standing, standing
        if standing.address != before.address:
            self.fields.fill(standing.address)
        taken = before.work is ServiceWork.SWITCHING and standing.work is None and not standing.problem
        if taken:
            self.fields.key.clear()
        self.fields.key.setPlaceholderText(words.KEY_HINTS[standing.key])
        self.fields.kept.setText(common.SECRET_NOTE_SESSION if standing.key is KeyPlace.SESSION else common.SECRET_NOTE)
        self.fields.hold(still=standing.work is not None)
        self.use.setEnabled(standing.work is None)
        self.test.setEnabled(standing.work is not ServiceWork.SWITCHING)
        self.test.setText(words.CANCEL if standing.work is not None else words.TEST)
        self.progress.setVisible(standing.work is not None)
        if standing.tested is not None and standing.tested.trouble is EngineTrouble.NOT_TRUSTED:
            self.fields.advanced.setChecked(True)
        self._say()

    @property
    def _in_force(self) -> bool:
        return self._engine is EngineKind.SPEECH_SERVICE

    def _say(self) -> None:
        now = result(self._standing)
        ink = "bad" if now.severity is Severity.CRITICAL else ""
        if self.said.objectName() != ink:
            self.said.setObjectName(ink)
            self.said.style().unpolish(self.said)
            self.said.style().polish(self.said)
        if self.said.text() != now.text:
            self.said.setText(now.text)
            say(self, now.text, critical=False)
            self._point_to(self.said)
        self.said.setVisible(bool(now.text))

    def _typed(self) -> None:
        """What came of an earlier test says nothing of this."""
        self.said.clear()
        self.said.hide()
        self.fields.show_problems({})

    def _test_or_cancel(self) -> None:
        if self._standing.work is None:
            self._ask(self.test_asked.emit)
        else:
            self.cancelled.emit()

    def _ask(self, ask: Callable[[ServiceAddress, str], object]) -> None:
        if self._standing.work is not None:
            return
        draft = self.fields.draft()
        found = problems(draft, self._standing.address, self._standing.key)
        self.fields.show_problems(found)
        if found:
            if found.keys() & set(_ADVANCED):
                self.fields.advanced.setChecked(True)
            self.fields.focus_first(found)
            self._point_to(self.fields.fields[next(iter(found))])
            return
        ask(draft.address, draft.key.strip())

    def _point_to(self, part: QWidget) -> None:
        QTimer.singleShot(0, self, lambda: self.look_here.emit(part))

    def _unfolded(self, on: bool) -> None:
        self.head.setText(words.FOLD[int(on)])
        self.inside.setVisible(on)
