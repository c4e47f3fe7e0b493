"""The curve with its lanes: one time axis, one cursor, following live or showing the whole call."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from desktop.dashboard import captions, curves, hearing_sentences, sentences
from desktop.dashboard.call_view import CallView
from desktop.domain.alert import Alert
from desktop.domain.media import Party
from desktop.ui import fonts
from desktop.ui.badges import Elided
from desktop.ui.lanes import AXIS_WIDTH, LaneData, Lanes
from desktop.ui.look import Look

if TYPE_CHECKING:
    from desktop.ui.plot import MoodPlot

_RECENT_MS = 300_000
_LEAST_MS = 60_000


class CurveCard(QWidget):
    """Reads a `CallView`; draws only when something moved."""

    moment_chosen = Signal(float)

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self.lanes = Lanes(look, AXIS_WIDTH, self)
        self.lanes.moment_chosen.connect(self._chosen)
        self._view: CallView | None = None
        self._alerts: tuple[Alert, ...] = ()
        self._drawn: tuple[object, ...] = ()
        self._legend: list[tuple[QLabel, Party]] = []
        self._box = box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(2)
        box.addLayout(self._bar())
        box.addWidget(self.lanes)
        look.changed.connect(self._dress)
        self._dress()

    @cached_property
    def plot(self) -> MoodPlot:
        """Made when it is first needed: the window is painted before."""
        from desktop.ui.plot import MoodPlot

        plot = MoodPlot(self._look.colours, self)
        plot.widget.setMinimumHeight(60)
        plot.widget.setAccessibleName(captions.CURVE_NAME)
        plot.range_changed.connect(self.lanes.show_range)
        plot.moment_chosen.connect(self._chosen)
        self._box.insertWidget(1, plot.widget, 1)
        self._look.changed.connect(lambda: plot.dress(self._look.colours))
        return plot

    def _bar(self) -> QHBoxLayout:
        bar = QHBoxLayout()
        bar.setSpacing(8)
        self._title = Elided(fonts.font(fonts.SMALL, fonts.BOLD), parent=self)
        bar.addWidget(self._title, 1)
        for party in (Party.CUSTOMER, Party.AGENT):
            label = QLabel(self)
            label.setFont(fonts.font(fonts.TINY))
            self._legend.append((label, party))
            bar.addWidget(label)
        self._spans = QButtonGroup(self)
        for number, words in enumerate((captions.SPAN_RECENT, captions.SPAN_ALL)):
            button = QPushButton(words, self)
            button.setObjectName("segment")
            button.setCheckable(True)
            button.setChecked(number == 0)
            button.setFont(fonts.font(fonts.TINY, fonts.MEDIUM))
            self._spans.addButton(button, number)
            bar.addWidget(button)
        self._spans.idClicked.connect(self._redraw)
        return bar

    def show_call(self, view: CallView | None, alerts: tuple[Alert, ...] = ()) -> bool:
        """Draw what moved since the last time; True if anything did."""
        other = view is not self._view
        self._view, self._alerts = view, alerts
        if view is None:
            return False
        if other:
            self.point_at(None)
        now = (
            view.call,
            view.position_ms,
            *(len(w) and w[-1] for w in view.readings.values()),
            *(lane[-1] for lane in view.lanes.values() if lane),
            len(view.hits) and view.hits[-1],
            len(view.gaps) and view.gaps[-1],
            view.attention,
            *((a.alert_id, a.position_ms, a.severity) for a in alerts),
        )
        if now == self._drawn:
            return False
        self._drawn = now
        self._draw(view)
        return True

    def point_at(self, at_ms: float | None) -> None:
        """Show the linked cursor."""
        self.plot.show_cursor(at_ms)
        self.lanes.show_cursor(at_ms)
        begin, end = self.plot.shown()
        if at_ms is not None and not begin <= at_ms <= end:
            self._spans.button(1).setChecked(True)
            self._redraw()

    def describe(self, reason: str = "") -> None:
        """Say whose score it is (or, by `reason`, why there is none), and what the curve shows (screen readers)."""
        if self._view is not None:
            origin = sentences.score_origin(self._view)
            reason = reason if self._view.mood is None else ""
            shed = "" if self._view.over else hearing_sentences.why(self._view.attention)
            self._title.setText(sentences.joined(origin, reason, shed))
            aloud = f"{sentences.joined(origin, shed)}. {sentences.curve_aloud(self._view)}"
            self.plot.widget.setAccessibleDescription(aloud)

    def _draw(self, view: CallView) -> None:
        leading = curves.leading_party(view)
        gaps = curves.gaps(view)
        ticks = tuple((a.position_ms, a.severity, a.headline) for a in self._alerts)
        shown = self._shown(view)
        self.plot.show_traces(curves.trace(view, leading), curves.trace(view, Party.AGENT), shown, view.position_ms)
        self.plot.show_gaps(gaps)
        self.plot.show_markers([tick[:2] for tick in ticks])
        speaking = {party: tuple((s.start_ms, s.end_ms) for s in lane) for party, lane in view.lanes.items()}
        self.lanes.show_data(
            LaneData(
                agent=speaking.get(Party.AGENT, ()),
                customer=speaking.get(Party.CUSTOMER, speaking.get(Party.MIXED, ())),
                both=tuple(curves.talk_over(view)),
                silence=tuple(curves.silences(view)),
                gaps=tuple(curves.lost(view)),
                keywords=tuple((h.at_ms, h.severity, h.label) for h in view.hits),
                alerts=ticks,
            )
        )
        self.plot.show_range(*shown)

    def _shown(self, view: CallView) -> tuple[float, float]:
        """The stretch to show: five minutes or the whole call, with a little air on the right."""
        end = view.position_ms
        begin = max(0, end - _RECENT_MS) if self._spans.checkedId() == 0 else 0
        return begin, max(begin + _LEAST_MS, end + (end - begin) * 0.02)

    def _redraw(self) -> None:
        if self._view is not None:
            self._draw(self._view)

    def _chosen(self, at_ms: float) -> None:
        self.point_at(at_ms)
        self.moment_chosen.emit(at_ms)

    def _dress(self) -> None:
        colours = self._look.colours
        for label, party in self._legend:
            label.setText(sentences.legend(party))
            label.setStyleSheet(f"color: {colours.party(party)};")
        self._drawn = ()
