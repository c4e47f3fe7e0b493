"""Measured from the window: for real, given up, failed, by itself; what is shown and what comes of it."""

from __future__ import annotations

import asyncio
import multiprocessing
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from desktop.app import assembly, benchmark_desk, benchmark_result
from desktop.app.apart import How, WorkFailed
from desktop.app.benchmark import BenchmarkFailed
from desktop.app.benchmark_desk import BenchmarkDesk
from desktop.app.benchmark_result import Benchmark, keep, recall, setting_of
from desktop.app.model_desk import ModelDesk
from desktop.domain.benchmark import BenchmarkStanding, BenchmarkStep
from desktop.domain.capacity import HearingCost
from desktop.domain.load import Costs
from desktop.domain.media import Codec, EncodedFrame, Party
from desktop.domain.speech_model import EngineKind
from desktop.engine.hub import Hub
from desktop.insights.load import USUAL
from desktop.settings.model import Recognition, Settings

EMBEDDED = Recognition()
SETTING = setting_of(1, repr(EMBEDDED))
FOUND = Benchmark(Costs(0.01, 0.05, 0.9, 0.02), 12, 1.0, 1, SETTING, 1_790_000_000)
Apart = Callable[..., Benchmark]


@dataclass(slots=True)
class Page:
    """What the window would have shown, and what was made of the result."""

    desk: BenchmarkDesk
    models: ModelDesk
    hub: Hub
    shown: list[BenchmarkStanding] = field(default_factory=list)
    planned: list[HearingCost] = field(default_factory=list)

    async def until(self, seen: Callable[[BenchmarkStanding], bool]) -> BenchmarkStanding:
        """The first standing that is so."""
        async with asyncio.timeout(90):
            while not (self.shown and seen(self.shown[-1])):
                await asyncio.sleep(0.01)
        return self.shown[-1]

    def call_comes(self) -> None:
        frame = EncodedFrame("l", "c", Party.CUSTOMER, Codec.OPUS, None, 0, b"\x00", time.monotonic_ns())
        self.hub.pool.feed(frame, "en-US")


@pytest.fixture(autouse=True)
def measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where results are kept."""
    path = tmp_path / "cache" / "measured.json"
    monkeypatch.setattr(benchmark_result, "measured_path", lambda: path)
    return path


@asynccontextmanager
async def open_page(*, by_itself: bool = False, recognition: Recognition = EMBEDDED) -> AsyncIterator[Page]:
    hub = assembly.assemble(Settings(workers=1), lambda rules: None).hub
    hub.pool.watch(["cancel my contract"])
    models = ModelDesk(recognition, print, print, print, bool)
    desk = BenchmarkDesk(models, hub, print, print, by_itself, seconds=4.0, quiet_s=0.01)
    page = Page(desk, models, hub)
    desk.show, desk.plan = page.shown.append, page.planned.append
    async with asyncio.TaskGroup() as group:
        running = group.create_task(desk.run())
        await page.until(lambda standing: True)
        yield page
        running.cancel()


def instead(monkeypatch: pytest.MonkeyPatch, work: Apart) -> None:
    """The benchmark's process, shortened."""
    monkeypatch.setattr(benchmark_desk, "apart", work)


async def test_one_that_is_given_up_before_it_began_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    instead(monkeypatch, forever)
    async with open_page() as page:
        page.desk.measure()
        page.desk.cancel()
        await page.until(lambda s: s.work is None)
        instead(monkeypatch, lambda *_, **__: FOUND)
        page.desk.measure()
        await page.until(lambda s: s.found is not None)


def forever(*_: object, check: Callable[[], None], heard: Callable[[float], None], **__: object) -> Benchmark:
    heard(0.5)
    while True:
        check()
        time.sleep(0.01)


async def test_it_is_really_measured_shown_kept_and_reckoned_with() -> None:
    async with open_page() as page:
        assert page.shown == [BenchmarkStanding(EngineKind.EMBEDDED)]
        page.desk.measure()
        page.desk.measure()  # pressed twice
        await page.until(lambda s: s.work is not None and s.work.step is BenchmarkStep.STARTING)
        working = await page.until(lambda s: s.work is not None and s.work.step is BenchmarkStep.HEARING)
        assert working.work is not None
        assert 0 < working.work.share <= 1
        assert working.work.left_s == pytest.approx(4.0 * (1 - working.work.share))
        done = await page.until(lambda s: s.work is None)
        assert done.problem == ""
        assert done.found is not None
        assert done.found.phrases is not None  # what keywords cost was measured too
        assert done.found.presence >= done.found.words
        kept = await asyncio.to_thread(recall, SETTING)
        assert kept is not None
        assert kept.costs.phrases is not None
        assert kept.costs.phrases >= 0
        assert page.hub.attendance.costs.words == pytest.approx(kept.costs.words)
        assert page.planned == [HearingCost(kept.costs.words, kept.costs.talk, 0.0, kept.costs.call)]
    assert not multiprocessing.active_children()
    async with open_page() as again:
        assert again.shown[-1].found == done.found


async def test_a_real_one_ends_when_nobody_wants_it_any_more_and_nothing_is_kept() -> None:
    async with open_page() as page:
        page.desk.measure()
        await page.until(lambda s: s.work is not None and s.work.step is BenchmarkStep.HEARING)
        page.desk.cancel()
        gone = await page.until(lambda s: s.work is None)
        assert (gone.found, gone.problem, page.planned) == (None, "", [])
        page.desk.cancel()
    assert not multiprocessing.active_children()
    assert await asyncio.to_thread(recall, SETTING) is None


@pytest.mark.parametrize(
    ("failure", "said"),
    [
        (BenchmarkFailed("The recogniser did not start. Reinstall Sidetone."), "Reinstall Sidetone"),
        (WorkFailed(How.SAID, "It can't be read. Install it again."), "Install it again"),
        (WorkFailed(How.CRASHED, "-9"), r"exit code -9\). Close other programs"),
        (WorkFailed(How.SLOW, "132 s"), "within 132 s. Close other programs"),
        (WorkFailed(How.BROKE, "KeyError"), "internal error (KeyError)"),
        (RuntimeError("somebody's words"), "internal error (RuntimeError)"),
    ],
)
async def test_what_failed_is_said_with_a_remedy_and_can_be_tried_again(
    monkeypatch: pytest.MonkeyPatch, failure: Exception, said: str
) -> None:
    def fail(*_: object, **__: object) -> Benchmark:
        raise failure

    instead(monkeypatch, fail)
    async with open_page() as page:
        page.desk.measure()
        failed = await page.until(lambda s: bool(s.problem))
        assert said.replace("\\", "") in failed.problem
        assert "somebody's words" not in failed.problem
        instead(monkeypatch, lambda *_, **__: FOUND)
        page.desk.measure()
        again = await page.until(lambda s: s.found is not None)
        assert again.problem == ""


async def test_without_memory_for_a_second_set_of_processes_it_does_not_begin(monkeypatch: pytest.MonkeyPatch) -> None:
    async with open_page() as page:
        page.hub.pool.rss_mb[0] = 1e9
        page.desk.measure()
        failed = await page.until(lambda s: bool(s.problem))
        assert "not enough free memory" in failed.problem
        assert "Close other programs" in failed.problem


async def test_a_result_that_can_not_be_saved_holds_for_this_session(
    monkeypatch: pytest.MonkeyPatch, measured: Path
) -> None:
    measured.parent.write_text("in the way")
    instead(monkeypatch, lambda *_, **__: FOUND)
    async with open_page() as page:
        page.desk.measure()
        done = await page.until(lambda s: s.work is None and s.found is not None)
        assert "could not be saved" in done.problem
        assert page.hub.attendance.costs.words == pytest.approx(0.05)


async def test_by_itself_it_is_measured_once_and_a_call_ends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    instead(monkeypatch, forever)
    async with open_page(by_itself=True) as page:
        await asyncio.sleep(0.1)
        assert page.shown[-1].work is None  # no worker has loaded here, so nobody knows what a second set takes
    monkeypatch.setattr(benchmark_desk, "SPARE", 0.0)
    hub_ready = assembly.assemble

    def ready(*args: object) -> assembly.Engine:
        engine = hub_ready(*args)  # type: ignore[arg-type]
        engine.hub.pool.rss_mb[0] = 100.0
        return engine

    monkeypatch.setattr(assembly, "assemble", ready)
    async with open_page(by_itself=True) as page:
        await page.until(lambda s: s.work is not None and s.work.share == 0.5)
        page.call_comes()
        ended = await page.until(lambda s: s.work is None)
        assert (ended.found, ended.problem) == (None, "")
    keep(FOUND)
    async with open_page(by_itself=True) as page:
        await asyncio.sleep(0.1)
        assert all(standing.work is None for standing in page.shown)
        assert page.shown[-1].found is not None


async def test_one_that_was_asked_for_goes_on_when_a_call_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    instead(monkeypatch, forever)
    async with open_page() as page:
        page.desk.measure()
        await page.until(lambda s: s.work is not None and s.work.share == 0.5)
        page.call_comes()
        await asyncio.sleep(0.1)
        assert page.shown[-1].work is not None


async def test_another_engine_makes_it_say_that_the_figures_are_of_another(monkeypatch: pytest.MonkeyPatch) -> None:
    instead(monkeypatch, forever)
    keep(FOUND)
    async with open_page() as page:
        assert page.shown[-1].found is not None
        page.desk.measure()
        await page.until(lambda s: s.work is not None)
        page.models.recognition = replace(EMBEDDED, engine=EngineKind.VOSK, model="vosk-x")
        page.desk.engine_changed()
        now = await page.until(lambda s: s.work is None)
        assert (now.engine, now.model, now.found) == (EngineKind.VOSK, "vosk-x", None)
        assert "2026" in now.outdated


async def test_a_service_elsewhere_is_not_measured_here() -> None:
    async with open_page(recognition=Recognition(engine=EngineKind.SPEECH_SERVICE)) as page:
        page.desk.measure()
        assert page.shown[-1].work is None


async def test_the_usual_is_reckoned_with_until_it_was_measured() -> None:
    async with open_page() as page:
        assert page.hub.attendance.costs.words == pytest.approx(USUAL.words)
