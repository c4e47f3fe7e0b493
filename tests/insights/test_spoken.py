"""Words as they are compared."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.insights.spoken import bare, unfolded


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("I'm calling", "i am calling"),
        ("it’s broken.", "it is broken"),
        ("nobody's called", "nobody is called"),
        ("sarah's bill", "sarah bill"),
        ("i can't and won't", "i can not and will not"),
        ("cannot", "can not"),
        ("don't", "do not"),
        ("we've they're he'd she'll", "we have they are he would she will"),
        ("uh i um wait", "i wait"),
        ("customers' o'clock", "customers o'clock"),
        ("3 calls, the 2nd today, 13 in all", "three calls the second today 13 in all"),
        ("the 10th time", "the tenth time"),
        ("'s ' ...", "s '"),
    ],
)
def test_contractions_are_taken_apart(said: str, meant: str) -> None:
    assert " ".join(unfolded(said.split())) == meant


def test_punctuation_and_case_do_not_count() -> None:
    assert bare("“Cancel!”") == "cancel"


@given(st.lists(st.text(max_size=12), max_size=20))
def test_any_words_survive(words: list[str]) -> None:
    assert all(unfolded(words))
