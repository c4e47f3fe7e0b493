"""A scrolling column of row widgets that are kept and updated in place, so that a focused button keeps its focus."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Generic, Protocol, TypeVar

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

Row = TypeVar("Row")
Row_contra = TypeVar("Row_contra", contravariant=True)


class RowWidget(Protocol[Row_contra]):
    """Shows one row; the same widget is given newer values of the same key."""

    def show_row(self, row: Row_contra) -> None: ...


class RowsBox(QScrollArea, Generic[Row]):
    """`make` gives a new QWidget that is a `RowWidget`; `key` says which rows are the same one."""

    def __init__(
        self,
        make: Callable[[QWidget], RowWidget[Row]],
        key: Callable[[Row], Hashable],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._make, self._key = make, key
        self.widgets: dict[Hashable, RowWidget[Row]] = {}
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._inside = inside = QWidget(self)
        inside.setObjectName("inside")
        self._box = QVBoxLayout(inside)
        self._box.setContentsMargins(0, 0, 8, 0)
        self._box.setSpacing(0)
        self._box.addStretch(1)
        self.setWidget(inside)

    def show_rows(self, rows: Sequence[Row]) -> None:
        """Show these in this order."""
        wanted = {self._key(row): row for row in rows}
        for key in [key for key in self.widgets if key not in wanted]:
            gone = self.widgets.pop(key)
            assert isinstance(gone, QWidget)
            self._box.removeWidget(gone)
            gone.hide()
            gone.deleteLater()
        for place, (key, row) in enumerate(wanted.items()):
            widget = self.widgets.get(key)
            if widget is None:
                widget = self.widgets[key] = self._make(self._inside)
            assert isinstance(widget, QWidget)
            if self._box.indexOf(widget) != place:
                self._box.insertWidget(place, widget)
            widget.show_row(row)
