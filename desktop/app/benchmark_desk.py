"""The capacity benchmark of a running console: measured when asked, or once by itself while no call is heard.

It runs in processes of its own beside the window; one at a time, and what came of it holds at once.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import assert_never

import psutil

from desktop.app.apart import How, Say, WorkFailed, apart
from desktop.app.benchmark import CALLS, LOADING_S, SECONDS, BenchmarkFailed, measure
from desktop.app.benchmark_result import (
    Benchmark,
    hearing_cost,
    keep,
    last_kept,
    measured_when,
    setting_of,
    watchable_calls,
    with_phrases,
)
from desktop.app.catalog import RecogniserChoice
from desktop.app.model_desk import ModelDesk
from desktop.app.telling import BROKE
from desktop.domain.benchmark import BenchmarkStanding, BenchmarkStep, BenchmarkWork
from desktop.domain.capacity import HearingCost
from desktop.domain.errors import SidetoneError
from desktop.engine.hub import Hub
from desktop.models.aside import Stopped, aside
from desktop.settings.model import EngineKind, Recognition

QUIET_S = 20.0
SPARE = 1.5  # so many times what the workers take must be free for a second set of them
SAID_EVERY_S = 0.25
LEAVE_S = 5.0  # for its own processes to end
SLACK_S = 60.0  # beyond what it should take: a busy machine
NO_MEMORY = (
    "There is not enough free memory to measure: a second set of recogniser processes beside the one that hears calls "
    "takes about {needed:.0f} MB, and {free:.0f} MB are free. Close other programs, then measure again."
)
CRASHED = (
    "Measuring ended unexpectedly (exit code {what}). Close other programs to free memory, then measure again; if that "
    "fails as well, choose another model or engine."
)
SLOW = "Measuring did not end within {what}. Close other programs that keep this machine busy, then measure again."
NOT_KEPT = "The result could not be saved, so it holds until Sidetone is closed. Check the free space of the disk."


@dataclass(frozen=True, slots=True)
class _Run:
    """Goes to the benchmark's process."""

    recognition: Recognition
    workers: int
    phrases: tuple[str, ...]
    seconds: float

    def __call__(self, say: Say) -> Benchmark:
        said_at = 0.0

        def go_on(share: float) -> bool:
            nonlocal said_at
            if (now := time.monotonic()) - said_at < SAID_EVERY_S:
                return True
            said_at = now
            return say(share)

        choice, engine = RecogniserChoice(self.recognition), repr(self.recognition)
        measuring = measure(choice, self.workers, engine, phrases=self.phrases, seconds=self.seconds, go_on=go_on)
        if (found := asyncio.run(measuring)) is None:
            raise BenchmarkFailed("Nobody wants it any more.")
        return found


@dataclass(slots=True, weakref_slot=True, eq=False)  # Qt keeps its methods by weak reference
class BenchmarkDesk:
    """`run` lives as long as the console does. `models` knows what hears, `plan` gets what that costs."""

    models: ModelDesk
    hub: Hub
    show: Callable[[BenchmarkStanding], None]
    plan: Callable[[HearingCost], None]
    by_itself: bool
    seconds: float = SECONDS
    quiet_s: float = QUIET_S
    _kept: Benchmark | None = None
    _work: BenchmarkWork | None = None
    _measured: Recognition | None = None  # what the job measures
    _job: asyncio.Task[str] | None = None
    _group: asyncio.TaskGroup | None = None
    _over: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self) -> None:
        """Until cancelled; what is measured then is given up."""
        async with asyncio.TaskGroup() as group:
            self._kept = await asyncio.to_thread(last_kept)
            self._group = group
            self.tell()
            if self.by_itself:
                await asyncio.sleep(self.quiet_s)
                if self._idle and not self._known and self.hub.pool.rss_mb and not self._no_memory():
                    self._start(asked=False)
            await self._over.wait()

    def measure(self) -> None:
        """A person wants it, and was asked if calls are heard meanwhile."""
        self._start(asked=True)

    def cancel(self) -> None:
        """A person doesn't want to wait."""
        if self._job is not None:
            self._job.cancel()

    def engine_changed(self) -> None:
        """Another engine or model hears from now on: what is measured just now would say nothing about it."""
        if self._measured != self.models.recognition:
            self.cancel()
        self.tell()

    def tell(self, problem: str = "") -> None:
        """Show how it stands."""
        now, kept = self.models.recognition, self._kept
        found = watchable_calls(kept) if kept is not None and self._known else None
        outdated = measured_when(kept) if kept is not None and found is None else ""
        self.show(BenchmarkStanding(now.engine, now.model, found, outdated, self._work, problem))

    # ---- inside --------------------------------------------------------------------------------------------------

    @property
    def _workers(self) -> int:
        return len(self.hub.pool.slots)

    @property
    def _idle(self) -> bool:
        return not len(self.hub.pool)

    @property
    def _known(self) -> bool:
        wanted = setting_of(self._workers, repr(self.models.recognition))
        return self._kept is not None and self._kept.setting == wanted

    def _no_memory(self) -> str:
        """Why a second set of workers has no room; empty if it has, or nobody knows what one takes."""
        needed = SPARE * self._workers * max(self.hub.pool.rss_mb.values(), default=0.0)
        free = psutil.virtual_memory().available / 2**20
        return NO_MEMORY.format(needed=needed, free=free) if free < needed else ""

    def _start(self, *, asked: bool) -> None:
        elsewhere = self.models.recognition.engine is EngineKind.SPEECH_SERVICE
        if self._group is None or self._job is not None or elsewhere:
            return
        self._measured = self.models.recognition
        self._job = self._group.create_task(self._told(self._measured, asked=asked), name="benchmark")
        self._job.add_done_callback(self._ended)  # one that is cancelled at once never begins
        self._progress(0.0)

    def _progress(self, share: float) -> None:
        if self._job is None:  # a thread's last words may come late
            return
        step = BenchmarkStep.HEARING if share > 0 else BenchmarkStep.STARTING
        left_s = self.seconds * (1 - share)
        self._work = BenchmarkWork(step, share, left_s, CALLS * self._workers, self._workers)
        self.tell()

    def _ended(self, job: asyncio.Task[str]) -> None:
        self._job = self._work = self._measured = None
        self.tell("" if job.cancelled() else job.result())

    async def _told(self, recognition: Recognition, *, asked: bool) -> str:
        """What a person who asked for it has to know; empty when all is well."""
        problem = ""
        try:
            problem = await self._measure(recognition, asked=asked)
        except Stopped:  # a call came
            pass
        except WorkFailed as failed:
            problem = _sentence(failed)
        except SidetoneError as error:
            problem = str(error)
        except Exception as error:  # its text may carry anything
            problem = BROKE.format(kind=type(error).__name__)
        return problem if asked else ""

    async def _measure(self, recognition: Recognition, *, asked: bool) -> str:
        """What is to be said about it; empty when all is well."""
        if problem := self._no_memory():
            return problem
        engine, loop = self.hub.pool.engine, asyncio.get_running_loop()
        run = _Run(recognition, self._workers, tuple(self.hub.pool.phrases), self.seconds)

        def work(given_up: Callable[[], None]) -> Benchmark:
            def check() -> None:
                given_up()
                if not asked and not (self._idle and self.hub.pool.engine == engine):
                    raise Stopped

            def heard(share: float) -> None:
                loop.call_soon_threadsafe(self._progress, share)

            patience_s = LOADING_S + self.seconds + SLACK_S
            return apart(run, "benchmark", check=check, patience_s=patience_s, heard=heard, leave_s=LEAVE_S)

        self._kept = found = await aside(work)
        if recognition == self.models.recognition:
            self.hub.attendance.assume(with_phrases(found.costs, recognition))
            self.plan(hearing_cost(found.costs))
        try:
            await asyncio.to_thread(keep, found)
        except OSError:
            return NOT_KEPT
        return ""


def _sentence(failed: WorkFailed) -> str:
    match failed.how:
        case How.SAID:
            return failed.what
        case How.BROKE:
            return BROKE.format(kind=failed.what)
        case How.CRASHED:
            return CRASHED.format(what=failed.what)
        case How.SLOW:
            return SLOW.format(what=failed.what)
        case _:  # pragma: no cover
            assert_never(failed.how)
