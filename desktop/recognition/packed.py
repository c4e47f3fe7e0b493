"""Our language model as it is stored (columns under xz), and its way back to the trie that PocketSphinx reads.

The stored form is an xz-compressed .npz of columns, a third of the trie's size. n-grams are ordered by their last
word, then the one before, as in the trie; word numbers of 16 bits are differences within their group. 16-bit columns
are two planes of bytes (high, low). Probabilities are natural logarithms, indices into at most 256 `levels`.
The trie: "Trie Language Model", order (u8), counts (u32 each), a u32, tables of 65,536 float32 for bigram
probabilities, bigram back-offs and trigram probabilities, unigrams (probability, back-off, first child) with one
extra at the end, bit-packed bigrams (word, back-off, probability, first child) and trigrams (word, probability),
length and zero-ended strings of the words; logarithms to the base 1.0001, little-endian.
"""

from __future__ import annotations

import io
import lzma

import numpy as np
import numpy.typing as npt

Bytes = npt.NDArray[np.uint8]
Ints = npt.NDArray[np.int64]

HEADER = b"Trie Language Model"
BINS = 1 << 16
LOG_BASE = float(np.log(1.0001))
UNIGRAM = np.dtype([("prob", "<f4"), ("backoff", "<f4"), ("next", "<u4")])
LEVELS = ("bigram", "bigram_backoff", "trigram")  # the rows of `levels`

_FILTERS = [{"id": lzma.FILTER_LZMA2, "preset": 9 | lzma.PRESET_EXTREME, "pb": 0}]


def planes(values: Ints) -> Bytes:
    """0..65535 as bytes, shape (2, n)."""
    return np.stack([values >> 8, values & 255]).astype(np.uint8)


def unplaned(halves: Bytes) -> Ints:
    """The inverse of `planes`."""
    values: Ints = halves[0].astype(np.int64) * 256 + halves[1]
    return values


def differences(values: Ints, counts: Ints) -> Ints:
    """Within groups of `counts` ascending values: the first as it is, the others less the one before."""
    out = np.diff(values, prepend=0)
    starts = (np.cumsum(counts) - counts)[counts > 0]
    out[starts] = values[starts]
    return out


def sums(steps: Ints, counts: Ints) -> Ints:
    """The inverse of `differences`."""
    total = np.cumsum(steps)
    starts = (np.cumsum(counts) - counts)[counts > 0]
    values: Ints = total - np.repeat(total[starts] - steps[starts], counts[counts > 0])
    return values


def store(columns: dict[str, npt.NDArray[np.generic]]) -> bytes:
    """Columns to the file's bytes."""
    plain = io.BytesIO()
    np.savez(plain, allow_pickle=False, **columns)
    return lzma.compress(plain.getvalue(), format=lzma.FORMAT_XZ, check=lzma.CHECK_CRC64, filters=_FILTERS)


def interleave(fields: list[tuple[Ints, int]]) -> bytes:
    """Fields (values, bits) of every entry one after the other, lowest bits first."""
    entries, total = len(fields[0][0]), sum(width for _, width in fields)
    rows = -(-entries // 8)  # eight entries fill whole bytes
    out = np.zeros((rows, total), np.uint8)
    offset = 0
    for values, width in fields:
        padded = np.zeros(rows * 8, np.uint64)
        padded[:entries] = values
        for phase in range(8):
            start = phase * total + offset
            shifted = padded[phase::8] << np.uint64(start & 7)
            for byte in range(((start & 7) + width + 7) // 8):
                out[:, (start >> 3) + byte] |= (shifted >> np.uint64(8 * byte)).astype(np.uint8)
        offset += width
    return out.tobytes()[: (entries * total + 7) // 8]


def to_trie(packed: bytes) -> bytes:
    """The stored model as PocketSphinx's binary. Raises ValueError when it is damaged or of another kind."""
    try:
        with np.load(io.BytesIO(lzma.decompress(packed, format=lzma.FORMAT_XZ)), allow_pickle=False) as columns:
            return _trie({name: columns[name] for name in columns.files})
    except (lzma.LZMAError, EOFError, KeyError, ValueError) as error:
        raise ValueError("the stored language model is damaged") from error


def _trie(columns: dict[str, npt.NDArray[np.generic]]) -> bytes:
    strings = columns["words"].tobytes()
    per_word, per_bigram = unplaned(_bytes(columns["bigrams"])), unplaned(_bytes(columns["trigrams"]))
    before = sums(unplaned(_bytes(columns["before"])), per_word)
    first = sums(unplaned(_bytes(columns["first"])), per_bigram)
    ones, twos, threes = len(per_word), len(per_bigram), len(first)
    unigrams = np.zeros(ones + 1, UNIGRAM)
    scaled = columns["unigram"].astype(np.float64) / LOG_BASE
    unigrams["prob"][:ones], unigrams["backoff"][:ones] = scaled[0], scaled[1]
    unigrams["next"][1:] = np.cumsum(per_word)
    tables = np.empty((3, BINS), "<f4")
    levels = columns["levels"].astype(np.float64) / LOG_BASE
    tables[:, : levels.shape[1]] = levels
    tables[:, levels.shape[1] :] = levels[:, -1:]
    word_bits, child_bits = ones.bit_length(), threes.bit_length()
    child = np.concatenate([[0], np.cumsum(per_bigram)])

    def ended(values: npt.NDArray[np.generic]) -> Ints:
        return np.append(values.astype(np.int64), 0)  # one more entry says where the last one's children end

    two = interleave(
        [
            (ended(before), word_bits),
            (ended(columns["bigram_backoff"]), 16),
            (ended(columns["bigram"]), 16),
            (child, child_bits),
        ]
    )
    three = interleave([(ended(first), word_bits), (ended(columns["trigram"]), 16)])
    return b"".join(
        [
            HEADER + bytes([3]) + np.array([ones, twos, threes, 1], "<u4").tobytes(),
            tables.tobytes(),
            unigrams.tobytes(),
            two.ljust(len(two) + 8, b"\0"),
            three.ljust(len(three) + 8, b"\0"),
            np.array([len(strings)], "<u4").tobytes() + strings,
        ]
    )


def _bytes(column: npt.NDArray[np.generic]) -> Bytes:
    return column.astype(np.uint8)
