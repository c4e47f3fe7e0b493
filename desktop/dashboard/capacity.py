"""The capacity planner as plain values: a bar for each resource that so many calls at once need."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from desktop.dashboard import listener_captions as words
from desktop.dashboard import listener_sentences as sentences
from desktop.domain.finding import Level
from desktop.domain.listener import CapacityPlan

Plan = Callable[[int], CapacityPlan]
CEILING = 10_000  # no machine is asked about more


@dataclass(frozen=True, slots=True)
class Room:
    """What may be used of the machine; 0 where that isn't known."""

    network_mbit_s: float = 0.0
    cpu_cores: float = 0.0
    memory_mb: float = 0.0


ROOM_UNKNOWN = Room()


@dataclass(frozen=True, slots=True)
class Planner:
    """What the panel shows. `plan` None: nothing was measured on this computer yet, so nothing can be said.

    `progress` 0 to 1 while it is measured; `rests_on` says what the figures are, and when they were measured.
    """

    plan: Plan | None = None
    room: Room = ROOM_UNKNOWN
    rests_on: str = ""
    progress: float | None = None
    problem: str = ""  # why the last try to measure came to nothing


@dataclass(frozen=True, slots=True)
class Bar:
    """What one resource is asked for. `share` of the whole (above 1: too much); `first` gives out before the others,
    which is only known where all of the room is.
    """

    name: str
    need: str  # "12.8 Mbit/s of 1 Gbit/s"
    share: float
    percent: str
    level: Level
    first: bool
    aloud: str


@dataclass(frozen=True, slots=True)
class Capacity:
    """What is shown for a number of calls. `scale` says what 100 % is where the whole isn't known."""

    verdict: str
    level: Level
    limit: str
    bars: tuple[Bar, ...]
    scale: str


def most_that_fit(plan: Plan) -> int:
    """The greatest number of calls at once, 0..CEILING; `plan` fits up to some number and not beyond it."""
    low, high = 0, CEILING
    while low < high:
        middle = (low + high + 1) // 2
        if plan(middle).fits:
            low = middle
        else:
            high = middle - 1
    return low


def capacity(plan: Plan, calls: int, room: Room) -> Capacity:
    """What `calls` at once need of `room`; a resource of unknown size is measured by the most calls that fit."""
    needed, most = plan(calls), max(1, most_that_fit(plan))
    full = plan(most)
    resources = (
        (words.NETWORK, sentences.network, needed.network_mbit_s, room.network_mbit_s, full.network_mbit_s),
        (words.CPU, sentences.cores, needed.cpu_cores, room.cpu_cores, full.cpu_cores),
        (words.MEMORY, sentences.memory, needed.memory_mb, room.memory_mb, full.memory_mb),
    )
    shares = [need / (whole or largest) if whole or largest else 0.0 for _, _, need, whole, largest in resources]
    unknown = any(not whole for *_, whole, _ in resources)
    first = max(range(len(shares)), key=shares.__getitem__)
    told_apart = not unknown and shares.count(shares[first]) == 1
    bars = []
    for number, ((name, said, need, whole, _), share) in enumerate(zip(resources, shares, strict=True)):
        last = told_apart and number == first
        level = Level.PASS if needed.fits or not (last or share > 1) else Level.FAIL
        amount = f"{said(need)} of {said(whole)}" if whole else said(need)
        percent = sentences.share(share)
        aloud = f"{name}: {amount}, {percent}{f', {words.FIRST}' if last else ''}"
        bars.append(Bar(name, amount, share, percent, level, last, aloud))
    return Capacity(
        verdict=sentences.verdict(calls, fits=needed.fits),
        level=Level.PASS if needed.fits else Level.FAIL,
        limit=needed.limit,
        bars=tuple(bars),
        scale=sentences.scale(most) if unknown else "",
    )
