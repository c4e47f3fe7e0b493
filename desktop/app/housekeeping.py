"""What the window says about Sidetone itself: how the last run ended, safe mode and the way back, the report."""

from __future__ import annotations

import importlib.metadata
import logging
import os
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from PySide6.QtCore import QUrl, qVersion
from PySide6.QtGui import QDesktopServices

from desktop import __version__
from desktop.app.computer_desk import ComputerDesk
from desktop.app.life import RESET_LEFT, Life
from desktop.app.usable import lost, when
from desktop.dashboard import desk_captions as words
from desktop.domain.finding import Level
from desktop.domain.insight import Severity
from desktop.settings.backups import Backup, restore
from desktop.settings.managed import Managed
from desktop.settings.model import Settings
from desktop.settings.shape import shape
from desktop.settings.store import default_path
from desktop.ui.main_window import MainWindow
from desktop.ui.offers import Offer
from desktop.ui.report_dialog import ReportDialog
from desktop.upkeep.crash_report import Facts, crash_report
from desktop.upkeep.ending import How
from desktop.upkeep.log import log_folder, tail

if TYPE_CHECKING:
    from desktop.upkeep.updates import News

LIBRARIES = ("PySide6_Essentials", "qasync", "numpy", "aiohttp", "websockets", "pocketsphinx", "sherpa-onnx", "vosk")
_LOG = logging.getLogger(__name__)


class Housekeeping:
    """`leave` ends the run; `life.again` says how it goes on."""

    def __init__(
        self,
        window: MainWindow,
        settings: Settings,
        life: Life,
        counters: Callable[[], Mapping[str, float]],
        leave: Callable[[], None],
        *,
        safe: bool,
        real: bool = True,
        managed: Managed | None = None,
    ) -> None:
        self._window, self._settings, self._life = window, settings, life
        self._counters, self._leave = counters, leave
        self.dialog: ReportDialog | None = None
        self.computer = ComputerDesk(
            window,
            managed or Managed(),
            life.log_name,
            safe=safe,
            real=real,
            report=self.show_report,
            again=lambda safe: self._again(safe=safe),
            reset=self._reset,
        )
        if os.environ.pop(RESET_LEFT, ""):
            window.show_notice(words.RESET_LEFT, Level.WARN)
        if real and not safe and (backup := lost(default_path())) is not None:
            use = (words.USE_BACKUP.format(when=when(backup)), lambda: self._restore(backup))
            window.page.offers.add(Offer("gone", words.GONE.format(when=when(backup)), Severity.WARNING, (use,)))
        if safe:
            normal = (words.START_NORMALLY, lambda: self._again(safe=False))
            window.page.offers.add(Offer("safe", words.SAFE_MODE, Severity.WARNING, (normal,), stays=True))
        if life.before.how is How.UNCLEAN:
            self._tell_of_the_end(safe)

    def _tell_of_the_end(self, safe: bool) -> None:
        report, before = (words.SHOW_REPORT, self.show_report), self._life.before
        if before.safer and not safe:
            text = words.ENDED_OFTEN.format(count=before.in_a_row)
            acts = ((words.START_SAFELY, lambda: self._again(safe=True)), report)
            self._window.page.offers.add(Offer("ended", text, Severity.CRITICAL, acts))
        else:
            self._window.page.offers.add(Offer("ended", words.ENDED_BADLY, Severity.WARNING, (report,)))

    def report(self) -> str:
        """The text as it may be given away."""
        facts = Facts(
            {"qt": qVersion(), **versions()},
            shape(self._settings),
            tail(log_folder(), name=self._life.log_name),
            self._counters(),
        )
        return crash_report(self._life.before, facts)

    def show_report(self) -> None:
        """To be read, copied and saved."""
        if self.dialog is None:
            dialog = ReportDialog(self.report(), self._window)
            dialog.saved.connect(self._saved)
            dialog.finished.connect(self._closed)
            self.dialog = dialog
        self.dialog.open()

    def tell_of(self, news: News) -> None:
        """A newer version, quietly."""
        text = words.NEWER.format(version=news.version, now=__version__, notes=news.notes).rstrip()
        more = ((words.READ_MORE, lambda: _open(news.url)),) if news.url else ()
        self._window.page.offers.add(Offer("news", text, Severity.INFO, more))

    def _restore(self, backup: Backup) -> None:
        restore(default_path(), backup)
        self._again(safe=False)

    def _reset(self, models: bool) -> None:
        _LOG.info("reset everything")
        self._life.reset, self._life.again = models, False
        self._leave()

    def _saved(self, worked: bool) -> None:
        text, level = (words.REPORT_SAVED, Level.PASS) if worked else (words.REPORT_NOT_SAVED, Level.FAIL)
        self._window.show_notice(text, level)
        if worked:
            self._window.page.offers.withdraw("ended")

    def _closed(self) -> None:
        self.dialog = None

    def _again(self, *, safe: bool) -> None:
        _LOG.info("start again, %s", "in safe mode" if safe else "normally")
        self._life.again = safe
        self._leave()


def _open(address: str) -> None:
    QDesktopServices.openUrl(QUrl(address))


def versions() -> dict[str, str]:
    """Of the libraries that are there."""
    found = {}
    for name in LIBRARIES:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found
