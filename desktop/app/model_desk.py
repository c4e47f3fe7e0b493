"""Speech models of a running console: what its Recognition page asks for, one piece of work a model at a time.

Everything that takes long runs as a task or in a thread; the page gets a new standing at most four times a second.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

from desktop.app.catalog import RecogniserChoice
from desktop.app.model_shelf import Shelf
from desktop.app.telling import BROKE, Notice
from desktop.domain.errors import SidetoneError
from desktop.domain.finding import Level
from desktop.domain.speech_model import EngineKind, ModelStanding, ModelState, RecognitionStanding, SpeechModel
from desktop.engine.hub import Hub
from desktop.settings.model import Recognition
from desktop.settings.store import default_path, load, save
from desktop.ui.recognition_desk import RecognitionDesk

REFRESH_S = 0.25
USED = "{name} hears the calls from now on. Their words pause for a few seconds while it loads."
NOT_KEPT = " It is for this session only."
IMPORTED = "{name} was imported."
INSTALLED = "{name} was installed."
WHOLE = "{name}: every file is as it was installed."
DIFFERS = "Its files are not as they were installed: {what}."
MOST_NAMED = 3


@dataclass(slots=True, weakref_slot=True, eq=False)  # Qt keeps its methods by weak reference
class ModelDesk:
    """`run` lives as long as the console does. `use_at_once` changes what hears; `keep`: whether it outlasts this."""

    recognition: Recognition
    show: Callable[[RecognitionStanding], None]
    notice: Notice
    use_at_once: Callable[[RecogniserChoice], None]
    keep: Callable[[Recognition], bool]
    make_shelf: Callable[[], Shelf] = field(default=Shelf)
    adopted: Callable[[], None] = field(default=lambda: None)
    """Called when another engine or model was chosen."""
    _shelf: Shelf | None = None
    _jobs: dict[str, asyncio.Task[None]] = field(default_factory=dict)
    _doing: dict[str, tuple[ModelState, int, int]] = field(default_factory=dict)
    _problems: dict[str, str] = field(default_factory=dict)
    _changed: asyncio.Event = field(default_factory=asyncio.Event)
    _group: asyncio.TaskGroup | None = None

    async def run(self) -> None:
        """Until cancelled; work that goes on then is cancelled, a download is kept to go on with."""
        async with asyncio.TaskGroup() as group:
            self._group = group
            self._shelf = await asyncio.to_thread(self.make_shelf)
            self._changed.set()
            while True:
                await self._changed.wait()
                self._changed.clear()
                with contextlib.suppress(OSError):  # a file went while it was looked at: the next look shows it
                    self.show(self._overlaid(await asyncio.to_thread(self.shelf.standing, self.recognition)))
                await asyncio.sleep(REFRESH_S)

    @property
    def shelf(self) -> Shelf:
        """Once `run` has begun."""
        assert self._shelf is not None, "run first"
        return self._shelf

    # ---- what the supervisor asks for ----------------------------------------------------------------------------

    def look(self) -> None:
        """Somebody brought the page up."""
        self._changed.set()

    def install(self, name: str) -> None:
        """From the catalogue, or on with what was begun."""
        self._start(name, self._install(name))

    def cancel(self, name: str) -> None:
        """Whatever goes on with this model."""
        if (job := self._jobs.get(name)) is not None:
            job.cancel()

    def bring(self, path: str) -> None:
        """From a folder or an archive on this machine."""
        name = Path(path).name
        self._start(name, self._bring(name, Path(path)), loud=True)

    def remove(self, name: str) -> None:
        """The person has been asked."""
        self._start(name, asyncio.to_thread(self.shelf.remove, name, self.recognition, force=True))

    def verify(self, name: str) -> None:
        """Compare its files with the day it was installed."""
        self._start(name, self._verify(name))

    def measure(self, name: str) -> None:
        """How fast it is here."""
        self._start(name, self._measure(name))

    def use(self, name: str) -> None:
        """It hears from now on; what was never run here is tried first."""
        self._start(name, self._use(name))

    # ---- inside --------------------------------------------------------------------------------------------------

    async def _install(self, name: str) -> None:
        made = await self.shelf.installer.install(name, self._reporter(name))
        self.notice(INSTALLED.format(name=made.model.name or name), Level.PASS)

    async def _bring(self, name: str, path: Path) -> None:
        made = await self.shelf.installer.bring(path, self._reporter(name))
        self.notice(IMPORTED.format(name=made.model.name or made.model.id), Level.PASS)

    async def _verify(self, name: str) -> None:
        found = await self.shelf.installer.verify(name, self._reporter(name))
        if not found:
            self.notice(WHOLE.format(name=name), Level.PASS)
            return
        more = f" and {len(found) - MOST_NAMED} more" if len(found) > MOST_NAMED else ""
        self._problems[name] = DIFFERS.format(what=", ".join(found[:MOST_NAMED]) + more)

    async def _measure(self, name: str) -> None:
        await self.shelf.measure(name, self.recognition, self._reporter(name))

    async def _use(self, name: str) -> None:
        wanted = await asyncio.to_thread(self.shelf.chosen, name, self.recognition)
        standing = await asyncio.to_thread(self.shelf.standing, self.recognition)
        if not any(each.speed for each in standing.models if each.model.id == name):
            await self._measure(name)
        await self.adopt(RecogniserChoice(wanted), name)

    async def adopt(self, choice: RecogniserChoice, name: str) -> None:
        """It hears from now on, and after a restart where settings are kept."""
        kept = await asyncio.to_thread(self.keep, choice.recognition)
        self.recognition = choice.recognition
        self.use_at_once(choice)
        self.adopted()
        self.notice(USED.format(name=name) + ("" if kept else NOT_KEPT), Level.PASS)
        self._changed.set()

    def _reporter(self, name: str) -> Callable[[ModelState, int, int], None]:
        def report(state: ModelState, done: int, total: int) -> None:
            if name in self._jobs:  # a thread's last words may come late
                self._doing[name] = (state, done, total)
                self._changed.set()

        return report

    def _start(self, name: str, work: Awaitable[None], *, loud: bool = False) -> None:
        assert self._group is not None, "run first"
        if name in self._jobs:
            drop(work)
            return
        self._problems.pop(name, None)
        job = self._group.create_task(self._told(name, work, loud=loud), name=f"model {name}")
        job.add_done_callback(lambda _: self._ended(name, work))  # one that is cancelled at once never begins
        self._jobs[name] = job
        self._changed.set()

    def _ended(self, name: str, work: Awaitable[None]) -> None:
        drop(work)
        self._jobs.pop(name, None)
        self._doing.pop(name, None)
        self._changed.set()

    async def _told(self, name: str, work: Awaitable[None], *, loud: bool) -> None:
        problem = ""
        try:
            await work
        except SidetoneError as error:
            problem = str(error)
        except Exception as error:  # its text may carry anything
            problem = BROKE.format(kind=type(error).__name__)
        if problem and loud:
            self.notice(problem, Level.FAIL)
        elif problem:
            self._problems[name] = problem

    def _overlaid(self, standing: RecognitionStanding) -> RecognitionStanding:
        """What is on disk, and over it what goes on or went wrong."""
        known = {each.model.id for each in standing.models}
        models = [self._with(each) for each in standing.models]
        for name in self._doing.keys() - known:  # an import has no row yet
            state, done, total = self._doing[name]
            coming = SpeechModel(name, EngineKind.EMBEDDED)
            models.append(ModelStanding(coming, state, done_bytes=done, total_bytes=total))
        return replace(standing, models=tuple(models))

    def _with(self, each: ModelStanding) -> ModelStanding:
        name = each.model.id
        if name in self._doing:
            state, done, total = self._doing[name]
            return replace(each, state=state, done_bytes=done, total_bytes=total, problem="")
        if name in self._problems:
            return replace(each, problem=self._problems[name])
        return each


def drop(work: Awaitable[object]) -> None:
    """It is not wanted, or has been done: one that never began is no leak."""
    if asyncio.iscoroutine(work):
        work.close()


def desk_for(page: RecognitionDesk, hub: Hub, recognition: Recognition, notice: Notice, *, kept: bool) -> ModelDesk:
    """Does what the window's Recognition page asks for. `kept` False: a demo, which changes no settings."""

    def keep(wanted: Recognition) -> bool:
        if not kept:
            return False
        try:
            save(replace(load(default_path()), recognition=wanted), default_path())
        except OSError:
            return False
        return True

    def use_at_once(choice: RecogniserChoice) -> None:
        wanted = choice.recognition
        hub.language = wanted.language
        chosen = wanted.engine.value if wanted.engine is EngineKind.SPEECH_SERVICE else wanted.model
        hub.pool.use(choice, chosen, wanted.language)

    desk = ModelDesk(recognition, page.show_standing, notice, use_at_once=use_at_once, keep=keep)
    page.looked_at.connect(desk.look)
    page.install_asked.connect(desk.install)
    page.cancel_asked.connect(desk.cancel)
    page.import_asked.connect(desk.bring)
    page.use_asked.connect(desk.use)
    page.measure_asked.connect(desk.measure)
    page.verify_asked.connect(desk.verify)
    page.remove_wanted.connect(desk.remove)
    return desk
