"""Part of `make bench`: how long after the end of speech the final words are there, while four calls are heard.

.venv/bin/python packaging/bench_finals.py [MINUTES] [PAUSE_MS]      default: 2 minutes, pauses as configured
.venv/bin/python packaging/bench_finals.py real [MINUTES]            four calls in real time on two worker processes

A worker process hears two of the four calls on a core of its own. Here one is played: sound arrives in time, and the
clock goes on by the CPU time that hearing takes, so that the figures don't depend on what else the machine does.
With 10 minutes or more it is a soak: the last tenth is compared with the first, and memory is told. A pause that is
given ends every utterance; otherwise it depends on the words. `real` depends on what else the machine does.
"""

from __future__ import annotations

import asyncio
import statistics
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass

import psutil

from desktop.app.catalog import RecogniserChoice
from desktop.audio.ogg import read_packets
from desktop.bundled import resources_folder
from desktop.domain.events import AudioGap
from desktop.domain.media import Codec, EncodedFrame, Party
from desktop.domain.speech import Segment
from desktop.engine.analyser import CallAnalyser
from desktop.engine.pool import WorkerPool
from desktop.engine.wire import FromWorker, Heard, Open, Ready
from desktop.recognition.embedded import EmbeddedConfig, EmbeddedRecogniser

CALLS = ("talk-over", "billing-dispute")  # both parties speak at once in the first
FOUR = (*CALLS, "retention-offer", "rising-anger")
PARTIES = (Party.CUSTOMER, Party.AGENT)
FRAME_NS = 20_000_000


@dataclass
class Clock:
    """ns; only waiting and the CPU time of work move it."""

    now_ns: int = 0
    working_since: float | None = None

    def __call__(self) -> int:
        if self.working_since is None:
            return self.now_ns
        return self.now_ns + round((time.process_time() - self.working_since) * 1e9)

    def work(self) -> None:
        self.working_since = time.process_time()

    def rest(self) -> float:
        """The CPU seconds of the work."""
        assert self.working_since is not None
        used = time.process_time() - self.working_since
        self.now_ns, self.working_since = self.now_ns + round(used * 1e9), None
        return used


@dataclass(frozen=True, slots=True)
class Final:
    """When speech ended and how long after it its final words were there, ms."""

    at_ms: float
    late_ms: float


def packets(call: str, party: Party) -> tuple[bytes, ...]:
    """One channel of a scripted call."""
    return read_packets((resources_folder() / "calls" / f"{call}.{party.value}.opus").read_bytes()).packets


def frame(call: str, party: Party, sound: Sequence[bytes], number: int, received_ns: int) -> EncodedFrame:
    """The call begins again and again."""
    payload = sound[number % len(sound)]
    return EncodedFrame("", call, party, Codec.OPUS, number, number * 20, payload, received_ns)


def play(minutes: float, config: EmbeddedConfig) -> tuple[list[Final], list[float], float]:
    """The finals, the ms between partials while somebody spoke, and the CPU seconds that a second of a call takes."""
    clock = Clock()
    engine = EmbeddedRecogniser(config, clock)
    calls = [CallAnalyser(Open(name, 0, "", []), engine) for name in CALLS]
    sound = {(name, party): packets(name, party) for name in CALLS for party in PARTIES}
    finals: list[Final] = []
    gaps: list[float] = []
    newest: dict[tuple[str, Party], int] = {}
    spent_s = 0.0
    frames = round(minutes * 60 * 50)
    sent = 0
    while sent < frames or any(call.backlog_ms for call in calls):
        if not any(call.backlog_ms for call in calls) and sent < frames:
            clock.now_ns = max(clock.now_ns, sent * FRAME_NS)
        clock.work()
        while sent < frames and sent * FRAME_NS <= clock.now_ns:
            for call in calls:
                for party in PARTIES:
                    call.push(frame(call.call, party, sound[call.call, party], sent, sent * FRAME_NS))
            sent += 1
        for call in calls:
            for result in call.step():
                if isinstance(result, Segment):
                    _note(result, finals, gaps, newest)
            call.take_pulse()
        spent_s += clock.rest()
        if not any(call.backlog_ms for call in calls):
            clock.now_ns = max(clock.now_ns, sent * FRAME_NS)
        elif sent >= frames:
            for call in calls:
                call.flush()
    engine.close()
    return finals, gaps, spent_s / (minutes * 60 * len(calls))


def _note(heard: Segment, finals: list[Final], gaps: list[float], newest: dict[tuple[str, Party], int]) -> None:
    voice = (heard.call, heard.party)
    if heard.is_final:
        newest.pop(voice, None)
        late_ms = (heard.trace.recognised - heard.trace.speech_ended) / 1e6
        finals.append(Final(heard.trace.speech_ended / 1e6, late_ms))
        return
    if voice in newest:
        gaps.append((heard.trace.recognised - newest[voice]) / 1e6)
    newest[voice] = heard.trace.recognised


def quantile(values: Sequence[float], percent: int) -> float:
    """Of at least two values."""
    return statistics.quantiles(values, n=100)[percent - 1]


def finals(minutes: float, config: EmbeddedConfig) -> None:
    """Play and print."""
    process = psutil.Process()
    heard, gaps, cost = play(minutes, config)
    late = [final.late_ms for final in heard]
    print(
        f"finals: {len(heard)} of 2 calls for {minutes:g} minutes, "
        f"pause {config.settled_silence_ms} to {config.end_silence_ms} ms: "
        f"speech end to final words p50 {quantile(late, 50):.0f} ms, p95 {quantile(late, 95):.0f} ms; "
        f"partials changed every {quantile(gaps, 50):.0f} ms (p50), {quantile(gaps, 95):.0f} ms (p95); "
        f"{100 * cost:.1f} % of a core a call"
    )
    if minutes >= 10:
        compare(heard, minutes)
    print(f"finals: {process.memory_info().rss / 2**20:.0f} MB in the end")


def compare(heard: Sequence[Final], minutes: float) -> None:
    """The last tenth with the first."""
    tenth = minutes * 6_000
    first = [final.late_ms for final in heard if final.at_ms < tenth]
    last = [final.late_ms for final in heard if final.at_ms >= 9 * tenth]
    if min(len(first), len(last)) < 2:
        print("finals: too few in the first or last tenth to compare them")
        return
    for name, percent in (("p50", 50), ("p95", 95)):
        ratio = quantile(last, percent) / quantile(first, percent)
        print(f"finals: the last tenth's {name} is {ratio:.2f} times the first's")


async def real(minutes: float) -> None:
    """Four calls through two worker processes, in real time, and print."""
    heard: list[Final] = []
    gaps: list[AudioGap] = []
    started_ns, loading, loaded = 0, 2, asyncio.Event()

    def deliver(message: FromWorker) -> None:
        nonlocal loading
        if isinstance(message, Ready):
            loading -= 1
            if not loading:
                loaded.set()
        if not isinstance(message, Heard):
            return
        gaps.extend(message.gaps)
        for segment in message.segments:
            if segment.is_final and segment.trace.speech_ended:
                late_ms = (time.monotonic_ns() - segment.trace.speech_ended) / 1e6
                heard.append(Final((segment.trace.speech_ended - started_ns) / 1e6, late_ms))

    pool = WorkerPool(2, RecogniserChoice(), deliver, gaps.append)
    sound = {(name, party): packets(name, party) for name in FOUR for party in PARTIES}
    memory: list[float] = []
    async with asyncio.TaskGroup() as group:
        running = group.create_task(pool.run(), name="workers")
        await loaded.wait()
        started_ns = time.monotonic_ns()
        for number in range(round(minutes * 3_000)):
            await asyncio.sleep(max(0.0, (started_ns + number * FRAME_NS - time.monotonic_ns()) / 1e9))
            for (name, party), some in sound.items():
                pool.feed(frame(name, party, some, number, time.monotonic_ns()), "")
            if number % 500 == 499:
                memory.append(sum(pool.rss_mb.values()))
        await asyncio.sleep(2)
        running.cancel()
    late = [final.late_ms for final in heard]
    load = psutil.getloadavg()[0] / (psutil.cpu_count() or 1)
    print(
        f"real: {len(heard)} finals of {len(FOUR)} calls for {minutes:g} minutes on 2 workers, {load:.1f} processes a "
        f"core: speech end to final words p50 {quantile(late, 50):.0f} ms, p95 {quantile(late, 95):.0f} ms; "
        f"{sum(gap.missing_ms for gap in gaps) / 1000:.1f} s not heard; "
        f"{memory[0]:.0f} MB after ten seconds, {memory[-1]:.0f} MB in the end"
    )
    compare(heard, minutes)


if __name__ == "__main__":
    numbers = [float(argument) for argument in sys.argv[1:] if argument != "real"]
    if "real" in sys.argv[1:]:
        asyncio.run(real(numbers[0] if numbers else 10.0))
    else:
        pause_ms = round(numbers[1]) if len(numbers) > 1 else 0
        config = EmbeddedConfig(end_silence_ms=pause_ms, settled_silence_ms=pause_ms) if pause_ms else EmbeddedConfig()
        finals(numbers[0] if numbers else 2.0, config)
