"""How many calls this machine can hear, measured on the real pipeline: scripted calls through all workers at once."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, replace

from desktop.app.benchmark_result import Benchmark, keep, setting_of, told
from desktop.app.catalog import RecogniserChoice
from desktop.bundled import resources_folder
from desktop.domain.errors import SettingInvalid, SidetoneError
from desktop.domain.media import Codec, EncodedFrame
from desktop.domain.speech import Attention
from desktop.engine.analyser import MakeRecogniser
from desktop.engine.pool import GIVEN_UP_AFTER, WorkerPool
from desktop.engine.wire import FromWorker, Pulse, Ready, Refused
from desktop.insights.keyword_defaults import DEFAULT_RULES
from desktop.insights.keyword_rules import checked_rules, phrases_of
from desktop.insights.load import USUAL, LoadMeter, watchable
from desktop.settings.model import EngineKind, Settings
from desktop.simulator.library import load_script
from desktop.simulator.script import Script

MOST_WORKERS = 8
SCRIPTS = ("billing-dispute", "happy-order", "supervisor-request", "slow-speaker")
IN_WORDS, FOR_PHRASES, OTHERS = 3, 2, 2
"""Calls per worker: busy enough that shared cores and memory count, not so busy that anything waits."""
SECONDS = 12.0
CALLS = IN_WORDS + FOR_PHRASES + OTHERS
LOADING_S = 60.0
SKIPPED_MS, STAGGERED_MS = 4_000, 700  # each call begins a little later in its script
LANGUAGE = "en-US"
TICK_S = 0.02


NOT_STARTED = (
    "The recogniser did not start, so nothing could be measured. Choose another model or engine; if it is the one that "
    "comes along, reinstall Sidetone."
)
REFUSED = "The recogniser did not start, so nothing could be measured: {problem}"
DIED = (
    "A recogniser process ended while it was measured, so the figures say nothing. Measure again; if that fails as "
    "well, close other programs to free memory, or choose another model or engine."
)


class BenchmarkFailed(SidetoneError):
    """Nothing could be measured; why, and what to do."""


def workers_of(settings: Settings) -> int:
    """How many recogniser processes run."""
    return settings.workers or max(1, min(os.cpu_count() or 1, MOST_WORKERS))


async def measure(
    make_recogniser: MakeRecogniser,
    workers: int,
    engine: str,
    *,
    phrases: Sequence[str] = (),
    seconds: float = SECONDS,
    go_on: Callable[[float], bool] = lambda share: True,
) -> Benchmark | None:
    """Play calls in real time through workers of its own for `seconds`; `phrases` are watched for. BenchmarkFailed.

    `go_on` hears the share that is done, 0..1; False stops it, and then nothing was measured.
    """
    meter, settled, refused = LoadMeter(workers), asyncio.Event(), ""

    def take(message: FromWorker) -> None:
        nonlocal refused
        if isinstance(message, Pulse):
            meter.spots_phrases = message.spots_phrases
            meter.note(message.spent)
        elif isinstance(message, Refused):
            refused = message.problem
            settled.set()
        elif isinstance(message, Ready) and pool.ready == workers:
            settled.set()

    pool = WorkerPool(workers, make_recogniser, take, lambda gap: None)
    pool.admit = lambda call, worker: _attention(int(call) // workers)
    pool.watch(phrases)
    async with asyncio.TaskGroup() as group:
        running = group.create_task(pool.run(), name="benchmark's workers")
        await _loading(settled, pool, go_on)
        loaded, before = settled.is_set() and not refused, pool.restarts
        whole = loaded and await _play(pool, CALLS * workers, seconds, go_on)
        died = pool.restarts > before
        running.cancel()
    if not loaded and go_on(0.0):
        raise BenchmarkFailed(REFUSED.format(problem=refused) if refused else NOT_STARTED)
    if not whole:
        return None
    if died:
        raise BenchmarkFailed(DIED)
    costs = replace(meter.costs, talk=USUAL.talk)  # how much these calls happen to talk says nothing about others
    return Benchmark(
        costs=replace(meter.cpu_costs, talk=USUAL.talk),
        most_calls=watchable(costs, [1.0] * workers),
        contention=meter.contention,
        workers=workers,
        setting=setting_of(workers, engine),
        measured_at=int(time.time()),
    )


def _attention(number: int) -> Attention:
    """How the worker's call of this number, from 0 on, is heard."""
    if number < IN_WORDS:
        return Attention.WORDS
    return Attention.PHRASES if number < IN_WORDS + FOR_PHRASES else Attention.PRESENCE


async def _loading(settled: asyncio.Event, pool: WorkerPool, go_on: Callable[[float], bool]) -> None:
    """Until it is done, fails again and again, has taken too long, or isn't wanted any more."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(LOADING_S):
            while not settled.is_set() and pool.restarts < GIVEN_UP_AFTER and go_on(0.0):
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(TICK_S):
                        await settled.wait()


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
    phrases = phrases_of(DEFAULT_RULES if settings.keywords is None else checked_rules(settings.keywords))
    measuring = measure(choice, workers_of(settings), engine, phrases=phrases, seconds=seconds, go_on=show)
    found = asyncio.run(measuring)
    assert found is not None
    if sys.stderr.isatty():
        print("\r", end="", file=sys.stderr)
    keep(found)
    print(json.dumps(asdict(found), indent=2) if as_json else told(found))
