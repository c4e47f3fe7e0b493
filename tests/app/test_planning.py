"""How many calls this machine bears: unknown until it was measured here, by real signed sessions; kept; cancellable."""

from __future__ import annotations

import asyncio
import multiprocessing
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from desktop.app import assembly, benchmark_result
from desktop.app.benchmark import workers_of
from desktop.app.machine import fingerprint, this_machine
from desktop.app.planning import STREAMING, Planning, planned
from desktop.app.telling import BROKE
from desktop.dashboard.capacity import Planner
from desktop.domain.capacity import HearingCost, StreamCost
from desktop.domain.errors import Unreachable
from desktop.domain.load import Costs
from desktop.insights.capacity import Machine
from desktop.settings.measured import load_measured, save_measured
from desktop.settings.model import Settings
from desktop.simulator import stream_cost_platform
from desktop.simulator.stream_cost_platform import measure_stream_cost

PATIENCE_S = 90.0
COST = StreamCost(0.002, 0.001, 0.01, 1.0, 24, 70.0, 1_800_000_000_000)


class Panel:
    """Stands for the window's panel: everything that it was shown."""

    def __init__(self) -> None:
        self.shown: list[Planner] = []

    async def until(self, happened: Callable[[Planner], bool]) -> Planner:
        async with asyncio.timeout(PATIENCE_S):
            while not self.shown or not happened(self.shown[-1]):
                await asyncio.sleep(0.02)
        return self.shown[-1]


@asynccontextmanager
async def planning(
    path: Path, measuring: Callable[[Callable[[float], None]], Awaitable[StreamCost]] = measure_stream_cost
) -> AsyncIterator[tuple[Planning, Panel]]:
    panel = Panel()
    made = Planning(panel.shown.append, path=path, measuring=measuring)
    async with asyncio.TaskGroup() as group:
        running = group.create_task(made.run(), name="planning")
        await panel.until(lambda planner: True)
        yield made, panel
        running.cancel()


async def test_nothing_is_said_until_this_machine_was_measured_and_then_it_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "measured.json"
    async with planning(path) as (made, panel):
        assert panel.shown == [Planner()]
        made.measure()
        await panel.until(lambda planner: (planner.progress or 0) > 0.5)
        known = await panel.until(lambda planner: planner.plan is not None and planner.progress is None)
    assert made.cost is not None
    cost = made.cost
    assert cost.calls == 24
    assert cost.seconds > 24  # three windows of a second each, less what a busy machine didn't get
    assert 1e-5 < cost.receive_cpu < 0.5
    assert 0 < cost.share_cpu < 1
    assert known.plan is not None
    one, many = known.plan(1), known.plan(100_000)
    assert (one.fits, many.fits) == (True, False)
    assert one.cpu_cores == pytest.approx(cost.receive_cpu + cost.decode_cpu)
    assert "24 signed calls over TLS" in known.rests_on
    assert "not measured here yet" in known.rests_on
    assert not multiprocessing.active_children()
    async with planning(path) as (again, panel):
        assert again.cost == cost
        assert panel.shown[0].plan is not None


async def test_figures_of_another_machine_are_nobodys(tmp_path: Path) -> None:
    path = tmp_path / "measured.json"
    save_measured(path, "another machine", STREAMING, COST)
    async with planning(path) as (made, panel):
        assert (made.cost, panel.shown) == (None, [Planner()])
    save_measured(path, fingerprint(), STREAMING, COST)
    async with planning(path) as (made, panel):
        assert made.cost == COST
        assert "2027" in panel.shown[0].rests_on


async def test_measuring_can_be_stopped_and_leaves_no_process(tmp_path: Path) -> None:
    async with planning(tmp_path / "measured.json") as (made, panel):
        made.cancel()  # nothing runs: nothing happens
        made.measure()
        await panel.until(lambda planner: planner.progress is not None)
        async with asyncio.timeout(PATIENCE_S):
            while not multiprocessing.active_children():
                await asyncio.sleep(0.01)
        made.cancel()
        stopped = await panel.until(lambda planner: planner.progress is None)
        assert stopped == Planner()
        assert not multiprocessing.active_children()
        assert not (tmp_path / "measured.json").exists()


async def test_a_measurement_that_fails_says_why_and_keeps_what_was_known(tmp_path: Path) -> None:
    problems: list[Exception] = [Unreachable("It is too busy."), KeyError("x")]

    async def fails(progress: Callable[[float], None]) -> StreamCost:
        raise problems.pop(0)

    path = tmp_path / "measured.json"
    save_measured(path, fingerprint(), STREAMING, COST)
    async with planning(path, fails) as (made, panel):
        for said in ("It is too busy.", BROKE.format(kind="KeyError")):
            made.measure()
            told = await panel.until(lambda planner, said=said: planner.problem == said)  # type: ignore[misc]
            assert told.plan is not None
            assert made.cost == COST


async def test_a_folder_that_cant_be_written_costs_only_the_keeping(tmp_path: Path) -> None:
    async def measured(progress: Callable[[float], None]) -> StreamCost:
        return COST

    (tmp_path / "file").write_text("")
    async with planning(tmp_path / "file" / "measured.json", measured) as (made, panel):
        made.measure()
        await panel.until(lambda planner: planner.plan is not None)
        assert made.cost == COST


async def test_a_machine_too_busy_to_be_measured_is_told_so() -> None:
    with pytest.raises(Unreachable, match="too busy now"):
        await measure_stream_cost(lambda share: None, patience_s=0.01)
    assert stream_cost_platform.EXIT_S > 0
    assert not multiprocessing.active_children()


def test_recognition_comes_on_top_once_it_is_known() -> None:
    machine = Machine(4, 8_000, 1_000)
    without, within = planned(10, COST, machine), planned(10, COST, machine, HearingCost(0.08, 0.8, 140.0))
    assert without.cpu_cores == pytest.approx(10 * (COST.receive_cpu + COST.decode_cpu))
    assert within.cpu_cores == pytest.approx(10 * (COST.receive_cpu + 0.064))
    assert within.memory_mb == pytest.approx(without.memory_mb + 140 * 1)
    running = planned(10, COST, machine, HearingCost(0.08, 0.8, 0.0, cpu_per_call_s=0.005))
    assert running.cpu_cores == pytest.approx(10 * (COST.receive_cpu + 0.005 + 0.064))
    assert running.memory_mb == pytest.approx(10 * COST.call_mb)
    assert "Use a machine with more cores" in planned(2_000, COST, machine).limit


def test_a_console_knows_what_its_benchmark_measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = Settings(workers=1)
    monkeypatch.setattr(benchmark_result, "measured_path", lambda: tmp_path / "measured.json")
    assert assembly.assemble(settings, lambda rules: None).hearing is None
    setting = benchmark_result.setting_of(workers_of(settings), repr(settings.recognition))
    benchmark_result.keep(benchmark_result.Benchmark(Costs(0.01, 0.1, 0.7), 8, 1.0, 1, setting, 1_800_000_000))
    known = assembly.assemble(settings, lambda rules: None).hearing
    assert known == HearingCost(0.1, 0.7, 0.0, cpu_per_call_s=0.01)


def test_this_machine_is_recognised_again() -> None:
    assert fingerprint() == fingerprint()
    assert "cores" in fingerprint()
    assert this_machine().memory_mb > 1


def test_what_is_kept_survives_damage(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "measured.json"
    assert load_measured(path, "m", STREAMING, StreamCost) is None
    save_measured(path, "m", STREAMING, COST)
    save_measured(path, "m", "hearing", HearingCost(0.1, 0.8, 140.0))
    assert load_measured(path, "m", STREAMING, StreamCost) == COST
    assert load_measured(path, "m", "hearing", HearingCost) == HearingCost(0.1, 0.8, 140.0)
    assert load_measured(path, "m", "other", StreamCost) is None
    assert load_measured(path, "m", "hearing", StreamCost) is None
    save_measured(path, "n", STREAMING, replace(COST, calls=3))
    assert load_measured(path, "n", "hearing", HearingCost) is None
    for broken in (b"", b"\xff\xfe", b'{"format":1}', b'{"format":9,"machine":"n","figures":{}}', b" " * 70_000):
        path.write_bytes(broken)
        assert load_measured(path, "n", STREAMING, StreamCost) is None
    path.write_bytes(b'{"format":1,"machine":"n","figures":{"streaming":{"receive_cpu":-1}}}')
    assert load_measured(path, "n", STREAMING, StreamCost) is None
