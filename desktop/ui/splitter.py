"""A splitter that keeps a sensible share until the supervisor moves it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QByteArray, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSplitter, QWidget


class SharedSplitter(QSplitter):
    """Two panes; `first` gives the first one's length (px) from the whole."""

    def __init__(
        self,
        orientation: Qt.Orientation,
        first: Callable[[int], int],
        panes: tuple[QWidget, QWidget],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(orientation, parent)
        self._first = first
        self._own = True
        self.setHandleWidth(8)
        self.setChildrenCollapsible(False)
        for pane in panes:
            self.addWidget(pane)
        self.splitterMoved.connect(self._moved)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Share anew, as long as nobody chose otherwise."""
        super().resizeEvent(event)
        if self._own:
            whole = self.width() if self.orientation() is Qt.Orientation.Horizontal else self.height()
            length = self._first(whole)
            self.setSizes([length, whole - length - self.handleWidth()])

    def restoreState(self, state: QByteArray | bytes | bytearray | memoryview) -> bool:
        """What the supervisor chose in an earlier session."""
        self._own = not super().restoreState(state)
        return not self._own

    def _moved(self) -> None:
        self._own = False
