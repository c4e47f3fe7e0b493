"""Sentiment of an utterance's words in [-1, 1], after VADER's method over its lexicon and our own phrases.

VADER (Hutto and Gilbert, 2014): sum the valences of the words, each strengthened or weakened by degree words and
turned by negations up to three words before it; a "but" shifts the weight behind it; the sum s becomes
s / sqrt(s^2 + 15). Here phrases of the trade take the place of the words that they cover, and courtesies inside a
complaint count for nothing. Never judges the voice, only what was said.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from desktop.insights.lexicon import COURTESY, Lexicon
from desktop.insights.phrases import Phrase, PhraseBook
from desktop.insights.spoken import unfolded, word_set
from desktop.insights.trade_phrases import TRADE_PHRASES

LABEL_AT = 0.2
"""A score at least this far from 0 is called negative or positive."""

_ALPHA = 15.0
_TURN = -0.74
_DEGREE = 0.293
_FADE = (1.0, 0.95, 0.9)
_COMPLAINT = -1.0
_MAX_WORDS = 400

NEGATIONS = word_set("not never nobody nothing none neither nor without")
_MORE = word_set(
    """
    absolutely amazingly awfully completely deeply enormously entirely especially exceptionally extremely greatly highly
    hugely incredibly intensely more most particularly purely quite really remarkably so substantially thoroughly total
    totally tremendously unbelievably utterly very
    """
)
_LESS = word_set("almost barely hardly kinda less little marginally occasionally partly scarcely slightly somewhat")
DEGREES = dict.fromkeys(_MORE, _DEGREE) | dict.fromkeys(_LESS, -_DEGREE)
_TURNING_POINTS = frozenset(("but", "however"))


class Score(NamedTuple):
    """What the words of one utterance say."""

    value: float  # [-1, 1]
    label: str  # "negative" | "neutral" | "positive"
    basis: int  # words and phrases that carried an opinion; 0 = none did


class _Item(NamedTuple):
    at: int
    valence: float
    courtesy: bool


class TextSentiment:
    """Scores utterances. Holds no state between them; about 40 us each."""

    def __init__(self, lexicon: Lexicon, phrases: Iterable[Phrase] = TRADE_PHRASES) -> None:
        self._valence = lexicon.for_the_trade().valence
        self._phrases = PhraseBook(phrases)

    def score(self, words: Sequence[str]) -> Score:
        """Score one utterance; `words` in any case, with or without punctuation. Words past 400 are not read."""
        spoken = unfolded(words[:_MAX_WORDS])
        items = _without_courtesies(_shifted_by_but(spoken, self._items(spoken)))
        total = sum(item.valence for item in items)
        value = total / math.sqrt(total * total + _ALPHA)
        return Score(value, label_of(value), sum(1 for item in items if item.valence))

    def _items(self, spoken: Sequence[str]) -> list[_Item]:
        items: list[_Item] = []
        covered_to = 0
        for first, end, valence in self._phrases.find(spoken):
            items.extend(self._single_words(spoken, covered_to, first))
            items.append(_Item(first, valence, spoken[first] in COURTESY))
            covered_to = end
        items.extend(self._single_words(spoken, covered_to, len(spoken)))
        return items

    def _single_words(self, spoken: Sequence[str], start: int, end: int) -> Iterable[_Item]:
        for at in range(start, end):
            word = spoken[at]
            valence = self._valence.get(word)
            if valence is not None and word not in DEGREES:
                yield _Item(at, _in_context(spoken, at, valence), word in COURTESY)


def label_of(value: float) -> str:
    """ "negative", "neutral" or "positive" for a score in [-1, 1]."""
    if value <= -LABEL_AT:
        return "negative"
    return "positive" if value >= LABEL_AT else "neutral"


def _in_context(spoken: Sequence[str], at: int, valence: float) -> float:
    sign = math.copysign(1.0, valence)
    turned = at > 0 and spoken[at - 1] == "no"
    for back, fade in enumerate(_FADE, start=1):
        if back > at:
            break
        word = spoken[at - back]
        valence += sign * DEGREES.get(word, 0.0) * fade
        turned = turned or word in NEGATIONS
    return valence * _TURN if turned else valence


def _shifted_by_but(spoken: Sequence[str], items: list[_Item]) -> list[_Item]:
    but = max((at for at, word in enumerate(spoken) if word in _TURNING_POINTS), default=-1)
    if but < 0:
        return items
    return [item._replace(valence=item.valence * (0.5 if item.at < but else 1.5)) for item in items]


def _without_courtesies(items: list[_Item]) -> list[_Item]:
    complaint = sum(item.valence for item in items if not item.courtesy or item.valence < 0)
    if complaint > _COMPLAINT:
        return items
    return [item for item in items if not item.courtesy or item.valence < 0]
