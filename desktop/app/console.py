"""The GUI's start-up: the only place where Qt, qasync and the engine meet.

Order: the window is painted first, then the source connects and lists calls, while the worker processes
still load their recogniser.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QMessageBox

from desktop.app import report as reports
from desktop.app.assembly import Engine, assemble
from desktop.app.benchmark import measure_once
from desktop.app.engine_choice import engine_of
from desktop.app.heartbeat import Heartbeat
from desktop.app.loop import run
from desktop.app.model_desk import ModelDesk, desk_for
from desktop.app.notifications import Notifications
from desktop.app.paint_clock import PaintClock
from desktop.app.place import Place
from desktop.app.places import find_places
from desktop.app.planning import Planning
from desktop.app.service_desk import ServiceDesk, service_desk_for
from desktop.app.switchboard import Switchboard
from desktop.dashboard.capacity import Planner
from desktop.dashboard.state import FloorState, apply_all
from desktop.domain.errors import SettingInvalid, SidetoneError
from desktop.domain.insight import KeywordRule
from desktop.domain.intents import WatchCall
from desktop.engine.hub import wall_ms
from desktop.insights.keyword_defaults import DEFAULT_RULES
from desktop.settings import model
from desktop.settings.model import Settings
from desktop.settings.store import default_path, load, save
from desktop.ui.application import apply_theme, make_application
from desktop.ui.main_window import MainWindow

SETTLED_S = 2.0  # the first paintings are start-up, not heartbeat
LAST_PAINT_S = 0.3
TITLE_BAR_PX = 40
USUAL_SIZE = (1440, 900)
UNUSABLE = "The settings can't be used, so Sidetone can't start."
OPEN_FILE = "Open the file"


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line asked for. `play` None = the settings' connections."""

    play: str | None
    calls: int = 8
    seed: int = 1
    speed: float = 1.0
    files: tuple[Path, ...] = ()
    via: tuple[str, ...] = ("audio",)
    seconds: float | None = None
    theme: str | None = None
    size: tuple[int, int] | None = None
    screenshot: Path | None = None
    report: Path | None = None


def open_console(options: Options) -> int:
    """Run the window until it is closed, or for the time asked for."""
    settings = _usable_settings(options)
    if settings is None:
        return 2
    for name, path in (("--screenshot", options.screenshot), ("--report", options.report)):
        reports.check_writable(name, path)
    app = make_application([sys.argv[0]])
    app.setQuitOnLastWindowClosed(False)
    theme = options.theme or settings.theme
    apply_theme(app, theme)

    def keep_keywords(rules: tuple[KeywordRule, ...]) -> None:
        if options.play is None:  # a demo must not change what the real floor watches for
            save(replace(load(default_path()), keywords=rules), default_path())

    engine = assemble(settings, keep_keywords)
    return run(app, _Console(engine, options, theme, settings).main())


def _usable_settings(options: Options) -> Settings | None:
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


def _open_in_browser(address: str) -> bool:
    """By the desktop, which doesn't wait for the browser to start."""
    return QDesktopServices.openUrl(QUrl(address))


class _Console:
    def __init__(self, engine: Engine, options: Options, theme: str, settings: Settings) -> None:
        self._notify, self._recognition = settings.notifications, settings.recognition
        self._engine = engine
        self._options = options
        self._state = FloorState()
        self._ready_made = 0
        self._window = MainWindow(
            self._state,
            engine.hub.intend,
            theme=theme,
            check=engine.check_keywords,
            remark=engine.remark_on_keywords,
            default_keywords=DEFAULT_RULES,
            planner=Planner(),
        )
        self._paint = PaintClock(engine.meters)
        self._window.painted.connect(self._paint.painted)
        self._window.theme_chosen.connect(self._keep_theme)
        self._window.call_opened.connect(lambda call: engine.hub.intend(WatchCall(call)))
        self._heartbeat = Heartbeat(self._curves, self._text)
        self._notifications = Notifications(self._state, self._window.open_call)
        engine.on_alert = self._notifications.queue

    async def main(self) -> int:
        """Show, serve, put away; the exit status."""
        stop = asyncio.Event()
        self._listen_for_end(stop)
        if self._options.size:
            self._window.resize(*self._options.size)
        self._show()
        self._heartbeat.start()
        started = time.monotonic()
        loop = asyncio.get_running_loop()
        loop.call_later(SETTLED_S, self._heartbeat.forget)
        if self._options.seconds is not None:
            loop.call_later(self._options.seconds, stop.set)
        try:
            async with find_places(self._options, _open_in_browser) as place:
                self._ready_made = len(place.connections)
                self._state.connections = len(place.settings) + self._ready_made
                await self._serve(place, stop, started)
        finally:
            self._heartbeat.stop()
            self._window.close()
        return 0

    async def _serve(self, place: Place, stop: asyncio.Event, started: float) -> None:
        self._engine.hub.pool.use(await engine_of(self._recognition, place.secrets))
        models = self._models()
        async with asyncio.TaskGroup() as group:
            jobs = [
                group.create_task(self._engine.hub.run([]), name="hub"),
                *([] if self._options.play else [group.create_task(self._measure(), name="benchmark")]),
                group.create_task(self._switchboard(place).run(), name="connections"),
                group.create_task(self._planning().run(), name="planning"),
                group.create_task(models.run(), name="models"),
                group.create_task(self._service(models, place).run(), name="speech service"),
                *([group.create_task(self._notifications.run(), name="notifications")] if self._notify else []),
            ]
            await stop.wait()
            await self._picture()
            self._report(started)  # before the end of the run ends every call
            for job in jobs:
                job.cancel()

    async def _measure(self) -> None:
        await measure_once(self._engine.hub, load(default_path()))

    def _switchboard(self, place: Place) -> Switchboard:
        window = self._window
        board = Switchboard(self._engine.hub, self._engine.mailbox, place)
        board.show_address, board.notice = window.show_browser_wait, window.show_notice
        board.show_settings, board.show_keyring = self._settings_changed, window.keyring_usable
        window.sign_in_asked.connect(board.sign_in)
        window.sign_in_cancelled.connect(board.cancel_sign_in)
        window.sign_out_asked.connect(board.sign_out)
        window.connection_wanted.connect(board.add)
        window.connection_unwanted.connect(board.remove)
        window.secret_replaced.connect(board.replace_secret)
        board.show_listener_setup = window.show_listener_setup
        window.listener_wanted.connect(board.listen)
        window.listener_setup_asked.connect(board.show_listener)
        return board

    def _models(self) -> ModelDesk:
        page, hub = self._window.page.recognition_desk, self._engine.hub
        return desk_for(page, hub, self._recognition, self._window.show_notice, kept=self._options.play is None)

    def _service(self, models: ModelDesk, place: Place) -> ServiceDesk:
        page, kept = self._window.page.recognition_desk, self._options.play is None
        return service_desk_for(page, models, place.secrets, self._window.show_notice, kept=kept)

    def _planning(self) -> Planning:
        panel = self._window.page.connections.capacity
        assert panel is not None, "the window was given a planner"
        planning = Planning(panel.show_planner, hearing=self._engine.hearing)
        panel.measure_asked.connect(planning.measure)
        panel.measure_cancelled.connect(planning.cancel)
        return planning

    def _settings_changed(
        self,
        organisations: Sequence[model.Organisation],
        connections: Sequence[model.Connection],
        listener: model.Listener,
    ) -> None:
        self._state.connections = len(connections) + self._ready_made
        self._window.show_settings(organisations, connections, listener)

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

    def _report(self, started: float) -> None:
        if self._options.report is None:
            return
        engine = self._engine
        if failed := self._notifications.failed:
            engine.meters.counts["mishaps.notification"] = failed
        made = reports.made(
            engine.meters,
            self._heartbeat,
            notifications=self._notifications.shown,
            restarts=engine.hub.pool.restarts,
            seconds=time.monotonic() - started,
            engine=engine.hub.pool.engine,
        )
        reports.written(made, self._options.report)
        print(f"report: {self._options.report}", flush=True)

    def _take(self) -> None:
        updates = self._engine.mailbox.drain()
        self._paint.taken(updates)
        changes = apply_all(self._state, updates)
        self._notifications.settle(changes.alerts)
        self._window.take(changes)

    def _curves(self) -> None:
        self._take()
        self._window.refresh_curves(wall_ms())

    def _text(self) -> None:
        self._take()
        self._paint.shown(self._on_screen())
        self._window.refresh_text(wall_ms())

    def _show(self) -> None:
        """As large as asked for; by default no larger than the screen leaves room for, title bar included."""
        room = self._window.screen().availableGeometry()
        if self._options.size is None and QGuiApplication.platformName() == "offscreen":
            self._window.resize(*USUAL_SIZE)
            self._window.show()
        elif self._options.size is None and (room.width() < 1440 or room.height() < 900 + TITLE_BAR_PX):
            self._window.showMaximized()
        else:
            self._window.show()

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
        for name in (signal.SIGINT, signal.SIGTERM):
            with contextlib.suppress(NotImplementedError):  # Windows
                loop.add_signal_handler(name, stop.set)
