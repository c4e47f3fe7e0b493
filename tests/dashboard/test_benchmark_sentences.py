"""What this machine can watch, in a supervisor's words."""

from __future__ import annotations

from dataclasses import replace

import pytest

from desktop.dashboard import benchmark_sentences as words
from desktop.dashboard.benchmark_sentences import BenchmarkView, aloud, question, view
from desktop.domain.benchmark import BenchmarkStanding, BenchmarkStep, BenchmarkWork, Watchable
from desktop.domain.speech_model import EngineKind

FOUND = Watchable(14, 30, 901, 14, 1.0, 4, "28 Nov 2026, 05:10")
EMBEDDED = BenchmarkStanding(EngineKind.EMBEDDED)


def test_never_measured() -> None:
    shown = view(EMBEDDED)
    assert (shown.figures, shown.text, shown.button) == ((), words.NEVER, "Measure now")


def test_the_figures_and_what_they_rest_on() -> None:
    shown = view(replace(EMBEDDED, found=FOUND))
    assert shown.figures == (
        ("14", "calls in words"),
        ("30", "calls for keywords only"),
        (">500", "calls by who speaks, silence and talk-over only"),
    )
    assert shown.text.endswith("Measured on 28 Nov 2026, 05:10: embedded engine, 4 recogniser processes.")
    assert (shown.button, shown.busy) == ("Measure again", False)
    assert aloud(shown).startswith("14 calls in words, 30 calls for keywords only, >500 calls by who speaks")


def test_an_engine_without_keywords_by_themselves_and_a_shared_machine() -> None:
    found = Watchable(1, None, 17, 4, 2.4, 1, "then")
    shown = view(BenchmarkStanding(EngineKind.VOSK, "vosk-x", found))
    assert shown.figures[0] == ("1", "call in words")
    assert len(shown.figures) == 2
    assert "then: Vosk · vosk-x, 1 recogniser process. Others used the machine" in shown.text
    assert shown.text.endswith("took 2.4 times as long; without them it would be 4 in words.")


def test_figures_of_another_engine_are_not_given_out() -> None:
    shown = view(replace(EMBEDDED, outdated="20 Nov 2026, 17:02"))
    assert (shown.figures, shown.button) == ((), "Measure now")
    assert "last measured on 20 Nov 2026, 17:02, with another engine" in shown.text


@pytest.mark.parametrize(
    ("step", "workers", "text", "share", "left"),
    [
        (BenchmarkStep.STARTING, 1, "Starting a recogniser process to measure with", None, "Then 7 s of measuring"),
        (BenchmarkStep.STARTING, 2, "Starting 2 recogniser processes to measure with", None, "Then 7 s of measuring"),
        (BenchmarkStep.HEARING, 2, "Hearing 14 scripted calls in words", 0.4, "About 7 s left"),
    ],
)
def test_what_is_done_and_how_long_it_takes(
    step: BenchmarkStep, workers: int, text: str, share: float | None, left: str
) -> None:
    work = BenchmarkWork(step, 0.4, 7.2, 14, workers)
    shown = view(replace(EMBEDDED, found=FOUND, work=work, problem="old"))
    assert shown.text.startswith(text)
    assert (shown.share, shown.left, shown.button, shown.busy) == (share, left, "Cancel", True)
    assert (shown.figures, shown.problem) == ((), "")


def test_what_went_wrong_stands_beside_what_is_known() -> None:
    shown = view(replace(EMBEDDED, found=FOUND, problem="It could not be saved."))
    assert shown.problem == "✕  It could not be saved."
    assert len(shown.figures) == 3
    assert aloud(view(replace(EMBEDDED, problem="No."))).startswith("✕  No. · It was never measured")


def test_a_service_elsewhere_has_nothing_to_press() -> None:
    assert view(BenchmarkStanding(EngineKind.SPEECH_SERVICE)) == BenchmarkView(text=words.ELSEWHERE)


def test_the_question_counts_the_calls() -> None:
    assert question(1).startswith("1 call is being watched.")
    assert "its words come later" in question(1)
    assert question(12).startswith("12 calls are being watched.")
