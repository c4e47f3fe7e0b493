"""Paints one line of the transcript: time, speaker, wrapped words with matches marked and masked parts as chips."""

from __future__ import annotations

from collections import OrderedDict

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPen, QTextCharFormat, QTextLayout, QTextLine, QTextOption
from PySide6.QtWidgets import QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from desktop.dashboard import sentences
from desktop.dashboard.transcript import Line
from desktop.ui import fonts, glyphs, ink
from desktop.ui.look import Look
from desktop.ui.transcript_model import LINE_ROLE

_TIME_WIDTH = 54
_SCORE_WIDTH = 46
_EDGE = 24
_NAME_HEIGHT = 18
_NOTICE_HEIGHT = 34
_KEPT = 1_500


class TranscriptDelegate(QStyledItemDelegate):
    """Heights are remembered per line and width: a list of 600 lines is laid out once."""

    def __init__(self, look: Look, view: QListView) -> None:
        super().__init__(view)
        self._look = look
        self._view = view
        self._heights: OrderedDict[tuple[str, bool, bool, int], int] = OrderedDict()
        self.cursor_row = -1

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        """As high as the wrapped words need."""
        line: Line = index.data(LINE_ROLE)
        width = self._view.viewport().width()
        if line.notice:
            return QSize(width, _NOTICE_HEIGHT)
        key = (line.text, line.partial, line.leads, width)
        height = self._heights.get(key)
        if height is None:
            words = _layout(line, width - _EDGE * 2 - _TIME_WIDTH - _SCORE_WIDTH)
            height = int(words.boundingRect().height()) + 6 + (_NAME_HEIGHT + 6 if line.leads else 0)
            self._heights[key] = height
            if len(self._heights) > _KEPT:
                self._heights.popitem(last=False)
        return QSize(width, height)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Paint the line at `index`."""
        line: Line = index.data(LINE_ROLE)
        colours = self._look.colours
        rect: QRect = option.rect
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if line.notice:
            self._notice(painter, rect, line)
            painter.restore()
            return
        top = rect.top() + (6 if line.leads else 0)
        back = None
        if index.row() == self.cursor_row:
            back = colours.selected
        elif option.state & QStyle.StateFlag.State_MouseOver:
            back = colours.hover
        if back:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(back))
            painter.drawRoundedRect(QRectF(rect.left() + 10, top, rect.width() - 20, rect.bottom() - top + 1), 6, 6)
        who = colours.party(line.party)
        painter.setPen(QPen(QColor(who), 2))
        painter.drawLine(QPointF(rect.left() + 17, top + 4), QPointF(rect.left() + 17, rect.bottom() - 3))
        left = rect.left() + _EDGE + _TIME_WIDTH
        if line.leads:
            name = QRect(left, top, rect.width() - left, _NAME_HEIGHT)
            ink.text(painter, name, sentences.party_name(line.party), fonts.font(fonts.SMALL, fonts.BOLD), who)
            top += _NAME_HEIGHT
        clock = QRect(rect.left() + _EDGE, top + 2, _TIME_WIDTH - 10, 18)
        ink.text(painter, clock, sentences.clock(line.start_ms), fonts.font(fonts.TINY), colours.muted)
        layout = _layout(line, rect.width() - _EDGE * 2 - _TIME_WIDTH - _SCORE_WIDTH)
        self._boxes(painter, layout, line, QPointF(left, top + 2))
        painter.setPen(QColor(colours.muted if line.partial else colours.text))
        layout.draw(painter, QPointF(left, top + 2), self._formats(line))
        if line.score is not None and colours.mood(line.score) != colours.muted:
            score = QRect(rect.right() - _EDGE - _SCORE_WIDTH, top + 2, _SCORE_WIDTH, 18)
            ink.text(
                painter,
                score,
                sentences.signed(line.score),
                fonts.font(fonts.TINY, fonts.MEDIUM),
                colours.mood(line.score),
                right=True,
            )
        painter.restore()

    def _notice(self, painter: QPainter, rect: QRect, line: Line) -> None:
        """A calm divider: a rule with words in its middle."""
        colours, face = self._look.colours, fonts.font(fonts.SMALL, fonts.MEDIUM)
        painter.setFont(face)
        wide = painter.fontMetrics().horizontalAdvance(line.text)
        middle, left = rect.center().y() + 1, rect.center().x() - wide // 2 + 10
        painter.setPen(QPen(QColor(colours.border), 1))
        painter.drawLine(rect.left() + _EDGE, middle, left - 32, middle)
        painter.drawLine(left + wide + 12, middle, rect.right() - _EDGE, middle)
        glyphs.lock(painter, QRectF(left - 20, middle - 7, 13, 13), QColor(colours.muted))
        ink.text(painter, QRect(left, rect.top(), wide + 4, rect.height()), line.text, face, colours.muted)

    def _boxes(self, painter: QPainter, layout: QTextLayout, line: Line, origin: QPointF) -> None:
        """Backgrounds of matches (underlined as well) and of masked parts."""
        colours = self._look.colours
        spans = [(m.start, m.end, *colours.severity(m.severity)[1:]) for m in line.marks]
        spans += [(start, end, "", colours.chip) for start, end in line.masked]
        for start, end, under, back in spans:
            for box in _boxes_of(layout, start, end):
                placed = box.translated(origin).adjusted(-2, 0, 2, 0)
                painter.setPen(Qt.PenStyle.NoPen if under else QColor(colours.strong_border))
                painter.setBrush(QColor(back))
                painter.drawRoundedRect(placed, 4, 4)
                if under:
                    painter.setPen(QPen(QColor(under), 1.4))
                    painter.drawLine(placed.bottomLeft() + QPointF(2, -1), placed.bottomRight() + QPointF(-2, -1))

    def _formats(self, line: Line) -> list[QTextLayout.FormatRange]:
        formats = []
        for start, end in line.masked:
            piece = QTextLayout.FormatRange()
            piece.start, piece.length = start, end - start
            look = QTextCharFormat()
            look.setForeground(QColor(self._look.colours.muted))
            piece.format = look
            formats.append(piece)
        return formats


def _layout(line: Line, width: int) -> QTextLayout:
    face: QFont = fonts.font(fonts.BODY, italic=line.partial)
    layout = QTextLayout(line.text, face)
    option = QTextOption()
    option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
    layout.setTextOption(option)
    layout.beginLayout()
    height = 0.0
    while (row := layout.createLine()).isValid():
        row.setLineWidth(max(80, width))
        row.setPosition(QPointF(0, height))
        height += row.height() + 2
    layout.endLayout()
    return layout


def _boxes_of(layout: QTextLayout, start: int, end: int) -> list[QRectF]:
    boxes = []
    for number in range(layout.lineCount()):
        row: QTextLine = layout.lineAt(number)
        first = max(start, row.textStart())
        last = min(end, row.textStart() + row.textLength())
        if first < last:
            left, right = _x(row, first), _x(row, last)
            boxes.append(QRectF(left, row.y(), right - left, row.height()))
    return boxes


def _x(row: QTextLine, at: int) -> float:
    """Where the character `at` begins."""
    found: float | tuple[float, int] = row.cursorToX(at)  # type: ignore[assignment]  # PySide gives both, by version
    return found[0] if isinstance(found, tuple) else found
