"""What a word's confidence is worth: does it tell right words from wrong ones, and does it say how many are right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from desktop.domain.speech import Word
from desktop.evaluation.written import words_of

BINS = 10


@dataclass(frozen=True, slots=True)
class Judged:
    """A heard word: its confidence 0..1, and whether it was said."""

    confidence: float
    right: bool


@dataclass(frozen=True, slots=True)
class Bin:
    """The heard words of some confidences: `low` up to but not including `high`, the last one including 1."""

    low: float
    high: float
    words: int
    confidence: float | None  # their mean; None without words
    right: float | None  # share 0..1


def judged(words: Sequence[Word], heard: Sequence[str], right: Sequence[bool]) -> list[Judged]:
    """An engine's words of a recording; `heard` is `words_of` their text, `right` which of it was said.

    "I'm" is right when both of its words are. Words that the comparison leaves out ("hundred and two") are left out;
    nothing when these are not the words of the text.
    """
    out, at = [], 0
    for word in words:
        mine = []
        for piece in words_of(word.text):
            if at < len(heard) and heard[at] == piece:
                mine.append(right[at])
                at += 1
        if mine:
            out.append(Judged(word.confidence, all(mine)))
    return out if at == len(heard) else []


def given(words: Sequence[Judged]) -> bool:
    """Whether the engine has an opinion: one that has none says the same of every word."""
    return len({word.confidence for word in words}) > 1


def area(words: Sequence[Judged]) -> float | None:
    """Area under the ROC curve: how often a right word has more confidence than a wrong one, a tie counting half.

    0.5 is a guess, 1 never errs. None without right and wrong words, or when the engine has no opinion.
    """
    right = np.array([word.right for word in words], bool)
    rights = int(right.sum())
    wrongs = right.size - rights
    if not rights or not wrongs or not given(words):
        return None
    _, place, count = np.unique([word.confidence for word in words], return_inverse=True, return_counts=True)
    ranks = (np.cumsum(count) - (count - 1) / 2)[place]  # those that tie share the mean of their ranks
    return round(float((ranks[right].sum() - rights * (rights + 1) / 2) / (rights * wrongs)), 4)


def calibration(words: Sequence[Judged]) -> list[Bin]:
    """`BINS` equal bins, so that one can see what share of words with a confidence is right; [] without an opinion."""
    if not given(words):
        return []
    sorted_in: list[list[Judged]] = [[] for _ in range(BINS)]
    for word in words:
        sorted_in[min(int(word.confidence * BINS), BINS - 1)].append(word)
    return [
        Bin(
            low=number / BINS,
            high=(number + 1) / BINS,
            words=len(mine),
            confidence=round(float(np.mean([word.confidence for word in mine])), 4) if mine else None,
            right=round(float(np.mean([word.right for word in mine])), 4) if mine else None,
        )
        for number, mine in enumerate(sorted_in)
    ]


def calibration_error(words: Sequence[Judged]) -> float | None:
    """How far the share of right words is from their confidence: the bins' mean by words; None without an opinion."""
    filled = [(one.words, one.confidence, one.right) for one in calibration(words)]
    gaps = [
        n * abs(confidence - right) for n, confidence, right in filled if confidence is not None and right is not None
    ]
    return round(sum(gaps) / len(words), 4) if gaps else None
