"""Pronunciations of words that no dictionary has: a joint n-gram model of letters and the phones they stand for.

The model (resources/build/build_letter_sounds.py makes it from the CMU dictionary) knows a few hundred pairs of a
letter and 0-2 phones, numbered from 3 (1 begins, 2 ends a word), and n-grams of them up to `order`. An n-gram's key is
its numbers, 9 bits each, the newest lowest. File: an xz-compressed .npz of "steps" (sorted keys less the one before,
u8 planes of 64 bits, shape (8, n)), "cost" and "backoff" (u8, -ln times STEP), "pairs" (lines of text: a letter, its
phones) and "order".
"""

from __future__ import annotations

import io
import lzma
from pathlib import Path

import numpy as np
import numpy.typing as npt

from desktop.domain.errors import SettingInvalid

MODEL = "letter-sounds.npz.xz"
BITS = 9
BEGIN, END, FIRST_PAIR = 1, 2, 3
STEP = 12.0
"""Levels of a cost in one unit of natural logarithm."""

_BEAM = 40
_UNKNOWN = -15.0
_MARGIN = 2.5
"""A pronunciation that is less likely than the best by more than this (natural logarithm) isn't worth listening for."""

Keys = npt.NDArray[np.uint64]
Scores = npt.NDArray[np.float64]


class LetterSounds:
    """A loaded model, about 6 MB."""

    def __init__(self, path: Path) -> None:
        """Raises SettingInvalid when it is missing or damaged."""
        try:
            content = lzma.decompress(path.read_bytes())
            with np.load(io.BytesIO(content), allow_pickle=False) as columns:
                steps = np.ascontiguousarray(columns["steps"].T).view(np.uint64).ravel()
                self._keys: Keys = np.cumsum(steps, dtype=np.uint64)
                self._scores = -columns["cost"].astype(np.float64) / STEP
                self._backoffs = -columns["backoff"].astype(np.float64) / STEP
                self._order = int(columns["order"])
                pairs = columns["pairs"].tobytes().decode().splitlines()
        except (OSError, EOFError, ValueError, KeyError, lzma.LZMAError) as error:
            raise SettingInvalid("recogniser.embedded", f"{path.name} is damaged", "Install Sidetone again") from error
        self._phones: list[str] = []
        by_letter: dict[str, list[int]] = {}
        for number, pair in enumerate(pairs, FIRST_PAIR):
            letter, _, phones = pair.partition(" ")
            self._phones.append(phones)
            by_letter.setdefault(letter, []).append(number)
        self._pairs = {letter: np.array(numbers, np.uint64) for letter, numbers in by_letter.items()}

    def pronunciations(self, word: str, most: int = 3) -> list[str]:
        """The likeliest ways to say `word` (lower-case letters and '), phones separated by blanks, best first."""
        contexts, scores = np.array([BEGIN], np.uint64), np.zeros(1)
        paths: list[tuple[int, ...]] = [()]
        history = np.uint64((1 << (BITS * (self._order - 1))) - 1)
        for letter in word:
            pairs = self._pairs.get(letter)
            if pairs is None:
                continue
            before, pair = np.repeat(contexts, len(pairs)), np.tile(pairs, len(contexts))
            total = np.repeat(scores, len(pairs)) + self._score(before, pair)
            best = np.argsort(-total, kind="stable")[:_BEAM]
            paths = [(*paths[at // len(pairs)], int(pair[at])) for at in best]
            contexts = ((before[best] << np.uint64(BITS)) | pair[best]) & history
            scores = total[best]
        scores = scores + self._score(contexts, np.full(len(contexts), END, np.uint64))
        found: dict[str, float] = {}
        for score, path in zip(scores, paths, strict=True):
            phones = " ".join(filter(None, (self._phones[pair - FIRST_PAIR] for pair in path)))
            found[phones] = float(np.logaddexp(found.get(phones, -np.inf), score))
        ranked = sorted((phones for phones in found if phones), key=lambda phones: -found[phones])
        return [phones for phones in ranked[:most] if found[phones] > found[ranked[0]] - _MARGIN]

    def _score(self, contexts: Keys, pairs: Keys) -> Scores:
        """Logarithms of the probabilities of `pairs` after `contexts`, by the longest n-gram that is known."""
        out, open_ = np.zeros(len(pairs)), np.ones(len(pairs), bool)
        for order in range(self._order, 0, -1):
            before = contexts & np.uint64((1 << (BITS * (order - 1))) - 1)
            long_enough = before >> np.uint64(BITS * (order - 2)) > 0 if order > 1 else np.ones(len(pairs), bool)
            at, known = self._find((before << np.uint64(BITS)) | pairs)
            hit = open_ & long_enough & known
            out[hit] += self._scores[at[hit]]
            open_ &= ~hit
            if order > 1:
                at, known = self._find(before)
                further = open_ & long_enough & known
                out[further] += self._backoffs[at[further]]
        out[open_] += _UNKNOWN
        return out

    def _find(self, keys: Keys) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.bool_]]:
        at = np.minimum(np.searchsorted(self._keys, keys), len(self._keys) - 1)
        return at, self._keys[at] == keys
