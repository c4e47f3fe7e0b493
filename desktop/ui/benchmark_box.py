"""What this machine can watch: the measured figures, or how measuring goes; one button that begins and ends it."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QProgressBar, QPushButton, QVBoxLayout, QWidget

from desktop.dashboard import benchmark_sentences as words
from desktop.dashboard.benchmark_sentences import BenchmarkView, view
from desktop.domain.benchmark import BenchmarkStanding
from desktop.domain.speech_model import EngineKind
from desktop.ui import fonts
from desktop.ui.announce import say

_STEPS = 1000
_MOST_FIGURES = 3


class BenchmarkBox(QWidget):
    """Says what was pressed; shows what it is given."""

    measure_asked = Signal()
    cancelled = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._view: BenchmarkView | None = None
        self.title, self.text, self.problem, self.left = (QLabel(self) for _ in range(4))
        self.title.setText(words.TITLE)
        self.title.setFont(fonts.font(fonts.SMALL, fonts.BOLD))
        self.text.setObjectName("muted")
        self.left.setObjectName("muted")
        self.problem.setObjectName("bad")
        for label in (self.text, self.problem, self.left):
            label.setFont(fonts.font(fonts.SMALL))
        for label in (self.text, self.problem):
            label.setWordWrap(True)
        self.figures = [(QLabel(self), QLabel(self)) for _ in range(_MOST_FIGURES)]
        self.progress, self.button = QProgressBar(self), QPushButton(self)
        self.progress.setTextVisible(False)
        self.progress.setFixedHeight(8)
        self.button.clicked.connect(self._pressed)
        self._lay_out()
        self.show_standing(BenchmarkStanding(EngineKind.EMBEDDED))

    def _lay_out(self) -> None:
        grid = QGridLayout()
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(2)
        grid.setColumnStretch(1, 1)
        for row, (number, what) in enumerate(self.figures):
            number.setFont(fonts.font(fonts.BODY, fonts.BOLD))
            grid.addWidget(number, row, 0, Qt.AlignmentFlag.AlignRight)
            grid.addWidget(what, row, 1)
        below = QHBoxLayout()
        below.setSpacing(10)
        below.addWidget(self.button)
        below.addWidget(self.left)
        below.addStretch(1)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 8, 0, 0)
        box.setSpacing(6)
        box.addWidget(self.title)
        box.addLayout(grid)
        for widget in (self.problem, self.text, self.progress):
            box.addWidget(widget)
        box.addLayout(below)

    def show_standing(self, standing: BenchmarkStanding) -> None:
        """Show this; what began, ended or went wrong is said to who listens to a screen reader."""
        before, now = self._view, view(standing)
        if now == before:
            return
        self._view = now
        for place, (number, what) in enumerate(self.figures):
            shown = now.figures[place] if place < len(now.figures) else ("", "")
            for label, text in zip((number, what), shown, strict=True):
                label.setText(text)
                label.setVisible(bool(text))
        for label, text in ((self.text, now.text), (self.problem, now.problem), (self.left, now.left)):
            if label.text() != text:
                label.setText(text)
            label.setVisible(bool(text))
        self.progress.setVisible(now.busy)
        self.progress.setRange(0, 0 if now.share is None else _STEPS)
        self.progress.setValue(round((now.share or 0.0) * _STEPS))
        self.progress.setAccessibleName(f"{words.TITLE}: {now.text}")
        self.button.setText(now.button)
        self.button.setVisible(bool(now.button))
        self.button.setToolTip("" if now.busy else words.MEASURE_TIP)
        self.button.setAccessibleName(f"{now.button}: {words.TITLE}")
        self.setAccessibleName(f"{words.TITLE}: {words.aloud(now)}")
        if before is not None and (before.busy, before.problem) != (now.busy, now.problem):
            say(self, words.aloud(now), critical=False)

    def _pressed(self) -> None:
        if self._view is not None and self._view.busy:
            self.cancelled.emit()
        else:
            self.measure_asked.emit()
