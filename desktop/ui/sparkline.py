"""The small curve of a row: fixed from -1 to +1, zero line, customer in front, agent thin behind."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QLinearGradient, QPainter, QPen, QPolygonF

from desktop.dashboard import curves
from desktop.dashboard.call_view import CallView
from desktop.domain.media import Party
from desktop.ui.palette import Colours

Points = Sequence[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Spark:
    """Points (x 0..1, value -1..1), oldest first."""

    customer: tuple[tuple[float, float], ...] = ()
    agent: tuple[tuple[float, float], ...] = ()


def spark_of(view: CallView, span_ms: int) -> Spark:
    """Both parties of a call over the last `span_ms`."""
    customer = curves.spark(view, curves.leading_party(view), span_ms)
    return Spark(customer, curves.spark(view, Party.AGENT, span_ms))


def mood_brush(rect: QRectF, colours: Colours, alpha: float = 1.0) -> QBrush:
    """Blue on top, grey around zero, orange below, as a brush over `rect` (-1..+1)."""
    gradient = QLinearGradient(rect.topLeft(), rect.bottomLeft())
    for at, name in (
        (0.0, colours.positive_mark),
        (0.36, colours.positive_mark),
        (0.44, colours.neutral_mark),
        (0.56, colours.neutral_mark),
        (0.64, colours.negative_mark),
        (1.0, colours.negative_mark),
    ):
        colour = QColor(name)
        colour.setAlphaF(alpha)
        gradient.setColorAt(at, colour)
    return QBrush(gradient)


def place(points: Points, rect: QRectF) -> QPolygonF:
    """The points on screen."""
    return QPolygonF(
        [QPointF(rect.left() + x * rect.width(), rect.top() + (1 - max(-1.0, min(1.0, y))) * rect.height() / 2)
         for x, y in points]
    )  # fmt: skip


def paint_spark(
    painter: QPainter, rect: QRectF, spark: Spark, colours: Colours, *, faded: bool = False, past: bool = False
) -> None:
    """Paint it, grey for what is `past` and no longer heard; without readings only the zero line, dotted."""
    middle = rect.center().y()
    zero = QPen(QColor(colours.zero), 1, Qt.PenStyle.SolidLine if spark.customer else Qt.PenStyle.DotLine)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    painter.setPen(zero)
    painter.drawLine(QLineF(rect.left(), middle, rect.right(), middle))
    if not spark.customer:
        return
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    if faded:
        painter.setOpacity(0.55)
    inner = rect.adjusted(0, 1.5, -3, -1.5)
    brush = QBrush(QColor(colours.neutral_mark)) if past else mood_brush(inner, colours)
    if len(spark.agent) > 1:
        thin = QColor(colours.neutral_mark)
        thin.setAlphaF(0.6)
        painter.setPen(QPen(thin, 1, Qt.PenStyle.DotLine))
        painter.drawPolyline(place(spark.agent, inner))
    line = place(spark.customer, inner)
    first, last = line.at(0), line.at(line.size() - 1)
    area = QPolygonF([QPointF(first.x(), middle), *line.toList(), QPointF(last.x(), middle)])
    painter.setPen(Qt.PenStyle.NoPen)
    if not past:
        painter.setBrush(mood_brush(inner, colours, 0.16))
        painter.drawPolygon(area)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(brush, 1.6, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
    painter.drawPolyline(line)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(brush)
    painter.drawEllipse(last, 2.4, 2.4)
    painter.setOpacity(1.0)
