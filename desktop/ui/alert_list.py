"""The alert list: open ones first, each with what can be done about it, then history."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QMenu,
    QStackedLayout,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from desktop.dashboard import captions, sentences
from desktop.dashboard.alert_rows import AlertRow
from desktop.ui import fonts, glyphs, ink
from desktop.ui.alert_model import ALERT_ROLE, AlertModel
from desktop.ui.badges import Chip
from desktop.ui.empty import EmptyState
from desktop.ui.listing import Listing
from desktop.ui.look import Look

_HEIGHT = 44
_BUTTON_HEIGHT = 26
_WIDE, _NARROW = 104, 68


class AlertDelegate(QStyledItemDelegate):
    """Paints an alert; its button is a part of the row (A does the same from the keyboard)."""

    def __init__(self, look: Look, view: Listing) -> None:
        super().__init__(view)
        self._look = look

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        """Every alert is as high."""
        return QSize(300, _HEIGHT)

    def button(self, rect: QRect, row: AlertRow) -> QRect:
        """Where the button of a row stands; empty for history."""
        return QRect() if not row.open else _place(rect, 12 + _WIDE, _WIDE)

    def later(self, rect: QRect, row: AlertRow) -> QRect:
        """Where Snooze stands; empty for what is quiet already and where there is little room."""
        if not row.loud or rect.width() < 560:
            return QRect()
        return _place(rect, 12 + _WIDE + 8 + _NARROW, _NARROW)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Paint the alert at `index`."""
        row: AlertRow = index.data(ALERT_ROLE)
        colours, rect = self._look.colours, option.rect
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if option.state & (QStyle.StateFlag.State_Selected | QStyle.StateFlag.State_MouseOver):
            chosen = bool(option.state & QStyle.StateFlag.State_Selected)
            focus = chosen and bool(option.state & QStyle.StateFlag.State_HasFocus)
            painter.setPen(QPen(QColor(colours.accent), 1.5) if focus else Qt.PenStyle.NoPen)
            painter.setBrush(QColor(colours.selected if chosen else colours.hover))
            painter.drawRoundedRect(QRectF(rect).adjusted(4.5, 1.5, -4.5, -1.5), 8, 8)
        mark = QRectF(rect.left() + 14, rect.center().y() - 7, 15, 15)
        if not row.loud:
            painter.setOpacity(0.45)
        glyphs.severity_mark(painter, mark, row.severity, colours)
        painter.setOpacity(1)
        button = self.button(rect, row)
        later = self.later(rect, row)
        right = (button.left() if later.isEmpty() else later.left()) - 12 if row.open else rect.right() - 12
        state_width = min(112, max(64, (right - rect.left()) // 4))
        state = QRect(right - state_width, rect.top(), state_width, rect.height())
        words = QRect(rect.left() + 40, rect.top() + 4, state.left() - rect.left() - 52, 19)
        weight = fonts.BOLD if row.loud else fonts.REGULAR
        ink.text(
            painter, words, row.headline, fonts.font(fonts.BODY, weight), colours.text if row.open else colours.muted
        )
        below = words.translated(0, 18)
        ink.text(painter, below, f"{row.whose} · {row.evidence}", fonts.font(fonts.SMALL), colours.muted)
        upper, lower = words, below
        for line, said in ((upper, row.state), (lower, row.when)):
            place = QRect(state.left(), line.top(), state.width(), line.height())
            ink.text(painter, place, said, fonts.font(fonts.SMALL), colours.muted, right=True)
        for place, label in (
            (button, captions.UNDO if row.acknowledged else captions.ACKNOWLEDGE),
            (later, captions.SNOOZE),
        ):
            if not place.isEmpty():
                painter.setPen(QPen(QColor(colours.strong_border if row.loud else colours.border), 1))
                painter.setBrush(QColor(colours.card))
                painter.drawRoundedRect(QRectF(place).adjusted(0.5, 0.5, -0.5, -0.5), 7, 7)
                painter.setFont(fonts.font(fonts.SMALL, fonts.MEDIUM))
                painter.setPen(QColor(colours.text))
                painter.drawText(place, int(Qt.AlignmentFlag.AlignCenter), label)
        painter.restore()


def _place(rect: QRect, from_right: int, width: int) -> QRect:
    return QRect(rect.right() - from_right, rect.center().y() - _BUTTON_HEIGHT // 2 + 1, width, _BUTTON_HEIGHT)


class AlertList(QFrame):
    """Shows rows; says what was asked."""

    acknowledge = Signal(int, bool)
    snooze = Signal(int, int)  # alert id, minutes
    call_chosen = Signal(str)

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("card")
        self.model = AlertModel(self)
        self.view = Listing(self)
        self.view.setModel(self.model)
        self._delegate = AlertDelegate(look, self.view)
        self.view.setItemDelegate(self._delegate)
        self.view.setAccessibleName(captions.ALERTS_NAME)
        self.view.viewport().installEventFilter(self)
        self.view.activated.connect(self._chosen)
        self.menu = QMenu(self)
        for minutes in captions.SNOOZE_MINUTES:
            self.menu.addAction(sentences.snooze(minutes)).setData(minutes)
        self._snoozing = 0
        self.menu.triggered.connect(lambda action: self.snooze.emit(self._snoozing, action.data()))
        title = QLabel(captions.ALERTS, self)
        title.setFont(fonts.font(fonts.SMALL, fonts.BOLD))
        self._count = Chip(look, self)
        top = QHBoxLayout()
        top.setContentsMargins(16, 8, 12, 4)
        top.setSpacing(8)
        top.addWidget(title)
        top.addWidget(self._count)
        top.addStretch(1)
        self._stack = QStackedLayout()
        self._stack.addWidget(self.view)
        self._stack.addWidget(EmptyState(look, captions.ALERTS_EMPTY, wave=False, parent=self))
        box = QVBoxLayout(self)
        box.setContentsMargins(1, 1, 1, 6)
        box.setSpacing(0)
        box.addLayout(top)
        box.addLayout(self._stack, 1)
        look.changed.connect(self.view.viewport().update)
        self.show_rows([], "")

    def sizeHint(self) -> QSize:
        """A few alerts high."""
        return QSize(600, 176)

    def minimumSizeHint(self) -> QSize:
        """The title and two alerts."""
        return QSize(300, 124)

    def show_rows(self, rows: Sequence[AlertRow], count: str) -> None:
        """Show these alerts; `count` stands beside the title."""
        self.model.show(rows)
        self._count.say(count)
        self._stack.setCurrentIndex(0 if rows else 1)

    def eventFilter(self, watched: object, event: QEvent) -> bool:
        """A click on one of a row's buttons acknowledges or snoozes; anywhere else it opens the call."""
        if event.type() is QEvent.Type.MouseButtonRelease and isinstance(event, QMouseEvent):
            place = event.position().toPoint()
            index = self.view.indexAt(place)
            if index.isValid() and event.button() is Qt.MouseButton.LeftButton:
                row: AlertRow = index.data(ALERT_ROLE)
                rect = self.view.visualRect(index)
                if self._delegate.button(rect, row).contains(place):
                    self.acknowledge.emit(row.alert_id, not row.acknowledged)
                elif (later := self._delegate.later(rect, row)).contains(place):
                    self._snoozing = row.alert_id
                    self.menu.popup(self.view.viewport().mapToGlobal(later.bottomLeft()))
                else:
                    self.call_chosen.emit(row.call)
        return False

    @property
    def current(self) -> AlertRow | None:
        """The chosen alert."""
        row = self.view.currentIndex().data(ALERT_ROLE)
        return row if isinstance(row, AlertRow) else None

    def _chosen(self, index: QModelIndex) -> None:
        row: AlertRow = index.data(ALERT_ROLE)
        self.call_chosen.emit(row.call)
