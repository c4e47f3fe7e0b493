"""Lanes under the curve on its time axis: who spoke when, both at once, silence, keywords, alerts; mm:ss below."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QLineF, QPoint, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QBrush, QColor, QHelpEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from desktop.dashboard import captions, sentences
from desktop.domain.insight import Severity
from desktop.ui import fonts, glyphs, ink
from desktop.ui.look import Look

Span = tuple[int, int]
Tick = tuple[int, Severity, str]
"""When (ms on the call's time line), how bad, what."""
LANE_HEIGHT = 15
AXIS_HEIGHT = 20
AXIS_WIDTH = 76
"""px left of the time axis, here and in the plot above."""
_REACH = 6  # px
_STEPS_S = (5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200)


@dataclass(frozen=True, slots=True)
class LaneData:
    """Spans in ms on the call's time line, oldest first; ticks with how bad they are."""

    agent: tuple[Span, ...] = ()
    customer: tuple[Span, ...] = ()
    both: tuple[Span, ...] = ()
    silence: tuple[Span, ...] = ()
    gaps: tuple[Span, ...] = ()
    keywords: tuple[Tick, ...] = ()
    alerts: tuple[Tick, ...] = ()


class Lanes(QWidget):
    """Paints `LaneData` for the range that the curve shows."""

    moment_chosen = Signal(float)

    def __init__(self, look: Look, axis_width: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self._axis_width = axis_width
        self._data = LaneData()
        self._range = (0.0, 60_000.0)
        self._cursor: float | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(captions.LANES_NAME)
        look.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        """Six lanes and the axis."""
        return QSize(360, 6 * LANE_HEIGHT + AXIS_HEIGHT)

    def minimumSizeHint(self) -> QSize:
        """Every lane keeps its height; only the curve above gives way."""
        return QSize(240, self.sizeHint().height())

    def show_data(self, data: LaneData) -> None:
        """Show these lanes."""
        if data != self._data:
            self._data = data
            self.update()

    def show_range(self, begin_ms: float, end_ms: float) -> None:
        """The stretch of time in sight."""
        if (begin_ms, end_ms) != self._range:
            self._range = (begin_ms, max(end_ms, begin_ms + 1))
            self.update()

    def show_cursor(self, at_ms: float | None) -> None:
        """The line that is linked with curve and transcript."""
        if at_ms != self._cursor:
            self._cursor = at_ms
            self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A click chooses a moment."""
        area = self._area()
        if event.button() is Qt.MouseButton.LeftButton and area.left() <= event.position().x() <= area.right():
            begin, end = self._range
            share = (event.position().x() - area.left()) / max(1.0, area.width())
            self.moment_chosen.emit(max(0.0, begin + share * (end - begin)))

    def event(self, event: QEvent) -> bool:
        """Say what a tick stands for while the pointer rests on it."""
        if isinstance(event, QHelpEvent):
            QToolTip.showText(event.globalPos(), self.words_at(event.pos()), self)
            return True
        return super().event(event)

    def words_at(self, place: QPoint) -> str:
        """What the ticks near `place` stand for; empty for none."""
        area = self._area()
        lane = int((place.y() - area.top()) // LANE_HEIGHT)
        ticks = {4: self._data.keywords, 5: self._data.alerts}.get(lane, ())
        near = [tick for tick in ticks if abs(self._x(tick[0], area) - place.x()) <= _REACH]
        return "\n".join(sentences.moment(words, at) for at, _, words in near)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint all lanes and the axis."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colours, data, area = self._look.colours, self._data, self._area()
        self._axis(painter, area)
        hatch = QBrush(QColor(colours.neutral_mark), Qt.BrushStyle.FDiagPattern)
        lanes: tuple[tuple[str, Sequence[Span], QBrush], ...] = (
            (captions.LANE_CUSTOMER, data.customer, QBrush(QColor(colours.customer))),
            (captions.LANE_AGENT, data.agent, QBrush(QColor(colours.agent))),
            (captions.LANE_BOTH, data.both, QBrush(QColor(colours.text))),
            (captions.LANE_SILENCE, data.silence, hatch),
        )
        top = area.top()
        for name, spans, brush in lanes:
            self._name(painter, name, top)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(brush)
            for span in spans:
                if (box := self._box(span, top, area)) is not None:
                    painter.drawRoundedRect(box, 2, 2)
            top += LANE_HEIGHT
        for name, ticks in ((captions.LANE_KEYWORDS, data.keywords), (captions.LANE_ALERTS, data.alerts)):
            self._name(painter, name, top)
            for at, severity, _ in ticks:
                x = self._x(at, area)
                if not area.left() <= x <= area.right():
                    continue
                if name is captions.LANE_ALERTS:
                    glyphs.severity_mark(painter, QRectF(x - 5, top + 2, 11, 11), severity, colours)
                else:
                    painter.setPen(QPen(QColor(colours.severity(severity)[1]), 2))
                    painter.drawLine(QLineF(x, top + 3, x, top + LANE_HEIGHT - 3))
            top += LANE_HEIGHT
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QBrush(QColor(colours.zero), Qt.BrushStyle.BDiagPattern))
        for span in data.gaps:
            left, right = self._x(span[0], area), self._x(span[1], area)
            painter.drawRect(QRectF(left, area.top(), max(1.0, right - left), top - area.top()).intersected(area))
        if self._cursor is not None and self._range[0] <= self._cursor <= self._range[1]:
            x = self._x(self._cursor, area)
            painter.setPen(QPen(QColor(colours.text), 1))
            painter.drawLine(QLineF(x, 0, x, top))
        painter.end()

    def _area(self) -> QRectF:
        return QRectF(self._axis_width, 0, self.width() - self._axis_width - 1, self.height() - AXIS_HEIGHT)

    def _x(self, at_ms: float, area: QRectF) -> float:
        begin, end = self._range
        return area.left() + (at_ms - begin) / (end - begin) * area.width()

    def _box(self, span: Span, top: float, area: QRectF) -> QRectF | None:
        left, right = max(area.left(), self._x(span[0], area)), min(area.right(), self._x(span[1], area))
        return QRectF(left, top + 4, max(1.5, right - left), LANE_HEIGHT - 8) if right >= left else None

    def _name(self, painter: QPainter, name: str, top: float) -> None:
        place = QRect(0, round(top), self._axis_width - 8, LANE_HEIGHT)
        ink.text(painter, place, name, fonts.font(10), self._look.colours.muted, right=True)

    def _axis(self, painter: QPainter, area: QRectF) -> None:
        begin, end = self._range
        room = max(2.0, area.width() / 64)
        step = next((s for s in _STEPS_S if (end - begin) / 1000 / s <= room), _STEPS_S[-1]) * 1000
        grid, face = QPen(QColor(self._look.colours.border), 1), fonts.font(10)
        at = int(-(-max(0.0, begin) // step)) * step
        while at <= end:
            x = self._x(at, area)
            painter.setPen(grid)
            painter.drawLine(QPointF(x, area.top()), QPointF(x, area.bottom() + 3))
            left = min(x - 30, area.right() - 60)
            place = QRect(round(left), round(area.bottom()) + 3, 60, AXIS_HEIGHT - 3)
            painter.setFont(face)
            painter.setPen(QColor(self._look.colours.muted))
            painter.drawText(place, int(Qt.AlignmentFlag.AlignCenter), sentences.clock(at))
            at += step
