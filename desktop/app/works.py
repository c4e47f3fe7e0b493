"""What works behind the window: the engine, connections, models, planning and notifications.

Imported while the window is on the screen already: it takes with it most of what Sidetone consists of.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from dataclasses import replace

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices

from desktop.app import report as reports
from desktop.app.assembly import assemble
from desktop.app.benchmark_desk import BenchmarkDesk
from desktop.app.engine_choice import engine_of
from desktop.app.heartbeat import Heartbeat
from desktop.app.model_desk import ModelDesk, desk_for
from desktop.app.notifications import Notifications
from desktop.app.options import Options
from desktop.app.place import Place
from desktop.app.places import begin_when_heard, find_places
from desktop.app.planning import Planning
from desktop.app.service_desk import ServiceDesk, service_desk_for
from desktop.app.switchboard import Switchboard
from desktop.dashboard.desk_captions import SAFE_REFUSED
from desktop.dashboard.state import FloorState
from desktop.domain.insight import KeywordRule
from desktop.domain.intents import WatchCall
from desktop.engine.mailbox import Mailbox
from desktop.engine.meters import Meters
from desktop.settings import model
from desktop.settings.model import Settings
from desktop.settings.store import default_path, load, save
from desktop.ui.main_window import MainWindow

_LOG = logging.getLogger(__name__)
Finish = Callable[[], Awaitable[None]]
Chores = Mapping[str, Callable[[], Coroutine[None, None, None]]]


def _open_in_browser(address: str) -> bool:
    """By the desktop, which doesn't wait for the browser to start."""
    return QDesktopServices.openUrl(QUrl(address))


class Works:
    """`run` serves until `stop`; then `finish` is awaited before anything ends."""

    def __init__(
        self,
        options: Options,
        settings: Settings,
        state: FloorState,
        window: MainWindow,
        mailbox: Mailbox,
        meters: Meters,
    ) -> None:
        self._options, self._settings, self._state, self._window = options, settings, state, window
        self._ready_made = 0
        self._real = options.play is None
        self._kept = self._real and not options.safe  # a demo and safe mode must not change what the real floor is
        self.engine = assemble(settings, self._keep_keywords, mailbox, meters)
        self.notifications = Notifications(state, window.open_call)
        self.engine.on_alert = self.notifications.queue
        window.call_opened.connect(self._watch)

    async def run(
        self,
        stop: asyncio.Event,
        finish: Finish,
        chores: Chores,
    ) -> None:
        """Open what the command line asked for, and serve it; `chores` are done meanwhile."""
        async with find_places(self._options, _open_in_browser) as place:
            if self._options.safe:
                place.idle = SAFE_REFUSED
                _LOG.info("safe mode: nothing is connected")
            self._ready_made = len(place.connections)
            self._state.connections = len(place.settings) + self._ready_made
            await self._serve(place, stop, finish, chores)

    async def _serve(
        self,
        place: Place,
        stop: asyncio.Event,
        finish: Finish,
        chores: Chores,
    ) -> None:
        hub = self.engine.hub
        hub.pool.use(await engine_of(self._settings.recognition, place.secrets))
        models, planning = self._models(), self._planning()
        async with asyncio.TaskGroup() as group:
            jobs = [
                group.create_task(hub.run([]), name="hub"),
                *(group.create_task(chore(), name=name) for name, chore in chores.items()),
                group.create_task(self._switchboard(place).run(), name="connections"),
                group.create_task(planning.run(), name="planning"),
                group.create_task(models.run(), name="models"),
                group.create_task(self._service(models, place).run(), name="speech service"),
                group.create_task(self._benchmark(models, planning).run(), name="benchmark"),
            ]
            if self._settings.notifications:
                jobs.append(group.create_task(self.notifications.run(), name="notifications"))
            if place.begin is not None:
                jobs.append(group.create_task(begin_when_heard(place.begin, hub.pool), name="floor"))
            await stop.wait()
            await finish()  # before the end of the run ends every call
            for job in jobs:
                job.cancel()

    def report(self, heartbeat: Heartbeat, started: float, first_paint_ms: float | None) -> None:
        """Write what was measured, if the command line asked for it."""
        if self._options.report is None:
            return
        engine = self.engine
        if failed := self.notifications.failed:
            engine.meters.counts["mishaps.notification"] = failed
        made = reports.made(
            engine.meters,
            heartbeat,
            notifications=self.notifications.shown,
            restarts=engine.hub.pool.restarts,
            seconds=time.monotonic() - started,
            engine=engine.hub.pool.engine,
            first_paint_ms=first_paint_ms,
        )
        reports.written(made, self._options.report)
        print(f"report: {self._options.report}", flush=True)

    def _keep_keywords(self, rules: tuple[KeywordRule, ...]) -> None:
        if self._kept:
            save(replace(load(default_path()), keywords=rules), default_path())

    def _watch(self, call: str) -> None:
        self.engine.hub.intend(WatchCall(call))

    def _switchboard(self, place: Place) -> Switchboard:
        window = self._window
        board = Switchboard(self.engine.hub, self.engine.mailbox, place)
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
        page, recognition = self._window.page.recognition_desk, self._settings.recognition
        return desk_for(page, self.engine.hub, recognition, self._window.show_notice, kept=self._real)

    def _service(self, models: ModelDesk, place: Place) -> ServiceDesk:
        page = self._window.page.recognition_desk
        return service_desk_for(page, models, place.secrets, self._window.show_notice, kept=self._real)

    def _benchmark(self, models: ModelDesk, planning: Planning) -> BenchmarkDesk:
        page = self._window.page.recognition_desk
        desk = BenchmarkDesk(models, self.engine.hub, page.show_benchmark, planning.hear, by_itself=self._kept)
        models.adopted = desk.engine_changed
        page.benchmark_wanted.connect(desk.measure)
        page.benchmark_cancelled.connect(desk.cancel)
        return desk

    def _planning(self) -> Planning:
        panel = self._window.page.connections.capacity
        assert panel is not None, "the window was given a planner"
        planning = Planning(panel.show_planner, hearing=self.engine.hearing)
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
