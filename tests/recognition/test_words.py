"""Tokens become words."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from desktop.domain.speech import Word
from desktop.recognition.sphinx import Heard
from desktop.recognition.words import PARTIAL_CONFIDENCE, in_doubt, mean_confidence, to_words

TOKENS = [
    Heard("<s>", 0, 30, 1.0),
    Heard("And(2)", 31, 40, 0.5),
    Heard("<sil>", 41, 60, 0.9),
    Heard("[NOISE]", 61, 70, 0.9),
    Heard("++UH++", 71, 75, 0.9),
    Heard("i'm", 76, 95, 1.0002),
    Heard("</s>", 96, 110, 1.0),
]


def test_fillers_and_marks_are_gone() -> None:
    assert to_words(TOKENS, 1000.0, final=True) == (Word("and", 1310, 1410, 0.5), Word("i'm", 1760, 1960, 1.0))


def test_a_partial_has_no_opinion() -> None:
    assert {word.confidence for word in to_words(TOKENS, 0, final=False)} == {PARTIAL_CONFIDENCE}


def test_a_finals_words_are_worth_what_they_are_trusted_to() -> None:
    asked = []

    def trust(words: Sequence[Heard]) -> list[float]:
        asked.append([heard.token for heard in words])
        return [0.25, 0.75]

    words = to_words(TOKENS, 0, final=True, trust=trust)
    assert [(word.text, word.confidence) for word in words] == [("and", 0.25), ("i'm", 0.75)]
    assert {word.confidence for word in to_words(TOKENS, 0, final=False, trust=trust)} == {PARTIAL_CONFIDENCE}
    assert asked == [["And(2)", "i'm"]]


def test_longer_words_weigh_more() -> None:
    assert mean_confidence(to_words(TOKENS, 0, final=True)) == pytest.approx((0.5 * 100 + 1.0 * 200) / 300)
    assert mean_confidence(()) == 0.0


def test_words_leave_a_time_in_doubt_where_one_is_not_certain_or_none_is() -> None:
    words = (Word("cancel", 1000, 1400, 0.9), Word("the", 1400, 1500, 0.2), Word("order", 1500, 1900, 0.8))
    assert in_doubt(words, 1000, 1900, 0.8)
    assert in_doubt(words, 2000, 2500, 0.8)
    assert not in_doubt(words, 1000, 1420, 0.8)  # that is no more than the edge of the next
    assert not in_doubt(words, 1500, 1900, 0.8)
