"""Figures from counts, checked against hand-made ones."""

from __future__ import annotations

from collections import Counter

import pytest

from desktop.evaluation.confidences import Judged
from desktop.evaluation.scores import Outcome, WordErrors, compare, right_words, summary


def test_words_are_aligned() -> None:
    assert compare(["a", "b", "c", "d"], ["a", "x", "c", "d", "e"]) == WordErrors(4, 1, 0, 1)
    assert compare(["a", "b"], ["b"]) == WordErrors(2, 0, 1, 0)
    assert compare([], ["a", "b"]) == WordErrors(0, 0, 0, 2)
    assert compare(["a"], []) == WordErrors(1, 0, 1, 0)
    assert compare([], []).wrong == 0


def test_the_words_that_compare_finds_right_are_named() -> None:
    assert right_words(["a", "b", "c", "d"], ["a", "x", "c", "d", "e"]) == [True, False, True, True, False]
    assert right_words(["a", "b"], ["b"]) == [True]
    assert right_words([], ["a"]) == [False]
    assert right_words(["a"], []) == []


def test_a_summary_adds_up() -> None:
    figures = summary(
        [
            Outcome(
                "one",
                WordErrors(10, 1, 0, 1),
                Counter(cancel=2, legal=1),
                Counter(cancel=1, refund=1),
                audio_ms=10_000,
                speech_ms=5_000,
                cpu_ms=500,
                final_ms=(100.0, 300.0),
                partial_ms=(200.0,),
                memory_mb=50.0,
                keywords_by_itself=1,
                judged=(Judged(0.9, True), Judged(0.3, False)),
            ),
            Outcome(
                "two",
                WordErrors(30, 0, 2, 0),
                Counter(legal=1),
                Counter(legal=1),
                10_000,
                0,
                0,
                1_000,
                memory_mb=80.04,
                judged=(Judged(0.3, True),),
            ),
        ]
    )
    assert figures["words"] == 40
    assert figures["wer"] == 0.1
    assert (figures["substituted"], figures["missed"], figures["invented"]) == (1, 2, 1)
    assert figures["keyword_precision"] == pytest.approx(2 / 3, abs=1e-4)
    assert figures["keyword_recall"] == 0.5
    assert (figures["keywords_heard"], figures["keywords_by_itself"]) == (3, 1)
    assert figures["keyword_f1"] == pytest.approx(4 / 7, abs=1e-4)
    assert (figures["rtf_audio"], figures["rtf_speech"]) == (0.025, 0.1)
    assert (figures["final_p50_ms"], figures["partial_p50_ms"]) == (200.0, 200.0)
    assert (figures["lost_s"], figures["memory_mb"]) == (1.0, 80.0)
    assert (figures["confidence_words"], figures["confidence_auc"]) == (3, 0.75)
    assert figures["confidence_error"] == pytest.approx((2 * 0.2 + 0.1) / 3, abs=1e-4)
    low, high = figures["wer_low"], figures["wer_high"]
    assert low is not None
    assert high is not None
    assert low <= 0.1 <= high


def test_nothing_measured_is_none_and_not_zero() -> None:
    figures = summary([Outcome("empty", WordErrors(0))])
    for name in (
        "wer",
        "wer_low",
        "keyword_precision",
        "keyword_f1",
        "rtf_audio",
        "rtf_speech",
        "final_p50_ms",
        "confidence_auc",
    ):
        assert figures[name] is None
