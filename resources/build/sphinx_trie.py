"""Reads CMU Sphinx's binary trie language models (order 3) and packs them for resources/speech, with numpy.

The trie's layout is described in desktop/recognition/packed.py.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from desktop.recognition import packed
from desktop.recognition.packed import BINS as _BINS
from desktop.recognition.packed import HEADER as _HEADER
from desktop.recognition.packed import LOG_BASE as _LOG_BASE
from desktop.recognition.packed import UNIGRAM as _UNIGRAM

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Model:
    """A back-off trigram model; n-grams in any order, words as indices, probabilities as natural logarithms."""

    words: list[str]
    unigram: Floats
    unigram_backoff: Floats
    bigrams: Ints  # shape (n, 2)
    bigram: Floats
    bigram_backoff: Floats
    trigrams: Ints  # shape (n, 3)
    trigram: Floats


def _bits(largest: int) -> int:
    return int(largest).bit_length()


def _bytes_needed(entries: int, bits: int) -> int:
    return ((1 + entries) * bits + 7) // 8 + 8


def _unpack(memory: npt.NDArray[np.uint8], entries: int, total_bits: int, fields: list[int]) -> list[Ints]:
    """Fields of every entry, lowest bits first."""
    words = np.ndarray((len(memory) - 7,), dtype="<u8", buffer=memory, strides=(1,))
    start = np.arange(entries, dtype=np.int64) * total_bits
    out = []
    for width in fields:
        value = words[start >> 3] >> (start & 7).astype(np.uint64)
        out.append((value & np.uint64((1 << width) - 1)).astype(np.int64))
        start = start + width
    return out


def read(path: Path) -> Model:
    """Read a trigram model as the package's en-us.lm.bin."""
    raw = path.read_bytes()
    at = len(_HEADER)
    if raw[:at] != _HEADER or raw[at] != 3:
        raise ValueError("not a binary trigram model")
    ones, twos, threes = (int(n) for n in np.frombuffer(raw, "<u4", 3, at + 1))
    at += 1 + 12 + 4
    tables = np.frombuffer(raw, "<f4", 3 * _BINS, at).reshape(3, _BINS).astype(np.float64) * _LOG_BASE
    at += tables.size * 4
    unigrams = np.frombuffer(raw, _UNIGRAM, ones + 1, at)
    at += unigrams.nbytes
    word_bits, next_bits = _bits(ones), _bits(threes)
    two_bits, three_bits = word_bits + 32 + next_bits, word_bits + 16
    two_size, three_size = _bytes_needed(twos, two_bits), _bytes_needed(threes, three_bits)
    memory = np.frombuffer(raw, np.uint8, two_size, at)
    twos = int(unigrams["next"][ones])  # the header may count a few too many
    before, backoff, prob, child = _unpack(memory, twos + 1, two_bits, [word_bits, 16, 16, next_bits])
    memory = np.frombuffer(raw, np.uint8, three_size, at + two_size)
    threes = int(child[twos])
    first, prob3 = _unpack(memory, threes, three_bits, [word_bits, 16])
    at += two_size + three_size
    strings = raw[at + 4 :].split(b"\0")[:ones]
    last2 = np.repeat(np.arange(ones), np.diff(unigrams["next"].astype(np.int64)))
    parent = np.repeat(np.arange(twos), np.diff(child))
    return Model(
        words=[word.decode() for word in strings],
        unigram=unigrams["prob"][:ones] * _LOG_BASE,
        unigram_backoff=unigrams["backoff"][:ones] * _LOG_BASE,
        bigrams=np.stack([before[:twos], last2], axis=1),
        bigram=tables[0][prob[:twos]],
        bigram_backoff=tables[1][backoff[:twos]],
        trigrams=np.stack([first, before[parent], last2[parent]], axis=1),
        trigram=tables[2][prob3],
    )


def _quantise(values: Floats, levels: int) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.float32]]:
    """Index of each value's level and the levels (the last repeated), ascending."""
    edges = np.unique(np.quantile(values, np.linspace(0, 1, levels + 1)[1:-1]))
    index = np.searchsorted(edges, values, side="right")
    count = np.bincount(index, minlength=levels)
    centres = np.bincount(index, weights=values, minlength=levels) / np.maximum(count, 1)
    used = count > 0
    table = np.full(levels, centres[used][-1], np.float32)
    table[: used.sum()] = centres[used]
    return (np.cumsum(used) - 1)[index].astype(np.uint8), table


def pack(model: Model, levels: int = 64) -> bytes:
    """A model in desktop.recognition.packed's form, with so many levels of each kind of number (at most 256).

    Raises ValueError when a trigram's last two words are no bigram.
    """
    ones = len(model.words)
    by_last = np.lexsort((model.bigrams[:, 0], model.bigrams[:, 1]))
    bigrams = model.bigrams[by_last]
    order = np.lexsort((model.trigrams[:, 0], model.trigrams[:, 1], model.trigrams[:, 2]))
    trigrams = model.trigrams[order]
    keys, wanted = bigrams[:, 1] * ones + bigrams[:, 0], trigrams[:, 2] * ones + trigrams[:, 1]
    parent = np.searchsorted(keys, wanted)
    if not np.array_equal(keys[np.minimum(parent, len(keys) - 1)], wanted):
        raise ValueError("a trigram without its bigram")
    per_word = np.bincount(bigrams[:, 1], minlength=ones)
    per_bigram = np.bincount(parent, minlength=len(bigrams))
    bigram, bigram_levels = _quantise(model.bigram[by_last], levels)
    backoff, backoff_levels = _quantise(model.bigram_backoff[by_last], levels)
    trigram, trigram_levels = _quantise(model.trigram[order], levels)
    return packed.store(
        {
            "words": np.frombuffer(b"".join(word.encode() + b"\0" for word in model.words), np.uint8),
            "unigram": np.stack([model.unigram, model.unigram_backoff]).astype(np.float16),
            "bigrams": packed.planes(per_word),
            "before": packed.planes(packed.differences(bigrams[:, 0], per_word)),
            "bigram": bigram,
            "bigram_backoff": backoff,
            "trigrams": packed.planes(per_bigram),
            "first": packed.planes(packed.differences(trigrams[:, 0], per_bigram)),
            "trigram": trigram,
            "levels": np.stack([bigram_levels, backoff_levels, trigram_levels]),
        }
    )
