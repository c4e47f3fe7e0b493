"""Which of the things that Moonshine may have written is likeliest, now that a language model has its say.

Moonshine spells what it hears and knows few of the trade's words: "lobier" for "lawyer". A model of sentences of the
trade finds that unlikely. How much it has to say was chosen on our own calls and real prompts, not on what judges.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from desktop.recognition.moonshine_words import WrittenWord, written_words
from desktop.recognition.moonshine_writing import Written
from desktop.recognition.sphinx import BEGINNING

Chance = Callable[[str, Sequence[str]], float]
"""How probable a word is after others, 0..1."""

_SAY = 0.3  # of the language model
_A_WORD = 0.15  # what one more word is worth, as long sentences are unlikely
_UNKNOWN = -16.0  # a word that the language model does not know; natural logarithms, as all here
_NUMBER = -5.0  # anything with a digit
_NEVER = 1e-20


class Choice(NamedTuple):
    """What was said; `shares`: of each word, of all that may have been said, 0..1."""

    written: Written
    words: list[WrittenWord]
    shares: list[float]


NOTHING = Choice(Written(()), [], [])


def choose(candidates: Sequence[Written], chance: Chance) -> Choice:
    """The likeliest of them; nothing without any."""
    if not candidates:
        return NOTHING
    words = [written_words(written.tokens) for written in candidates]
    scores = [
        written.likelihood + _SAY * sentence([word.text for word in each], chance) + _A_WORD * len(each)
        for written, each in zip(candidates, words, strict=True)
    ]
    best = int(np.argmax(scores))
    weights = np.exp(np.array(scores) - max(scores))
    return Choice(candidates[best], words[best], _shares(words, (weights / weights.sum()).tolist(), best))


def sentence(words: Sequence[str], chance: Chance) -> float:
    """How likely these are in this order."""
    total, before = 0.0, [BEGINNING]
    for word in words:
        likely = chance(word, before)
        if likely > _NEVER:
            total += max(math.log(likely), _UNKNOWN)
            before = [*before[-1:], word]
        else:
            total += _NUMBER if any(sign.isdigit() for sign in word) else _UNKNOWN
            before = []
    return total


def _shares(words: Sequence[Sequence[WrittenWord]], weights: Sequence[float], best: int) -> list[float]:
    having = [Counter(word.text for word in each) for each in words]
    seen: Counter[str] = Counter()
    shares = []
    for word in words[best]:
        seen[word.text] += 1
        agree = (weight for weight, counts in zip(weights, having, strict=True) if counts[word.text] >= seen[word.text])
        shares.append(min(sum(agree), 1.0))
    return shares
