"""Paints one row of the triage list. Everything is laid out before: painting computes nothing."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from desktop.dashboard import floor_sentences
from desktop.dashboard.listing import Section
from desktop.dashboard.rows import ChipKind, Row
from desktop.domain.insight import Severity
from desktop.ui import fonts, glyphs, ink
from desktop.ui.call_model import ENTRY_ROLE, CallModel
from desktop.ui.columns import ROW_HEIGHT, TITLE_HEIGHT, Columns, columns, spark_box
from desktop.ui.look import Look
from desktop.ui.palette import Colours
from desktop.ui.sparkline import Spark, paint_spark

_NO_SPARK = Spark()
_MORE_WIDTH = 26
_ALERT_LEAST = 90


class CallRowDelegate(QStyledItemDelegate):
    """Rows and section titles."""

    def __init__(
        self, model: CallModel, sparks: Mapping[str, Spark], look: Look, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._model = model
        self._sparks = sparks
        self._look = look

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        """48 px a call, 30 px a title."""
        title = isinstance(index.data(ENTRY_ROLE), Section)
        return QSize(320, TITLE_HEIGHT if title else ROW_HEIGHT)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Paint the row or the title at `index`."""
        entry = index.data(ENTRY_ROLE)
        rect: QRect = option.rect
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if isinstance(entry, Section):
            self._title(painter, rect, entry)
        elif (row := self._model.rows.get(entry)) is not None:
            state: QStyle.StateFlag = option.state
            self._background(painter, rect, row, state)
            self._row(painter, columns(rect), row)
        painter.restore()

    def _title(self, painter: QPainter, rect: QRect, section: Section) -> None:
        colours = self._look.colours
        loud = section is Section.NEEDS_YOU
        face = fonts.font(fonts.SMALL, fonts.BOLD)
        place = rect.adjusted(12, 6, -12, 0)
        ink.text(painter, place, section.value, face, colours.text if loud else colours.muted)
        offset = painter.fontMetrics().horizontalAdvance(section.value) + 8
        count = str(self._model.counts.get(section, 0))
        ink.text(painter, place.adjusted(offset, 0, 0, 0), count, fonts.font(fonts.SMALL), colours.muted)

    def _background(self, painter: QPainter, rect: QRect, row: Row, state: QStyle.StateFlag) -> None:
        colours = self._look.colours
        box = QRectF(rect.adjusted(4, 1, -4, -1))
        painter.setPen(Qt.PenStyle.NoPen)
        if state & QStyle.StateFlag.State_Selected:
            painter.setBrush(QColor(colours.selected))
            if state & QStyle.StateFlag.State_HasFocus:
                painter.setPen(QPen(QColor(colours.accent), 1.5))
            painter.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), 8, 8)
        elif state & QStyle.StateFlag.State_MouseOver:
            painter.setBrush(QColor(colours.hover))
            painter.drawRoundedRect(box, 8, 8)
        else:
            painter.setPen(QPen(QColor(colours.border), 1))
            painter.drawLine(rect.left() + 12, rect.bottom(), rect.right() - 12, rect.bottom())

    def _row(self, painter: QPainter, place: Columns, row: Row) -> None:
        colours = self._look.colours
        quiet = colours.muted if row.over else colours.text
        self._need(painter, place.need, row, colours)
        upper, lower = _halves(place.call)
        name = fonts.font(fonts.BODY, fonts.BOLD if row.named else fonts.REGULAR, italic=not row.named)
        ink.text(painter, upper, row.agent, name, quiet if row.named else colours.muted)
        ink.text(painter, lower, row.queue, fonts.font(fonts.SMALL), colours.muted)
        ink.text(painter, place.time, row.duration, fonts.font(fonts.BODY), quiet, right=True)
        spark = self._sparks.get(row.call, _NO_SPARK)
        paint_spark(painter, QRectF(spark_box(place.spark)), spark, colours, faded=row.over, past=row.unheard)
        self._now(painter, place.now, row, colours)
        self._words(painter, place.words, row, colours)

    def _need(self, painter: QPainter, rect: QRect, row: Row, colours: Colours) -> None:
        track = QRectF(rect.left(), rect.top() + 8, rect.width(), rect.height() - 16)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colours.chip))
        painter.drawRoundedRect(track, 3, 3)
        if row.need < 8:
            return
        filled = max(6.0, track.height() * row.need / 100)
        mark = colours.neutral_mark if row.severity is None else colours.severity(row.severity)[1]
        painter.setBrush(QColor(mark))
        painter.drawRoundedRect(QRectF(track.left(), track.bottom() - filled, track.width(), filled), 3, 3)

    def _now(self, painter: QPainter, rect: QRect, row: Row, colours: Colours) -> None:
        upper, lower = _halves(rect)
        if row.mood is None:
            ink.text(painter, rect, row.value, fonts.font(fonts.SMALL), colours.muted)
            return
        colour = colours.muted if row.over or row.unheard else colours.mood(row.mood)
        strong = row.over or colour == colours.muted
        ink.text(painter, upper, row.value, fonts.font(fonts.BODY, fonts.MEDIUM if strong else fonts.BOLD), colour)
        if not row.unheard:
            sign = QRectF(lower.left(), lower.center().y() - 4, 9, 9)
            glyphs.trend_arrow(painter, sign, row.trend, QColor(colours.muted))
            lower = lower.adjusted(15, 0, 0, 0)
        ink.text(painter, lower, row.trend_word, fonts.font(fonts.SMALL), colours.muted)

    def _words(self, painter: QPainter, rect: QRect, row: Row, colours: Colours) -> None:
        upper, lower = _halves(rect)
        if not row.chips:
            upper = rect
        face = fonts.font(fonts.SMALL, italic=row.partial)
        colour = colours.muted if row.partial or row.over or row.unheard else colours.text
        if row.paused is not None:
            sign = QRectF(upper.left(), upper.center().y() - 6, 13, 13)
            glyphs.paused(row.paused)(painter, sign, QColor(colours.muted))
            upper = upper.adjusted(19, 0, 0, 0)
        ink.marked_line(painter, upper, row.words, row.marks, face, colour, colours)
        self._chips(painter, lower, row, colours)

    def _chips(self, painter: QPainter, rect: QRect, row: Row, colours: Colours) -> None:
        """As many as fit whole (only the first and an alert may be cut), then how many more there are."""
        left, top = rect.left(), rect.center().y() - 8
        for number, chip in enumerate(row.chips):
            mark = chip.kind is ChipKind.ALERT and chip.severity is not Severity.INFO
            rest = len(row.chips) - number
            room = rect.right() - left - (_MORE_WIDTH if rest > 1 else 0)
            least = _ALERT_LEAST if mark and number == 1 else room + 1  # after "not heard" it may be cut as well
            if number and ink.chip_width(chip.text, mark=mark) > room and room < least:
                more = floor_sentences.more(rest)
                ink.text(painter, QRect(left, top, 24, ink.CHIP_HEIGHT), more, fonts.font(fonts.TINY), colours.muted)
                break
            left += 6 + ink.chip(painter, left, top, room, chip.text, chip.severity, colours, mark=mark)


def _halves(rect: QRect) -> tuple[QRect, QRect]:
    """The two lines of a row."""
    middle = rect.center().y() + 1
    return (
        QRect(rect.left(), rect.top() + 5, rect.width(), middle - rect.top() - 5),
        QRect(rect.left(), middle, rect.width(), rect.bottom() - middle - 4),
    )
