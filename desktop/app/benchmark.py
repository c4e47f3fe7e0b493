"""How many calls this machine can hear, measured on the real pipeline: scripted calls through all workers at once."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import psutil

from desktop.app.catalog import RecogniserChoice
from desktop.app.machine import fingerprint
from desktop.bundled import resources_folder
from desktop.domain.errors import SettingInvalid, SidetoneError
from desktop.domain.load import Costs
from desktop.domain.media import Codec, EncodedFrame
from desktop.domain.speech import Attention
from desktop.engine.analyser import MakeRecogniser
from desktop.engine.hub import Hub
from desktop.engine.pool import WorkerPool
from desktop.engine.wire import FromWorker, Pulse, Ready
from desktop.insights.capacity import WORKER_LOAD
from desktop.insights.load import USUAL, LoadMeter, watchable
from desktop.settings.measured import load_measured, measured_path, save_measured
from desktop.settings.model import EngineKind, Recognition, Settings
from desktop.simulator.library import load_script
from desktop.simulator.script import Script

MOST_WORKERS = 8
SCRIPTS = ("billing-dispute", "happy-order", "supervisor-request", "slow-speaker")
IN_WORDS, OTHERS = 3, 3
"""Calls per worker: busy enough that shared cores and memory count, not so busy that anything waits."""
SECONDS = 12.0
LOADING_S = 60.0
QUIET_S = 20.0
SKIPPED_MS, STAGGERED_MS = 4_000, 700  # each call begins a little later in its script
LANGUAGE = "en-US"
NAME = "hearing"
PHRASES_SHARE = 0.4
"""Of what words cost: what watching for phrases is taken for until calls have been heard so."""
SPARE = 1.5  # so many times what the workers take must be free for a second set of them
TICK_S = 0.02
OTHERS_WORTH_SAYING = 1.2


class BenchmarkFailed(SidetoneError):
    """The recogniser did not start."""


@dataclass(frozen=True, slots=True)
class Benchmark:
    """What was measured, where and when."""

    costs: Costs  # seconds of a core of its own
    most_calls: int  # that can be heard in words at once, others who used the machine at the time counted in
    contention: float  # wall clock per second of processor: above 1, there were others
    workers: int
    setting: str  # workers and engine
    measured_at: int  # Unix epoch, s

    def __post_init__(self) -> None:
        if not (self.costs.words > 0 and self.costs.call >= 0 and 0 <= self.costs.talk <= 2 and self.most_calls >= 0):
            raise ValueError("costs, most_calls: out of range")


def workers_of(settings: Settings) -> int:
    """How many recogniser processes run."""
    return settings.workers or max(1, min(os.cpu_count() or 1, MOST_WORKERS))


def setting_of(workers: int, engine: str) -> str:
    """What was measured: with other workers, another engine or model it has to be measured anew."""
    return f"{workers} of {engine}"


def keep(found: Benchmark, path: Path | None = None) -> None:
    """For the next start. OSError: it could not be kept."""
    save_measured(path or measured_path(), fingerprint(), NAME, found)


def recall(wanted: str, path: Path | None = None) -> Benchmark | None:
    """The last result if it is of this setting and machine; one that can't be read or can't be true is none."""
    found = load_measured(path or measured_path(), fingerprint(), NAME, Benchmark)
    return found if found is not None and found.setting == wanted else None


def with_phrases(costs: Costs, recognition: Recognition) -> Costs:
    """The embedded engine spots phrases by themselves; what that costs shows only once calls are heard so."""
    if recognition.engine is not EngineKind.EMBEDDED:
        return costs
    return replace(costs, phrases=costs.words * PHRASES_SHARE)


async def measure(
    make_recogniser: MakeRecogniser,
    workers: int,
    engine: str,
    *,
    seconds: float = SECONDS,
    go_on: Callable[[float], bool] = lambda share: True,
) -> Benchmark | None:
    """Play calls in real time through workers of its own for `seconds`. BenchmarkFailed.

    `go_on` hears the share that is done, 0..1; False stops it, and then nothing was measured.
    """
    meter, loaded = LoadMeter(workers), asyncio.Event()

    def take(message: FromWorker) -> None:
        if isinstance(message, Pulse):
            meter.note(message.spent)
        elif isinstance(message, Ready) and pool.ready == workers:
            loaded.set()

    pool = WorkerPool(workers, make_recogniser, take, lambda gap: None)
    in_words = IN_WORDS * workers
    pool.admit = lambda call, worker: Attention.WORDS if int(call) < in_words else Attention.PRESENCE
    async with asyncio.TaskGroup() as group:
        running = group.create_task(pool.run(), name="benchmark's workers")
        await _loading(loaded, go_on)
        whole = loaded.is_set() and await _play(pool, (IN_WORDS + OTHERS) * workers, seconds, go_on)
        running.cancel()
    if not loaded.is_set() and go_on(0.0):
        raise BenchmarkFailed("The recogniser did not start, so nothing could be measured.")
    if not whole:
        return None
    costs = replace(meter.costs, talk=USUAL.talk)  # how much these calls happen to talk says nothing about others
    return Benchmark(
        costs=replace(meter.cpu_costs, talk=USUAL.talk),
        most_calls=watchable(costs, [1.0] * workers),
        contention=meter.contention,
        workers=workers,
        setting=setting_of(workers, engine),
        measured_at=int(time.time()),
    )


async def _loading(loaded: asyncio.Event, go_on: Callable[[float], bool]) -> None:
    """Until it is done, has taken too long, or isn't wanted any more."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(LOADING_S):
            while not loaded.is_set() and go_on(0.0):
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(TICK_S):
                        await loaded.wait()


async def _play(pool: WorkerPool, calls: int, seconds: float, go_on: Callable[[float], bool]) -> bool:
    """Whether it was played to its end."""
    calls_folder = resources_folder() / "calls"
    scripts = [await asyncio.to_thread(load_script, calls_folder / f"{name}.toml") for name in SCRIPTS]
    streams = [
        _Stream(scripts[number % len(scripts)], str(number), SKIPPED_MS + STAGGERED_MS * number)
        for number in range(calls)
    ]
    began = time.monotonic()
    while (passed := time.monotonic() - began) < seconds:
        for stream in streams:
            for frame in stream.until(passed * 1000):
                pool.feed(frame, LANGUAGE)
        if not go_on(passed / seconds):
            return False
        await asyncio.sleep(TICK_S)
    return True


class _Stream:
    """Both parties' packets in the order of time, from some place in the script on, again and again."""

    def __init__(self, script: Script, call: str, skip_ms: int) -> None:
        self._channels, self._call = script.channels, call
        self._frame_ms = script.channels[0].frame_ms
        self._length = min(len(channel.packets) for channel in script.channels)
        self._first = int(skip_ms / self._frame_ms)
        self._seq = 0

    def until(self, at_ms: float) -> Iterator[EncodedFrame]:
        """What is due by then."""
        while self._seq * self._frame_ms <= at_ms:
            place, when = (self._first + self._seq) % self._length, round(self._seq * self._frame_ms)
            for channel in self._channels:
                packet, now_ns = channel.packets[place], time.monotonic_ns()
                yield EncodedFrame("benchmark", self._call, channel.party, Codec.OPUS, self._seq, when, packet, now_ns)
            self._seq += 1


async def measure_once(hub: Hub, settings: Settings) -> None:
    """If nothing is known of this machine: once the window is up, and only while no call is heard.

    Calls tell what they cost themselves, so one that comes ends it.
    """
    workers, recognition = workers_of(settings), settings.recognition
    local = recognition.engine is not EngineKind.SPEECH_SERVICE
    if not local or recall(setting_of(workers, repr(recognition))) is not None:
        return
    await asyncio.sleep(QUIET_S)
    engine, heaviest_mb = hub.pool.engine, max(hub.pool.rss_mb.values(), default=0.0)
    free_mb = psutil.virtual_memory().available / 2**20
    if len(hub.pool) or not heaviest_mb or free_mb < SPARE * workers * heaviest_mb:
        return

    def go_on(share: float) -> bool:
        return not len(hub.pool) and hub.pool.engine == engine

    try:
        found = await measure(RecogniserChoice(recognition), workers, repr(recognition), go_on=go_on)
        if found is not None:
            hub.attendance.assume(with_phrases(found.costs, recognition))
            keep(found)
    except* (SidetoneError, OSError):  # then it is measured on the calls
        pass


def told(found: Benchmark) -> str:
    """For a person, with what it rests on."""
    cost = found.costs
    lines = [
        f"This machine can watch about {found.most_calls} calls with words at once.",
        f"Measured with {found.workers} recogniser processes at work: {cost.words:.3f} s of a core per second of speech"
        f" in words, {cost.call:.4f} s per second of call for the rest.",
        f"It reckons with {cost.talk:.1f} parties of a call speaking at any time, and with {WORKER_LOAD:.0%} of each"
        " core, so that words stay quick.",
    ]
    if found.contention > OTHERS_WORTH_SAYING:
        lines.append(f"Others used the machine meanwhile: all took {found.contention:.1f} times as long.")
    return "\n".join(lines)


def benchmark_command(settings: Settings, *, seconds: float, as_json: bool) -> None:
    """Measure, print, keep for the next start."""

    def show(share: float) -> bool:
        if sys.stderr.isatty():
            print(f"\rmeasuring {share:4.0%}", end="", file=sys.stderr, flush=True)
        return True

    if settings.recognition.engine is EngineKind.SPEECH_SERVICE:
        raise SettingInvalid("recognition.engine", "is a service elsewhere", "Its own machine has to be measured.")
    choice = RecogniserChoice(settings.recognition)
    engine = repr(settings.recognition)
    found = asyncio.run(measure(choice, workers_of(settings), engine, seconds=seconds, go_on=show))
    assert found is not None
    if sys.stderr.isatty():
        print("\r", end="", file=sys.stderr)
    keep(found)
    print(json.dumps(asdict(found), indent=2) if as_json else told(found))
