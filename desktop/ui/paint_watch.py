"""Says when everything that a refresh touched has really been painted."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget


class PaintWatch(QObject):
    """Viewports tell it what was painted; `painted` comes once for each `expect`, if anything is in sight."""

    painted = Signal()

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._waiting: set[QWidget] = set()

    def expect(self, ports: Iterable[QWidget]) -> None:
        """Ask these for a painting, if they are in sight."""
        self._waiting = {port for port in ports if port.isVisible() and not port.visibleRegion().isEmpty()}
        for port in self._waiting:
            port.update()

    def was_painted(self, port: QWidget) -> None:
        """This one was."""
        if port in self._waiting:
            self._waiting.discard(port)
            if not self._waiting:
                self.painted.emit()
