"""The line at the bottom: connections, recogniser, what was dropped, and whether the screen keeps up."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from desktop.dashboard import floor_sentences, hearing_sentences, link_sentences
from desktop.dashboard.state import FloorState
from desktop.ui import fonts
from desktop.ui.badges import Elided


class StatusLine(QWidget):
    """Plain words; nothing to press."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        face = fonts.font(fonts.SMALL)
        self.links = Elided(face, muted=True, parent=self)
        self.hearing = QLabel(self)
        self.engine = QLabel(self)
        self.dropped = Elided(face, muted=True, parent=self)
        self.dropped.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.heart = QLabel(self)
        for label in (self.hearing, self.engine, self.heart):
            label.setFont(face)
            label.setObjectName("muted")
        box = QHBoxLayout(self)
        box.setContentsMargins(20, 0, 20, 0)
        box.setSpacing(24)
        box.addWidget(self.links, 3)
        box.addWidget(self.dropped, 3)
        box.addWidget(self.hearing)
        box.addWidget(self.engine)
        box.addWidget(self.heart)
        self.setFixedHeight(28)

    def show_floor(self, state: FloorState, late_ms: float) -> None:
        """`late_ms` is how late this refresh came."""
        for label, words in (
            (self.links, link_sentences.links(state)),
            (self.dropped, floor_sentences.complaints(state)),
            (self.hearing, hearing_sentences.status(state.hearing)),
            (self.engine, hearing_sentences.engine(state.health)),
            (self.heart, floor_sentences.heartbeat(late_ms)),
        ):
            if label.text() != words:
                label.setText(words)
        for label, more in (
            (self.hearing, hearing_sentences.explained(state.hearing)),
            (self.engine, hearing_sentences.engine_explained(state.health)),
        ):
            label.setToolTip(more)
            label.setAccessibleDescription(more)
