"""What an administrator enters in Genesys Cloud so that it dials us: values to copy, steps, what its try found."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, QSize, Qt
from PySide6.QtWidgets import (
    QDialog,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from desktop.dashboard import listener_captions as words
from desktop.dashboard.link_cards import TRIES, FindingRow
from desktop.domain.listener import ListenerSetup, TranscriptsBack
from desktop.ui import fonts
from desktop.ui.badges import TickBox
from desktop.ui.copying import CopyField
from desktop.ui.findings import FindingLine
from desktop.ui.look import Look


class Step(QWidget):
    """One step of the checklist; a click on its words ticks it."""

    def __init__(self, look: Look, number: int, text: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.box, place, self._words = TickBox(look, text, self), QLabel(f"{number}.", self), QLabel(text, self)
        place.setFixedWidth(18)
        for label in (place, self._words):
            label.setContentsMargins(0, 2, 0, 0)
            label.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._words.setWordWrap(True)
        self._words.installEventFilter(self)
        self.box.toggled.connect(self._toggled)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 3, 0, 3)
        row.setSpacing(8)
        row.addWidget(self.box, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(place, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self._words, 1)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The words are as good as the box."""
        if event.type() is QEvent.Type.MouseButtonRelease:
            self.box.toggle()
        return False

    def _toggled(self, done: bool) -> None:
        self._words.setObjectName("muted" if done else "")
        self._words.style().unpolish(self._words)
        self._words.style().polish(self._words)


class ListenerSetupDialog(QDialog):
    """Shows the set-up and the result of the platform's own test. Deletes itself, and the secrets with it."""

    def __init__(self, look: Look, setup: ListenerSetup, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._setup = setup
        self.setWindowTitle(words.SETUP_TITLE)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.uri = CopyField(words.URI, setup.uri, self)
        self.api_key = CopyField(words.API_KEY, setup.api_key, self)
        self.client_secret = CopyField(words.CLIENT_SECRET, setup.client_secret, self, secret=True)
        self.custom_config = CopyField(words.CUSTOM_CONFIG, setup.custom_config, self)
        self.steps = [Step(look, number, text, self) for number, text in enumerate(setup.steps, 1)]
        self.waiting = QLabel(f"◌  {words.PROBE_WAITING}", self)
        self.waiting.setObjectName("muted")
        self.waiting.setWordWrap(True)
        self.tries = {subject: FindingLine(lambda action: None, self) for subject in TRIES}
        self.enough = QPushButton(words.CLOSE, self)
        self.enough.setObjectName("primary")
        self.enough.setAutoDefault(False)
        self.enough.clicked.connect(self.accept)
        self._build()
        self.resize(self.sizeHint())
        self.uri.copy.setFocus()

    def sizeHint(self) -> QSize:
        """Fits a small laptop screen."""
        return QSize(920, 620)

    def show_tries(self, rows: Sequence[FindingRow]) -> None:
        """How the platform got on with it; empty while it hasn't tried yet."""
        there = {row.subject: row for row in rows}
        self.waiting.setVisible(not there)
        for subject, line in self.tries.items():
            line.setVisible(subject in there)
            if subject in there:
                line.show_row(there[subject])
                line.button.hide()  # what can be done about it is said; the Connections page has the buttons

    def _build(self) -> None:
        title, intro = QLabel(words.SETUP_TITLE, self), QLabel(words.SETUP_INTRO, self)
        title.setFont(fonts.font(fonts.LARGE, fonts.BOLD))
        intro.setObjectName("muted")
        area = QScrollArea(self)
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        inside = QWidget(area)
        inside.setObjectName("inside")
        upper = QHBoxLayout()
        upper.setSpacing(32)
        upper.addLayout(self._values(inside), 1)
        upper.addLayout(self._steps(inside), 1)
        lower = QVBoxLayout(inside)
        lower.setContentsMargins(0, 0, 10, 0)
        lower.setSpacing(6)
        lower.addLayout(upper)
        lower.addSpacing(8)
        lower.addWidget(_head(words.PROBE_TITLE, inside))
        lower.addWidget(self.waiting)
        for line in self.tries.values():
            lower.addWidget(line)
        lower.addStretch(1)
        area.setWidget(inside)
        bottom = QHBoxLayout()
        bottom.addStretch(1)
        bottom.addWidget(self.enough)
        box = QVBoxLayout(self)
        box.setContentsMargins(24, 20, 24, 18)
        box.setSpacing(6)
        box.addWidget(title)
        box.addWidget(intro)
        box.addSpacing(8)
        box.addWidget(area, 1)
        box.addSpacing(6)
        box.addLayout(bottom)

    def _values(self, inside: QWidget) -> QVBoxLayout:
        note = _warning(words.SECRET_NOTE, inside)
        self.words_leave = _warning(words.WORDS_LEAVE, inside)
        self.words_leave.setVisible(self._setup.transcripts_back is not TranscriptsBack.OFF)
        box = QVBoxLayout()
        box.setSpacing(6)
        for part in (self.uri, self.api_key, self.client_secret, note, self.custom_config, self.words_leave):
            box.addWidget(part)
        box.addStretch(1)
        return box

    def _steps(self, inside: QWidget) -> QVBoxLayout:
        box = QVBoxLayout()
        box.setSpacing(2)
        box.addWidget(_head(words.STEPS, inside))
        for step in self.steps:
            box.addWidget(step)
        box.addStretch(1)
        return box


def _warning(text: str, parent: QWidget) -> QLabel:
    label = QLabel(text, parent)
    label.setObjectName("warn")
    label.setFont(fonts.font(fonts.SMALL))
    label.setWordWrap(True)
    return label


def _head(text: str, parent: QWidget) -> QLabel:
    label = QLabel(text, parent)
    label.setFont(fonts.font(fonts.SMALL, fonts.BOLD))
    return label
