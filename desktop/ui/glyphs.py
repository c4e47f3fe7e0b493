"""Small drawn signs: severity marks, trend arrows, bell, sun, moon, tag. Shapes first, colour second."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import assert_never

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPainterPath, QPen, QPixmap, QPolygonF

from desktop.domain.events import PauseReason
from desktop.domain.insight import Severity
from desktop.ui.palette import Colours

Draw = Callable[[QPainter, QRectF, QColor], None]


def severity_mark(painter: QPainter, rect: QRectF, severity: Severity, colours: Colours) -> None:
    """A filled octagon for critical, a triangle for warning, a ring for info; with "!" where it is loud."""
    colour = QColor(colours.severity(severity)[1])
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour)
    centre, radius = rect.center(), rect.width() / 2
    if severity is Severity.INFO:
        painter.setPen(QPen(colour, 1.5))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawEllipse(centre, radius - 1, radius - 1)
        return
    if severity is Severity.CRITICAL:
        corners = [math.pi / 8 + i * math.pi / 4 for i in range(8)]
        shape = QPolygonF([centre + QPointF(math.cos(a), math.sin(a)) * radius * 1.06 for a in corners])
    else:
        shape = QPolygonF([QPointF(centre.x(), rect.top()), rect.bottomRight(), rect.bottomLeft()])
    painter.setPen(QPen(colour, 1, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin))
    painter.drawPolygon(shape)
    ink = QColor(colours.on_critical)
    painter.setPen(QPen(ink, max(1.2, rect.width() / 8), Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
    top = rect.top() + rect.height() * (0.26 if severity is Severity.CRITICAL else 0.40)
    bottom = rect.top() + rect.height() * (0.56 if severity is Severity.CRITICAL else 0.64)
    painter.drawLine(QPointF(centre.x(), top), QPointF(centre.x(), bottom))
    painter.drawPoint(
        QPointF(centre.x(), rect.top() + rect.height() * (0.76 if severity is Severity.CRITICAL else 0.84))
    )


def trend_arrow(painter: QPainter, rect: QRectF, trend: int, colour: QColor) -> None:
    """Down, level or up."""
    painter.save()
    painter.translate(rect.center())
    painter.rotate(-38 * trend)
    painter.setPen(QPen(colour, 1.6, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin))
    half = rect.width() / 2
    painter.drawLine(QPointF(-half, 0), QPointF(half, 0))
    painter.drawPolyline(QPolygonF([QPointF(half - 3.2, -3.2), QPointF(half, 0), QPointF(half - 3.2, 3.2)]))
    painter.restore()


def _line_pen(colour: QColor) -> QPen:
    return QPen(colour, 1.6, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin)


def bell(painter: QPainter, rect: QRectF, colour: QColor) -> None:
    """Alerts."""
    painter.setPen(_line_pen(colour))
    x, y, w = rect.left(), rect.top(), rect.width() / 18
    path = QPainterPath(QPointF(x + 3 * w, y + 13 * w))
    path.cubicTo(x + 5.5 * w, y + 11 * w, x + 4 * w, y + 2 * w, x + 9 * w, y + 2 * w)
    path.cubicTo(x + 14 * w, y + 2 * w, x + 12.5 * w, y + 11 * w, x + 15 * w, y + 13 * w)
    path.closeSubpath()
    painter.drawPath(path)
    painter.drawArc(QRectF(x + 7 * w, y + 13 * w, 4 * w, 3.4 * w), 180 * 16, 180 * 16)


def tag(painter: QPainter, rect: QRectF, colour: QColor) -> None:
    """Keywords."""
    painter.setPen(_line_pen(colour))
    x, y, w = rect.left(), rect.top(), rect.width() / 18
    corners = ((2.5, 2.5), (9.5, 2.5), (15.5, 9), (9, 15.5), (2.5, 9.5))
    painter.drawPolygon(QPolygonF([QPointF(x + a * w, y + b * w) for a, b in corners]))
    painter.drawEllipse(QPointF(x + 6 * w, y + 6 * w), 1.2 * w, 1.2 * w)


def sun(painter: QPainter, rect: QRectF, colour: QColor) -> None:
    """To the light look."""
    painter.setPen(_line_pen(colour))
    centre, unit = rect.center(), rect.width() / 18
    painter.drawEllipse(centre, 3.4 * unit, 3.4 * unit)
    for i in range(8):
        ray = QPointF(math.cos(i * math.pi / 4), math.sin(i * math.pi / 4))
        painter.drawLine(centre + ray * 5.8 * unit, centre + ray * 7.6 * unit)


def moon(painter: QPainter, rect: QRectF, colour: QColor) -> None:
    """To the dark look."""
    painter.setPen(_line_pen(colour))
    unit = rect.width() / 18
    disc, bite = QPainterPath(), QPainterPath()
    disc.addEllipse(rect.center(), 6.6 * unit, 6.6 * unit)
    bite.addEllipse(rect.center() + QPointF(3.6, -3) * unit, 5.8 * unit, 5.8 * unit)
    painter.drawPath(disc.subtracted(bite))


def question(painter: QPainter, rect: QRectF, colour: QColor) -> None:
    """Keys."""
    painter.setPen(_line_pen(colour))
    x, y, w = rect.left(), rect.top(), rect.width() / 18
    painter.drawRoundedRect(QRectF(x + 1.5 * w, y + 4 * w, 15 * w, 10.5 * w), 2 * w, 2 * w)
    for column in (4.5, 7.5, 10.5, 13.5):
        painter.drawPoint(QPointF(x + column * w, y + 7.5 * w))
    painter.drawLine(QPointF(x + 5.5 * w, y + 11.3 * w), QPointF(x + 12.5 * w, y + 11.3 * w))


def alarm(painter: QPainter, rect: QRectF, colour: QColor) -> None:
    """Somebody is needed: an octagon with "!"; `colour` is that of the mark."""
    centre, radius = rect.center(), rect.width() * 0.44
    corners = [math.pi / 8 + i * math.pi / 4 for i in range(8)]
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour)
    painter.drawPolygon(QPolygonF([centre + QPointF(math.cos(a), math.sin(a)) * radius for a in corners]))
    painter.setPen(QPen(QColor("white" if colour.lightness() < 150 else "black"), 2))
    painter.drawLine(centre + QPointF(0, -radius * 0.5), centre + QPointF(0, radius * 0.1))
    painter.drawPoint(centre + QPointF(0, radius * 0.5))


def nodes(painter: QPainter, rect: QRectF, colour: QColor) -> None:
    """Connections."""
    painter.setPen(_line_pen(colour))
    x, y, w = rect.left(), rect.top(), rect.width() / 18
    painter.drawLine(QPointF(x + 6 * w, y + 8 * w), QPointF(x + 11.4 * w, y + 5.2 * w))
    painter.drawLine(QPointF(x + 6 * w, y + 10 * w), QPointF(x + 11.4 * w, y + 12.8 * w))
    for across, down in ((3.8, 9), (13.6, 4.2), (13.6, 13.8)):
        painter.drawEllipse(QPointF(x + across * w, y + down * w), 2.4 * w, 2.4 * w)


def speech(painter: QPainter, rect: QRectF, colour: QColor) -> None:
    """Recognition: sound that becomes words."""
    painter.setPen(_line_pen(colour))
    x, y, w = rect.left(), rect.top(), rect.width() / 18
    for across, half in ((3, 2), (6, 5.5), (9, 3.5), (12, 6), (15, 2)):
        painter.drawLine(QPointF(x + across * w, y + (9 - half) * w), QPointF(x + across * w, y + (9 + half) * w))


def computer(painter: QPainter, rect: QRectF, colour: QColor) -> None:
    """A screen on its foot."""
    painter.setPen(_line_pen(colour))
    x, y, w = rect.left(), rect.top(), rect.width() / 18
    painter.drawRoundedRect(QRectF(x + 2 * w, y + 3 * w, 14 * w, 9.5 * w), 1.6 * w, 1.6 * w)
    painter.drawLine(QPointF(x + 9 * w, y + 12.5 * w), QPointF(x + 9 * w, y + 15.5 * w))
    painter.drawLine(QPointF(x + 5.8 * w, y + 15.5 * w), QPointF(x + 12.2 * w, y + 15.5 * w))


def back(painter: QPainter, rect: QRectF, colour: QColor) -> None:
    """To where one came from."""
    painter.setPen(_line_pen(colour))
    x, y, w = rect.left(), rect.top(), rect.width() / 18
    painter.drawLine(QPointF(x + 3 * w, y + 9 * w), QPointF(x + 15 * w, y + 9 * w))
    corners = ((8, 4), (3, 9), (8, 14))
    painter.drawPolyline(QPolygonF([QPointF(x + a * w, y + b * w) for a, b in corners]))


def cross(painter: QPainter, rect: QRectF, colour: QColor) -> None:
    """Dismiss."""
    painter.setPen(_line_pen(colour))
    x, y, w = rect.left(), rect.top(), rect.width() / 18
    painter.drawLine(QPointF(x + 5 * w, y + 5 * w), QPointF(x + 13 * w, y + 13 * w))
    painter.drawLine(QPointF(x + 13 * w, y + 5 * w), QPointF(x + 5 * w, y + 13 * w))


def tick(painter: QPainter, rect: QRectF, colour: QColor) -> None:
    """Done."""
    painter.setPen(_line_pen(colour))
    x, y, w = rect.left(), rect.top(), rect.width() / 18
    corners = ((4.5, 9.5), (7.8, 12.8), (13.8, 5.4))
    painter.drawPolyline(QPolygonF([QPointF(x + a * w, y + b * w) for a, b in corners]))


def lock(painter: QPainter, rect: QRectF, colour: QColor) -> None:
    """Paused for privacy."""
    painter.setPen(QPen(colour, rect.width() / 11, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    x, y, w = rect.left(), rect.top(), rect.width() / 18
    shackle = QPainterPath(QPointF(x + 5.5 * w, y + 8.5 * w))
    shackle.lineTo(x + 5.5 * w, y + 6 * w)
    shackle.arcTo(QRectF(x + 5.5 * w, y + 2 * w, 7 * w, 7 * w), 180, -180)
    shackle.lineTo(x + 12.5 * w, y + 8.5 * w)
    painter.drawPath(shackle)
    painter.setBrush(colour)
    painter.drawRoundedRect(QRectF(x + 3.5 * w, y + 8.5 * w, 11 * w, 7.5 * w), 1.6 * w, 1.6 * w)


def pause(painter: QPainter, rect: QRectF, colour: QColor) -> None:
    """Not streamed for now."""
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour)
    x, y, w = rect.left(), rect.top(), rect.width() / 18
    for across in (4.5, 10.5):
        painter.drawRoundedRect(QRectF(x + across * w, y + 3.5 * w, 3.2 * w, 11 * w), w, w)


def paused(why: PauseReason) -> Draw:
    """The sign of a pause: a lock for privacy."""
    match why:
        case PauseReason.PRIVACY:
            return lock
        case PauseReason.WAITING | PauseReason.SAVING:
            return pause
        case _:  # pragma: no cover
            assert_never(why)


def icon(draw: Draw, colour: str, size: int = 18) -> QIcon:
    """A drawn sign as an icon, sharp at up to twice the size."""
    picture = QPixmap(QSize(size, size) * 2)
    picture.setDevicePixelRatio(2)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    draw(painter, QRectF(0, 0, size, size), QColor(colour))
    painter.end()
    return QIcon(picture)
