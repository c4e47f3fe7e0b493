"""How many calls this machine can take at once: bandwidth, processor and memory, and which of them ends first.

Bandwidth is document C's arithmetic (prerequisites: 64 kbit/s per Opus stream; 7 Mbit/s for 100 calls "to account for
overhead and retransmissions", that is 9.4 % on top) and AudioHook's, 8 kHz stereo mu-law. Processor and memory are what
was measured on this machine (domain/capacity.py); nothing here measures.
"""

from __future__ import annotations

import enum
import math
from dataclasses import dataclass
from typing import Final

from desktop.domain.capacity import HearingCost

OVERHEAD: Final = 7_000 / 6_400
"""Document C: 100 calls of 64 kbit/s need 7 Mbit/s."""
WORKER_LOAD: Final = 0.7
"""How busy a core may be on average without making everybody wait (one recogniser process uses one)."""
_ENDLESS: Final = 10**9


class Feed(enum.Enum):
    """How the sound of a call comes in."""

    OPUS = "Opus over HTTPS"  # document C, one stream per call
    PCMU = "PCMU over HTTPS"  # document C, one mono stream per call
    AUDIOHOOK = "AudioHook"  # external and internal channel, 16 kB/s

    @property
    def kbit(self) -> float:
        """kbit/s per call, with overhead."""
        return (128.0 if self is Feed.AUDIOHOOK else 64.0) * OVERHEAD


class Resource(enum.Enum):
    """What can run out."""

    BANDWIDTH = "bandwidth"
    PROCESSOR = "processor"
    MEMORY = "memory"


@dataclass(frozen=True, slots=True)
class Machine:
    """What there is. ValueError if a number is not positive."""

    cores: float
    memory_mb: float  # that may be used
    downlink_mbit: float  # infinite where it isn't known: then it never runs out

    def __post_init__(self) -> None:
        _positive(cores=self.cores, memory_mb=self.memory_mb, downlink_mbit=self.downlink_mbit)


@dataclass(frozen=True, slots=True)
class Measured:
    """What a call costs here. `hearing` None: calls are taken in, not recognised. ValueError: a number out of range."""

    cpu_per_call_s: float  # seconds of processor per second of call whoever speaks: receiving, decoding
    call_mb: float
    base_mb: float = 0.0  # everything else that doesn't run yet
    hearing: HearingCost | None = None

    def __post_init__(self) -> None:
        _positive(call_mb=self.call_mb)
        if self.cpu_per_call_s < 0 or self.base_mb < 0:
            raise ValueError("cpu_per_call_s, base_mb: not below zero")

    @property
    def cpu_s(self) -> float:
        """Seconds of processor per second of call, all together."""
        if self.hearing is None:
            return self.cpu_per_call_s
        heard = self.hearing.cpu_per_speech_s * self.hearing.speech_share
        return self.cpu_per_call_s + self.hearing.cpu_per_call_s + heard

    def workers_mb(self, cores: float) -> float:
        """What the recogniser processes take that keep so many cores busy."""
        return 0.0 if self.hearing is None else _workers(cores) * self.hearing.worker_mb


@dataclass(frozen=True, slots=True)
class Capacity:
    """The plan for `calls` at once."""

    calls: int
    bandwidth_mbit: float
    cpu_cores: float  # busy on average
    workers: int  # recogniser processes to run; 0 where nothing is recognised
    memory_mb: float
    most_calls: int  # what this machine bears
    limited_by: Resource  # what runs out first beyond `most_calls`
    fits: bool
    text: str
    remedy: str = ""


def plan(calls: int, feed: Feed, machine: Machine, measured: Measured, *, streamed_share: float = 1.0) -> Capacity:
    """`streamed_share`: how many of the calls are streamed at any time (0 to 1); the others are paused to save minutes.

    ValueError: a number out of range.
    """
    if calls < 0 or not 0 < streamed_share <= 1:
        raise ValueError("calls: 0 or more; streamed_share: above 0 and at most 1")
    cpu = streamed_share * measured.cpu_s
    mbit = streamed_share * feed.kbit / 1000
    limits = {
        Resource.BANDWIDTH: _whole(machine.downlink_mbit / mbit),
        Resource.PROCESSOR: _by_processor(cpu, machine),
        Resource.MEMORY: _by_memory(cpu, machine, measured),
    }
    first = min(limits, key=lambda resource: limits[resource])
    most = limits[first]
    fits = calls <= most
    return Capacity(
        calls=calls,
        bandwidth_mbit=calls * mbit,
        cpu_cores=calls * cpu,
        workers=0 if measured.hearing is None else _workers(calls * cpu),
        memory_mb=measured.base_mb + measured.workers_mb(calls * cpu) + calls * measured.call_mb,
        most_calls=most,
        limited_by=first,
        fits=fits,
        text=_sentence(calls, most, first, fits),
        remedy="" if fits else _REMEDIES[first],
    )


def _whole(calls: float) -> int:
    return _ENDLESS if calls >= _ENDLESS else math.floor(calls + 1e-9)


def _by_processor(cpu: float, machine: Machine) -> int:
    """At least one worker fits everywhere; each takes one core."""
    return _ENDLESS if cpu == 0 else _whole(max(1, math.floor(machine.cores)) * WORKER_LOAD / cpu)


def _by_memory(cpu: float, machine: Machine, measured: Measured) -> int:
    """The largest number of calls whose own memory and workers fit."""
    room = machine.memory_mb - measured.base_mb
    low, high = 0, max(0, math.floor(room / measured.call_mb))
    while low < high:
        middle = (low + high + 1) // 2
        if measured.workers_mb(middle * cpu) + middle * measured.call_mb <= room:
            low = middle
        else:
            high = middle - 1
    return low


def _workers(cores: float) -> int:
    return max(1, math.ceil(cores / WORKER_LOAD - 1e-9))


def _sentence(calls: int, most: int, first: Resource, fits: bool) -> str:
    if most == 0:
        return f"This machine can't take a single call: there is not enough {first.value}."
    if fits:
        return f"{calls} calls at once fit; from {most + 1} on, {first.value} would run out."
    return f"{calls} calls at once are too many for this machine: {first.value} runs out after {most}."


_REMEDIES: Final = {
    Resource.BANDWIDTH: "Get a faster line, or stream fewer calls at a time (pause those that nobody watches).",
    Resource.PROCESSOR: "Use a machine with more cores, or spread the calls over several gateways.",
    Resource.MEMORY: "Add memory, or spread the calls over several gateways.",
}


def _positive(**numbers: float) -> None:
    for name, number in numbers.items():
        if not number > 0:
            raise ValueError(f"{name}: above zero")
