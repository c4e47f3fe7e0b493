"""How the window is divided: top bar, figures, list over alerts on the left, the selected call on the right."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget

from desktop.ui.alert_list import AlertList
from desktop.ui.call_list import CallList
from desktop.ui.detail import Detail
from desktop.ui.figures import Figures
from desktop.ui.look import Look
from desktop.ui.splitter import SharedSplitter
from desktop.ui.status_line import StatusLine
from desktop.ui.top_bar import TopBar

_EDGE = 16


class Page(QWidget):
    """Makes the parts and lays them out; knows nothing of what they show."""

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("page")
        self.top, self.figures = TopBar(look, self), Figures(look, self)
        self.calls, self.alerts = CallList(look, self), AlertList(look, self)
        self.detail, self.status = Detail(look, self), StatusLine(self)
        left = SharedSplitter(Qt.Orientation.Vertical, _list_height, (self.calls, self.alerts), self)
        panes = SharedSplitter(Qt.Orientation.Horizontal, _list_width, (left, self.detail), self)
        self.splitters = (panes, left, self.detail.split)
        body = QVBoxLayout()
        body.setContentsMargins(_EDGE, 0, _EDGE, 0)
        body.addWidget(panes)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(8)
        box.addWidget(self.top)
        box.addWidget(self.figures)
        box.addLayout(body, 1)
        box.addWidget(self.status)

    def toggle_alerts(self) -> None:
        """Show or hide the alert list."""
        self.alerts.setVisible(not self.alerts.isVisible())


def _list_height(whole: int) -> int:
    """A quarter is for alerts, never less than two of them."""
    return whole - max(132, whole * 24 // 100)


def _list_width(whole: int) -> int:
    """58 % is for the list."""
    return whole * 58 // 100
