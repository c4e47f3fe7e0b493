"""The delays of one connection: span buttons, legend, plot."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from desktop.dashboard import connection_captions as words
from desktop.dashboard import link_history, link_sentences
from desktop.dashboard.link_history import LinkHistory
from desktop.dashboard.links import LinkView
from desktop.domain.events import Measure
from desktop.ui import fonts
from desktop.ui.ink import colour_of
from desktop.ui.look import Look

if TYPE_CHECKING:
    from desktop.ui.plot_latency import LatencyPlot


class Delays(QWidget):
    """Reads a `LinkView` once a second while it is in sight."""

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self._view: LinkView | None = None
        self._now_ms = 0
        self._legend = {measure: QLabel(link_sentences.legend(measure), self) for measure in Measure}
        self._drop = QLabel(f"┃ {words.DROP}", self)
        self._nothing = QLabel(words.NOTHING_TIMED, self)
        self._nothing.setObjectName("muted")
        title = QLabel(words.PLOT_TITLE, self)
        title.setFont(fonts.font(fonts.SMALL, fonts.BOLD))
        bar = QHBoxLayout()
        bar.setSpacing(10)
        bar.addWidget(title)
        bar.addWidget(self._nothing)
        bar.addStretch(1)
        for label in (*self._legend.values(), self._drop, self._nothing):
            label.setFont(fonts.font(fonts.TINY))
        for label in (*self._legend.values(), self._drop):
            bar.addWidget(label)
        self.spans = QButtonGroup(self)
        for number, (caption, _) in enumerate(words.SPANS):
            button = QPushButton(caption, self)
            button.setObjectName("segment")
            button.setCheckable(True)
            button.setChecked(number == 0)
            button.setFont(fonts.font(fonts.TINY, fonts.MEDIUM))
            self.spans.addButton(button, number)
            bar.addWidget(button)
        self.spans.idClicked.connect(self._redraw)
        self._box = box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(4)
        box.addLayout(bar)
        look.changed.connect(self._dress)
        self._dress()

    @cached_property
    def plot(self) -> LatencyPlot:
        """Made when it is first needed: the window is painted before."""
        from desktop.ui.plot_latency import LatencyPlot

        plot = LatencyPlot(self._look.colours, self)
        plot.widget.setAccessibleName(words.PLOT_NAME)
        plot.widget.setMinimumHeight(120)
        self._box.addWidget(plot.widget, 1)
        self._look.changed.connect(lambda: plot.dress(self._look.colours))
        return plot

    def show_link(self, view: LinkView, now_ms: int) -> None:
        """Draw its history up to `now_ms` (wall clock)."""
        self._view, self._now_ms = view, now_ms
        drawn = self._redraw()
        for measure, label in self._legend.items():
            label.setText(link_sentences.legend(measure, listens=view.listens))
            label.setVisible(measure in drawn.trails)
        self._drop.setVisible(bool(drawn.drops_s))
        self._nothing.setVisible(not drawn.trails)
        self.plot.widget.setAccessibleDescription(link_history.aloud(view))

    def _redraw(self) -> LinkHistory:
        span_ms = words.SPANS[self.spans.checkedId()][1]
        drawn = LinkHistory(span_ms / 1000)
        if self._view is not None:
            drawn = link_history.history(self._view, self._now_ms, span_ms)
        self.plot.show_history(drawn)
        return drawn

    def _dress(self) -> None:
        colours = self._look.colours
        for measure, label in self._legend.items():
            label.setStyleSheet(f"color: {colour_of(measure, colours)};")
        self._drop.setStyleSheet(f"color: {colours.critical_text};")
