"""Back-off trigram models as arrays: estimating from sentences, mixing two, pruning to a size."""

from __future__ import annotations

from collections import Counter

import numpy as np
from sphinx_trie import Floats, Ints, Model

BEGIN, END = "<s>", "</s>"
_NEVER = -50.0  # natural logarithm of the probability of what can't be predicted


class Table:
    """Explicit n-grams of one order, looked up by key."""

    def __init__(self, ngrams: Ints, values: Floats, size: int) -> None:
        self._size = size
        keys = self._key(ngrams)
        order = np.argsort(keys)
        self._keys, self._values = keys[order], values[order]

    def _key(self, ngrams: Ints) -> Ints:
        key = ngrams[:, 0]
        for column in range(1, ngrams.shape[1]):
            key = key * self._size + ngrams[:, column]
        return key

    def find(self, ngrams: Ints, default: Floats | float) -> Floats:
        """Values of these n-grams, `default` where there is none."""
        keys = self._key(ngrams)
        at = np.minimum(np.searchsorted(self._keys, keys), max(len(self._keys) - 1, 0))
        if not len(self._keys):
            return np.broadcast_to(np.asarray(default, float), (len(keys),)).copy()
        return np.where(self._keys[at] == keys, self._values[at], default)


class Scorer:
    """Probabilities (natural logarithms) of any n-gram under a model."""

    def __init__(self, model: Model) -> None:
        size = len(model.words)
        self._model = model
        self._two = Table(model.bigrams, model.bigram, size)
        self._two_backoff = Table(model.bigrams, model.bigram_backoff, size)
        self._three = Table(model.trigrams, model.trigram, size)

    def bigrams(self, ngrams: Ints) -> Floats:
        backed_off = self._model.unigram_backoff[ngrams[:, 0]] + self._model.unigram[ngrams[:, 1]]
        return self._two.find(ngrams, backed_off)

    def trigrams(self, ngrams: Ints) -> Floats:
        backed_off = self._two_backoff.find(ngrams[:, :2], 0.0) + self.bigrams(ngrams[:, 1:])
        return self._three.find(ngrams, backed_off)


def restrict(model: Model, words: list[str]) -> Model:
    """The model over these words only (sorted); n-grams with others are dropped, their mass is spread."""
    old = {word: index for index, word in enumerate(model.words)}
    source = np.array([old.get(word, -1) for word in words])
    new = np.full(len(model.words), -1)
    new[source[source >= 0]] = np.flatnonzero(source >= 0)
    unigram = np.where(source >= 0, model.unigram[source], -16.0)
    two, three = new[model.bigrams], new[model.trigrams]
    keep2, keep3 = (two >= 0).all(axis=1), (three >= 0).all(axis=1)
    return normalise(
        Model(
            words,
            unigram,
            np.zeros(len(words)),
            two[keep2],
            model.bigram[keep2],
            np.zeros(int(keep2.sum())),
            three[keep3],
            model.trigram[keep3],
        )
    )


def estimate(sentences: list[list[str]], words: list[str]) -> Model:
    """Trigrams of these sentences, interpolated Kneser-Ney: shorter ones count by places, not by how often."""
    index = {word: number for number, word in enumerate(words)}
    counts: list[Counter[tuple[int, ...]]] = [Counter(), Counter()]
    for sentence in sentences:
        ids = [index[word] for word in (BEGIN, *sentence, END)]
        for order in (2, 3):
            counts[order - 2].update(tuple(ids[at : at + order]) for at in range(len(ids) - order + 1))
    begin = index[BEGIN]
    places = [Counter(key[1:] for key in counts[0]), Counter(key[1:] for key in counts[1])]
    places[1].update({key: count for key, count in counts[0].items() if key[0] == begin})  # nothing can stand before
    total, discount = places[0].total(), _discount(places[0])
    unigram = np.full(len(words), discount * len(places[0]) / total / len(words))
    for (word,), count in places[0].items():
        unigram[word] += (count - discount) / total
    lower: dict[tuple[int, ...], float] = {(word,): float(unigram[word]) for word in range(len(words))}
    found: list[tuple[Ints, Floats]] = []
    for counted in (places[1], counts[1]):
        discount = _discount(counted)
        seen: Counter[tuple[int, ...]] = Counter()
        for key, count in counted.items():
            seen[key[:-1]] += count
        kinds_after = Counter(key[:-1] for key in counted)
        lower = {
            key: (count - discount + discount * kinds_after[key[:-1]] * lower[key[1:]]) / seen[key[:-1]]
            for key, count in counted.items()
        }
        found.append((np.array(list(lower)), np.log(np.array(list(lower.values())))))
    (two, p2), (three, p3) = found
    unigram[begin] = np.exp(_NEVER)
    return normalise(Model(words, np.log(unigram), np.zeros(len(words)), two, p2, np.zeros(len(two)), three, p3))


def _discount(counts: Counter[tuple[int, ...]]) -> float:
    """What is taken off every count for what was never seen: by how many were seen once and twice (Ney et al. 1994)."""
    once, twice = (sum(count == times for count in counts.values()) for times in (1, 2))
    return once / (once + 2 * twice)


def mix(ours: Model, stock: Model, weight: float) -> Model:
    """weight * ours + (1 - weight) * stock, over the union of their n-grams (same words)."""
    a, b = Scorer(ours), Scorer(stock)
    three = np.unique(np.concatenate([ours.trigrams, stock.trigrams]), axis=0)
    two = np.unique(np.concatenate([ours.bigrams, stock.bigrams, three[:, 1:], three[:, :2]]), axis=0)

    def mixed(p: Floats, q: Floats) -> Floats:
        return np.logaddexp(np.log(weight) + p, np.log1p(-weight) + q)

    return normalise(
        Model(
            ours.words,
            mixed(ours.unigram, stock.unigram),
            np.zeros(len(ours.words)),
            two,
            mixed(a.bigrams(two), b.bigrams(two)),
            np.zeros(len(two)),
            three,
            mixed(a.trigrams(three), b.trigrams(three)),
        )
    )


def normalise(model: Model) -> Model:
    """The same explicit probabilities with the back-off weights that make every history sum to one."""
    begin = model.words.index(BEGIN)
    unigram = model.unigram.copy()
    unigram[begin] = -np.inf
    unigram -= np.log(np.exp(unigram).sum())
    unigram[begin] = _NEVER
    one_backoff = _backoff(model.bigrams[:, 0], model.bigram, unigram[model.bigrams[:, 1]], len(model.words))
    bigram_only = Model(
        model.words, unigram, one_backoff, model.bigrams, model.bigram, model.bigram_backoff,
        np.empty((0, 3), np.int64), np.empty(0),
    )  # fmt: skip
    size = len(model.words)
    keys = model.bigrams[:, 0] * size + model.bigrams[:, 1]
    order = np.argsort(keys)
    context = model.trigrams[:, 0] * size + model.trigrams[:, 1]
    at = order[np.minimum(np.searchsorted(keys, context, sorter=order), len(keys) - 1)]
    kept = keys[at] == context  # a trigram whose history is no bigram can't be normalised
    trigrams, trigram, at = model.trigrams[kept], model.trigram[kept], at[kept]
    lower = Scorer(bigram_only).bigrams(trigrams[:, 1:])
    two_backoff = _backoff(at, trigram, lower, len(model.bigrams))
    return Model(model.words, unigram, one_backoff, model.bigrams, model.bigram, two_backoff, trigrams, trigram)


def _backoff(history: Ints, higher: Floats, lower: Floats, size: int) -> Floats:
    left = 1 - np.bincount(history, np.exp(higher), size)
    rest = 1 - np.bincount(history, np.exp(lower), size)
    return np.log(np.maximum(left, 1e-4) / np.maximum(rest, 1e-4))


def prune(model: Model, bigrams: int, trigrams: int) -> Model:
    """The n-grams whose loss would change the model most, weighted by how often they are used (at most so many)."""
    unigram = model.unigram.copy()
    begin = model.words.index(BEGIN)
    unigram[begin] = unigram[model.words.index(END)]  # sentences begin as often as they end
    score = Scorer(model)
    two = score.bigrams(model.trigrams[:, :2])
    backed_off = Table(model.bigrams, model.bigram_backoff, len(model.words)).find(model.trigrams[:, :2], 0.0)
    change = model.trigram - backed_off - score.bigrams(model.trigrams[:, 1:])
    gain3 = np.exp(unigram[model.trigrams[:, 0]] + two + model.trigram) * np.abs(change)
    keep3 = np.argsort(-gain3, kind="stable")[:trigrams]
    three = model.trigrams[keep3]
    change2 = model.bigram - model.unigram_backoff[model.bigrams[:, 0]] - model.unigram[model.bigrams[:, 1]]
    gain2 = np.exp(unigram[model.bigrams[:, 0]] + model.bigram) * np.abs(change2)
    size = len(model.words)
    needed = np.concatenate([three[:, 0] * size + three[:, 1], three[:, 1] * size + three[:, 2]])
    gain2[np.isin(model.bigrams[:, 0] * size + model.bigrams[:, 1], needed)] = np.inf
    keep2 = np.argsort(-gain2, kind="stable")[: max(bigrams, int(np.isinf(gain2).sum()))]
    return normalise(
        Model(
            model.words, unigram, model.unigram_backoff, model.bigrams[keep2], model.bigram[keep2],
            model.bigram_backoff[keep2], three, model.trigram[keep3],
        )
    )  # fmt: skip
