"""The left pane of the Connections page: a card per connection, those in trouble first."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QItemSelectionModel, QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPen
from PySide6.QtWidgets import QStackedLayout, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from desktop.dashboard import connection_captions as words
from desktop.dashboard import listener_captions
from desktop.dashboard.link_cards import Figures, LinkCard
from desktop.domain.insight import Severity
from desktop.ui import fonts, glyphs, ink
from desktop.ui.empty import EmptyState
from desktop.ui.listing import Listing
from desktop.ui.look import Look
from desktop.ui.palette import Colours
from desktop.ui.row_model import ROW_ROLE, RowModel

_HEIGHT = 92


class LinkCardDelegate(QStyledItemDelegate):
    """Name and state, what it is and since when, the figures."""

    def __init__(self, look: Look, view: Listing) -> None:
        super().__init__(view)
        self._look = look

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        """Every card is as high."""
        return QSize(260, _HEIGHT)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Paint the card at `index`."""
        card: LinkCard = index.data(ROW_ROLE)
        colours, state = self._look.colours, option.state
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(option.rect).adjusted(8.5, 3.5, -8.5, -3.5)
        chosen = bool(state & QStyle.StateFlag.State_Selected)
        hover = bool(state & QStyle.StateFlag.State_MouseOver)
        focus = chosen and bool(state & QStyle.StateFlag.State_HasFocus)
        painter.setPen(QPen(QColor(colours.accent if focus else colours.border), 1.5 if focus else 1))
        painter.setBrush(QColor(colours.selected if chosen else colours.hover if hover else colours.raised))
        painter.drawRoundedRect(box, 8, 8)
        self._words(painter, option.rect.adjusted(22, 12, -22, -10), card, colours)
        painter.restore()

    def _words(self, painter: QPainter, inner: QRect, card: LinkCard, colours: Colours) -> None:
        ink_of, mark, back = colours.severity(card.state)
        painter.setFont(fonts.font(fonts.SMALL, fonts.MEDIUM))
        said = f"{card.glyph}  {card.word}"
        wide = painter.fontMetrics().horizontalAdvance(said) + 20
        pill = QRectF(inner.right() - wide, inner.top() - 2, wide, 21)
        loud = card.state is not Severity.INFO
        painter.setPen(QPen(QColor(mark if loud else colours.border), 1))
        painter.setBrush(QColor(back if loud else colours.card))
        painter.drawRoundedRect(pill, 10.5, 10.5)
        painter.setPen(QColor(ink_of if loud else colours.muted))
        painter.drawText(pill, int(Qt.AlignmentFlag.AlignCenter), said)
        name = QRect(inner.left(), inner.top(), int(pill.left()) - inner.left() - 10, 18)
        if card.severity is not Severity.INFO:
            glyphs.severity_mark(painter, QRectF(name.left(), name.top() + 2, 14, 14), card.severity, colours)
            name.setLeft(name.left() + 21)
        ink.text(painter, name, card.link, fonts.font(fonts.BODY, fonts.BOLD), colours.text)
        small = fonts.font(fonts.SMALL)
        painter.setFont(small)
        since = painter.fontMetrics().horizontalAdvance(card.since)
        line = QRect(inner.left(), inner.top() + 22, inner.width(), 18)
        ink.text(painter, line, card.since, small, colours.muted, right=True)
        ink.text(painter, line.adjusted(0, 0, -since - 12, 0), card.what, small, colours.muted)
        self._figures(painter, QRect(inner.left(), inner.top() + 47, inner.width(), 18), card, colours)

    def _figures(self, painter: QPainter, line: QRect, card: LinkCard, colours: Colours) -> None:
        measured = (
            (listener_captions.OPENED, card.opened),
            (words.ROUND_TRIP, card.round_trip),
            (words.ENGINE, card.engine),
        )
        parts = [(caption, figures) for caption, figures in measured if figures is not None]
        small, strong = fonts.font(fonts.SMALL), fonts.font(fonts.SMALL, fonts.BOLD)
        left = line.left()
        painter.setFont(small)
        right = line.right() - painter.fontMetrics().horizontalAdvance(card.foot) - 8
        ink.text(painter, line, card.foot, small, colours.muted, right=True)
        if not parts:
            ink.text(painter, line, words.NOTHING_TIMED, small, colours.muted)
        for full in range(len(parts), -1, -1):  # as many with all their figures as there is room for
            pieces = []
            for number, (caption, figures) in enumerate(parts):
                pieces.append((f"{'     ' if number else ''}{caption} ", small, colours.muted))
                pieces.append((figures.now, strong, colours.warning_text if figures.high else colours.text))
                pieces.append((_rest(figures) if number < full else "", small, colours.muted))
            widths = [QFontMetrics(face).horizontalAdvance(said) for said, face, _ in pieces]
            if left + sum(widths) <= right:
                break
        for (said, face, colour), wide in zip(pieces, widths, strict=True):
            ink.text(painter, QRect(left, line.top(), wide + 1, line.height()), said, face, colour)
            left += wide


def _rest(figures: Figures) -> str:
    return f"  avg {figures.average} · p95 {figures.p95}"


class LinkList(QWidget):
    """Shows cards; says which connection was chosen."""

    link_chosen = Signal(str)

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.model = RowModel(self)
        self.view = Listing(self)
        self.view.setModel(self.model)
        self.view.setItemDelegate(LinkCardDelegate(look, self.view))
        self.view.setAccessibleName(words.LIST_NAME)
        self.view.selectionModel().currentChanged.connect(self._current_changed)
        self._quiet = False
        self._stack = QStackedLayout(self)
        self._stack.addWidget(self.view)
        self._stack.addWidget(EmptyState(look, words.NO_LINKS, parent=self))
        look.changed.connect(self.view.viewport().update)

    @property
    def current(self) -> str | None:
        """The chosen connection."""
        card = self.view.currentIndex().data(ROW_ROLE)
        return card.link if isinstance(card, LinkCard) else None

    def show_cards(self, cards: Sequence[LinkCard], chosen: str | None) -> None:
        """Show these; `chosen` stays chosen wherever it stands now."""
        self._quiet = True
        self.model.show(cards)
        row = next((number for number, card in enumerate(cards) if card.link == chosen), None)
        if row is not None and row != self.view.currentIndex().row():
            flag = QItemSelectionModel.SelectionFlag.ClearAndSelect
            self.view.selectionModel().setCurrentIndex(self.model.index(row), flag)
        self._quiet = False
        self._stack.setCurrentIndex(0 if cards else 1)

    def step(self, by: int) -> None:
        """The next or the previous one."""
        count = self.model.rowCount()
        if count:
            row = max(0, min(count - 1, self.view.currentIndex().row() + by))
            self.view.setCurrentIndex(self.model.index(row))

    def _current_changed(self, current: QModelIndex) -> None:
        card = current.data(ROW_ROLE)
        if isinstance(card, LinkCard) and not self._quiet:
            self.link_chosen.emit(card.link)
