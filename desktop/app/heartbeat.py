"""The screen's clock: a precise Qt timer that drains the mailbox, and measures how late it is itself."""

from __future__ import annotations

import time
from collections.abc import Callable

from PySide6.QtCore import QObject, Qt, QTimer

from desktop.engine.meters import Spread

TICK_MS = 20
CURVES_EVERY = 5  # ticks: 10 times a second
TEXT_EVERY = 50  # ticks: once a second


class Heartbeat(QObject):
    """Calls `on_curves` ten times a second and `on_text` once; `late` holds each tick's lateness in ms."""

    def __init__(self, on_curves: Callable[[], None], on_text: Callable[[], None]) -> None:
        super().__init__()
        self.late = Spread()
        self.worst = 0.0
        self._on_curves, self._on_text = on_curves, on_text
        self._count = 0
        self._due_ns = 0
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._tick)

    def start(self) -> None:
        """Begin to beat."""
        self._due_ns = time.monotonic_ns() + TICK_MS * 1_000_000
        self._timer.start(TICK_MS)

    def stop(self) -> None:
        """Stop beating."""
        self._timer.stop()

    def forget(self) -> None:
        """Leave out what was measured so far (the window's first painting)."""
        self.late.samples.clear()
        self.worst = 0.0

    def _tick(self) -> None:
        now = time.monotonic_ns()
        late = max(0.0, (now - self._due_ns) / 1e6)
        for swallowed in range(int(late // TICK_MS) + 1):  # a tick that never came was late as well
            self.late.add(late - swallowed * TICK_MS)
        self.worst = max(self.worst, round(late, 2))
        self._due_ns = now + TICK_MS * 1_000_000 if late > TICK_MS else self._due_ns + TICK_MS * 1_000_000
        self._count += 1
        try:
            if self._count % TEXT_EVERY == 0:
                self._on_text()
        finally:
            if self._count % CURVES_EVERY == 0:
                self._on_curves()
