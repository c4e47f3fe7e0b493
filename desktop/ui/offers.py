"""A bar for what Sidetone has to say about itself, with buttons for what can be done: one at a time, gravest first."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from desktop.dashboard import desk_captions as words
from desktop.domain.insight import Severity
from desktop.ui import glyphs
from desktop.ui.badges import IconButton
from desktop.ui.bars import Bar
from desktop.ui.look import Look

_ORDER = (Severity.CRITICAL, Severity.WARNING, Severity.INFO)
Act = Callable[[], None]


@dataclass(frozen=True, slots=True)
class Offer:
    """`key` is unique: an offer of the same key takes its place. `stays`: it can't be dismissed."""

    key: str
    text: str
    severity: Severity = Severity.INFO
    acts: tuple[tuple[str, Act], ...] = ()
    stays: bool = False


class Offers(QWidget):
    """Shows the gravest of those that nobody dismissed; hidden without one."""

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._offers: dict[str, Offer] = {}
        self._shown: Offer | None = None
        self._place = QWidget(self)
        self._buttons = QHBoxLayout(self._place)
        self._buttons.setContentsMargins(0, 0, 0, 0)
        self._buttons.setSpacing(8)
        self.dismiss = IconButton(glyphs.cross, look, words.DISMISS, self)
        self.dismiss.clicked.connect(self._dismissed)
        self.bar = Bar(look, (self._place, self.dismiss), self)
        box = QVBoxLayout(self)
        box.setContentsMargins(16, 0, 16, 0)
        box.addWidget(self.bar)
        self.hide()

    @property
    def shown(self) -> Offer | None:
        """The one in sight."""
        return self._shown

    @property
    def buttons(self) -> list[QPushButton]:
        """Of the one in sight, in order."""
        return self._place.findChildren(QPushButton)

    def add(self, offer: Offer) -> None:
        """Show it when its turn comes."""
        self._offers[offer.key] = offer
        self._settle()

    def withdraw(self, key: str) -> None:
        """It is no longer so."""
        if self._offers.pop(key, None) is not None:
            self._settle()

    def _dismissed(self) -> None:
        if self._shown is not None:
            self.withdraw(self._shown.key)

    def _settle(self) -> None:
        ordered = sorted(self._offers.values(), key=lambda each: _ORDER.index(each.severity))
        first = ordered[0] if ordered else None
        if first is not self._shown:
            self._shown = first
            for button in self.buttons:
                button.setParent(None)
                button.deleteLater()
            for number, (caption, act) in enumerate(() if first is None else first.acts):
                button = QPushButton(caption, self._place)
                button.setObjectName("primary" if number == 0 else "")
                button.clicked.connect(act)
                self._buttons.addWidget(button)
        if first is None:
            self.bar.hide()
        else:
            self.dismiss.setVisible(not first.stays)
            self.bar.tell(first.text, first.severity)
        self.setVisible(first is not None)
