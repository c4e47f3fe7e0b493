"""Errors that nobody caught: into the log as kinds and frames, counted, and never printed with their text.

Qt's own messages go to the log as well. What ends the process at once is written by faulthandler (upkeep/ending.py).
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from PySide6.QtCore import QMessageLogContext, QtMsgType, qInstallMessageHandler

from desktop.upkeep.frames import kind_of, story

_LOG = logging.getLogger(__name__)
_LEVELS = {
    QtMsgType.QtDebugMsg: logging.DEBUG,
    QtMsgType.QtInfoMsg: logging.INFO,
    QtMsgType.QtWarningMsg: logging.WARNING,
    QtMsgType.QtCriticalMsg: logging.ERROR,
    QtMsgType.QtFatalMsg: logging.CRITICAL,
}
IN_ORDER = (KeyboardInterrupt, SystemExit, asyncio.CancelledError)


@dataclass(slots=True)
class Alarms:
    """`counts` by where the error came up: slot, thread, loop, unraisable, qt."""

    counts: dict[str, int] = field(default_factory=dict)

    def heard(self, where: str, error: BaseException | None) -> None:
        """One more. On stderr only kind and place: its text may hold anything."""
        if isinstance(error, IN_ORDER):
            return
        self.counts[where] = self.counts.get(where, 0) + 1
        if error is None:
            return
        _LOG.error("uncaught in a %s", where, exc_info=(type(error), error, error.__traceback__))
        if sys.stderr is not None:
            places = [line.strip() for line in story(error) if line.startswith("  ")]
            print(f"sidetone: internal error: {kind_of(error)} at {places[-1] if places else '?'}", file=sys.stderr)

    def loop(self, loop: asyncio.AbstractEventLoop) -> None:
        """asyncio's own. A report without an error is asyncio's complaint; its first words are fixed ones."""

        def heard(_: asyncio.AbstractEventLoop, report: dict[str, Any]) -> None:
            error = report.get("exception")
            self.heard("loop", error)
            if error is None:
                _LOG.warning("event loop: %s", str(report.get("message", "")).partition("\n")[0][:80])

        loop.set_exception_handler(heard)


@contextlib.contextmanager
def alarmed() -> Iterator[Alarms]:
    """Every door by which an error can leave is watched; afterwards they are as before."""
    alarms = Alarms()
    hooks = sys.excepthook, threading.excepthook, sys.unraisablehook
    sys.excepthook = lambda kind, error, trace: alarms.heard("slot", error)
    threading.excepthook = lambda report: alarms.heard("thread", report.exc_value)
    sys.unraisablehook = lambda report: alarms.heard("unraisable", report.exc_value)
    qt_before = qInstallMessageHandler(_qt)
    try:
        yield alarms
    finally:
        qInstallMessageHandler(qt_before)
        sys.excepthook, threading.excepthook, sys.unraisablehook = hooks


def _qt(kind: QtMsgType, context: QMessageLogContext, text: str) -> None:
    logging.getLogger("desktop.qt").log(_LEVELS.get(kind, logging.WARNING), "%s: %s", context.category, text)
