"""How the window is divided: top bar, bars, then the floor or the connections, and the status line."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QStackedLayout, QVBoxLayout, QWidget

from desktop.dashboard.capacity import Planner
from desktop.dashboard.state import FloorState
from desktop.ui.alert_list import AlertList
from desktop.ui.bars import Bars
from desktop.ui.call_list import CallList
from desktop.ui.connections_page import ConnectionsPage
from desktop.ui.detail import Detail
from desktop.ui.figures import Figures
from desktop.ui.look import Look
from desktop.ui.offers import Offers
from desktop.ui.recognition_desk import RecognitionDesk
from desktop.ui.recognition_page import RecognitionPage
from desktop.ui.splitter import SharedSplitter
from desktop.ui.status_line import StatusLine
from desktop.ui.top_bar import TopBar

_EDGE = 16


class Page(QWidget):
    """Makes the parts and lays them out; knows nothing of what they show."""

    def __init__(self, look: Look, state: FloorState, planner: Planner | None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("page")
        self.floor, self.connections = QWidget(self), ConnectionsPage(look, planner, self)
        self.recognition = RecognitionPage(look, self)
        self.top, self.bars, self.figures = TopBar(look, self), Bars(look, state, self), Figures(look, self.floor)
        self.offers = Offers(look, self)
        self.calls, self.alerts = CallList(look, self.floor), AlertList(look, self.floor)
        self.detail, self.status = Detail(look, self.floor), StatusLine(self)
        left = SharedSplitter(Qt.Orientation.Vertical, _list_height, (self.calls, self.alerts), self.floor)
        panes = SharedSplitter(Qt.Orientation.Horizontal, _list_width, (left, self.detail), self.floor)
        self.splitters = (panes, left, self.detail.split)
        body = QVBoxLayout()
        body.setContentsMargins(_EDGE, 0, _EDGE, 0)
        body.addWidget(panes)
        floor = QVBoxLayout(self.floor)
        floor.setContentsMargins(0, 0, 0, 0)
        floor.setSpacing(8)
        floor.addWidget(self.figures)
        floor.addLayout(body, 1)
        self._stack = QStackedLayout()
        for part in (self.floor, self.connections, self.recognition):
            self._stack.addWidget(part)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(8)
        box.addWidget(self.top)
        box.addWidget(self.offers)
        box.addWidget(self.bars)
        box.addLayout(self._stack, 1)
        box.addWidget(self.status)
        self.recognition_desk = RecognitionDesk(self, state)

    def complete(self) -> None:
        """Make what was left out for the sake of an early first painting, before it is needed."""
        for plot in (self.detail.curve.plot, self.connections.detail.delays.plot):
            plot.widget.ensurePolished()

    @property
    def front(self) -> QWidget:
        """The floor, the connections or the recognition."""
        part = self._stack.currentWidget()
        return self.floor if part is None else part

    def bring(self, part: QWidget) -> None:
        """Show the floor, the connections or the recognition."""
        self._stack.setCurrentWidget(part)

    def toggle_alerts(self) -> None:
        """Show or hide the alert list, on the floor."""
        if self.front is not self.floor:
            self.bring(self.floor)
            self.alerts.show()
        else:
            self.alerts.setVisible(not self.alerts.isVisible())


def _list_height(whole: int) -> int:
    """A quarter is for alerts, never less than two of them."""
    return whole - max(132, whole * 24 // 100)


def _list_width(whole: int) -> int:
    """58 % is for the list."""
    return whole * 58 // 100
