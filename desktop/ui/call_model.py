"""The triage list for Qt: section titles and calls in the order the dashboard decided, no sorting of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from desktop.dashboard.listing import Section
from desktop.dashboard.rows import Row

Index = QModelIndex | QPersistentModelIndex


Entry = Section | str
"""A title, or a call id."""

ENTRY_ROLE = Qt.ItemDataRole.UserRole + 1


class CallModel(QAbstractListModel):
    """Rows are keyed by `Entry`; `rows` and `sparks` hold what each call's row shows."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.entries: list[Entry] = []
        self.rows: dict[str, Row] = {}
        self.counts: dict[Section, int] = {}

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        """Titles and calls."""
        return 0 if parent.isValid() else len(self.entries)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Text for screen readers and search; the delegate takes the row itself by ENTRY_ROLE."""
        if not index.isValid():
            return None
        if role == ENTRY_ROLE:
            return self.entries[index.row()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            entry = self.entries[index.row()]
            if isinstance(entry, Section):
                return f"{entry.value}, {self.counts.get(entry, 0)}"
            row = self.rows.get(entry)
            return row.aloud if row else ""
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Titles can't be chosen."""
        if not index.isValid() or isinstance(self.entries[index.row()], Section):
            return Qt.ItemFlag.NoItemFlags
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemNeverHasChildren

    def row_of(self, call: str) -> int | None:
        """Where the call stands, if it is in sight."""
        try:
            return self.entries.index(call)
        except ValueError:
            return None

    def show(self, sections: Sequence[tuple[Section, Sequence[str]]], rows: Mapping[str, Row]) -> bool:
        """Show these calls in this order; True if any row moved. Selection and scrolling survive."""
        self.rows = dict(rows)
        self.counts = {section: len(calls) for section, calls in sections}
        wanted: list[Entry] = []
        for section, calls in sections:
            if calls:
                wanted.extend((section, *calls))
        moved = wanted != self.entries
        if moved:
            self._drop({*self.entries} - {*wanted})
            self._add(wanted)
            self._arrange(wanted)
        if self.entries:
            self.dataChanged.emit(self.index(0), self.index(len(self.entries) - 1))
        return moved

    def _drop(self, gone: set[Entry]) -> None:
        for row in range(len(self.entries) - 1, -1, -1):
            if self.entries[row] in gone:
                self.beginRemoveRows(QModelIndex(), row, row)
                del self.entries[row]
                self.endRemoveRows()

    def _add(self, wanted: Sequence[Entry]) -> None:
        known = set(self.entries)
        fresh = [entry for entry in wanted if entry not in known]
        if fresh:
            end = len(self.entries)
            self.beginInsertRows(QModelIndex(), end, end + len(fresh) - 1)
            self.entries.extend(fresh)
            self.endInsertRows()

    def _arrange(self, wanted: list[Entry]) -> None:
        if self.entries == wanted:
            return
        self.layoutAboutToBeChanged.emit()
        before = self.persistentIndexList()
        place = {entry: row for row, entry in enumerate(wanted)}
        after = [self.index(place[self.entries[old.row()]]) for old in before]
        self.entries = list(wanted)
        self.changePersistentIndexList(before, after)
        self.layoutChanged.emit()
