"""The capacity planner: how many calls at once, and one drawn bar for each resource that they need."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QEvent, QObject, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QSizePolicy,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from desktop.dashboard import listener_captions as words
from desktop.dashboard.capacity import Bar, Planner, capacity
from desktop.domain.finding import Level
from desktop.ui import fonts, ink
from desktop.ui.look import Look

_GLYPHS = {Level.PASS: "✓", Level.WARN: "▲", Level.FAIL: "✕"}
_INKS = {Level.PASS: "", Level.WARN: "warn", Level.FAIL: "bad"}
_HEIGHT = 50


class ResourceBar(QWidget):
    """Name and amount over a bar; what is too much is red, and its whole is marked."""

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self.bar: Bar | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        look.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        """All bars are as high."""
        return QSize(320, _HEIGHT)

    def show_bar(self, bar: Bar) -> None:
        """Show this one."""
        if bar != self.bar:
            self.bar = bar
            self.setAccessibleName(bar.aloud)
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint it."""
        if self.bar is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        bar, colours = self.bar, self._look.colours
        bad = bar.level is Level.FAIL
        line = QRect(0, 2, self.width(), 20)
        strong, small = fonts.font(fonts.BODY, fonts.BOLD), fonts.font(fonts.SMALL)
        ink.text(painter, line, bar.name, strong, colours.text)
        left = painter.fontMetrics().horizontalAdvance(bar.name) + 12
        ink.text(painter, line, bar.percent, strong, colours.critical_text if bad else colours.text, right=True)
        room = line.width() - left - painter.fontMetrics().horizontalAdvance(bar.percent) - 12
        said = f"{bar.need} · {words.FIRST}" if bar.first else bar.need
        ink.text(painter, QRect(left, line.top(), room, line.height()), said, small, colours.muted)
        track = QRectF(0.5, 26.5, self.width() - 1, 11)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colours.chip))
        painter.drawRoundedRect(track, 5.5, 5.5)
        filled = QRectF(track.left(), track.top(), max(6.0, track.width() * min(1.0, bar.share)), track.height())
        mark = colours.critical_mark if bad else colours.accent if bar.first else colours.neutral_mark
        painter.setBrush(QColor(mark))
        painter.drawRoundedRect(filled, 5.5, 5.5)
        if bar.share > 1:  # where the whole would end
            end = track.left() + track.width() / bar.share
            painter.setPen(QPen(QColor(colours.card), 3))
            painter.drawLine(int(end), int(track.top()) - 1, int(end), int(track.bottom()) + 1)
        painter.end()


class _Number(QFrame):
    """A spin box in the frame of every other field: the style sheet can't give it one without breaking it."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("number")
        self.setFixedSize(76, 30)
        self.box = QSpinBox(self)
        self.box.setFrame(False)
        self.box.setButtonSymbols(QSpinBox.ButtonSymbols.NoButtons)
        self.box.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.box.installEventFilter(self)
        inside = QHBoxLayout(self)
        inside.setContentsMargins(4, 3, 4, 3)
        inside.addWidget(self.box)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The frame shows the focus."""
        if event.type() in (QEvent.Type.FocusIn, QEvent.Type.FocusOut):
            self.setProperty("focused", self.box.hasFocus())
            self.style().unpolish(self)
            self.style().polish(self)
        return False


class CapacityPanel(QWidget):
    """Asks the plan whenever the number of calls changes; without one it says so and offers to measure."""

    measure_asked = Signal()
    measure_cancelled = Signal()

    def __init__(self, look: Look, planner: Planner, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._planner = planner
        self.number = _Number(self)
        self.calls = self.number.box
        self.calls.setRange(1, words.MOST_CALLS)
        self.calls.setValue(words.USUAL_CALLS)
        self.calls.setAccessibleName(words.AT_ONCE)
        self.fewer, self.more = self._stepper("−", words.FEWER, -1), self._stepper("+", words.MORE, 1)
        self.verdict, self.limit, self.scale = QLabel(self), QLabel(self), QLabel(self)
        self.rests_on, self.problem = QLabel(self), QLabel(self)
        self.verdict.setFont(fonts.font(fonts.BODY, fonts.BOLD))
        self.problem.setObjectName("bad")
        for label in (self.limit, self.scale, self.rests_on):
            label.setObjectName("muted")
            label.setFont(fonts.font(fonts.SMALL))
        for label in (self.verdict, self.limit, self.scale, self.rests_on, self.problem):
            label.setWordWrap(True)
        self.bars = [ResourceBar(look, self) for _ in range(3)]
        self.measure, self.stop = QPushButton(words.MEASURE, self), QPushButton(words.STOP_MEASURING, self)
        self.measure.clicked.connect(self.measure_asked)
        self.stop.clicked.connect(self.measure_cancelled)
        self.progress = QProgressBar(self)
        self.progress.setTextVisible(False)
        self.progress.setFixedHeight(8)
        self.progress.setAccessibleName(words.MEASURING)
        self._build()
        self.calls.valueChanged.connect(self._show)
        self._show()

    def show_planner(self, planner: Planner) -> None:
        """New figures, or how far measuring them is."""
        self._planner = planner
        self._show()

    def _stepper(self, sign: str, name: str, direction: int) -> QPushButton:
        button = QPushButton(sign, self)
        button.setFixedWidth(38)
        button.setAutoRepeat(True)
        button.setToolTip(name)
        button.setAccessibleName(name)
        button.clicked.connect(partial(self._step, direction * words.STEP_CALLS))
        return button

    def _build(self) -> None:
        title = QLabel(words.CAPACITY_TITLE, self)
        title.setFont(fonts.font(fonts.LARGE, fonts.BOLD))
        self.asked = QWidget(self)
        caption = QLabel(words.AT_ONCE, self.asked)
        caption.setBuddy(self.calls)
        asked = QHBoxLayout(self.asked)
        asked.setContentsMargins(0, 0, 0, 0)
        asked.setSpacing(6)
        asked.addWidget(caption)
        for widget in (self.fewer, self.number, self.more):
            asked.addWidget(widget)
        asked.addSpacing(14)
        asked.addWidget(self.verdict, 1)
        measuring = QHBoxLayout()
        measuring.setSpacing(10)
        measuring.addWidget(self.measure)
        measuring.addWidget(self.progress, 1)
        measuring.addWidget(self.stop)
        measuring.addStretch(0)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 4, 0, 0)
        box.setSpacing(10)
        box.addWidget(title)
        box.addWidget(self.asked)
        box.addWidget(self.limit)
        box.addSpacing(6)
        for bar in self.bars:
            box.addWidget(bar)
        for label in (self.scale, self.rests_on, self.problem):
            box.addWidget(label)
        box.addLayout(measuring)
        box.addStretch(1)

    def _step(self, by: int) -> None:
        """To the next round number."""
        size, now = abs(by), self.calls.value()
        self.calls.setValue((now // size + 1) * size if by > 0 else (now - 1) // size * size)

    def _show(self) -> None:
        planner = self._planner
        known, busy = planner.plan is not None, planner.progress is not None
        for widget in (self.asked, self.limit, *self.bars):
            widget.setVisible(known)
        self.rests_on.setText(words.MEASURING if busy else planner.rests_on if known else words.UNMEASURED)
        self.problem.setText(planner.problem)
        self.problem.setVisible(bool(planner.problem) and not busy)
        self.measure.setText(words.MEASURE_AGAIN if known else words.MEASURE)
        self.measure.setVisible(not busy)
        for widget in (self.progress, self.stop):
            widget.setVisible(busy)
        self.progress.setValue(max(4, round((planner.progress or 0.0) * 100)))
        self._show_plan()

    def _show_plan(self) -> None:
        plan = self._planner.plan
        if plan is None:
            self.scale.setVisible(False)
            return
        found = capacity(plan, self.calls.value(), self._planner.room)
        self.verdict.setText(f"{_GLYPHS[found.level]}  {found.verdict}")
        if self.verdict.objectName() != _INKS[found.level]:
            self.verdict.setObjectName(_INKS[found.level])
            self.verdict.style().unpolish(self.verdict)
            self.verdict.style().polish(self.verdict)
        self.limit.setText(found.limit)
        self.scale.setText(found.scale)
        self.scale.setVisible(bool(found.scale))
        for widget, bar in zip(self.bars, found.bars, strict=True):
            widget.show_bar(bar)
