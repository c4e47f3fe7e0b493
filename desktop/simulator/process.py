"""The simulator as a process of its own: the console dials it over loopback like any platform."""

from __future__ import annotations

import asyncio
import contextlib
import multiprocessing
import multiprocessing.connection
import secrets
import signal
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from pathlib import Path
from types import TracebackType
from typing import Protocol

from desktop.domain.errors import Rejected, SidetoneError, Unreachable
from desktop.simulator.floor import run_floor, run_recordings
from desktop.simulator.library import load_scripts
from desktop.simulator.organisation import SimulatedOrganisation
from desktop.simulator.recording import script_of
from desktop.simulator.script import Script

START_S = 30.0
EXIT_S = 3.0


@dataclass(frozen=True, slots=True)
class Orders:
    """What to play. `files` not empty = those recordings instead of the scripted calls.

    `waits`: the first call comes when `SimulatorProcess.begin` says so, not with the first console.
    """

    scripts: Path
    calls: int = 8
    seed: int = 1
    speed: float = 1.0
    files: tuple[Path, ...] = ()
    waits: bool = False


class _Line(Protocol):
    """Our end; what it is called depends on the platform."""

    def send(self, thing: object, /) -> None: ...
    def close(self) -> None: ...


class SimulatorProcess:
    """`async with` starts it and knows where it listens; it ends with the context or with its parent."""

    def __init__(self, orders: Orders) -> None:
        self.token = secrets.token_urlsafe(24)
        self.base_url = ""  # of the audio gateway
        self.platform_url = ""  # of everything else
        self._orders = orders
        self._process: BaseProcess | None = None
        self._line: _Line | None = None

    async def __aenter__(self) -> SimulatorProcess:
        try:
            self.base_url, self.platform_url = await asyncio.to_thread(self._start)
        except BaseException:
            await asyncio.to_thread(self._stop)
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await asyncio.to_thread(self._stop)

    def begin(self) -> None:
        """Let the calls of a floor that waits begin."""
        if self._line is not None:
            with contextlib.suppress(OSError):  # it has ended
                self._line.send("begin")

    def _start(self) -> tuple[str, str]:
        context = multiprocessing.get_context("spawn")
        line, theirs = context.Pipe()
        self._line = line
        self._process = context.Process(
            target=simulator_main, args=(self._orders, self.token, theirs), name="sidetone-simulator", daemon=True
        )
        self._process.start()
        theirs.close()
        if not line.poll(START_S):
            raise Unreachable("The built-in simulator did not start in time. Try again.")
        try:
            kind, said = line.recv()
        except EOFError:
            raise Unreachable("The built-in simulator ended at once. Try again.") from None
        if kind == "refused":
            raise Rejected(str(said))
        audio, platform = said
        return str(audio), str(platform)

    def _stop(self) -> None:
        if self._line is not None:
            self._line.close()  # the simulator ends when its line does
        if self._process is not None:
            self._process.join(EXIT_S)
            if self._process.is_alive():
                self._process.kill()
                self._process.join(EXIT_S)


def simulator_main(orders: Orders, token: str, line: multiprocessing.connection.Connection) -> None:
    """Entry point of the spawned process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with contextlib.suppress(BrokenPipeError, KeyboardInterrupt):
        try:
            asyncio.run(_serve(orders, token, line))
        except SidetoneError as error:
            line.send(("refused", str(error)))


async def _serve(orders: Orders, token: str, line: multiprocessing.connection.Connection) -> None:
    files = [script_of(path) for path in orders.files]
    scripts = files or load_scripts(orders.scripts)
    organisation = SimulatedOrganisation(token, scripts=scripts)
    line.send(("listening", await organisation.start()))
    begun = asyncio.Event()
    if not orders.waits:
        begun.set()
    try:
        async with asyncio.TaskGroup() as group:
            playing = group.create_task(_play(orders, scripts, organisation, begun), name="floor")
            await _listen(line, begun)
            playing.cancel()
    finally:
        await organisation.close()


async def _play(
    orders: Orders, scripts: Sequence[Script], organisation: SimulatedOrganisation, begun: asyncio.Event
) -> None:
    """Starts when the first console is there, whichever way it came, and, if it is to wait, ready to hear."""
    await _first_console(organisation)
    await begun.wait()
    gateway = organisation.gateway
    if orders.files:
        await run_recordings(gateway, scripts, speed=orders.speed)
    await run_floor(
        gateway,
        scripts,
        calls=orders.calls,
        seed=orders.seed,
        speed=orders.speed,
        audiences=organisation.parts,
    )


async def _first_console(organisation: SimulatedOrganisation) -> None:
    async with asyncio.TaskGroup() as group:
        ways = [
            group.create_task(organisation.gateway.subscribed(), name="a stream"),
            group.create_task(organisation.platform.visited.wait(), name="a visitor"),
        ]
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        for way in ways:
            way.cancel()


async def _listen(line: multiprocessing.connection.Connection, begun: asyncio.Event) -> None:
    """Until the console is gone; it has only one thing to say."""
    while True:
        await asyncio.sleep(0.1)
        try:
            if line.poll():
                line.recv()
                begun.set()
        except (EOFError, OSError):
            return
