"""The pattern language and the search."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.domain.errors import SettingInvalid
from desktop.insights.phrases import Found, Phrase, PhraseBook
from desktop.insights.trade_phrases import TRADE_PHRASES


def found(pattern: str, text: str) -> list[tuple[int, int]]:
    return [(hit.first, hit.end) for hit in PhraseBook([Phrase(pattern, -1.0)]).find(text.split())]


@pytest.mark.parametrize(
    ("pattern", "text", "places"),
    [
        ("third time", "the third time i call", [(1, 3)]),
        ("third time", "the third timetable", []),
        ("third|fourth time|call", "third call fourth time", [(0, 2), (2, 4)]),
        ("never call*", "never called", [(0, 2)]),
        ("never call*", "never recalled", []),
        ("not ..2 help", "not help", [(0, 2)]),
        ("not ..2 help", "not going to help", [(0, 4)]),
        ("not ..2 help", "not ever going to help", []),
        ("rip me? off", "rip off rip me off", [(0, 2), (2, 5)]),
        ("made _ day", "made my day made day", [(0, 3)]),
        ("a b", "", []),
    ],
)
def test_language(pattern: str, text: str, places: list[tuple[int, int]]) -> None:
    assert found(pattern, text) == places


def test_the_longest_of_several_wins_and_none_overlap() -> None:
    book = PhraseBook([Phrase("no one", -1), Phrase("no one called me", -3), Phrase("called me", -2)])
    assert book.find(["no", "one", "called", "me"]) == [Found(0, 4, -3)]
    assert book.find(["no", "one", "has", "called", "me"]) == [Found(0, 2, -1), Found(3, 5, -2)]


@pytest.mark.parametrize("pattern", ["", "a? day", "call* day", "_ day", "..3 day", "day na.me", "day ..0", "day ?"])
def test_a_pattern_that_is_none_is_named(pattern: str) -> None:
    with pytest.raises(SettingInvalid, match="phrase"):
        PhraseBook([Phrase(pattern, 1.0)])


def test_the_shipped_phrases_are_within_range_and_written_once() -> None:
    assert all(-4.0 <= phrase.valence <= 4.0 for phrase in TRADE_PHRASES)
    assert len({phrase.pattern for phrase in TRADE_PHRASES}) == len(TRADE_PHRASES) > 30


@given(st.lists(st.sampled_from(sorted({w for p in TRADE_PHRASES for w in p.pattern.replace("|", " ").split()}))))
def test_places_are_in_order_inside_the_words_and_apart(words: list[str]) -> None:
    plain = [word.strip("*?.") or "x" for word in words]
    edges = [edge for hit in PhraseBook(TRADE_PHRASES).find(plain) for edge in (hit.first, hit.end)]
    assert edges == sorted(edges)
    assert all(0 <= edge <= len(plain) for edge in edges)
