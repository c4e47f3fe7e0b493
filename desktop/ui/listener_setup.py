"""What an administrator enters in Genesys Cloud so that it dials us: values to copy, steps, what its try found."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QSize, Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QStackedLayout,
    QVBoxLayout,
    QWidget,
)

from desktop.dashboard import listener_captions as words
from desktop.dashboard.link_cards import FindingRow
from desktop.domain.listener import ListenerSetup
from desktop.ui import fonts
from desktop.ui.copying import CopyField
from desktop.ui.findings import FindingLine


class Step(QWidget):
    """One step of the checklist; a click on its words ticks it."""

    def __init__(self, number: int, text: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.box, self._words = QCheckBox(self), QLabel(f"{number}.  {text}", self)
        self.box.setAccessibleName(text)
        self._words.setWordWrap(True)
        self._words.installEventFilter(self)
        self.box.toggled.connect(self._toggled)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 3, 0, 3)
        row.setSpacing(8)
        row.addWidget(self.box, 0, Qt.AlignmentFlag.AlignTop)
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

    def __init__(self, setup: ListenerSetup, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(words.SETUP_TITLE)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.uri = CopyField(words.URI, setup.uri, self)
        self.api_key = CopyField(words.API_KEY, setup.api_key, self)
        self.client_secret = CopyField(words.CLIENT_SECRET, setup.client_secret, self, secret=True)
        self.custom_config = CopyField(words.CUSTOM_CONFIG, setup.custom_config, self)
        self.steps = [Step(number, text, self) for number, text in enumerate(setup.steps, 1)]
        self.waiting = QLabel(f"◌  {words.PROBE_WAITING}", self)
        self.waiting.setObjectName("muted")
        self.waiting.setWordWrap(True)
        self.probe = FindingLine(lambda action: None, self)
        self.done = QPushButton(words.CLOSE, self)
        self.done.setObjectName("primary")
        self.done.setAutoDefault(False)
        self.done.clicked.connect(self.accept)
        self._build()
        self.resize(self.sizeHint())
        self.uri.copy.setFocus()

    def sizeHint(self) -> QSize:
        """Fits a small laptop screen."""
        return QSize(900, 620)

    def show_probe(self, row: FindingRow | None) -> None:
        """The platform's last try; None while it hasn't tried yet."""
        self._result.setCurrentIndex(0 if row is None else 1)
        if row is not None:
            self.probe.show_row(row)
            self.probe.button.hide()  # what can be done about it is said; the Connections page has the buttons

    def _build(self) -> None:
        title, intro = QLabel(words.SETUP_TITLE, self), QLabel(words.SETUP_INTRO, self)
        title.setFont(fonts.font(fonts.LARGE, fonts.BOLD))
        intro.setObjectName("muted")
        note = QLabel(words.SECRET_NOTE, self)
        note.setObjectName("warn")
        note.setFont(fonts.font(fonts.SMALL))
        note.setWordWrap(True)
        left = QVBoxLayout()
        left.setSpacing(6)
        for field in (self.uri, self.api_key, self.client_secret):
            left.addWidget(field)
        left.addWidget(note)
        left.addSpacing(6)
        left.addWidget(self.custom_config)
        left.addStretch(1)
        middle, bottom = QHBoxLayout(), QHBoxLayout()
        middle.setSpacing(28)
        middle.addLayout(left, 1)
        middle.addWidget(self._right(), 1)
        bottom.addStretch(1)
        bottom.addWidget(self.done)
        box = QVBoxLayout(self)
        box.setContentsMargins(24, 20, 24, 18)
        box.setSpacing(6)
        box.addWidget(title)
        box.addWidget(intro)
        box.addSpacing(8)
        box.addLayout(middle, 1)
        box.addSpacing(6)
        box.addLayout(bottom)

    def _right(self) -> QScrollArea:
        area = QScrollArea(self)
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        inside = QWidget(area)
        inside.setObjectName("inside")
        result = QWidget(inside)
        result.setObjectName("inside")
        self._result = QStackedLayout(result)
        for part in (self.waiting, self.probe):
            self._result.addWidget(part)
        self.waiting.setAlignment(Qt.AlignmentFlag.AlignTop)
        box = QVBoxLayout(inside)
        box.setContentsMargins(0, 0, 10, 0)
        box.setSpacing(2)
        box.addWidget(_head(words.STEPS, inside))
        for step in self.steps:
            box.addWidget(step)
        box.addSpacing(12)
        box.addWidget(_head(words.PROBE_TITLE, inside))
        box.addWidget(result)
        box.addStretch(1)
        area.setWidget(inside)
        return area


def _head(text: str, parent: QWidget) -> QLabel:
    label = QLabel(text, parent)
    label.setFont(fonts.font(fonts.SMALL, fonts.BOLD))
    return label
