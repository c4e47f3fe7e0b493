"""How many calls this machine can hear, as it was measured by a benchmark; and how such a benchmark stands."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from desktop.domain.speech_model import EngineKind


@dataclass(frozen=True, slots=True)
class Watchable:
    """Calls at once, if all of them are heard the same way."""

    words: int
    phrases: int | None  # None: the engine can't hear keywords without all the words
    presence: int  # who speaks, silence, talk-over
    alone: int  # in words, had nobody else used the machine meanwhile
    contention: float  # how many times as long everything took because of others, from 1 on
    workers: int  # recogniser processes
    when: str  # it was measured: date and time in words


class BenchmarkStep(enum.Enum):
    """What a benchmark does."""

    STARTING = "starting"  # its recogniser processes load
    HEARING = "hearing"  # they hear scripted calls


@dataclass(frozen=True, slots=True)
class BenchmarkWork:
    """A benchmark that goes on. `share` of the hearing is done, 0..1, and it takes `left_s` more."""

    step: BenchmarkStep
    share: float
    left_s: float
    calls: int  # scripted ones, all processes together
    workers: int


@dataclass(frozen=True, slots=True)
class BenchmarkStanding:
    """What the Recognition page shows of it."""

    engine: EngineKind  # that hears now
    model: str = ""
    found: Watchable | None = None  # with this engine and model
    outdated: str = ""  # when it was measured last with another engine, model or number of processes
    work: BenchmarkWork | None = None
    problem: str = ""  # why the last one came to nothing, with a remedy
