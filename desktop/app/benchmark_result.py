"""What was measured of hearing on this machine: kept between runs, and what it comes to in calls and in words."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from pathlib import Path

from desktop.app.machine import fingerprint
from desktop.domain.benchmark import Watchable
from desktop.domain.capacity import HearingCost
from desktop.domain.load import Costs
from desktop.domain.speech import Attention
from desktop.insights.capacity import WORKER_LOAD
from desktop.insights.load import watchable
from desktop.settings.measured import load_measured, measured_path, save_measured
from desktop.settings.model import EngineKind, Recognition

NAME = "hearing"
PHRASES_SHARE = 0.4
"""Of what words cost: what watching for phrases is taken for where nobody has measured it."""
OTHERS_WORTH_SAYING = 1.2


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
        if not (self.workers > 0 and self.contention >= 1 and (self.costs.phrases or 0) >= 0):
            raise ValueError("workers, contention, costs.phrases: out of range")


def setting_of(workers: int, engine: str) -> str:
    """What was measured: with other workers, another engine or model it has to be measured anew."""
    return f"{workers} of {engine}"


def keep(found: Benchmark, path: Path | None = None) -> None:
    """For the next start. OSError: it could not be kept."""
    save_measured(path or measured_path(), fingerprint(), NAME, found)


def last_kept(path: Path | None = None) -> Benchmark | None:
    """The last result of this machine, of any setting; one that can't be read or can't be true is none."""
    return load_measured(path or measured_path(), fingerprint(), NAME, Benchmark)


def recall(wanted: str, path: Path | None = None) -> Benchmark | None:
    """The last result if it is of this setting and machine."""
    found = last_kept(path)
    return found if found is not None and found.setting == wanted else None


def with_phrases(costs: Costs, recognition: Recognition) -> Costs:
    """The embedded engine spots phrases by themselves, whether or not that was measured."""
    if recognition.engine is not EngineKind.EMBEDDED or costs.phrases is not None:
        return costs
    return replace(costs, phrases=costs.words * PHRASES_SHARE)


def hearing_cost(costs: Costs) -> HearingCost:
    """For a plan on this machine, where the workers' memory is taken already."""
    return HearingCost(costs.words, costs.talk, worker_mb=0.0, cpu_per_call_s=costs.call)


def watchable_calls(found: Benchmark) -> Watchable:
    """What it comes to in calls."""
    costs, dearer, whole = found.costs, found.contention, [1.0] * found.workers
    phrases = None if costs.phrases is None else costs.phrases * dearer
    now = Costs(costs.call * dearer, costs.words * dearer, costs.talk, phrases)
    return Watchable(
        words=found.most_calls,
        phrases=None if phrases is None else watchable(now, whole, Attention.PHRASES),
        presence=watchable(now, whole, Attention.PRESENCE),
        alone=watchable(costs, whole),
        contention=dearer,
        workers=found.workers,
        when=measured_when(found),
    )


def measured_when(found: Benchmark) -> str:
    """Date and time here."""
    return time.strftime("%d %b %Y, %H:%M", time.localtime(found.measured_at))


def told(found: Benchmark) -> str:
    """For a person, with what it rests on."""
    cost = found.costs
    calls = watchable_calls(found)
    keywords = "" if calls.phrases is None else f"about {calls.phrases} for keywords only, "
    lines = [
        f"This machine can watch about {found.most_calls} calls with words at once.",
        f"Heard otherwise, it would be {keywords}about {calls.presence} by who speaks, silence and talk-over alone.",
        f"Measured with {found.workers} recogniser processes at work: {cost.words:.3f} s of a core per second of speech"
        f" in words, {cost.call:.4f} s per second of call for the rest.",
        f"It reckons with {cost.talk:.1f} parties of a call speaking at any time, and with {WORKER_LOAD:.0%} of each"
        " core, so that words stay quick.",
    ]
    if found.contention > OTHERS_WORTH_SAYING:
        lines.append(
            f"Others used the machine meanwhile: all took {found.contention:.1f} times as long; "
            f"without them it would be {calls.alone} in words."
        )
    return "\n".join(lines)
