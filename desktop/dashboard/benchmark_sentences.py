"""How many calls this machine can watch, as the Recognition page says it: the kept figures, or how measuring goes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, assert_never

from desktop.dashboard import model_captions
from desktop.dashboard.sentences import joined
from desktop.domain.benchmark import BenchmarkStanding, BenchmarkStep, BenchmarkWork, Watchable
from desktop.domain.speech_model import EngineKind

TITLE: Final = "What this machine can watch"
MEASURE, AGAIN, CANCEL = "Measure now", "Measure again", "Cancel"
MEASURE_TIP: Final = "Play scripted calls through a second set of recogniser processes for some seconds"
QUESTION: Final = "Measure while calls are watched?"
YES, NO = "Measure now", "Not now"
NEVER: Final = (
    "It was never measured here. Until then Sidetone reckons with a guess, and with what the calls show as they come."
)
ELSEWHERE: Final = "The speech service hears the calls, so its own machine sets the limit; there is nothing to measure."
EACH_ALONE: Final = (
    "Each figure is for all calls at once heard that way. With more calls, words go to those that need somebody."
)
OTHERS_WORTH_SAYING: Final = 1.2
MANY: Final = 500
_HEARD: Final = "in words", "for keywords only", "by who speaks, silence and talk-over only"


@dataclass(frozen=True, slots=True)
class BenchmarkView:
    """What is shown. `share` None while it isn't known; `button` empty: there is nothing to press."""

    figures: tuple[tuple[str, str], ...] = ()  # a number, and what it is of
    text: str = ""
    problem: str = ""
    busy: bool = False
    share: float | None = None
    left: str = ""
    button: str = ""


def view(standing: BenchmarkStanding) -> BenchmarkView:
    """All of the section."""
    if standing.engine is EngineKind.SPEECH_SERVICE:
        return BenchmarkView(text=ELSEWHERE)
    if (work := standing.work) is not None:
        share = work.share if work.step is BenchmarkStep.HEARING else None
        return BenchmarkView(text=_doing(work), busy=True, share=share, left=_left(work), button=CANCEL)
    problem = f"✕  {standing.problem}" if standing.problem else ""
    if standing.found is not None:
        engine = joined(model_captions.ENGINES[standing.engine], standing.model)
        return BenchmarkView(_figures(standing.found), _rests_on(standing.found, engine), problem, button=AGAIN)
    text = NEVER
    if standing.outdated:
        text = (
            f"It was last measured on {standing.outdated}, with another engine, model or number of recogniser "
            "processes. That says nothing about the present ones."
        )
    return BenchmarkView(text=text, problem=problem, button=MEASURE)


def question(calls: int) -> str:
    """Before it is measured while so many calls are heard."""
    are = "1 call is" if calls == 1 else f"{calls} calls are"
    its = "its" if calls == 1 else "their"
    return (
        f"{are} being watched. Measuring keeps the processor busy for about half a minute: {its} words come later "
        "meanwhile, some not at all, and the figures come out lower. It is better done when no call is watched."
    )


def aloud(shown: BenchmarkView) -> str:
    """For a screen reader: what it came to, or what is done."""
    said = ", ".join(f"{number} {what}" for number, what in shown.figures)
    return joined(shown.problem, said, shown.text)


def _figures(found: Watchable) -> tuple[tuple[str, str], ...]:
    counts = (found.words, found.phrases, found.presence)
    return tuple(
        (_number(count), f"{'call' if count == 1 else 'calls'} {how}")
        for count, how in zip(counts, _HEARD, strict=True)
        if count is not None
    )


def _rests_on(found: Watchable, engine: str) -> str:
    processes = "1 recogniser process" if found.workers == 1 else f"{found.workers} recogniser processes"
    text = f"{EACH_ALONE} Measured on {found.when}: {engine}, {processes}."
    if found.contention <= OTHERS_WORTH_SAYING:
        return text
    return (
        f"{text} Others used the machine meanwhile, so everything took {found.contention:.1f} times as long; without "
        f"them it would be {_number(found.alone)} in words."
    )


def _doing(work: BenchmarkWork) -> str:
    processes = "a recogniser process" if work.workers == 1 else f"{work.workers} recogniser processes"
    match work.step:
        case BenchmarkStep.STARTING:
            return f"Starting {processes} to measure with"
        case BenchmarkStep.HEARING:
            return f"Hearing {work.calls} scripted calls in words, for keywords or by level"
        case _:  # pragma: no cover
            assert_never(work.step)


def _left(work: BenchmarkWork) -> str:
    seconds = max(1, round(work.left_s))
    match work.step:
        case BenchmarkStep.STARTING:
            return f"Then {seconds} s of measuring"
        case BenchmarkStep.HEARING:
            return f"About {seconds} s left"
        case _:  # pragma: no cover
            assert_never(work.step)


def _number(calls: int) -> str:
    return f">{MANY}" if calls > MANY else str(calls)
