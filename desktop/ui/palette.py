"""Every colour on the screen, light and dark. Sentiment runs orange - grey - blue; severity is amber or red."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtGui import QColor, QPalette

from desktop.domain.insight import Severity
from desktop.domain.media import Party

MOOD_WORTH_COLOUR = 0.2
"""Averages nearer to zero than this stay grey: a quiet floor is almost colourless."""


@dataclass(frozen=True, slots=True)
class Colours:
    """One theme, as "#rrggbb". `*_text` are for words (>= 4.5:1), `*_mark` for lines and shapes (>= 3:1)."""

    dark: bool
    window: str
    card: str
    raised: str
    border: str
    strong_border: str
    text: str
    muted: str
    hover: str
    selected: str
    accent: str
    on_accent: str
    negative_text: str
    negative_mark: str
    neutral_mark: str
    positive_text: str
    positive_mark: str
    warning_text: str
    warning_mark: str
    warning_back: str
    critical_text: str
    critical_mark: str
    critical_back: str
    on_critical: str
    customer: str
    agent: str
    chip: str
    zero: str
    alarm_band: str

    def mood(self, value: float | None) -> str:
        """The text colour of an average in [-1, 1]; muted for no data and for nothing special."""
        if value is None or abs(value) < MOOD_WORTH_COLOUR:
            return self.muted
        return self.negative_text if value < 0 else self.positive_text

    def severity(self, value: Severity) -> tuple[str, str, str]:
        """(text, mark, background) of a severity."""
        if value is Severity.CRITICAL:
            return self.critical_text, self.critical_mark, self.critical_back
        if value is Severity.WARNING:
            return self.warning_text, self.warning_mark, self.warning_back
        return self.muted, self.neutral_mark, self.chip

    def party(self, value: Party) -> str:
        """Whose line or name it is."""
        return self.agent if value is Party.AGENT else self.customer


LIGHT = Colours(
    dark=False,
    window="#f2f3f6",
    card="#ffffff",
    raised="#f8f9fb",
    border="#dfe2e8",
    strong_border="#8a93a1",
    text="#1a1f27",
    muted="#596273",
    hover="#f4f5f9",
    selected="#e9ebf7",
    accent="#4a4fb5",
    on_accent="#ffffff",
    negative_text="#a84800",
    negative_mark="#d96f1e",
    neutral_mark="#7d8796",
    positive_text="#1b62ad",
    positive_mark="#3d86d1",
    warning_text="#7d5200",
    warning_mark="#b47b00",
    warning_back="#fff3d1",
    critical_text="#a81c12",
    critical_mark="#cf2a1e",
    critical_back="#fdeae8",
    on_critical="#ffffff",
    customer="#74439e",
    agent="#2c6a70",
    chip="#eceef2",
    zero="#c4c9d2",
    alarm_band="#fdf1e6",
)

DARK = Colours(
    dark=True,
    window="#12151a",
    card="#1a1e25",
    raised="#20252d",
    border="#2c323c",
    strong_border="#6d7786",
    text="#e8ebf0",
    muted="#a2acba",
    hover="#21262f",
    selected="#2a2f45",
    accent="#9ea2f5",
    on_accent="#14161f",
    negative_text="#f4a468",
    negative_mark="#e0833c",
    neutral_mark="#818b9a",
    positive_text="#82b9f2",
    positive_mark="#5a9fe6",
    warning_text="#f3c766",
    warning_mark="#dca62b",
    warning_back="#372c12",
    critical_text="#ffa198",
    critical_mark="#f2594c",
    critical_back="#421b19",
    on_critical="#1a0604",
    customer="#c9a6ec",
    agent="#83c3c8",
    chip="#2a303a",
    zero="#434b58",
    alarm_band="#2a211a",
)


def qpalette(colours: Colours) -> QPalette:
    """Every role set, so that nothing of the desktop's own theme shows through."""
    palette = QPalette(QColor(colours.card))
    role = QPalette.ColorRole
    for which, value in (
        (role.Window, colours.window),
        (role.WindowText, colours.text),
        (role.Base, colours.card),
        (role.AlternateBase, colours.raised),
        (role.Text, colours.text),
        (role.Button, colours.card),
        (role.ButtonText, colours.text),
        (role.BrightText, colours.critical_text),
        (role.PlaceholderText, colours.muted),
        (role.ToolTipBase, colours.raised),
        (role.ToolTipText, colours.text),
        (role.Highlight, colours.accent),
        (role.HighlightedText, colours.on_accent),
        (role.Link, colours.accent),
        (role.LinkVisited, colours.accent),
        (role.Accent, colours.accent),
        (role.Light, colours.raised),
        (role.Midlight, colours.hover),
        (role.Mid, colours.border),
        (role.Dark, colours.strong_border),
        (role.Shadow, colours.zero),
    ):
        palette.setColor(which, QColor(value))
    for which in (role.WindowText, role.Text, role.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, which, QColor(colours.neutral_mark))
    return palette
