"""The look in force, shared by everything that paints itself."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from desktop.ui.palette import DARK, LIGHT, Colours


class Look(QObject):
    """Holds the colours; `changed` says that everything must be painted again."""

    changed = Signal()

    def __init__(self, colours: Colours = LIGHT, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.colours = colours

    def use(self, *, dark: bool) -> None:
        """Take the dark or the light colours."""
        colours = DARK if dark else LIGHT
        if colours is not self.colours:
            self.colours = colours
            self.changed.emit()
