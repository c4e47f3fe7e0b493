"""A flat list of frozen rows for Qt: alerts, connections. Each row has `aloud`, its words for screen readers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, Qt

Index = QModelIndex | QPersistentModelIndex
ROW_ROLE = Qt.ItemDataRole.UserRole + 1


class Spoken(Protocol):
    """What every row can say."""

    @property
    def aloud(self) -> str: ...


class RowModel(QAbstractListModel):
    """Whole rows replace each other; only their number inserts or removes."""

    rows: Sequence[Spoken] = ()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        """One row each."""
        return 0 if parent.isValid() else len(self.rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """The row itself by ROW_ROLE; its words for screen readers."""
        if not index.isValid():
            return None
        if role == ROW_ROLE:
            return self.rows[index.row()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return self.rows[index.row()].aloud
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        """A row can be chosen."""
        if not index.isValid():
            return Qt.ItemFlag.NoItemFlags
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemNeverHasChildren

    def show(self, rows: Sequence[Spoken]) -> None:
        """Show these."""
        now, wanted = list(self.rows), list(rows)
        common = min(len(wanted), len(now))
        if len(wanted) < len(now):
            self.beginRemoveRows(QModelIndex(), common, len(now) - 1)
            self.rows = now[:common]
            self.endRemoveRows()
        differs = [i for i in range(common) if wanted[i] != now[i]]
        self.rows = wanted[:common]
        if len(wanted) > common:
            self.beginInsertRows(QModelIndex(), common, len(wanted) - 1)
            self.rows = wanted
            self.endInsertRows()
        if differs:
            self.dataChanged.emit(self.index(differs[0]), self.index(differs[-1]))
