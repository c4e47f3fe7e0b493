"""Small painted widgets: a chip, a severity sign, an icon button that follows the look, a line of elided text."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QCheckBox, QLabel, QSizePolicy, QToolButton, QWidget

from desktop.domain.insight import Severity
from desktop.ui import fonts, glyphs, ink
from desktop.ui.look import Look


class Chip(QWidget):
    """A rounded label."""

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self._words = ""
        self._severity = Severity.INFO
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        look.changed.connect(self.update)
        self.hide()

    def say(self, words: str, severity: Severity = Severity.INFO) -> None:
        """Change the words; empty words hide the chip."""
        if (words, severity) != (self._words, self._severity):
            self._words, self._severity = words, severity
            self.setToolTip(words)
            self.updateGeometry()
            self.update()
        self.setVisible(bool(words))

    def sizeHint(self) -> QSize:
        """As wide as the words."""
        return QSize(ink.chip_width(self._words, mark=False), ink.CHIP_HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the chip."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ink.chip(painter, 0, 0, self.width(), self._words, self._severity, self._look.colours, mark=False)
        painter.end()


class SeverityMark(QWidget):
    """Octagon, triangle or ring."""

    def __init__(self, look: Look, size: int = 18, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self.severity = Severity.INFO
        self.setFixedSize(size, size)
        look.changed.connect(self.update)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the sign."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(self.rect()).adjusted(1, 1, -1, -1)
        glyphs.severity_mark(painter, box, self.severity, self._look.colours)
        painter.end()


class TickBox(QCheckBox):
    """A square that can be ticked; its words stand beside it."""

    def __init__(self, look: Look, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self.setFixedSize(20, 20)
        self.setAccessibleName(name)
        look.changed.connect(self.update)

    def hitButton(self, pos: QPoint) -> bool:
        """All of it."""
        return self.rect().contains(pos)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the square, its tick and its focus."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colours, on = self._look.colours, self.isChecked()
        box = QRectF(self.rect()).adjusted(2.5, 2.5, -2.5, -2.5)
        painter.setPen(QPen(QColor(colours.accent if on else colours.strong_border), 1))
        painter.setBrush(QColor(colours.accent if on else colours.raised))
        painter.drawRoundedRect(box, 4, 4)
        if self.hasFocus():
            painter.setPen(QPen(QColor(colours.accent), 1.5))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(box.adjusted(-2, -2, 2, 2), 5, 5)
        if on:
            glyphs.tick(painter, box, QColor(colours.on_accent))
        painter.end()


class IconButton(QToolButton):
    """A flat button with a drawn sign, and a count on it when there is something to count."""

    def __init__(self, draw: glyphs.Draw, look: Look, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("icon")
        self._draw = draw
        self._look = look
        self._count = 0
        self.setIconSize(QSize(18, 18))
        self.setFixedSize(36, 34)
        self.rename(name)
        look.changed.connect(self._dress)
        self._dress()

    def redraw(self, draw: glyphs.Draw) -> None:
        """Another sign."""
        self._draw = draw
        self._dress()

    def rename(self, name: str) -> None:
        """Another name and tooltip."""
        self.setAccessibleName(name)
        self.setToolTip(name)

    def count(self, number: int) -> None:
        """The number on the button; 0 for none."""
        if number != self._count:
            self._count = number
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the button and its count."""
        super().paintEvent(event)
        if not self._count:
            return
        words = str(self._count) if self._count < 100 else "99+"
        colours = self._look.colours
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        face = fonts.font(10, fonts.BOLD)
        painter.setFont(face)
        width = max(15, painter.fontMetrics().horizontalAdvance(words) + 8)
        box = QRectF(self.width() - width - 1, 2, width, 15)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colours.critical_mark))
        painter.drawRoundedRect(box, 7.5, 7.5)
        painter.setPen(QColor(colours.on_critical))
        painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter), words)
        painter.end()

    def _dress(self) -> None:
        self.setIcon(glyphs.icon(self._draw, self._look.colours.text))


class Elided(QLabel):
    """One line of text that shortens itself; the whole is in its tooltip."""

    def __init__(self, face: QFont, *, muted: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFont(face)
        if muted:
            self.setObjectName("muted")
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setTextFormat(Qt.TextFormat.PlainText)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint what fits."""
        shown = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, self.width())
        self.setToolTip(self.text() if shown != self.text() else "")
        painter = QPainter(self)
        painter.setPen(self.palette().windowText().color())
        painter.setFont(self.font())
        painter.drawText(self.rect(), int(self.alignment() | Qt.AlignmentFlag.AlignVCenter), shown)
        painter.end()
