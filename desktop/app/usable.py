"""Before a window opens: whether settings can be used and files written. What can't is said, in a window if need be."""

from __future__ import annotations

import sys
from pathlib import Path

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QMessageBox

from desktop.app.options import Options
from desktop.domain.errors import SettingInvalid
from desktop.settings.model import Settings
from desktop.settings.store import default_path, load
from desktop.ui.application import apply_theme, make_application

UNUSABLE = "The settings can't be used, so Sidetone can't start."
OPEN_FILE = "Open the file"


def usable_settings(options: Options) -> Settings | None:
    """The settings; a demo or replay does without them if they can't be used, a console says so in a window."""
    try:
        return load(default_path())
    except SettingInvalid as problem:
        sentence = str(problem)
    print(f"sidetone: {sentence}", file=sys.stderr)
    if options.play is not None:
        return Settings()
    app = make_application([sys.argv[0]])
    if app.platformName() != "offscreen":
        apply_theme(app, "system")
        box = QMessageBox(QMessageBox.Icon.Warning, "Sidetone", UNUSABLE, QMessageBox.StandardButton.Close)
        box.setInformativeText(sentence)
        show = box.addButton(OPEN_FILE, QMessageBox.ButtonRole.ActionRole)
        box.exec()
        if box.clickedButton() is show:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(default_path())))
    return None


def as_delivered(settings: Settings) -> Settings:
    """Nothing but what is connected, and that is not dialled: safe mode's settings."""
    return Settings(
        notifications=False,
        organisations=settings.organisations,
        connections=settings.connections,
        listener=settings.listener,
    )


def writable(name: str, path: Path | None) -> None:
    """Find out before the run, not after it. SettingInvalid names the option."""
    if path is None:
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("ab"):
            pass
    except OSError as error:
        problem = f"{path} can't be written ({type(error).__name__})"
        raise SettingInvalid(name, problem, "Choose a file in a folder that you may write to.") from error
