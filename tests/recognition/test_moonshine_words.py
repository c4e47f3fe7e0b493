"""From Moonshine's pieces to words: how they are written, where they lie in the sound, and what they are worth."""

from __future__ import annotations

import numpy as np
import pytest

from desktop.bundled import resources_folder
from desktop.recognition.moonshine import Token, Written
from desktop.recognition.moonshine_confidence import (
    FEATURES,
    MOONSHINE_CONFIDENCE,
    features,
    read_moonshine_confidence,
)
from desktop.recognition.moonshine_words import WrittenWord, spread, written_words


def tokens(*pieces: str, probability: float = 0.9) -> list[Token]:
    return [Token(number, piece.encode(), probability) for number, piece in enumerate(pieces)]


@pytest.mark.parametrize(
    ("pieces", "expected"),
    [
        (("▁I", "'", "ve", "▁wai", "ted", ",", "▁Mr", "."), ["i've", "waited", "mr"]),
        (("▁It", "’", "s", "▁eighty", "-", "six", "."), ["it's", "eighty", "six"]),
        (("▁$", "1", ",", "9", "20", "▁at", "▁7", ":", "30", "."), ["$1,920", "at", "7:30"]),
        (("▁No", "!", "▁20", "%", "—", "why", "?"), ["no", "20%", "why"]),
        (("▁'", "quoted", "'", "▁a", "_", "b"), ["quoted", "a", "b"]),
        (("▁.", ".", "."), []),
        ((), []),
    ],
)
def test_words_are_lower_case_and_without_punctuation(pieces: tuple[str, ...], expected: list[str]) -> None:
    assert [word.text for word in written_words(tokens(*pieces))] == expected


def test_a_word_knows_its_pieces() -> None:
    assert written_words(tokens("▁wai", "ted", ",", "▁now")) == [WrittenWord("waited", 0, 1), WrittenWord("now", 3, 3)]


def sound(*parts: tuple[int, int]) -> np.ndarray[tuple[int], np.dtype[np.int16]]:
    """Noise, each part so many ms at a level."""
    draw = np.random.default_rng(0)
    return np.concatenate([draw.normal(0, level, 16 * ms).astype(np.int16) for ms, level in parts])


def test_words_share_the_speech_by_their_letters() -> None:
    words = written_words(tokens("▁abc", "▁abcdefg", "▁abc"))
    edges = [0, 400, 400, 1200, 1200, 1600]
    assert [edge for word in spread(words, sound((1600, 2000))) for edge in word] == pytest.approx(edges, abs=60)


def test_a_pause_belongs_to_no_word() -> None:
    words = written_words(tokens("▁abc", "▁abc"))
    assert spread(words, sound((400, 2000), (600, 5), (400, 2000))) == [(0, 400), (1000, 1400)]


def test_more_words_than_there_is_time_for_still_have_an_order() -> None:
    times = spread(written_words(tokens(*["▁a"] * 30)), sound((100, 2000)))
    assert all(begin < end for begin, end in times)
    assert times == sorted(times)


def test_a_word_is_worth_what_its_pieces_and_neighbours_are() -> None:
    written = Written((Token(1, b"a", 0.9), Token(2, b"b", 0.5), Token(3, "▁c".encode(), 0.99)), 0.8)
    words = written_words(written.tokens)
    first, second = (dict(zip(FEATURES, row, strict=True)) for row in features(words, written))
    assert first["least"] == pytest.approx(0.0)
    assert first["first"] == pytest.approx(np.log(9))
    assert (first["least_after"], second["least_before"]) == (second["least"], first["least"])
    assert (first["least_least"], second["least_least"]) == (0.0, 0.0)
    assert (first["pieces"], second["pieces"]) == pytest.approx((np.log(2), 0.0))
    assert (first["last"], second["last"]) == (0, 1)
    assert all(row["over"] == pytest.approx(np.log(4)) for row in (first, second))


def test_what_comes_along_believes_what_is_probable() -> None:
    judge = read_moonshine_confidence(resources_folder() / "speech" / MOONSHINE_CONFIDENCE)

    def worth(probability: float) -> float:
        pieces = tokens("▁can", "cel", "▁my", "▁order", probability=0.95)
        pieces[0] = pieces[0]._replace(probability=probability)
        return next(iter(judge(written_words(pieces), Written(tuple(pieces), 0.99))))

    assert 0 < worth(0.2) < worth(0.6) < worth(0.99) < 1
