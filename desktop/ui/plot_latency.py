"""The second door to pyqtgraph: the delays of one connection over the last minutes, drops marked, outages shaded."""

from __future__ import annotations

import os
from typing import Any

import numpy as np
from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QBrush, QColor
from PySide6.QtWidgets import QWidget

os.environ.setdefault("PYQTGRAPH_QT_LIB", "PySide6")
import pyqtgraph as pg

from desktop.dashboard import link_history
from desktop.dashboard.latency import SLOW_MS
from desktop.dashboard.link_history import LinkHistory
from desktop.domain.events import Measure
from desktop.ui import fonts
from desktop.ui.ink import colour_of
from desktop.ui.palette import Colours

_LEAST_MS = 10.0
"""The axis reaches at least so high, so that jitter below a ms doesn't look like mountains."""
_STYLES = {
    Measure.ROUND_TRIP: Qt.PenStyle.SolidLine,
    Measure.HANDLING: Qt.PenStyle.DotLine,
    Measure.ENGINE: Qt.PenStyle.DashLine,
}


class LatencyPlot(QObject):
    """Pens stay 1 px: wide ones are slow."""

    def __init__(self, colours: Colours, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._plot: Any = pg.PlotWidget(parent)
        self.widget: QWidget = self._plot
        self.widget.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        item = self._plot.getPlotItem()
        item.hideButtons()
        item.setMenuEnabled(False)
        item.layout.setContentsMargins(0, 6, 22, 0)  # room for the outermost words of both axes
        self._box: Any = item.getViewBox()
        self._box.setMouseEnabled(x=False, y=False)
        self._box.setDefaultPadding(0)
        self._left, self._below = item.getAxis("left"), item.getAxis("bottom")
        self._left.setWidth(58)
        for axis in (self._left, self._below):
            axis.setStyle(tickFont=fonts.font(10), tickLength=0, hideOverlappingLabels=False)
        self._slow: Any = pg.InfiniteLine(SLOW_MS, angle=0)
        self._lines = {measure: pg.PlotCurveItem(connect="finite") for measure in Measure}
        self._dots = {measure: pg.ScatterPlotItem(pxMode=True) for measure in Measure}
        for each in (self._slow, *self._lines.values(), *self._dots.values()):
            self._plot.addItem(each)
        self.drops: list[Any] = []
        self.outages: list[Any] = []
        self._shown = LinkHistory(600.0)
        self.dress(colours)

    def dress(self, colours: Colours) -> None:
        """Take these colours."""
        self.colours = colours
        self._plot.setBackground(QColor(colours.card))
        for axis in (self._left, self._below):
            axis.setPen(QColor(colours.card))
            axis.setTextPen(QColor(colours.muted))
        self._left.setTickPen(pg.mkPen(colours.border, width=1))
        self._left.setGrid(255)
        self._slow.setPen(pg.mkPen(colours.warning_mark, width=1, style=Qt.PenStyle.DashLine))
        for measure in Measure:
            colour = colour_of(measure, colours)
            self._lines[measure].setPen(pg.mkPen(colour, width=1, style=_STYLES[measure]))
            self._dots[measure].setBrush(QBrush(QColor(colour)))
            self._dots[measure].setPen(pg.mkPen(None))
        for line in self.drops:
            line.setPen(self._drop_pen())
        for region in self.outages:
            region.setBrush(self._shade())

    def show_history(self, history: LinkHistory) -> None:
        """Draw it whole."""
        self._shown = history
        for measure in Measure:
            trail = history.trails.get(measure)
            at, ms = (np.empty(0), np.empty(0)) if trail is None else (trail.at_s, trail.ms)
            self._lines[measure].setData(at, ms)
            sparse = np.isfinite(ms) if len(ms) <= 120 else np.zeros(len(ms), dtype=bool)
            self._dots[measure].setData(at[sparse], ms[sparse], size=4)
        top = max(_LEAST_MS, history.highest_ms * 1.15)
        self._slow.setVisible(top >= SLOW_MS)
        self._box.setYRange(-top * 0.08, top * 1.02, padding=0)  # else "0" is cut off
        self._box.setXRange(-history.span_s, history.span_s * 0.01, padding=0)
        self._left.setTicks([link_history.ticks_ms(top)])
        self._below.setTicks([link_history.ticks_s(history.span_s)])
        self._match(self.drops, len(history.drops_s), lambda: pg.InfiniteLine(0, angle=90, pen=self._drop_pen()))
        for line, at_s in zip(self.drops, history.drops_s, strict=True):
            line.setValue(at_s)
        self._match(self.outages, len(history.outages_s), self._region)
        for region, span in zip(self.outages, history.outages_s, strict=True):
            region.setRegion(span)

    @property
    def shown(self) -> LinkHistory:
        """What is drawn."""
        return self._shown

    def _match(self, items: list[Any], wanted: int, make: Any) -> None:
        while len(items) > wanted:
            self._plot.removeItem(items.pop())
        while len(items) < wanted:
            items.append(make())
            self._plot.addItem(items[-1])

    def _region(self) -> Any:
        region = pg.LinearRegionItem((0, 1), movable=False, brush=self._shade())
        for line in region.lines:
            line.setPen(pg.mkPen(None))
        region.setZValue(-5)
        return region

    def _drop_pen(self) -> Any:
        return pg.mkPen(self.colours.critical_mark, width=1)

    def _shade(self) -> QBrush:
        return QBrush(QColor(self.colours.critical_back))
