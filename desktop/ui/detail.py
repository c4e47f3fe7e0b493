"""The right pane: the selected call. Header and curve stay in place, the transcript scrolls below."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QFrame, QStackedLayout, QVBoxLayout, QWidget

from desktop.dashboard import captions, coverage_rows, link_sentences
from desktop.dashboard.call_view import CallView
from desktop.dashboard.state import FloorState
from desktop.dashboard.transcript import lines
from desktop.domain.alert import Alert
from desktop.ui.call_header import AlertBanner, CallHeader
from desktop.ui.curve_card import CurveCard
from desktop.ui.empty import EmptyState
from desktop.ui.join_bar import JoinBar
from desktop.ui.look import Look
from desktop.ui.splitter import SharedSplitter
from desktop.ui.transcript_pane import TranscriptPane


class Detail(QFrame):
    """Shows one `CallView`; text and curves are refreshed by two clocks."""

    acknowledge = Signal(int, bool)
    snooze = Signal(int, int)
    join_asked = Signal(str, object)

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("card")
        self.header = CallHeader(look, self)
        self.join = JoinBar(self)
        self.banner = AlertBanner(look, self)
        self.curve = CurveCard(look, self)
        self.transcript = TranscriptPane(look, self)
        self._call: str | None = None
        self.join.join_asked.connect(self.join_asked)
        self.banner.acknowledge.connect(self.acknowledge)
        self.banner.snooze.connect(self.snooze)
        self.transcript.moment_chosen.connect(self.curve.point_at)
        self.curve.moment_chosen.connect(self.transcript.point_at)
        top = QWidget(self)
        upper = QVBoxLayout(top)
        upper.setContentsMargins(16, 12, 16, 4)
        upper.setSpacing(8)
        upper.addWidget(self.header)
        upper.addWidget(self.join)
        upper.addWidget(self.banner)
        upper.addWidget(self.curve, 1)
        self.transcript.setMinimumHeight(56)
        self.split = SharedSplitter(Qt.Orientation.Vertical, _curve_height, (top, self.transcript), self)
        page = QWidget(self)
        box = QVBoxLayout(page)
        box.setContentsMargins(0, 0, 0, 6)
        box.addWidget(self.split)
        self._stack = QStackedLayout(self)
        self._stack.setContentsMargins(1, 1, 1, 1)
        self._stack.addWidget(page)
        self._stack.addWidget(EmptyState(look, captions.NOTHING_OPEN, parent=self))
        self._stack.setCurrentIndex(1)

    def sizeHint(self) -> QSize:
        """The narrower of the two panes."""
        return QSize(580, 560)

    def minimumSizeHint(self) -> QSize:
        """Room for the header's buttons and the lanes."""
        return QSize(380, 300)

    def show_text(self, state: FloorState, view: CallView | None, now_ms: int) -> bool:
        """Header, alert and transcript; True if the transcript's words changed."""
        self._stack.setCurrentIndex(1 if view is None else 0)
        if view is None:
            self._call = None
            return False
        other = view.call != self._call
        self._call = view.call
        self.header.show_call(view, now_ms, link_sentences.homes(state).get(view.link, ""))
        self.join.show_call(state, view, now_ms)
        self.banner.show_alert(view.worst(now_ms), now_ms)
        self.curve.describe(coverage_rows.reason(state, view.call))
        return self.transcript.show_lines(lines(view), other_call=other, empty=link_sentences.no_words(state, view))

    def show_curve(self, view: CallView | None, alerts: tuple[Alert, ...]) -> bool:
        """The curve and its lanes; True if they moved."""
        return self.curve.show_call(view, alerts)


def _curve_height(whole: int) -> int:
    """Most of it where there is little room; beyond that the transcript gets the rest."""
    return min(470, whole * 72 // 100)
