"""The top bar: name, one pill per region's connection, and the buttons for keys, keywords, look and alerts."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSizePolicy, QWidget

from desktop.bundled import resources_folder
from desktop.dashboard import captions, connection_captions, desk_captions, model_captions
from desktop.dashboard.link_pills import Pill
from desktop.domain.insight import Severity
from desktop.ui import fonts, glyphs
from desktop.ui.badges import IconButton
from desktop.ui.look import Look


class LinkPill(QWidget):
    """Region, glyph and word of one connection."""

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self._region = self._glyph = self._word = ""
        self._loud = False
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        look.changed.connect(self.update)

    def show_pill(self, pill: Pill) -> None:
        """Show this state."""
        if (pill.name, pill.glyph, pill.word) != (self._region, self._glyph, self._word):
            self._region, self._glyph, self._word = pill.name, pill.glyph, pill.word
            self.updateGeometry()
        self._loud = pill.loud
        self.setToolTip(pill.tip)
        self.setAccessibleName(pill.aloud)
        self.update()

    def sizeHint(self) -> QSize:
        """As wide as its words."""
        metrics = self.fontMetrics()
        words = metrics.horizontalAdvance(f"{self._region} {self._word}")
        return QSize(words + 46, 28)

    def minimumSizeHint(self) -> QSize:
        """It may be squeezed to its glyph and the start of its region."""
        return QSize(64, 28)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the pill."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colours = self._look.colours
        painter.setPen(QColor(colours.warning_mark if self._loud else colours.border))
        painter.setBrush(QColor(colours.warning_back if self._loud else colours.card))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 14, 14)
        painter.setFont(fonts.font(fonts.SMALL))
        painter.setPen(QColor(colours.warning_text if self._loud else colours.muted))
        place = self.rect().adjusted(12, 0, -10, 0)
        painter.drawText(place, int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter), self._glyph)
        place.setLeft(place.left() + 16)
        region = painter.fontMetrics().elidedText(self._region, Qt.TextElideMode.ElideRight, place.width())
        painter.setFont(fonts.font(fonts.SMALL, fonts.MEDIUM))
        painter.setPen(QColor(colours.warning_text if self._loud else colours.text))
        painter.drawText(place, int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter), region)
        place.setLeft(place.left() + painter.fontMetrics().horizontalAdvance(region) + 6)
        painter.setFont(fonts.font(fonts.SMALL))
        painter.setPen(QColor(colours.warning_text if self._loud else colours.muted))
        word = painter.fontMetrics().elidedText(self._word, Qt.TextElideMode.ElideRight, max(0, place.width()))
        painter.drawText(place, int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter), word)
        painter.end()


class TopBar(QWidget):
    """Says what was pressed."""

    theme_asked = Signal()
    keywords_asked = Signal()
    alerts_asked = Signal()
    keys_asked = Signal()
    connections_asked = Signal()
    recognition_asked = Signal()
    computer_asked = Signal()

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self._pills: dict[str, LinkPill] = {}
        logo = QLabel(self)
        picture = QPixmap(str(resources_folder() / "icons" / "sidetone.svg"))
        picture = picture.scaled(56, 56, Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation)
        picture.setDevicePixelRatio(2)
        logo.setPixmap(picture)
        name = QLabel(captions.APP, self)
        name.setFont(fonts.font(fonts.LARGE, fonts.BOLD))
        self._links = QHBoxLayout()
        self._links.setSpacing(8)
        self.keywords = QPushButton(captions.KEYWORDS, self)
        self.keywords.setToolTip(captions.KEYWORDS_TIP)
        self.keywords.clicked.connect(self.keywords_asked)
        self.connections = QPushButton(connection_captions.CONNECTIONS, self)
        self.connections.clicked.connect(self.connections_asked)
        self.recognition = QPushButton(model_captions.RECOGNITION, self)
        self.recognition.clicked.connect(self.recognition_asked)
        self._warned = False
        self._hearing = (Severity.INFO, model_captions.RECOGNITION_TIP)
        self._locked: tuple[QWidget, ...] = ()
        self.computer = IconButton(glyphs.computer, look, desk_captions.COMPUTER_TIP, self)
        self.computer.clicked.connect(self.computer_asked)
        self.keys = IconButton(glyphs.question, look, captions.KEYS_TIP, self)
        self.keys.clicked.connect(self.keys_asked)
        self.theme = IconButton(glyphs.moon, look, captions.THEME_TO_DARK, self)
        self.theme.clicked.connect(self.theme_asked)
        self.bell = IconButton(glyphs.bell, look, captions.ALERTS, self)
        self.bell.clicked.connect(self.alerts_asked)
        box = QHBoxLayout(self)
        box.setContentsMargins(16, 8, 16, 0)
        box.setSpacing(8)
        box.addWidget(logo)
        box.addWidget(name)
        box.addSpacing(12)
        box.addLayout(self._links)
        box.addStretch(1)
        box.addWidget(self.connections)
        box.addWidget(self.recognition)
        box.addWidget(self.keywords)
        box.addSpacing(4)
        for button in (self.computer, self.keys, self.theme, self.bell):
            box.addWidget(button)
        look.changed.connect(self._dress)
        self._dress()

    def show_pills(self, pills: Sequence[Pill]) -> None:
        """These in this order; pills of connections that are gone go."""
        there = {pill.key for pill in pills}
        for key in [key for key in self._pills if key not in there]:
            self._pills.pop(key).deleteLater()
        for place, pill in enumerate(pills):
            widget = self._pills.get(pill.key)
            if widget is None:
                widget = self._pills[pill.key] = LinkPill(self._look, self)
            if self._links.indexOf(widget) != place:
                self._links.insertWidget(place, widget)
            widget.show_pill(pill)

    def warn_of_connections(self, loud: bool) -> None:
        """Whether a connection or a sign-in waits for somebody."""
        if loud != self._warned:
            self._warned = loud
            self._dress()

    def warn_of_recognition(self, severity: Severity, tip: str) -> None:
        """How bad it is that recognition is not as the settings ask for, and why; INFO: it is."""
        if (severity, tip) != self._hearing:
            self._hearing = (severity, tip)
            self._dress()

    def lock(self, *, keywords: bool, theme: bool) -> None:
        """What an administrator set can't be changed here, and says so."""
        self._locked = (*([self.keywords] if keywords else []), *([self.theme] if theme else []))
        self._dress()

    def hide_settings(self) -> None:
        """A kiosk offers nothing that changes it."""
        for button in (self.connections, self.recognition, self.keywords, self.computer, self.theme):
            button.hide()

    def show_alerts(self, count: int, tip: str) -> None:
        """The number on the bell."""
        self.bell.count(count)
        self.bell.rename(tip)

    def _dress(self) -> None:
        dark = self._look.colours.dark
        self.theme.redraw(glyphs.sun if dark else glyphs.moon)
        self.theme.rename(captions.THEME_TO_LIGHT if dark else captions.THEME_TO_DARK)
        tip = connection_captions.CONNECTIONS_LOUD if self._warned else connection_captions.CONNECTIONS_TIP
        self.connections.setToolTip(tip)
        self.connections.setAccessibleDescription(tip)
        colours = self._look.colours
        warned = glyphs.icon(glyphs.alarm, colours.critical_mark)
        self.connections.setIcon(warned if self._warned else glyphs.icon(glyphs.nodes, colours.text))
        severity, tip = self._hearing
        fine = severity is Severity.INFO
        self.recognition.setToolTip(tip)
        self.recognition.setAccessibleDescription(tip)
        sign, ink = (glyphs.speech, colours.text) if fine else (glyphs.alarm, colours.severity(severity)[1])
        self.recognition.setIcon(glyphs.icon(sign, ink))
        self.keywords.setIcon(glyphs.icon(glyphs.tag, self._look.colours.text))
        for button in self._locked:
            button.setEnabled(False)
            button.setToolTip(desk_captions.LOCKED_TIP)
            button.setAccessibleDescription(desk_captions.LOCKED_TIP)
        if self.keywords in self._locked:
            self.keywords.setIcon(glyphs.icon(glyphs.lock, self._look.colours.muted))
        if self.theme in self._locked:
            self.theme.redraw(glyphs.lock)
