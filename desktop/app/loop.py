"""qasync's event loop, hardened: timers that never fire early, and cancelled timers that are gone at once.

qasync 0.28 uses coarse timers (a sleep of 1 s may end 49 ms early) and keeps the Qt timer of every cancelled
timeout alive, so that a long-running console slows down threefold.
"""

from __future__ import annotations

import asyncio
import math
import os
from collections.abc import Callable, Coroutine
from contextvars import Context
from typing import Any

os.environ["QT_API"] = "pyside6"  # qasync would try other bindings first

import qasync
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication


class _TimerHandle(asyncio.TimerHandle):
    """Cancelling kills the Qt timer."""

    _timer_id: int
    _timer: Any
    _runs = False

    def _run(self) -> None:
        self._runs = True  # qasync puts the timer away afterwards, and stumbles if it is gone
        try:
            super()._run()
        finally:
            self._runs = False

    def cancel(self) -> None:
        """Never call back; frees the timer now."""
        if not self.cancelled():
            super().cancel()
            waiting = self._timer._SimpleTimer__callbacks
            if (
                not self._runs and waiting.get(self._timer_id) is self
            ):  # Qt gives a number out again, so another may have it now
                del waiting[self._timer_id]
                self._timer.killTimer(self._timer_id)


class QtLoop(qasync.QEventLoop):  # type: ignore[misc]
    """asyncio on the Qt event loop."""

    def call_later(
        self, delay: float, callback: Callable[..., object], *args: Any, context: Context | None = None
    ) -> asyncio.TimerHandle:
        """Precise, never early, with a real TimerHandle."""
        handle = _TimerHandle(self.time() + delay, callback, args, self, context)
        handle._timer = timer = self._timer
        handle._timer_id = timer.startTimer(max(0, math.ceil(delay * 1000)), Qt.TimerType.PreciseTimer)
        timer._SimpleTimer__callbacks[handle._timer_id] = handle
        return handle

    def _timer_handle_cancelled(self, handle: asyncio.TimerHandle) -> None:
        """asyncio's own book-keeping of cancelled timers, not needed here."""

    def call_soon_threadsafe(
        self, callback: Callable[..., object], *args: Any, context: Context | None = None
    ) -> asyncio.Handle:
        """Keeps the context, which qasync drops."""
        if context is None:
            return super().call_soon_threadsafe(callback, *args)  # type: ignore[no-any-return]
        return super().call_soon_threadsafe(  # type: ignore[no-any-return]
            lambda: self.call_soon(callback, *args, context=context)
        )


def run(app: QApplication, main: Coroutine[Any, Any, int]) -> int:
    """Run `main` on the Qt loop until it returns."""
    with asyncio.Runner(loop_factory=lambda: QtLoop(app)) as runner:
        return runner.run(main)
