"""Before a window opens: whether settings can be used and files written. What can't is said, in a window if need be."""

from __future__ import annotations

import sys
from pathlib import Path

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QMessageBox

from desktop.app.options import Options
from desktop.dashboard import desk_captions as words
from desktop.domain.errors import SettingInvalid
from desktop.settings.backups import Backup, last_good, restore
from desktop.settings.model import Settings
from desktop.settings.store import default_path, load
from desktop.ui.application import apply_theme, make_application


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
    if app.platformName() == "offscreen":
        return None
    apply_theme(app, "system")
    backup = last_good(default_path(), load)
    if not _choose_backup(question(sentence, backup)):
        return None
    assert backup is not None
    restore(default_path(), backup)
    return load(default_path())


def question(sentence: str, backup: Backup | None) -> QMessageBox:
    """What is wrong, and what can be done: nothing, look at the file, take the last good backup if there is one."""
    box = QMessageBox(QMessageBox.Icon.Warning, "Sidetone", words.UNUSABLE, QMessageBox.StandardButton.Close)
    box.setInformativeText(sentence)
    box.addButton(words.OPEN_FILE, QMessageBox.ButtonRole.ActionRole)
    if backup is not None:
        box.setDefaultButton(
            box.addButton(words.USE_BACKUP.format(when=when(backup)), QMessageBox.ButtonRole.AcceptRole)
        )
    return box


def _choose_backup(box: QMessageBox) -> bool:
    box.exec()  # no event loop runs yet that it could hold up
    chosen = box.clickedButton()
    if chosen is not None and box.buttonRole(chosen) is QMessageBox.ButtonRole.ActionRole:
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(default_path())))
    return chosen is not None and box.buttonRole(chosen) is QMessageBox.ButtonRole.AcceptRole


def when(backup: Backup) -> str:
    """A day and a time that fit on a button."""
    return f"{backup.at.day} {backup.at:%b %Y, %H:%M}"


def lost(path: Path) -> Backup | None:
    """The backup of a settings file that isn't there any more: it must not be lost silently."""
    return None if path.exists() else last_good(path, load)


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
