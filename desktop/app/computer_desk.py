"""The window's page about this computer: opens it, does what it asks for, shows what an administrator locked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices

from desktop import __version__
from desktop.dashboard import desk_captions as words
from desktop.domain.errors import SidetoneError
from desktop.domain.finding import Level
from desktop.settings.managed import Managed
from desktop.settings.store import default_path, load, save
from desktop.ui.computer_dialog import Computer, ComputerDialog
from desktop.ui.main_window import MainWindow
from desktop.upkeep.log import log_folder


class ComputerDesk:
    """`report` shows it, `again` starts again (True: in safe mode), `reset` forgets everything (True: and models)."""

    def __init__(
        self,
        window: MainWindow,
        managed: Managed,
        log_name: str,
        *,
        safe: bool,
        real: bool,
        report: Callable[[], None],
        again: Callable[[bool], None],
        reset: Callable[[bool], None],
    ) -> None:
        self._window, self._managed, self._log_name = window, managed, log_name
        self._safe, self._real = safe, real
        self._report, self._again, self._reset = report, again, reset
        self.dialog: ComputerDialog | None = None
        self.updates_changed: Callable[[], None] = lambda: None
        window.page.top.computer_asked.connect(self.open)

    def open(self) -> None:
        """Once."""
        if self.dialog is None:
            dialog = ComputerDialog(self._window.look, self._computer(), self._window)
            dialog.folder_asked.connect(_show_folder)
            dialog.updates_wanted.connect(self._updates)
            dialog.report_asked.connect(self._report)
            dialog.safe_asked.connect(self._again)
            dialog.reset_wanted.connect(self._reset)
            dialog.finished.connect(self._closed)
            self.dialog = dialog
        self.dialog.open()

    def _computer(self) -> Computer:
        try:
            updates = load(default_path()).updates
            check, host = updates.check, urlsplit(updates.url).hostname or ""
        except SidetoneError:
            check, host = False, ""
        return Computer(
            version=__version__,
            settings=default_path(),
            log=log_folder() / self._log_name,
            managed=self._sentence(),
            updates=check,
            ask_host=host,
            updates_locked="updates" in self._managed.locked,
            safe=self._safe,
            may_reset=self._real and not self._managed.kiosk.any,
            may_restart=self._real,
        )

    def _sentence(self) -> str:
        if self._managed.path is None:
            return ""
        if not self._managed.locked:
            return words.MANAGED_NOTHING.format(path=self._managed.path)
        what = ", ".join(sorted(each.replace("_", " ") for each in self._managed.locked))
        return words.MANAGED_BY.format(what=what, path=self._managed.path)

    def _updates(self, on: bool) -> None:
        try:
            now = load(default_path())
            save(replace(now, updates=replace(now.updates, check=on)), default_path())
        except (SidetoneError, OSError) as problem:
            self._window.show_notice(str(problem), Level.FAIL)
            return
        self._window.show_notice(words.UPDATES_ON if on else words.UPDATES_OFF, Level.PASS)
        self.updates_changed()

    def _closed(self) -> None:
        self.dialog = None


def _show_folder(folder: Path) -> None:
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder)))
