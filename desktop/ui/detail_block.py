"""More of a finding for who looks closer: folded at first, then lines of fixed width to select and copy."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent, QTextOption
from PySide6.QtWidgets import QHBoxLayout, QPlainTextEdit, QPushButton, QVBoxLayout, QWidget

from desktop.dashboard import listener_captions as words
from desktop.ui import fonts
from desktop.ui.copying import CopyButton

MOST_LINES = 14  # beyond that it scrolls by itself
_EDGE = 6  # px: padding and border of the style sheet, and a little


class _Lines(QPlainTextEdit):
    """As high as its lines need, up to `MOST_LINES`."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("code")
        self.setReadOnly(True)
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.setFont(fonts.mono())
        self.setTabChangesFocus(True)
        self.setWordWrapMode(QTextOption.WrapMode.WrapAnywhere)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)

    def fit(self) -> None:
        """Take the height that the text needs at this width."""
        lines = min(MOST_LINES, max(1, int(self.document().size().height())))
        around = int(2 * self.document().documentMargin()) + 2 * _EDGE
        self.setFixedHeight(lines * self.fontMetrics().lineSpacing() + around)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Other breaks, another height."""
        super().resizeEvent(event)
        self.fit()


class DetailBlock(QWidget):
    """Hidden without a detail."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.fold = QPushButton(words.DETAIL[0], self)
        self.fold.setObjectName("fold")
        self.fold.setAutoDefault(False)
        self.fold.setCheckable(True)
        self.fold.setFont(fonts.font(fonts.SMALL))
        self.fold.toggled.connect(self._toggled)
        self.copy = CopyButton("", lambda: self.lines.toPlainText(), self)
        self.copy.setObjectName("quiet")
        self.lines = _Lines(self)
        bar = QHBoxLayout()
        bar.setSpacing(8)
        bar.addWidget(self.fold)
        bar.addStretch(1)
        bar.addWidget(self.copy)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(4)
        box.addLayout(bar)
        box.addWidget(self.lines)
        self._toggled(False)
        self.hide()

    def show_detail(self, subject: str, detail: str) -> None:
        """Show it, folded or not as it was; what is selected stays so while nothing changes."""
        self.setVisible(bool(detail))
        if detail != self.lines.toPlainText():
            self.lines.setPlainText(detail)
            self.lines.fit()
            self.copy.reset()
        name = words.DETAIL_NAME.format(subject)
        self.fold.setAccessibleName(name)
        self.lines.setAccessibleName(name)
        self.copy.setAccessibleName(f"{words.COPY}: {name}")

    def _toggled(self, on: bool) -> None:
        self.fold.setText(words.DETAIL[int(on)])
        self.lines.setVisible(on)
        self.copy.setVisible(on)
