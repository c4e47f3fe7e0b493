"""How typed words are read aloud."""

from __future__ import annotations

import pytest

from desktop.recognition.spelling import is_readable, number_words, pieces, unreadable_words


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("cancel", "cancel"),
        ("café", "cafe"),
        ("can’t", "can't"),
        ("gdpr", "g d p r"),
        ("2fa", "two f a"),
        ("24-7", "twenty four seven"),
        ("90", "ninety"),
        ("404", "four zero four"),
        ("07", "zero seven"),
        ("wi-fi", "w i f i"),
        ("pay-as-you-go", "pay a s you g o"),
        ("a", "a"),
    ],
)
def test_words_are_taken_apart(word: str, said: str) -> None:
    assert pieces(word) == said.split()


def test_numbers_up_to_99_are_numbers() -> None:
    assert number_words("0") == ["zero"]
    assert number_words("19") == ["nineteen"]
    assert number_words("20") == ["twenty"]


def test_what_english_cannot_read_is_named_once() -> None:
    assert unreadable_words(("привет", "hello привет", "naïve*", "日本 shop", "'")) == ("привет", "日本", "'")
    assert is_readable("2fa")
    assert is_readable("lawyer*")
