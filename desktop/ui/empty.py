"""The pleasant nothing: a calm line, a headline and a sentence in the middle of an empty pane."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from desktop.ui import fonts
from desktop.ui.look import Look


class CalmLine(QWidget):
    """One slow wave."""

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        look.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        """Small."""
        return QSize(96, 32)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint it."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(self._look.colours.zero), 3, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        path = QPainterPath(QPointF(6, 16))
        path.cubicTo(QPointF(24, 4), QPointF(34, 4), QPointF(48, 16))
        path.cubicTo(QPointF(62, 28), QPointF(72, 28), QPointF(90, 16))
        painter.drawPath(path)
        painter.end()


class EmptyState(QWidget):
    """Centred lines, and a button where something can be done; the wave only where there is room."""

    pressed = Signal()

    def __init__(
        self, look: Look, words: tuple[str, str] = ("", ""), *, wave: bool = True, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.helps = True  # whether there may be a button
        self._title = QLabel(self)
        self._title.setFont(fonts.font(fonts.LARGE, fonts.MEDIUM))
        self._sentence = QLabel(self)
        self._sentence.setObjectName("muted")
        box = QVBoxLayout(self)
        box.setContentsMargins(16, 4, 16, 4)
        box.setSpacing(6)
        box.addStretch(2)
        if wave:
            box.addWidget(CalmLine(look, self), 0, Qt.AlignmentFlag.AlignHCenter)
            box.addSpacing(6)
        for label in (self._title, self._sentence):
            label.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            box.addWidget(label)
        self.button = QPushButton(self)
        self.button.clicked.connect(self.pressed)
        box.addSpacing(6)
        box.addWidget(self.button, 0, Qt.AlignmentFlag.AlignHCenter)
        box.addStretch(3)
        self.say(words)

    def say(self, words: tuple[str, str], button: str = "") -> None:
        """Change the words; without words on it there is no button."""
        self._title.setText(words[0])
        self._sentence.setText(words[1])
        self.button.setText(button)
        self.button.setVisible(bool(button) and self.helps)
