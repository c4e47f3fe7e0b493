"""Pieces of words become words."""

from __future__ import annotations

import pytest

from desktop.domain.speech import Word
from desktop.recognition.pieces import Piece, to_words


def pieces(*texts: str) -> list[Piece]:
    """One every 200 ms."""
    return [Piece(text, 200.0 * number, 0.8) for number, text in enumerate(texts)]


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ([" HE", "LLO", " WORLD"], ["hello", "world"]),
        (["▁wait", "ing", "▁", "for"], ["waiting", "for"]),
        (["d", "on", "'", "t", "|", "g", "o"], ["don't", "go"]),
        ([" ", "a", " ", "b", " "], ["a", "b"]),
        (["<unk>", " yes", "<sos/eos>", "[noise]"], ["yes"]),
        ([" caf", "<0xC3>", "<0xA9>", " <0xF0>", "<0x9F>"], ["café", "\ufffd"]),
        (["你", "好", "hel@@", "lo"], ["你", "好", "hello"]),
        ([" 4", "0", " %"], ["40", "%"]),
        ([], []),
    ],
)
def test_where_words_begin(said: list[str], words: list[str]) -> None:
    assert [word.text for word in to_words(pieces(*said), 0, 10_000)] == words


def test_a_word_lasts_until_the_next_begins_or_speech_ends_but_not_for_long() -> None:
    heard = [Piece(" a", 0, 0.4), Piece("b", 200, 0.6), Piece(" c", 400, 1.0), Piece(" d", 2000, 1.0)]
    assert to_words(heard, 10_000.4, 12_100) == (
        Word("ab", 10_000, 10_400, 0.5),
        Word("c", 10_400, 10_900, 1.0),
        Word("d", 12_000, 12_100, 1.0),
    )


def test_words_never_overlap_and_always_last() -> None:
    heard = [Piece(" a", 100, 1.0), Piece(" b", 100, 1.0), Piece(" c", 95, 1.0)]
    words = to_words(heard, 0, 0)
    assert [(word.start_ms, word.end_ms) for word in words] == [(100, 110), (110, 120), (120, 130)]
