"""The left pane: filter, column titles, the triage list, and a hint when calls want to move but must not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from PySide6.QtCore import QElapsedTimer, QEvent, QItemSelectionModel, QModelIndex, QObject, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLineEdit, QPushButton, QStackedLayout, QVBoxLayout, QWidget

from desktop.dashboard import captions, floor_sentences
from desktop.dashboard.listing import Section
from desktop.dashboard.rows import Row
from desktop.ui import fonts, ink
from desktop.ui.call_model import ENTRY_ROLE, CallModel
from desktop.ui.call_row import CallRowDelegate
from desktop.ui.columns import columns, spark_box
from desktop.ui.empty import EmptyState
from desktop.ui.listing import Listing
from desktop.ui.look import Look
from desktop.ui.sparkline import Spark

POINTING_MS = 10_000  # a pointer that lies still for longer points at nothing
_POINTING = (QEvent.Type.Enter, QEvent.Type.MouseMove, QEvent.Type.MouseButtonPress, QEvent.Type.Wheel)


class ColumnTitles(QWidget):
    """Small words above the columns; the same geometry as the rows."""

    def __init__(self, look: Look, view: Listing, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self._view = view
        self._span_ms = 0
        self.setFixedHeight(24)
        view.resized.connect(self.update)

    def show_span(self, span_ms: int) -> None:
        """How much time the sparklines hold."""
        if span_ms != self._span_ms:
            self._span_ms = span_ms
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the titles."""
        painter = QPainter(self)
        row = self.rect()
        row.setWidth(self._view.viewport().width())
        place, face, colour = columns(row), fonts.font(fonts.TINY, fonts.MEDIUM), self._look.colours.muted
        for rect, words, right in (
            (place.call, captions.COLUMN_CALL, False),
            (place.time, captions.COLUMN_TIME, True),
            (place.spark, floor_sentences.span(self._span_ms), False),
            (place.now, captions.COLUMN_NOW, False),
            (place.words, captions.COLUMN_WORDS, False),
        ):
            ink.text(painter, rect, words, face, colour, right=right)
        painter.end()


class CallList(QFrame):
    """Shows what it is given; says which call was chosen and what the filter reads."""

    call_chosen = Signal(str)
    filter_changed = Signal(str)
    sort_asked = Signal()
    connections_asked = Signal()

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("card")
        self.sparks: dict[str, Spark] = {}
        self.model = CallModel(self)
        self.view = Listing(self)
        self.view.setModel(self.model)
        self.view.setItemDelegate(CallRowDelegate(self.model, self.sparks, look, self.view))
        self.view.setAccessibleName(captions.LIST_NAME)
        self.view.selectionModel().currentChanged.connect(self._current_changed)
        self.filter = QLineEdit(self)
        self.filter.setPlaceholderText(captions.FILTER_HINT)
        self.filter.setAccessibleName(captions.FILTER_NAME)
        self.filter.setAccessibleDescription(captions.FILTER_HELP)
        self.filter.setToolTip(captions.FILTER_HELP)
        self.filter.setClearButtonEnabled(True)
        self.filter.textChanged.connect(self.filter_changed)
        self._hint = QPushButton(self)
        self._hint.setObjectName("hint")
        self._hint.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._hint.hide()
        self._hint.clicked.connect(self.sort_asked)
        self.empty = EmptyState(look, parent=self)
        self.empty.pressed.connect(self.connections_asked)
        self._quiet = False
        self._build(look)
        look.changed.connect(self.update)

    def _build(self, look: Look) -> None:
        top = QHBoxLayout()
        top.setContentsMargins(12, 12, 12, 4)
        top.addWidget(self.filter)
        self._moved = QElapsedTimer()
        self._moved.start()
        self.view.viewport().setMouseTracking(True)
        self.view.viewport().installEventFilter(self)
        self.titles = ColumnTitles(look, self.view, self)
        self._stack = QStackedLayout()
        self._stack.addWidget(self.view)
        self._stack.addWidget(self.empty)
        box = QVBoxLayout(self)
        box.setContentsMargins(1, 1, 1, 6)
        box.setSpacing(0)
        box.addLayout(top)
        box.addWidget(self.titles)
        box.addLayout(self._stack, 1)

    def sizeHint(self) -> QSize:
        """Wide enough for every column."""
        return QSize(820, 560)

    def minimumSizeHint(self) -> QSize:
        """Below this the words no longer fit."""
        return QSize(520, 200)

    @property
    def held(self) -> bool:
        """Whether somebody is pointing at the list, so that nothing may move; a pointer left lying there is nobody."""
        return self.view.viewport().underMouse() and not self._moved.hasExpired(POINTING_MS)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Note when the pointer last did something on the list."""
        if event.type() in _POINTING:
            self._moved.restart()
        return super().eventFilter(watched, event)

    @property
    def current(self) -> str | None:
        """The chosen call."""
        entry = self.view.currentIndex().data(ENTRY_ROLE)
        return entry if isinstance(entry, str) else None

    def show_rows(
        self,
        sections: Sequence[tuple[Section, Sequence[str]]],
        rows: Mapping[str, Row],
        waiting: int,
        empty: tuple[str, str, str],
    ) -> None:
        """Show these; `waiting` calls would move if they could; `empty` (with its button) is said when there is none.

        A list that goes or comes while it has the focus must not hand it to the filter.
        """
        self.model.show(sections, rows)
        held = self.hasFocus() or self.view.hasFocus() or self.empty.button.hasFocus()
        swaps = self._stack.currentIndex() != (0 if rows else 1)
        self._stack.setCurrentIndex(0 if rows else 1)
        self.titles.setVisible(bool(rows))
        self.empty.say(empty[:2], empty[2])
        if held and swaps:
            self.take_focus()
        words = floor_sentences.waiting(waiting)
        self._hint.setText(words)
        self._hint.setVisible(bool(words))
        self._place_hint()

    def take_focus(self) -> None:
        """The list, or the pane itself while there is none: anywhere but in the filter, where keys are letters."""
        (self.view if self._stack.currentIndex() == 0 else self).setFocus()

    def show_sparks(self, sparks: Mapping[str, Spark], span_ms: int) -> None:
        """New curves for these calls: repaints only their curves, and only of rows in sight."""
        self.titles.show_span(span_ms)
        port = self.view.viewport()
        for call, spark in sparks.items():
            if self.sparks.get(call) == spark:
                continue
            self.sparks[call] = spark
            row = self.model.row_of(call)
            if row is not None:
                rect = self.view.visualRect(self.model.index(row))
                port.update(spark_box(columns(rect).spark).adjusted(-2, -2, 2, 2))

    def forget_sparks(self, kept: Iterable[str]) -> None:
        """Drop the curves of calls that are gone."""
        there = set(kept)
        for call in [c for c in self.sparks if c not in there]:
            del self.sparks[call]

    def calls_in_sight(self) -> list[str]:
        """The calls whose rows are at least partly visible."""
        port = self.view.viewport().rect()
        first = self.view.indexAt(port.topLeft())
        if not first.isValid():
            return []
        found = []
        for row in range(first.row(), len(self.model.entries)):
            if self.view.visualRect(self.model.index(row)).top() > port.bottom():
                break
            entry = self.model.entries[row]
            if isinstance(entry, str):
                found.append(entry)
        return found

    def choose(self, call: str) -> bool:
        """Make `call` the current one and bring it into sight; False if it isn't listed."""
        row = self.model.row_of(call)
        if row is None:
            return False
        index = self.model.index(row)
        self._quiet = True
        self.view.selectionModel().setCurrentIndex(index, QItemSelectionModel.SelectionFlag.ClearAndSelect)
        self._quiet = False
        self.view.scrollTo(index)
        return True

    def step(self, by: int) -> None:
        """The next or the previous call, over the titles; the first one if none is chosen."""
        calls = [e for e in self.model.entries if isinstance(e, str)]
        if not calls:
            return
        now = self.current
        at = calls.index(now) + by if now in calls else 0
        call = calls[max(0, min(len(calls) - 1, at))]
        if self.choose(call):
            self.call_chosen.emit(call)

    def _current_changed(self, current: QModelIndex) -> None:
        entry = current.data(ENTRY_ROLE) if current.isValid() else None
        if isinstance(entry, str) and not self._quiet:
            self.call_chosen.emit(entry)

    def _place_hint(self) -> None:
        self._hint.adjustSize()
        port = self.view.geometry()
        self._hint.move(port.center().x() - self._hint.width() // 2, port.bottom() - self._hint.height() - 10)
        self._hint.raise_()
