"""The floor figures: a few large numbers and two small bar charts."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from desktop.dashboard import captions, floor_sentences, sentences
from desktop.dashboard.state import FloorState
from desktop.dashboard.volume import BUCKETS, Volume
from desktop.domain.insight import Severity
from desktop.ui import fonts, ink
from desktop.ui.look import Look

_HEIGHT = 68


class Tile(QWidget):
    """A card with a caption, a number, and bars or words beside it."""

    def __init__(
        self, caption: str, look: Look, *, least: int, wide: bool = False, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._caption = caption
        self._look = look
        self._least = least
        self.value = ""
        self.bars: Sequence[int] = ()
        self.words: tuple[str, ...] = ()
        self.severity = Severity.INFO
        across = QSizePolicy.Policy.Expanding if wide else QSizePolicy.Policy.Preferred
        self.setSizePolicy(across, QSizePolicy.Policy.Fixed)
        look.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        """All tiles are as high."""
        return QSize(self._least, _HEIGHT)

    def minimumSizeHint(self) -> QSize:
        """The caption must fit."""
        return QSize(self._least, _HEIGHT)

    def tell(
        self,
        value: str,
        *,
        bars: Sequence[int] = (),
        words: tuple[str, ...] = (),
        severity: Severity = Severity.INFO,
    ) -> None:
        """Change what is shown."""
        now = (value, tuple(bars), words, severity)
        if now != (self.value, tuple(self.bars), self.words, self.severity):
            self.value, self.bars, self.words, self.severity = now
            self.setAccessibleName(f"{self._caption}: {value} {', '.join(words)}".strip())
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the card."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colours = self._look.colours
        painter.setPen(QColor(colours.border))
        painter.setBrush(QColor(colours.card))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 10, 10)
        inner = self.rect().adjusted(14, 9, -14, -8)
        caption = QRect(inner.left(), inner.top(), inner.width(), 16)
        ink.text(painter, caption, self._caption, fonts.font(fonts.TINY, fonts.MEDIUM), colours.muted)
        rest = QRect(inner.left(), inner.top() + 18, inner.width(), inner.height() - 18)
        loud = self.severity is not Severity.INFO
        colour = colours.severity(self.severity)[0] if loud else colours.text
        ink.text(painter, rest, self.value, fonts.font(fonts.HUGE, fonts.BOLD), colour)
        if self.value:
            rest.setLeft(rest.left() + painter.fontMetrics().horizontalAdvance(self.value) + 16)
        self._bars(painter, rest)
        self._chips(painter, rest)
        painter.end()

    def _bars(self, painter: QPainter, rest: QRect) -> None:
        if not self.bars:
            return
        colours = self._look.colours
        width = min(rest.width(), BUCKETS * (6 if not self.words else 4))
        step = width / BUCKETS
        high = max(1, *self.bars)
        base = rest.bottom() - 2
        painter.setPen(Qt.PenStyle.NoPen)
        first = BUCKETS - len(self.bars)
        for number in range(BUCKETS):
            value = self.bars[number - first] if number >= first else 0
            height = max(1.5, (rest.height() - 6) * value / high)
            painter.setBrush(QColor(colours.neutral_mark if value else colours.zero))
            left = rest.left() + number * step
            painter.drawRoundedRect(QRectF(left, base - height, max(1.0, step - 1.5), height), 1, 1)
        rest.setLeft(rest.left() + int(width) + 16)

    def _chips(self, painter: QPainter, rest: QRect) -> None:
        left = rest.left()
        for words in self.words:
            room = rest.right() - left
            if ink.chip_width(words, mark=False) > room and left > rest.left():
                break
            used = ink.chip(
                painter, left, rest.center().y() - 8, room, words, Severity.INFO, self._look.colours, mark=False
            )
            if not used:
                break
            left += used + 6


class Figures(QWidget):
    """Reads the floor."""

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.live = Tile(captions.LIVE_CALLS, look, least=104, parent=self)
        self.risk = Tile(captions.AT_RISK, look, least=104, parent=self)
        self.seen = Tile(captions.CALLS_SEEN, look, least=104, parent=self)
        self.behind = Tile(captions.BEHIND_LIVE, look, least=112, parent=self)
        self.keywords = Tile(captions.KEYWORD_VOLUME, look, least=300, wide=True, parent=self)
        self.volume = Tile(captions.CALL_VOLUME, look, least=180, parent=self)
        box = QHBoxLayout(self)
        box.setContentsMargins(16, 0, 16, 0)
        box.setSpacing(8)
        for tile, share in (
            (self.live, 2),
            (self.risk, 2),
            (self.seen, 2),
            (self.behind, 2),
            (self.volume, 3),
            (self.keywords, 7),
        ):
            box.addWidget(tile, share)

    def show_floor(self, state: FloorState, volume: Volume, now_ms: int) -> None:
        """Show the figures as they are at `now_ms` (wall clock)."""
        self.live.tell(f"{len(state.live):,}")
        self.risk.tell(f"{len(state.at_risk):,}", severity=floor_sentences.risk_severity(state, now_ms))
        self.seen.tell(f"{state.calls_seen:,}")
        late = state.health is not None and state.health.lag_ms >= sentences.LATE_MS
        self.behind.tell(floor_sentences.behind_live(state), severity=Severity.WARNING if late else Severity.INFO)
        self.volume.tell("", bars=tuple(volume.live))
        top = tuple(sentences.counted(label, count) for label, count in state.hits_by_label.most_common(6))
        self.keywords.tell(f"{sum(volume.hits):,}", bars=tuple(volume.hits), words=top or (captions.NO_KEYWORDS,))
        self.setAccessibleName(floor_sentences.floor_aloud(state))
