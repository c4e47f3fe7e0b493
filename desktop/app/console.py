"""The GUI's start-up: the window is painted first, and what works behind it is imported while it is seen.

Nothing but Qt, the window and what it reads may be imported here; `works` brings the rest
(tests/app/test_first_paint.py says what must not come earlier).
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import logging
import signal
import sys
import time
from collections.abc import Callable, Coroutine
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer

from desktop.app.alarms import Alarms, alarmed
from desktop.app.diary import keep_diary
from desktop.app.heartbeat import Heartbeat
from desktop.app.housekeeping import Housekeeping
from desktop.app.life import Life
from desktop.app.link_diary import LinkDiary
from desktop.app.loop import run
from desktop.app.options import Options
from desktop.app.paint_clock import PaintClock
from desktop.app.show import show_window
from desktop.app.since_start import since_start_ms
from desktop.app.taskbar import claim_name
from desktop.app.usable import as_delivered, usable_settings, writable
from desktop.dashboard.capacity import Planner
from desktop.dashboard.state import FloorState, apply_all
from desktop.domain.errors import SidetoneError
from desktop.domain.insight import KeywordRule
from desktop.domain.intents import Intent
from desktop.engine.mailbox import Mailbox
from desktop.engine.meters import Meters, wall_ms
from desktop.insights.keyword_defaults import DEFAULT_RULES
from desktop.settings.managed import KIOSK, Managed
from desktop.settings.model import Settings
from desktop.settings.store import default_path, load, managed_now, save
from desktop.ui.application import apply_theme, make_application
from desktop.ui.forward import come_forward
from desktop.ui.kiosk import KioskGuard
from desktop.ui.locks import lock
from desktop.ui.main_window import MainWindow

if TYPE_CHECKING:
    from desktop.app.works import Works

SETTLED_S = 2.0  # the first paintings are start-up, not heartbeat
LAST_PAINT_S = 0.3
ENDS = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))
LATER = ("desktop.ui.plot", "desktop.ui.plot_latency", "desktop.app.works")
_LOG = logging.getLogger(__name__)


def open_console(options: Options, life: Life) -> int:
    """Run the window until it is closed, or for the time asked for."""
    settings = usable_settings(options)
    if settings is None:
        return 2
    for name, path in (("--screenshot", options.screenshot), ("--report", options.report)):
        writable(name, path)
    if options.safe:
        settings = as_delivered(settings)
    claim_name()
    with alarmed() as alarms:
        app = make_application([sys.argv[0]])
        theme = options.theme or settings.theme
        apply_theme(app, theme)
        return run(app, _Console(options, theme, settings, life, alarms, _managed(options)).main())


def _managed(options: Options) -> Managed:
    """A demo and a replay are nobody's settings; a kiosk can be asked for with any of them."""
    managed = managed_now() if options.play is None else Managed()
    return replace(managed, kiosk=KIOSK) if options.kiosk else managed


class _Console:
    def __init__(
        self, options: Options, theme: str, settings: Settings, life: Life, alarms: Alarms, managed: Managed
    ) -> None:
        self._options, self._settings, self._life, self._alarms = options, settings, life, alarms
        self._managed, self._kiosk = managed, managed.kiosk
        self._state, self._mailbox, self._meters = FloorState(), Mailbox(), Meters()
        self._works: Works | None = None
        self._first_paint_ms: float | None = None
        self._housekeeping: Housekeeping | None = None
        self._seen = asyncio.Event()
        self._window = MainWindow(
            self._state,
            self._intend,
            theme=theme,
            check=self._check,
            remark=self._remark,
            default_keywords=DEFAULT_RULES,
            planner=Planner(),
        )
        self._guard = KioskGuard(self._window, self._kiosk)
        lock(self._window, managed)
        self._paint = PaintClock(self._meters)
        self._window.calls.view.painted.connect(self._painted)
        self._window.painted.connect(self._paint.painted)
        self._window.theme_chosen.connect(self._keep_theme)
        self._links = LinkDiary()
        self._heartbeat = Heartbeat(self._curves, self._text)

    async def main(self) -> int:
        """Show, serve, put away; the exit status."""
        stop = asyncio.Event()
        self._listen_for_end(stop)
        self._alarms.loop(asyncio.get_running_loop())
        self._housekeeping = Housekeeping(
            self._window,
            self._settings,
            self._life,
            self._counters,
            stop.set,
            safe=self._options.safe,
            real=self._life.record is not None,
            managed=self._managed,
        )
        show_window(self._window, self._options.size, self._kiosk)
        self._heartbeat.start()
        started = time.monotonic()
        loop = asyncio.get_running_loop()
        loop.call_later(SETTLED_S, self._heartbeat.forget)
        if self._options.seconds is not None:
            loop.call_later(self._options.seconds, stop.set)

        async def finish() -> None:
            await self._picture()
            works.report(self._heartbeat, started, self._first_paint_ms)

        try:
            with contextlib.suppress(TimeoutError):  # a window that nobody sees is not painted
                async with asyncio.timeout(SETTLED_S):
                    await self._seen.wait()
            for module in LATER:  # in a thread, so that the window answers meanwhile
                await asyncio.to_thread(importlib.import_module, module)
            works = self._begin()
            await works.run(stop, finish, self._chores())
        finally:
            self._heartbeat.stop()
            self._guard.closing = True
            self._window.close()
        return 0

    def _chores(self) -> dict[str, Callable[[], Coroutine[None, None, None]]]:
        from desktop.app.chores import hear_of_updates, stay_awake

        chores: dict[str, Callable[[], Coroutine[None, None, None]]] = {}
        chores["diary"] = partial(keep_diary, self._counters, self._life.record)
        if self._kiosk.keep_awake:
            chores["awake"] = stay_awake
        if self._life.record is not None and self._housekeeping is not None:
            changed = asyncio.Event()
            self._housekeeping.computer.updates_changed = changed.set
            chores["updates"] = partial(hear_of_updates, changed, self._housekeeping.tell_of)
        return chores

    def _counters(self) -> dict[str, float]:
        """What was counted by now, for the diary and a report."""
        found: dict[str, float] = {f"uncaught.{where}": count for where, count in self._alarms.counts.items()}
        if self._works is not None:
            found["workers.restarted"] = self._works.engine.hub.pool.restarts
        return {**found, **self._meters.counts}

    def _begin(self) -> Works:
        from desktop.app.works import Works

        self._window.page.complete()
        self._works = Works(self._options, self._settings, self._state, self._window, self._mailbox, self._meters)
        return self._works

    def _painted(self) -> None:
        if self._first_paint_ms is None:
            self._first_paint_ms = since_start_ms()
            _LOG.info("the window is painted, %.0f ms after the start", self._first_paint_ms)
            QTimer.singleShot(0, self._seen.set)  # the picture leaves when this event is done with

    # ---- the window's questions to what works behind it ----------------------------------------------------------

    def _intend(self, intent: Intent) -> None:
        if self._works is not None:  # before that there is no call and no alert that anything could be done about
            self._works.engine.hub.intend(intent)

    def _check(self, rules: tuple[KeywordRule, ...]) -> str | None:
        return None if self._works is None else self._works.engine.check_keywords(rules)

    def _remark(self, rules: tuple[KeywordRule, ...]) -> str:
        return "" if self._works is None else self._works.engine.remark_on_keywords(rules)

    # ---- the two clocks ------------------------------------------------------------------------------------------

    def _take(self) -> None:
        updates = self._mailbox.drain()
        self._links.note(updates)
        self._paint.taken(updates)
        changes = apply_all(self._state, updates)
        if self._works is not None:
            self._works.notifications.settle(changes.alerts)
        self._window.take(changes)

    def _curves(self) -> None:
        self._take()
        self._window.refresh_curves(wall_ms())

    def _text(self) -> None:
        self._take()
        self._paint.shown(self._on_screen())
        self._window.refresh_text(wall_ms())

    async def _picture(self) -> None:
        """Show the newest state once more, then save what is on the window."""
        if self._options.screenshot is None:
            return
        self._curves()
        self._text()
        await asyncio.sleep(LAST_PAINT_S)
        if self._window.grab_png(str(self._options.screenshot)):
            print(f"screenshot: {self._options.screenshot}", flush=True)
        else:
            print(f"sidetone: the screenshot could not be saved as {self._options.screenshot}", file=sys.stderr)

    def _on_screen(self) -> bool:
        handle = self._window.windowHandle()
        covered = self._window.isMinimized() or self._window.page.front is not self._window.page.floor
        return not covered and handle is not None and handle.isExposed()

    def _keep_theme(self, theme: str) -> None:
        with contextlib.suppress(OSError, SidetoneError):  # it holds for this session all the same
            save(replace(load(default_path()), theme=theme), default_path())

    def _listen_for_end(self, stop: asyncio.Event) -> None:
        loop = asyncio.get_running_loop()
        self._window.closed.connect(stop.set)
        for name in ENDS:
            with contextlib.suppress(NotImplementedError):  # Windows
                loop.add_signal_handler(name, stop.set)
        if self._life.single is not None:
            self._life.single.listen(lambda token: _post(loop, come_forward, self._window, token))


def _post(loop: asyncio.AbstractEventLoop, call: Callable[..., None], *values: object) -> None:
    loop.call_soon_threadsafe(call, *values)
