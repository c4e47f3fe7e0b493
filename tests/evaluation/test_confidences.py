"""A word's confidence against whether the word was said, checked against pairs counted by hand."""

from __future__ import annotations

import random

import pytest

from desktop.domain.speech import Word
from desktop.evaluation.confidences import Judged, area, calibration, calibration_error, judged


def words(*heard: tuple[str, float]) -> list[Word]:
    return [Word(text, 0, 100, confidence) for text, confidence in heard]


def judgements(right: list[float], wrong: list[float]) -> list[Judged]:
    return [Judged(value, True) for value in right] + [Judged(value, False) for value in wrong]


def test_right_words_with_more_confidence_than_wrong_ones() -> None:
    assert area(judgements([0.8, 0.9], [0.1, 0.7])) == 1.0
    assert area(judgements([0.1, 0.7], [0.8, 0.9])) == 0.0
    assert area(judgements([0.2, 0.8], [0.5])) == 0.5


def test_a_tie_counts_half() -> None:
    assert area(judgements([1.0, 1.0, 0.4], [1.0, 0.4])) == pytest.approx((0.5 * 2 + 2 + 0.5) / 6, abs=1e-4)


def test_the_area_is_the_share_of_pairs_in_order() -> None:
    draw = random.Random(5)
    right = [round(draw.random(), 1) for _ in range(40)]
    wrong = [round(draw.random() ** 2, 1) for _ in range(30)]
    pairs = [(a > b) + 0.5 * (a == b) for a in right for b in wrong]
    assert area(judgements(right, wrong)) == pytest.approx(sum(pairs) / len(pairs), abs=1e-4)


@pytest.mark.parametrize(("right", "wrong"), [([], []), ([0.2, 0.9], []), ([], [0.2, 0.9]), ([0.5, 0.5], [0.5])])
def test_there_is_nothing_to_tell_apart(right: list[float], wrong: list[float]) -> None:
    assert area(judgements(right, wrong)) is None


def test_an_engine_that_says_the_same_of_every_word_has_no_opinion() -> None:
    same = judgements([0.5, 0.5], [0.5])
    assert calibration(same) == []
    assert calibration_error(same) is None
    assert calibration_error([]) is None


def test_a_bin_holds_its_lower_edge_and_the_last_one_also_1() -> None:
    bins = calibration(judgements([0.1, 1.0, 0.9], [0.05, 0.92]))
    assert [(one.low, one.high) for one in bins][:2] == [(0.0, 0.1), (0.1, 0.2)]
    assert [one.words for one in bins] == [1, 1, 0, 0, 0, 0, 0, 0, 0, 3]
    assert (bins[0].right, bins[1].right, bins[2].right) == (0.0, 1.0, None)
    assert (bins[9].confidence, bins[9].right) == (0.94, 0.6667)


def test_the_error_is_what_lies_between_confidence_and_share() -> None:
    assert calibration_error(judgements([0.75] * 3, [0.75])) is None  # nothing else was said
    assert calibration_error(judgements([0.75] * 3 + [0.5], [0.75, 0.5])) == 0.0
    assert calibration_error(judgements([0.95], [0.95, 0.95, 0.15])) == pytest.approx(
        (3 * abs(0.95 - 1 / 3) + 0.15) / 4, abs=1e-4
    )


def test_a_contraction_is_right_when_all_of_it_is() -> None:
    heard = words(("i'm", 0.9), ("waiting", 0.8), ("won't", 0.4))
    assert judged(heard, ["i", "am", "waiting", "will", "not"], [True, True, False, True, False]) == [
        Judged(0.9, True),
        Judged(0.8, False),
        Judged(0.4, False),
    ]


def test_what_the_comparison_leaves_out_is_left_out() -> None:
    heard = words(("uh", 0.2), ("hundred", 0.9), ("and", 0.3), ("two", 0.7))
    assert judged(heard, ["hundred", "two"], [True, False]) == [Judged(0.9, True), Judged(0.7, False)]


def test_words_that_are_not_those_of_the_text_say_nothing() -> None:
    assert judged(words(("hello", 0.9)), ["hello", "there"], [True, True]) == []
    assert judged([], ["hello"], [True]) == []
