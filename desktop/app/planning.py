"""How many calls this machine bears, by what was measured on it: kept between runs, measured anew when asked for."""

from __future__ import annotations

import asyncio
import contextlib
import math
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from desktop.app.machine import fingerprint, this_machine
from desktop.app.telling import BROKE
from desktop.dashboard import listener_sentences as sentences
from desktop.dashboard.capacity import Planner, Room
from desktop.domain.capacity import HearingCost, StreamCost
from desktop.domain.errors import SidetoneError
from desktop.domain.listener import CapacityPlan
from desktop.insights.capacity import WORKER_LOAD, Feed, Machine, Measured, plan
from desktop.settings.measured import load_measured, measured_path, save_measured
from desktop.simulator.stream_cost_platform import measure_stream_cost

STREAMING = "streaming"
CARD = " The line is taken to be as fast as this computer's network card; yours may be slower."
Measuring = Callable[[Callable[[float], None]], Awaitable[StreamCost]]


class Planning:
    """`show` gets every change. `hearing` is what recognition costs here, None while nobody has measured that."""

    def __init__(
        self,
        show: Callable[[Planner], None],
        *,
        path: Path | None = None,
        measuring: Measuring = measure_stream_cost,
        hearing: HearingCost | None = None,
    ) -> None:
        self._show, self._measuring, self._hearing = show, measuring, hearing
        self._path = measured_path() if path is None else path
        self._asked = asyncio.Event()
        self._job: asyncio.Task[StreamCost | str] | None = None
        self.cost: StreamCost | None = None

    def measure(self) -> None:
        """A person wants it measured; while it is, nothing changes."""
        self._asked.set()

    def hear(self, hearing: HearingCost) -> None:
        """What recognition costs here was measured."""
        self._hearing = hearing
        if self._job is None:
            self._show(self.planner())

    def cancel(self) -> None:
        """A person doesn't want to wait."""
        if self._job is not None:
            self._job.cancel()

    async def run(self) -> None:
        """Until cancelled: show what is known, measure when asked."""
        machine = await asyncio.to_thread(fingerprint)
        self.cost = await asyncio.to_thread(load_measured, self._path, machine, STREAMING, StreamCost)
        self._show(self.planner())
        while True:
            await self._asked.wait()
            problem = await self._measure(machine)
            self._asked.clear()
            self._show(self.planner(problem=problem))

    async def _measure(self, machine: str) -> str:
        """Why nothing came of it, in a sentence; empty when it did, or nobody wants it any more."""
        self._show(self.planner(progress=0.0))
        async with asyncio.TaskGroup() as group:
            job = self._job = group.create_task(self._measured(), name="measuring")
            await asyncio.wait([job])
        self._job = None
        if job.cancelled():
            return ""
        if isinstance(found := job.result(), str):
            return found
        self.cost = found
        with contextlib.suppress(OSError):  # it holds for this session all the same
            await asyncio.to_thread(save_measured, self._path, machine, STREAMING, found)
        return ""

    async def _measured(self) -> StreamCost | str:
        try:
            return await self._measuring(lambda share: self._show(self.planner(progress=share)))
        except SidetoneError as problem:
            return str(problem)
        except Exception as error:  # its text may carry anything
            return BROKE.format(kind=type(error).__name__)

    def planner(self, *, progress: float | None = None, problem: str = "") -> Planner:
        """What can be said now."""
        if self.cost is None:
            return Planner(progress=progress, problem=problem)
        cost, machine, hearing = self.cost, this_machine(), self._hearing
        room = Room(_finite(machine.downlink_mbit), machine.cores * WORKER_LOAD, machine.memory_mb)
        when = time.strftime("%d %b %Y, %H:%M", time.localtime(cost.measured_at_ms / 1000))
        said = sentences.rests_on(when, cost.calls, heard=hearing is not None)
        as_gateway = plan(1, Feed.AUDIOHOOK, Machine(machine.cores, machine.memory_mb, math.inf), gateway_cost(cost))
        return Planner(
            plan=lambda calls: planned(calls, cost, machine, hearing),
            room=room,
            rests_on=f"{said} {sentences.shared(as_gateway.most_calls)}{CARD if room.network_mbit_s else ''}",
            progress=progress,
            problem=problem,
        )


def planned(calls: int, cost: StreamCost, machine: Machine, hearing: HearingCost | None = None) -> CapacityPlan:
    """What so many AudioHook calls at once need here, received and decoded, and recognised if `hearing` is known."""
    decode_cpu = cost.decode_cpu if hearing is None else 0.0  # recognition's figures hold it
    measured = Measured(cost.receive_cpu + decode_cpu, cost.call_mb, hearing=hearing)
    made = plan(calls, Feed.AUDIOHOOK, machine, measured)
    limit = made.text + (f" {made.remedy}" if made.remedy else "")
    return CapacityPlan(calls, made.bandwidth_mbit, made.cpu_cores, made.memory_mb, made.fits, limit)


def gateway_cost(cost: StreamCost) -> Measured:
    """Received and re-encoded for consoles."""
    return Measured(cost.receive_cpu + cost.share_cpu, cost.call_mb)


def _finite(mbit: float) -> float:
    return 0.0 if math.isinf(mbit) else mbit
