"""The bundled typeface in the few sizes that are used; figures are tabular so that numbers don't dance."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from PySide6.QtGui import QFont, QFontDatabase

from desktop.bundled import resources_folder

FAMILY = "Inter"
SIGNS = "Sidetone Signs"  # marks that Inter hasn't got; a bare kiosk has no other face

TINY, SMALL, BODY, LARGE, HUGE = 11, 12, 13, 16, 22
"""Pixel sizes."""

REGULAR, MEDIUM, BOLD = QFont.Weight.Normal, QFont.Weight.Medium, QFont.Weight.DemiBold


def load_fonts(resources: Path | None = None) -> list[str]:
    """Add the bundled faces; returns their family names, empty if none could be read."""
    families: list[str] = []
    for path in sorted(((resources or resources_folder()) / "fonts").glob("*.[ot]tf")):
        number = QFontDatabase.addApplicationFont(str(path))
        families.extend(QFontDatabase.applicationFontFamilies(number) if number >= 0 else [])
    return families


@lru_cache(maxsize=64)
def font(size: int = BODY, weight: QFont.Weight = REGULAR, *, italic: bool = False) -> QFont:
    """A shared font; callers must not change it."""
    made = QFont([FAMILY, SIGNS, "DejaVu Sans", "sans-serif"])
    made.setPixelSize(size)
    made.setWeight(weight)
    made.setItalic(italic)
    made.setFeature(QFont.Tag("tnum"), 1)
    made.setFeature(QFont.Tag("ss03"), 0)
    made.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    return made


@lru_cache(maxsize=4)
def mono(size: int = SMALL) -> QFont:
    """The system's fixed-width face, for what is copied; callers must not change it."""
    made = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
    made.setPixelSize(size)
    return made
