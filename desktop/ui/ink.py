"""Painting of text, chips and marked phrases, shared by the delegates."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen

from desktop.dashboard.transcript import Mark
from desktop.domain.events import Measure
from desktop.domain.insight import Severity
from desktop.ui import fonts, glyphs
from desktop.ui.palette import Colours

CHIP_HEIGHT = 17
_ELLIPSIS = "…"


def colour_of(measure: Measure, colours: Colours) -> str:
    """The socket in one colour, the engine in another: they must not be mixed up (document E step 2)."""
    return {
        Measure.ROUND_TRIP: colours.accent,
        Measure.HANDLING: colours.muted,
        Measure.ENGINE: colours.agent,
    }[measure]


def text(painter: QPainter, rect: QRect, words: str, face: QFont, colour: str, *, right: bool = False) -> None:
    """One line of text, elided at its end, centred vertically."""
    painter.setFont(face)
    painter.setPen(QColor(colour))
    shown = painter.fontMetrics().elidedText(words, Qt.TextElideMode.ElideRight, rect.width())
    side = Qt.AlignmentFlag.AlignRight if right else Qt.AlignmentFlag.AlignLeft
    painter.drawText(rect, int(side | Qt.AlignmentFlag.AlignVCenter), shown)


def tail(words: str, marks: Sequence[Mark], metrics: QFontMetricsF, width: float) -> tuple[str, list[Mark]]:
    """The end of `words` that fits (the newest words matter most), with its marks moved along."""
    if metrics.horizontalAdvance(words) <= width:
        return words, list(marks)
    room = width - metrics.horizontalAdvance(_ELLIPSIS) - 1
    low, high = 0, len(words)  # the first character that is kept
    while low < high:
        middle = (low + high) // 2
        if metrics.horizontalAdvance(words[middle:]) <= room:
            high = middle
        else:
            low = middle + 1
    space = words.find(" ", low)
    cut = space + 1 if 0 <= space < low + 14 else low
    moved = [Mark(max(0, m.start - cut) + 1, m.end - cut + 1, m.severity) for m in marks if m.end > cut]
    return _ELLIPSIS + words[cut:], moved


def marked_line(
    painter: QPainter, rect: QRect, words: str, marks: Sequence[Mark], face: QFont, colour: str, colours: Colours
) -> None:
    """One line that keeps its end in sight, matched phrases on their severity's background and underlined."""
    metrics = QFontMetricsF(face)
    shown, moved = tail(words, marks, metrics, rect.width())
    middle = rect.center().y() + 1
    for mark in moved:
        start = rect.left() + metrics.horizontalAdvance(shown[: mark.start])
        end = rect.left() + metrics.horizontalAdvance(shown[: mark.end])
        _, line, back = colours.severity(mark.severity)
        box = QRectF(start - 2, middle - 9, end - start + 4, 18)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(back))
        painter.drawRoundedRect(box, 3, 3)
        painter.setPen(QPen(QColor(line), 1.4))
        painter.drawLine(QPointF(start, box.bottom() - 1), QPointF(end, box.bottom() - 1))
    painter.setFont(face)
    painter.setPen(QColor(colour))
    painter.drawText(rect, int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter), shown)


def chip_width(words: str, *, mark: bool) -> int:
    """How wide a chip wants to be."""
    return int(QFontMetricsF(fonts.font(fonts.TINY, fonts.MEDIUM)).horizontalAdvance(words)) + 15 + (15 if mark else 0)


def chip(
    painter: QPainter, left: int, top: int, room: int, words: str, severity: Severity, colours: Colours, *, mark: bool
) -> int:
    """A rounded label with an optional severity sign; returns the width used, 0 if there is no room for it."""
    face = fonts.font(fonts.TINY, fonts.MEDIUM)
    width = min(chip_width(words, mark=mark), room)
    if width < 44 and width < chip_width(words, mark=mark):
        return 0
    ink, _, back = colours.severity(severity)
    box = QRectF(left, top, width, CHIP_HEIGHT)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(back))
    painter.drawRoundedRect(box, CHIP_HEIGHT / 2, CHIP_HEIGHT / 2)
    inner = QRect(left + 8, top, width - 14, CHIP_HEIGHT)
    if mark:
        glyphs.severity_mark(painter, QRectF(left + 6, top + 4, 10, 10), severity, colours)
        inner.setLeft(left + 20)
    text(painter, inner, words, face, ink)
    return width
