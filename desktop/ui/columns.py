"""Where the parts of a triage row stand, for a given width: shared by the rows and by the titles above them."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QRect

ROW_HEIGHT = 48
TITLE_HEIGHT = 30
NEED_WIDTH = 6
SPARK_WIDTH, SPARK_HEIGHT = 140, 26
_GAP = 12


@dataclass(frozen=True, slots=True)
class Columns:
    """Rectangles of one row."""

    need: QRect
    call: QRect
    time: QRect
    spark: QRect
    now: QRect
    words: QRect


def columns(row: QRect) -> Columns:
    """Lay a row out: fixed parts keep their width, agent and words share the rest (words take most of it)."""
    left, top, height = row.left() + 10, row.top(), row.height()
    spark = SPARK_WIDTH if row.width() >= 640 else 88
    now, time = 76, 52
    spare = max(160, row.width() - 20 - NEED_WIDTH - spark - now - time - 5 * _GAP)
    call = min(190, max(104, spare * 36 // 100))

    def take(width: int) -> QRect:
        nonlocal left
        rect = QRect(left, top, width, height)
        left += width + _GAP
        return rect

    return Columns(
        need=take(NEED_WIDTH),
        call=take(call),
        time=take(time),
        spark=take(spark),
        now=take(now),
        words=take(spare - call),
    )


def spark_box(column: QRect) -> QRect:
    """The curve itself, in the middle of its column."""
    return QRect(column.left(), column.center().y() - SPARK_HEIGHT // 2 + 1, column.width(), SPARK_HEIGHT)
