"""The QApplication in our own dress: Fusion, the bundled typeface, light or dark palette."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QApplication

from desktop.bundled import resources_folder
from desktop.dashboard import captions
from desktop.ui.fonts import font, load_fonts
from desktop.ui.palette import DARK, LIGHT, qpalette
from desktop.ui.style import sheet

THEMES = ("light", "dark", "system")


def make_application(argv: Sequence[str]) -> QApplication:
    """Make (or dress, if there is one) the application. The window, not the last dialog, decides when to quit."""
    app = QApplication.instance()
    if not isinstance(app, QApplication):
        app = QApplication(list(argv))
    app.setApplicationName("sidetone")
    app.setApplicationDisplayName(captions.APP)
    app.setDesktopFileName("sidetone")
    app.setQuitOnLastWindowClosed(False)
    app.setStyle("Fusion")
    load_fonts()
    app.setFont(font())
    app.setWindowIcon(QIcon(str(resources_folder() / "icons" / "sidetone.svg")))
    apply_theme(app, "light")
    return app


def is_dark(app: QApplication, theme: str) -> bool:
    """Whether `theme` means the dark colours on this desktop. Where the desktop doesn't say: light."""
    if theme not in THEMES:
        raise ValueError(f"theme must be one of {', '.join(THEMES)}")
    if theme == "system":
        return app.styleHints().colorScheme() is Qt.ColorScheme.Dark
    return theme == "dark"


def apply_theme(app: QApplication, theme: str) -> None:
    """Dress the application as "light", "dark" or what the desktop says ("system")."""
    colours = DARK if is_dark(app, theme) else LIGHT
    app.setPalette(qpalette(colours))
    app.setStyleSheet(sheet(colours))
