"""The transcript of the selected call: follows live until the supervisor scrolls up, linked to the curve's cursor."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QModelIndex, Signal
from PySide6.QtWidgets import QFrame, QPushButton, QStackedLayout, QVBoxLayout, QWidget

from desktop.dashboard import captions
from desktop.dashboard.transcript import Line, line_at
from desktop.ui.empty import EmptyState
from desktop.ui.listing import Listing
from desktop.ui.look import Look
from desktop.ui.transcript_line import TranscriptDelegate
from desktop.ui.transcript_model import LINE_ROLE, TranscriptModel

_NEAR_END = 24  # px


class TranscriptPane(QWidget):
    """Lines, an empty state, and a way back to live."""

    moment_chosen = Signal(int)  # ms on the call's time line

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.model = TranscriptModel(self)
        self.view = Listing(self)
        self.view.setModel(self.model)
        self._delegate = TranscriptDelegate(look, self.view)
        self.view.setItemDelegate(self._delegate)
        self.view.setAccessibleName(captions.TRANSCRIPT)
        self.view.clicked.connect(self._clicked)
        self.view.activated.connect(self._clicked)
        self.following = True
        self._own_scroll = False
        bar = self.view.verticalScrollBar()
        bar.valueChanged.connect(self._scrolled)
        bar.rangeChanged.connect(self._grown)
        self.jump = QPushButton(captions.JUMP_TO_LIVE, self)
        self.jump.setObjectName("hint")
        self.jump.clicked.connect(self.follow)
        self.jump.hide()
        self._stack = QStackedLayout()
        self._stack.addWidget(self.view)
        self._empty = EmptyState(look, captions.TRANSCRIPT_EMPTY, wave=False, parent=self)
        self._stack.addWidget(self._empty)
        rule = QFrame(self)
        rule.setObjectName("rule")
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(0)
        box.addWidget(rule)
        box.addLayout(self._stack)
        self.view.resized.connect(self._resized)
        look.changed.connect(self.view.viewport().update)
        self._stack.setCurrentIndex(1)

    def show_lines(self, lines: Sequence[Line], *, other_call: bool, empty: tuple[str, str]) -> bool:
        """Show these (`empty` if none); a different call starts at its newest words. True if anything differs."""
        self._empty.say(empty)
        if other_call:
            self.following = True
            self._delegate.cursor_row = -1
        changed = self.model.show(lines)
        self._stack.setCurrentIndex(0 if lines else 1)
        if self.following and (changed or other_call):
            self._to_end()
        self._offer()
        return changed

    def follow(self) -> None:
        """Back to the newest words."""
        self.following = True
        self._delegate.cursor_row = -1
        self._to_end()
        self._offer()
        self.view.viewport().update()

    def point_at(self, at_ms: float) -> None:
        """Mark the line that was being said at `at_ms` and bring it into sight."""
        row = line_at(self.model.lines, at_ms)
        if row is not None:
            self._mark(row)
            self.following = row == len(self.model.lines) - 1
            self._own_scroll = True
            self.view.scrollTo(self.model.index(row), Listing.ScrollHint.PositionAtCenter)
            self._own_scroll = False
            self._offer()

    def _mark(self, row: int) -> None:
        self._delegate.cursor_row = row
        self.view.viewport().update()

    def _clicked(self, index: QModelIndex) -> None:
        line: Line = index.data(LINE_ROLE)
        self._mark(index.row())
        self.moment_chosen.emit(line.start_ms)

    def _to_end(self) -> None:
        self._own_scroll = True
        self.view.scrollToBottom()
        self._own_scroll = False

    def _scrolled(self, value: int) -> None:
        if not self._own_scroll:
            self.following = value >= self.view.verticalScrollBar().maximum() - _NEAR_END
            self._offer()

    def _grown(self) -> None:
        if self.following:
            self._to_end()

    def _resized(self) -> None:
        self.view.scheduleDelayedItemsLayout()
        self._offer()

    def _offer(self) -> None:
        self.jump.setVisible(not self.following and bool(self.model.lines))
        self.jump.adjustSize()
        self.jump.move((self.width() - self.jump.width()) // 2, self.height() - self.jump.height() - 10)
        self.jump.raise_()
