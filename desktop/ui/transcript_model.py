"""The transcript's lines for Qt: changed from the first line that differs, so that reading is not disturbed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, Qt

from desktop.dashboard import sentences
from desktop.dashboard.transcript import Line
from desktop.ui.call_model import Index

LINE_ROLE = Qt.ItemDataRole.UserRole + 1


class TranscriptModel(QAbstractListModel):
    """`lines` in the order they were said."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.lines: list[Line] = []

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        """One row a line."""
        return 0 if parent.isValid() else len(self.lines)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """The line itself by LINE_ROLE; its words for screen readers."""
        if not index.isValid():
            return None
        line = self.lines[index.row()]
        if role == LINE_ROLE:
            return line
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return line.text if line.notice else sentences.line_aloud(line.party, line.start_ms, line.text)
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        """A line can be chosen; it has no children."""
        if not index.isValid():
            return Qt.ItemFlag.NoItemFlags
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemNeverHasChildren

    def show(self, lines: Sequence[Line]) -> bool:
        """Show these; True if anything differs."""
        old = self.lines
        if old == list(lines):
            return False
        same = next((i for i, (a, b) in enumerate(zip(old, lines, strict=False)) if a != b), min(len(old), len(lines)))
        if len(lines) < len(old):
            self.beginRemoveRows(QModelIndex(), len(lines), len(old) - 1)
            self.lines = old[: len(lines)]
            self.endRemoveRows()
        common = len(self.lines)
        if same < common:
            self.lines = [*lines[:common]]
            self.dataChanged.emit(self.index(same), self.index(common - 1))
        if len(lines) > common:
            self.beginInsertRows(QModelIndex(), common, len(lines) - 1)
            self.lines = list(lines)
            self.endInsertRows()
        return True
