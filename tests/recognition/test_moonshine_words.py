"""From Moonshine's pieces to words: how they are written, where they lie in the sound, and what they are worth."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from desktop.bundled import resources_folder
from desktop.recognition.moonshine_choice import Choice, choose, sentence
from desktop.recognition.moonshine_confidence import (
    FEATURES,
    MOONSHINE_CONFIDENCE,
    features,
    read_moonshine_confidence,
)
from desktop.recognition.moonshine_words import WrittenWord, spread, written_words
from desktop.recognition.moonshine_writing import Token, Written


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


def test_a_letter_that_two_pieces_spell_is_one() -> None:
    pieces = [Token(1, "▁caf".encode(), 0.9), Token(2, b"\xc3", 0.9), Token(3, b"\xa9", 0.9)]
    assert [word.text for word in written_words(pieces)] == ["café"]


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


@pytest.mark.parametrize("ms", [0, 10, 20])
def test_words_of_next_to_no_sound_have_an_order_too(ms: int) -> None:
    times = spread(written_words(tokens("▁a", "▁b")), sound((ms, 2000)))
    assert [begin < end for begin, end in times] == [True, True]


def test_more_words_than_there_is_time_for_still_have_an_order() -> None:
    times = spread(written_words(tokens(*["▁a"] * 30)), sound((100, 2000)))
    assert all(begin < end for begin, end in times)
    assert times == sorted(times)


CHANCES = {"my": 0.1, "lawyer": 0.01, "law": 0.001, "your": 0.001, "is": 0.1, "here": 0.1}


def chance(word: str, before: Sequence[str]) -> float:
    return CHANCES.get(word, 0.0)


def written(text: str, likelihood: float) -> Written:
    return Written(tuple(tokens(*(f"▁{word}" for word in text.split()))), likelihood)


def test_of_what_may_have_been_said_a_language_model_chooses() -> None:
    heard = [written("my lobier is here", -1.0), written("my lawyer is here", -2.0), written("my law your is", -2.5)]
    chosen = choose(heard, chance)
    assert [word.text for word in chosen.words] == ["my", "lawyer", "is", "here"]
    my, lawyer, _, here = chosen.shares
    assert my == pytest.approx(1.0)
    assert 0.5 < lawyer < here < 1.0


def test_what_is_far_more_likely_by_its_sound_stays() -> None:
    chosen = choose([written("my lobier", -1.0), written("my lawyer", -9.0)], chance)
    assert [word.text for word in chosen.words] == ["my", "lobier"]


def test_a_word_said_twice_needs_another_that_says_it_twice() -> None:
    chosen = choose([written("my my", -1.0), written("my", -2.0)], chance)
    assert chosen.shares[0] > chosen.shares[1]


def test_nothing_heard_is_nothing_said() -> None:
    assert choose([], chance).words == []
    assert choose([Written((), -1.0)], chance).words == []


def test_numbers_and_unknown_words_have_their_price() -> None:
    assert sentence(["my"], chance) == pytest.approx(np.log(0.1))
    assert sentence(["42"], chance) > sentence(["lobier"], chance)
    assert sentence(["lobier"], chance) == -16.0
    assert sentence(["rare"], lambda word, before: 1e-12) == -16.0


def test_what_is_before_a_word_counts_up_to_two_words_and_not_beyond_an_unknown_one() -> None:
    asked: list[list[str]] = []

    def noted(word: str, before: Sequence[str]) -> float:
        asked.append(list(before))
        return chance(word, before)

    sentence(["my", "lawyer", "is", "lobier", "here"], noted)
    assert asked == [["<s>"], ["<s>", "my"], ["my", "lawyer"], ["lawyer", "is"], []]


def test_a_word_is_worth_what_its_pieces_and_neighbours_are() -> None:
    said = Written((Token(1, b"a", 0.9), Token(2, b"b", 0.5), Token(3, "▁c".encode(), 0.99)), -1.0)
    choice = Choice(said, written_words(said.tokens), [0.8, 0.5])
    first, second = (dict(zip(FEATURES, row, strict=True)) for row in features(choice))
    assert first["least"] == pytest.approx(0.0)
    assert first["first"] == pytest.approx(np.log(9))
    assert (first["least_after"], second["least_before"]) == (second["least"], first["least"])
    assert (first["least_least"], second["least_least"]) == (0.0, 0.0)
    assert (first["pieces"], second["pieces"]) == pytest.approx((np.log(2), 0.0))
    assert (first["last"], second["last"]) == (0, 1)
    assert (first["share"], first["share_after"], second["share"]) == pytest.approx((np.log(4), 0.0, 0.0))
    assert first["share_mean"] == second["share_mean"] == pytest.approx(np.log(4) / 2)


def test_what_comes_along_believes_what_is_probable() -> None:
    judge = read_moonshine_confidence(resources_folder() / "speech" / MOONSHINE_CONFIDENCE)

    def worth(probability: float, share: float = 0.9) -> float:
        pieces = tokens("▁can", "cel", "▁my", "▁order", probability=0.95)
        pieces[0] = pieces[0]._replace(probability=probability)
        return next(iter(judge(Choice(Written(tuple(pieces)), written_words(pieces), [share, 0.99, 0.99]))))

    assert 0 < worth(0.2) < worth(0.6) < worth(0.99) < 1
    assert worth(0.6, share=0.5) < worth(0.6, share=0.99)
    assert judge(Choice(Written(()), [], [])) == []
