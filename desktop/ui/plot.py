"""A door to pyqtgraph, which takes long to load: the sentiment curve of one call, over the call's own time line."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import numpy as np
from PySide6.QtCore import QObject, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QBrush, QColor
from PySide6.QtWidgets import QWidget

os.environ.setdefault("PYQTGRAPH_QT_LIB", "PySide6")
import pyqtgraph as pg

from desktop.dashboard.curves import Trace
from desktop.domain.insight import Severity
from desktop.ui import fonts
from desktop.ui.lanes import AXIS_WIDTH
from desktop.ui.palette import Colours

ALARM_BELOW = -0.5
"""Document B section 3: averages below this count towards an alert."""
_POINTS_MOST = 1_500
_SYMBOLS = {Severity.INFO: "o", Severity.WARNING: "t1", Severity.CRITICAL: "h"}


class MoodPlot(QObject):
    """Both parties' averages as stepped lines over their readings as points. Pens stay 1 px: wide ones are slow."""

    range_changed = Signal(float, float)  # ms shown, after the plot's own rounding
    moment_chosen = Signal(float)  # ms

    def __init__(self, colours: Colours, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._plot: Any = pg.PlotWidget(parent)
        self.widget: QWidget = self._plot
        self.widget.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        item = self._plot.getPlotItem()
        item.hideButtons()
        item.setMenuEnabled(False)
        item.hideAxis("bottom")
        item.setContentsMargins(0, 0, 0, 0)
        item.layout.setContentsMargins(0, 4, 0, 0)
        self._box: Any = item.getViewBox()
        self._box.setMouseEnabled(x=False, y=False)
        self._box.setDefaultPadding(0)
        self._box.setYRange(-1.08, 1.08, padding=0)
        self._axis: Any = item.getAxis("left")
        self._axis.setWidth(AXIS_WIDTH)
        self._axis.setTicks([[(-1, "−1"), (-0.5, "−0.5"), (0, "0"), (0.5, "+0.5"), (1, "+1")]])
        self._axis.setStyle(tickFont=fonts.font(10), tickLength=0)
        self._alarm: Any = pg.LinearRegionItem((-1.08, ALARM_BELOW), orientation="horizontal", movable=False)
        self._zero: Any = pg.InfiniteLine(0, angle=0)
        self._cursor: Any = pg.InfiniteLine(0, angle=90)
        self._hover: Any = pg.InfiniteLine(0, angle=90)
        self._lines = {name: pg.PlotCurveItem() for name in ("agent", "customer")}
        self._dots = {name: pg.ScatterPlotItem(pxMode=True) for name in ("agent", "customer")}
        self._markers: Any = pg.ScatterPlotItem(pxMode=True, hoverable=False)
        self.gaps: list[Any] = []
        for each in (self._alarm, self._zero, *self._lines.values(), *self._dots.values(), self._markers):
            self._plot.addItem(each)
        for each in (self._cursor, self._hover):
            each.hide()
            self._plot.addItem(each)
        self.scene: Any = self._plot.scene()
        self.scene.sigMouseClicked.connect(self._clicked)
        self.scene.sigMouseMoved.connect(self._moved)
        self._box.sigXRangeChanged.connect(self._range)
        self.colours = colours
        self.dress(colours)

    def dress(self, colours: Colours) -> None:
        """Take these colours."""
        self.colours = colours
        self._plot.setBackground(QColor(colours.card))
        self._axis.setPen(QColor(colours.card))
        self._axis.setTextPen(QColor(colours.muted))
        self._alarm.setBrush(QBrush(QColor(colours.alarm_band)))
        for line in self._alarm.lines:
            line.setPen(pg.mkPen(None))
        self._zero.setPen(pg.mkPen(colours.zero, width=1))
        self._cursor.setPen(pg.mkPen(colours.text, width=1))
        self._hover.setPen(pg.mkPen(colours.neutral_mark, width=1, style=Qt.PenStyle.DotLine))
        for name, colour in (("customer", colours.customer), ("agent", colours.agent)):
            style = Qt.PenStyle.SolidLine if name == "customer" else Qt.PenStyle.DashLine
            self._lines[name].setPen(pg.mkPen(colour, width=2 if name == "customer" else 1, style=style))
            self._dots[name].setBrush(QBrush(QColor(colour)))
            self._dots[name].setPen(pg.mkPen(colours.card, width=1))
        for gap in self.gaps:
            gap.setBrush(self._hatch())

    def show_traces(self, customer: Trace, agent: Trace, shown: tuple[float, float], upto_ms: float) -> None:
        """Both curves within `shown` (ms); the last average is held up to `upto_ms`."""
        for name, trace, size in (("customer", customer, 6), ("agent", agent, 4)):
            first = max(0, int(np.searchsorted(trace.at_ms, shown[0])) - 1, len(trace.at_ms) - _POINTS_MOST)
            keep = slice(first, None)
            at, average, score = trace.at_ms[keep], trace.average[keep], trace.score[keep]
            if len(at):
                # a reading's average holds until the next one: never a slope that nobody measured
                x = np.append(np.repeat(at, 2)[1:], max(upto_ms, at[-1]))
                y = np.repeat(average, 2)
                self._lines[name].setData(x, y)
            else:
                self._lines[name].setData([], [])
            self._dots[name].setData(at, score, size=size)

    def show_markers(self, markers: Sequence[tuple[float, Severity]]) -> None:
        """Alerts, at the upper edge, by shape and colour."""
        self._markers.setData(
            [
                {
                    "pos": (at, 0.84),
                    "symbol": _SYMBOLS[severity],
                    "size": 11,
                    "brush": QBrush(QColor(self.colours.severity(severity)[1])),
                    "pen": pg.mkPen(self.colours.card, width=1),
                }
                for at, severity in markers
            ]
        )

    def show_gaps(self, gaps: Sequence[tuple[int, int]]) -> None:
        """Stretches that were not heard, hatched over the full height."""
        while len(self.gaps) > len(gaps):
            self._plot.removeItem(self.gaps.pop())
        while len(self.gaps) < len(gaps):
            region = pg.LinearRegionItem((0, 1), movable=False, brush=self._hatch())
            for line in region.lines:
                line.setPen(pg.mkPen(None))
            region.setZValue(-5)
            self._plot.addItem(region)
            self.gaps.append(region)
        for region, span in zip(self.gaps, gaps, strict=True):
            region.setRegion(span)

    def show_range(self, begin_ms: float, end_ms: float) -> None:
        """The stretch of time that is in sight."""
        self._box.setXRange(begin_ms, max(end_ms, begin_ms + 1), padding=0)

    def show_cursor(self, at_ms: float | None) -> None:
        """The line that is linked with the transcript."""
        self._cursor.setVisible(at_ms is not None)
        if at_ms is not None:
            self._cursor.setValue(at_ms)

    def shown(self) -> tuple[float, float]:
        """The stretch of time in sight, in ms."""
        begin, end = self._box.viewRange()[0]
        return float(begin), float(end)

    def _hatch(self) -> QBrush:
        return QBrush(QColor(self.colours.zero), Qt.BrushStyle.BDiagPattern)

    def _range(self) -> None:
        self.range_changed.emit(*self.shown())

    def _clicked(self, event: Any) -> None:
        place: QPointF = event.scenePos()
        if event.button() is Qt.MouseButton.LeftButton and self._area().contains(place):
            self.moment_chosen.emit(max(0.0, float(self._box.mapSceneToView(place).x())))

    @property
    def hover_ms(self) -> float | None:
        """Where the pointer is, on the call's time line."""
        return float(self._hover.value()) if self._hover.isVisible() else None

    def _moved(self, place: QPointF) -> None:
        inside = self._area().contains(place)
        self._hover.setVisible(inside)
        if inside:
            self._hover.setValue(self._box.mapSceneToView(place).x())

    def _area(self) -> QRectF:
        area: QRectF = self._box.sceneBoundingRect()
        return area
