"""Alerts for Qt: open ones first (gravest first), then history, newest first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, Qt

from desktop.dashboard.alert_rows import AlertRow
from desktop.ui.call_model import Index

ALERT_ROLE = Qt.ItemDataRole.UserRole + 1


class AlertModel(QAbstractListModel):
    """Whole rows replace each other; only their number inserts or removes."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.rows: list[AlertRow] = []

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        """One row an alert."""
        return 0 if parent.isValid() else len(self.rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """The row itself by ALERT_ROLE; its words for screen readers."""
        if not index.isValid():
            return None
        if role == ALERT_ROLE:
            return self.rows[index.row()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return self.rows[index.row()].aloud
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        """An alert can be chosen."""
        if not index.isValid():
            return Qt.ItemFlag.NoItemFlags
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemNeverHasChildren

    def show(self, rows: Sequence[AlertRow]) -> None:
        """Show these."""
        common = min(len(rows), len(self.rows))
        if len(rows) < len(self.rows):
            self.beginRemoveRows(QModelIndex(), common, len(self.rows) - 1)
            del self.rows[common:]
            self.endRemoveRows()
        differs = [i for i in range(common) if rows[i] != self.rows[i]]
        self.rows[:common] = rows[:common]
        if len(rows) > common:
            self.beginInsertRows(QModelIndex(), common, len(rows) - 1)
            self.rows.extend(rows[common:])
            self.endInsertRows()
        if differs:
            self.dataChanged.emit(self.index(differs[0]), self.index(differs[-1]))
