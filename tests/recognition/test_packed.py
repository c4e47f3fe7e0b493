"""The stored language model: its columns come back, its trie is bit-exact, damage is noticed."""

from __future__ import annotations

import lzma
import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.recognition import packed


@given(st.lists(st.lists(st.integers(0, 65_535), max_size=6, unique=True), max_size=8))
def test_columns_come_back(groups: list[list[int]]) -> None:
    counts = np.array([len(group) for group in groups], np.int64)
    values = np.array([value for group in groups for value in sorted(group)], np.int64)
    steps = packed.unplaned(packed.planes(packed.differences(values, counts)))
    assert packed.sums(steps, counts).tolist() == values.tolist()


@given(st.lists(st.tuples(st.integers(0, 2**15 - 1), st.integers(0, 2**16 - 1), st.integers(0, 2**20 - 1)), min_size=1))
def test_bits_lie_one_after_the_other(entries: list[tuple[int, int, int]]) -> None:
    widths = (15, 16, 20)
    columns = [np.array(column, np.int64) for column in zip(*entries, strict=True)]
    number, at = 0, 0
    for entry in entries:
        for value, width in zip(entry, widths, strict=True):
            number |= value << at
            at += width
    assert packed.interleave(list(zip(columns, widths, strict=True))) == number.to_bytes((at + 7) // 8, "little")


def tiny() -> dict[str, np.ndarray]:
    """Words a, b, c; bigrams b a and c b; trigram c b a."""
    return {
        "words": np.frombuffer(b"a\0b\0c\0", np.uint8),
        "unigram": np.log(np.array([[0.5, 0.25, 0.25], [1.0, 0.5, 0.5]])).astype(np.float16),
        "bigrams": packed.planes(np.array([1, 1, 0])),
        "before": packed.planes(np.array([1, 2])),
        "bigram": np.array([1, 0], np.uint8),
        "bigram_backoff": np.array([0, 1], np.uint8),
        "trigrams": packed.planes(np.array([1, 0])),
        "first": packed.planes(np.array([2])),
        "trigram": np.array([0], np.uint8),
        "levels": np.log(np.array([[0.1, 0.2], [0.3, 0.4], [0.5, 0.6]])).astype(np.float32),
    }


def test_a_tiny_model_is_laid_out_as_the_engine_reads_it() -> None:
    trie = packed.to_trie(packed.store(tiny()))
    assert trie[:19] == b"Trie Language Model"
    assert struct.unpack("<B4I", trie[19:36]) == (3, 3, 2, 1, 1)
    tables = np.frombuffer(trie, "<f4", 3 * 65_536, 36).reshape(3, -1) * packed.LOG_BASE
    assert np.exp(tables[:, [0, 1, 65_535]]) == pytest.approx(
        np.array([[0.1, 0.2, 0.2], [0.3, 0.4, 0.4], [0.5, 0.6, 0.6]]), rel=1e-5
    )
    at = 36 + tables.size * 4
    unigrams = np.frombuffer(trie, packed.UNIGRAM, 4, at)
    assert unigrams["next"].tolist() == [0, 1, 2, 2]
    assert np.exp(unigrams["prob"][:3] * packed.LOG_BASE) == pytest.approx([0.5, 0.25, 0.25], rel=1e-3)
    at += unigrams.nbytes
    two = int.from_bytes(trie[at : at + 14], "little")
    entries = [two >> (35 * n) for n in range(3)]
    fields = [(entry & 3, entry >> 2 & 0xFFFF, entry >> 18 & 0xFFFF, entry >> 34 & 1) for entry in entries]
    assert fields == [(1, 0, 1, 0), (2, 1, 0, 1), (0, 0, 0, 1)]
    assert trie.endswith(b"\x06\0\0\0a\0b\0c\0")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"not xz at all",
        packed.store(tiny())[:-20],
        packed.store({key: value for key, value in tiny().items() if key != "levels"}),
        lzma.compress(b"no columns"),
    ],
)
def test_damage_is_noticed(content: bytes) -> None:
    with pytest.raises(ValueError, match="damaged"):
        packed.to_trie(content)
