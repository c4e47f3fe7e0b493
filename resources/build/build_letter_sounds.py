"""Builds resources/speech/letter-sounds.npz.xz: how words that no dictionary has are said (run by hand).

    PYTHONPATH=. python resources/build/build_letter_sounds.py [--order 6] [--least 2] [--check]

From the CMU dictionary in PocketSphinx's package. Every letter is aligned with 0-2 phones by expectation
maximisation; over the pairs an n-gram model is estimated (Kneser-Ney), without the longer n-grams that came up fewer
than `least` times. One word in twenty is held out: --check says how well those are pronounced.
"""

from __future__ import annotations

import argparse
import io
import lzma
import math
import random
import re
import zlib
from collections import Counter, defaultdict
from pathlib import Path

import numpy as np
import pocketsphinx

from desktop.recognition.letter_sounds import BEGIN, BITS, END, FIRST_PAIR, MODEL, STEP, LetterSounds

TARGET = Path(__file__).parent.parent / "speech" / MODEL
MOST_PHONES = 2  # of a letter
ALIGNED_WITH = 25_000  # words are enough to learn the alignment
ROUNDS = 6
HELD_OUT = 20
ALWAYS_KEPT = 3  # orders

Phones = tuple[str, ...]
Pair = tuple[str, Phones]


def dictionary() -> dict[str, list[Phones]]:
    """Words of letters (one ' inside is fine) and their pronunciations."""
    found: dict[str, list[Phones]] = defaultdict(list)
    for line in Path(pocketsphinx.get_model_path("en-us/cmudict-en-us.dict")).read_text("utf-8").splitlines():
        entry, phones = line.split(maxsplit=1)
        word = entry.partition("(")[0]
        if re.fullmatch(r"[a-z]+('[a-z]+)?", word):
            found[word].append(tuple(phones.split()))
    return found


def is_held_out(word: str) -> bool:
    return zlib.crc32(word.encode()) % HELD_OUT == 0


def learned_pairs(words: list[tuple[str, Phones]]) -> dict[Pair, float]:
    """Logarithms of the probabilities of pairs, by expectation maximisation over all alignments."""
    chances: dict[Pair, float] | None = None
    for number in range(ROUNDS):
        counts: dict[Pair, float] = defaultdict(float)
        for word, phones in words:
            count_alignments(word, phones, chances, counts)
        total = sum(counts.values())
        chances = {pair: count / total for pair, count in counts.items() if count > 0.05}
        print(f"round {number + 1}: {len(chances)} pairs")
    assert chances is not None
    return {pair: math.log(chance) for pair, chance in chances.items()}


def count_alignments(word: str, phones: Phones, chances: dict[Pair, float] | None, counts: dict[Pair, float]) -> None:
    """Add how often each pair is expected in this word."""
    letters, last = len(word), len(phones)
    forward = [[0.0] * (last + 1) for _ in range(letters + 1)]
    forward[0][0] = 1.0
    arcs: list[tuple[int, int, int, float, Pair]] = []
    for at, letter in enumerate(word):
        for start in range(max(0, last - MOST_PHONES * (letters - at)), min(last, MOST_PHONES * at) + 1):
            reached = forward[at][start]
            for size in range(min(MOST_PHONES, last - start) + 1) if reached else ():
                pair = (letter, phones[start : start + size])
                chance = (0.1, 1.0, 0.05)[size] if chances is None else chances.get(pair, 1e-9)
                forward[at + 1][start + size] += reached * chance
                arcs.append((at, start, size, chance, pair))
    total = forward[letters][last]
    if total <= 0:
        return  # more phones than its letters can hold
    backward = [[0.0] * (last + 1) for _ in range(letters + 1)]
    backward[letters][last] = 1.0
    for at, start, size, chance, pair in reversed(arcs):
        rest = chance * backward[at + 1][start + size]
        backward[at][start] += rest
        counts[pair] += forward[at][start] * rest / total


def aligned(word: str, phones: Phones, chances: dict[Pair, float]) -> list[Pair] | None:
    """The best alignment, or None when there is none."""
    reached: dict[int, tuple[float, list[Pair]]] = {0: (0.0, [])}
    for letter in word:
        further: dict[int, tuple[float, list[Pair]]] = {}
        for start, (score, pairs) in reached.items():
            for size in range(min(MOST_PHONES, len(phones) - start) + 1):
                pair = (letter, phones[start : start + size])
                if pair in chances:
                    total = score + chances[pair]
                    if start + size not in further or total > further[start + size][0]:
                        further[start + size] = (total, [*pairs, pair])
        reached = further
    return reached[len(phones)][1] if len(phones) in reached else None


class NGrams:
    """Interpolated Kneser-Ney over numbered pairs; keys as in letter_sounds.py."""

    def __init__(self, sequences: list[list[int]], order: int, least: int) -> None:
        self.order = order
        true: list[Counter[int]] = [Counter() for _ in range(order + 1)]
        for numbers in sequences:
            for end in range(1, len(numbers)):
                key = 0
                for size in range(1, min(order, end + 1) + 1):
                    key |= numbers[end - size + 1] << (BITS * (size - 1))
                    true[size][key] += 1
        counts = [*true]
        for size in range(order - 1, 0, -1):  # how many different pairs came before, but for n-grams that begin a word
            counts[size] = Counter(key & self._mask(size) for key in true[size + 1])
            counts[size].update({key: n for key, n in true[size].items() if key >> (BITS * (size - 1)) == BEGIN})
        self._counts = counts
        self._discount = [0.0, *(self._discount_of(counts[size]) for size in range(1, order + 1))]
        self._kept = [
            set(true[size]) if size <= ALWAYS_KEPT else {k for k, n in true[size].items() if n >= least}
            for size in range(order + 1)
        ]
        for size in range(order, ALWAYS_KEPT, -1):  # an n-gram's beginning stays with it
            self._kept[size - 1] |= {key >> BITS for key in self._kept[size]} & counts[size - 1].keys()
        self._totals: list[Counter[int]] = [Counter() for _ in range(order + 1)]
        self._left: list[dict[int, float]] = [defaultdict(float) for _ in range(order + 1)]
        for size in range(1, order + 1):
            for key, n in counts[size].items():
                self._totals[size][key >> BITS] += n
                self._left[size][key >> BITS] += min(n, self._discount[size]) if key in self._kept[size] else n
        self.chance: dict[int, float] = {}
        for size in range(1, order + 1):
            for key in self._kept[size]:
                self.chance[key] = self._estimate(key, size)
        self.chance.setdefault(BEGIN, 1e-9)
        self.backoff = {
            before: self._left[size][before] / total
            for size in range(2, order + 1)
            for before, total in self._totals[size].items()
            if before in self.chance
        }

    @staticmethod
    def _mask(size: int) -> int:
        return (1 << (BITS * size)) - 1

    @staticmethod
    def _discount_of(counts: Counter[int]) -> float:
        once, twice = (sum(n == many for n in counts.values()) for many in (1, 2))
        return once / (once + 2 * twice) if once else 0.5

    def _estimate(self, key: int, size: int) -> float:
        before, count = key >> BITS, self._counts[size].get(key, 0)
        total = self._totals[size][before]
        share = self._left[size][before] / total
        lower = 1 / len(self._counts[1]) if size == 1 else self._lower(key & self._mask(size - 1), size - 1)
        return max(count - self._discount[size], 0.0) / total + share * lower

    def _lower(self, key: int, size: int) -> float:
        if key in self.chance:
            return self.chance[key]
        if size == 1:
            return self._left[1][0] / self._totals[1][0] / len(self._counts[1])
        total = self._totals[size].get(key >> BITS, 0)
        share = self._left[size][key >> BITS] / total if total else 1.0
        return share * self._lower(key & self._mask(size - 1), size - 1)


def stored(model: NGrams, pairs: list[Pair]) -> bytes:
    """The file's bytes."""
    keys = np.array(sorted(model.chance), np.uint64)

    def levels(chances: list[float]) -> np.ndarray[tuple[int], np.dtype[np.uint8]]:
        return np.clip(np.round(-np.log(np.maximum(chances, 1e-12)) * STEP), 0, 255).astype(np.uint8)

    plain = io.BytesIO()
    np.savez(
        plain,
        allow_pickle=False,
        steps=np.diff(keys, prepend=np.uint64(0)).view(np.uint8).reshape(-1, 8).T,
        cost=levels([model.chance[int(key)] for key in keys]),
        backoff=levels([model.backoff.get(int(key), 1.0) for key in keys]),
        pairs=np.frombuffer("\n".join(f"{letter} {' '.join(phones)}" for letter, phones in pairs).encode(), np.uint8),
        order=np.array(model.order),
    )
    return lzma.compress(plain.getvalue(), preset=9 | lzma.PRESET_EXTREME)


def check(model: LetterSounds, words: dict[str, list[Phones]]) -> None:
    """Against the dictionary's nearest pronunciation."""
    wrong = said = wrong_words = wrong_best = 0
    for word, known in words.items():
        ways = [tuple(way.split()) for way in model.pronunciations(word)]
        distance, length = min((edits(ways[0], phones), len(phones)) for phones in known)
        wrong, said, wrong_words = wrong + distance, said + length, wrong_words + (distance > 0)
        wrong_best += min(edits(way, phones) for way in ways for phones in known)
    print(
        f"{len(words)} words held out: {100 * wrong / said:.1f} % of phones wrong, "
        f"{100 * wrong_words / len(words):.1f} % of words; "
        f"{100 * wrong_best / said:.1f} % of phones in the best of the listed ways"
    )


def edits(one: Phones, other: Phones) -> int:
    row = list(range(len(other) + 1))
    for number, phone in enumerate(one, 1):
        above, row = row, [number]
        for at, wanted in enumerate(other, 1):
            row.append(min(above[at] + 1, row[-1] + 1, above[at - 1] + (phone != wanted)))
    return row[-1]


def main() -> None:
    """Build and say what came out."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--order", type=int, default=6, choices=range(3, 8))
    parser.add_argument("--least", type=int, default=2)
    parser.add_argument("--check", action="store_true", help="how well are held-out words pronounced?")
    parser.add_argument("--target", type=Path, default=TARGET)
    options = parser.parse_args()

    words = dictionary()
    known = [(word, phones) for word, ways in words.items() if not is_held_out(word) for phones in ways]
    random.Random(1).shuffle(known)
    chances = learned_pairs(known[:ALIGNED_WITH])
    alignments = [pairs for word, phones in known if (pairs := aligned(word, phones, chances)) is not None]
    print(f"{len(alignments)} of {len(known)} pronunciations aligned")
    used = Counter(pair for pairs in alignments for pair in pairs)
    pairs = [pair for pair, count in used.most_common() if count >= 3]
    number_of = {pair: number for number, pair in enumerate(pairs, FIRST_PAIR)}
    sequences = [
        [BEGIN, *(number_of[pair] for pair in alignment), END]
        for alignment in alignments
        if all(pair in number_of for pair in alignment)
    ]
    model = NGrams(sequences, options.order, options.least)
    options.target.write_bytes(stored(model, pairs))
    print(f"{len(pairs)} pairs, {len(model.chance):,} n-grams, {options.target.stat().st_size:,} bytes")
    if options.check:
        check(LetterSounds(options.target), {word: ways for word, ways in words.items() if is_held_out(word)})


if __name__ == "__main__":
    main()
