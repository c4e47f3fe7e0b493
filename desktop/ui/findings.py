"""Rows of the Connections page: findings with their remedy, regions, gaps in the coverage."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from desktop.dashboard.coverage_rows import CoverageRow
from desktop.dashboard.link_cards import FindingRow, RegionRow
from desktop.domain.finding import Level, Remedy
from desktop.domain.insight import Severity
from desktop.ui import fonts
from desktop.ui.detail_block import DetailBlock

_INKS = {Level.PASS: "muted", Level.WARN: "warn", Level.FAIL: "bad"}


class _Line(QFrame):
    """A line with a head on the left, words in the middle, something on the right."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("line")
        self.head, self.title, self.text, self.remedy = (QLabel(self) for _ in range(4))
        self.side = QLabel(self)
        self.head.setFont(fonts.font(fonts.SMALL, fonts.BOLD))
        self.head.setFixedWidth(62)
        self.head.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        self.title.setFont(fonts.font(fonts.BODY, fonts.BOLD))
        for label in (self.text, self.remedy):
            label.setWordWrap(True)
            label.setFont(fonts.font(fonts.SMALL))
        self.side.setFont(fonts.font(fonts.SMALL))
        self.side.setObjectName("muted")
        self.remedy.setObjectName("muted")
        self.middle = QVBoxLayout()
        self.middle.setSpacing(2)
        for label in (self.title, self.text, self.remedy):
            self.middle.addWidget(label)
        self.row = QHBoxLayout(self)
        self.row.setContentsMargins(0, 9, 0, 9)
        self.row.setSpacing(10)
        self.row.addWidget(self.head)
        self.row.addLayout(self.middle, 1)
        self.row.addWidget(self.side, 0, Qt.AlignmentFlag.AlignTop)

    def write(self, *pairs: tuple[QLabel, str]) -> None:
        """Change what differs; a label without words goes away."""
        for label, said in pairs:
            if label.text() != said:
                label.setText(said)
            label.setVisible(bool(said))

    def dress(self, label: QLabel, name: str) -> None:
        """Another ink for a label."""
        if label.objectName() != name:
            label.setObjectName(name)
            label.style().unpolish(label)
            label.style().polish(label)


class FindingLine(_Line):
    """One finding; its button says what was pressed by `act(action)`."""

    def __init__(self, act: Callable[[Remedy], None], parent: QWidget) -> None:
        super().__init__(parent)
        self._act = act
        self._action: Remedy | None = None
        self.button = QPushButton(self)
        self.button.clicked.connect(self._pressed)
        self.row.addWidget(self.button, 0, Qt.AlignmentFlag.AlignVCenter)
        self.detail = DetailBlock(self)
        self.middle.addWidget(self.detail)

    def show_row(self, row: FindingRow) -> None:
        """Show this one."""
        self._action = row.action
        self.write(
            (self.head, f"{row.glyph}  {row.word}"),
            (self.title, row.subject),
            (self.text, row.text),
            (self.remedy, row.remedy),
            (self.side, ""),
        )
        self.dress(self.head, _INKS[row.level])
        self.button.setText(row.button)
        self.button.setVisible(bool(row.button))
        self.button.setAccessibleName(f"{row.button}: {row.subject}")
        self.detail.show_detail(row.subject, row.detail)

    def _pressed(self) -> None:
        if self._action is not None:
            self._act(self._action)


class RegionLine(_Line):
    """How one region is doing."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.head.setFixedWidth(16)
        self.row.setContentsMargins(0, 5, 0, 5)

    def show_row(self, row: RegionRow) -> None:
        """Show this one."""
        self.write(
            (self.head, row.glyph),
            (self.title, row.region),
            (self.text, ""),
            (self.remedy, ""),
            (self.side, f"{row.word} {row.since}"),
        )
        self.dress(self.head, "muted" if row.severity is Severity.INFO else "warn")
        self.dress(self.side, "muted" if row.severity is Severity.INFO else "warn")


class CoverageLine(_Line):
    """Calls of one queue that have no score, why, and what to do."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.head.setFixedWidth(150)
        self.head.setWordWrap(True)

    def show_row(self, row: CoverageRow) -> None:
        """Show this one."""
        self.write(
            (self.head, row.where),
            (self.title, row.title),
            (self.text, row.text),
            (self.remedy, row.remedy),
            (self.side, row.count),
        )
        self.setAccessibleName(row.aloud)
