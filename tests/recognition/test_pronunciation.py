"""How phrases may sound."""

from __future__ import annotations

from pathlib import Path

import pytest

from desktop.bundled import resources_folder
from desktop.recognition.letter_sounds import MODEL, LetterSounds
from desktop.recognition.pronunciation import MOST_WAYS, Pronouncer, looked_up
from desktop.recognition.sphinx import PRONUNCIATIONS, wheel_models


def pronouncer(*phrases: str) -> Pronouncer:
    known = looked_up(wheel_models() / PRONUNCIATIONS, phrases)
    return Pronouncer(known, lambda: LetterSounds(resources_folder() / "speech" / MODEL))


def ways(phrase: str) -> list[str]:
    return pronouncer(phrase).ways(phrase)


def test_words_of_the_dictionary_are_joined_first_choices_first() -> None:
    found = ways("want to cancel")
    assert found[0] == "W AA N T T UW K AE N S AH L"
    assert 1 < len(found) <= MOST_WAYS


def test_a_stem_is_its_shortest_words_and_none_that_begins_as_another_does() -> None:
    assert set(ways("lawyer*")) == {"L AO Y ER", "L OY ER"}
    assert ways("suicid*")[0].startswith("S UW AH S AY D")


def test_a_stem_that_no_word_begins_with_is_read_itself() -> None:
    assert ways("fibermax*") == ways("fibermax")


@pytest.mark.parametrize(
    ("phrase", "phones"),
    [
        ("gdpr", "JH IY D IY P IY AA R"),
        ("2fa", "T UW EH F EY"),
        ("café", "K AH F EY"),
        ("fibermax", "F AY B ER M AE K S"),
        ("my fibermax", "M AY F AY B ER M AE K S"),
        ("zqx", "Z IY K Y UW EH K S"),
    ],
)
def test_other_words_are_spelled_or_read(phrase: str, phones: str) -> None:
    assert phones in ways(phrase)


def test_a_short_unknown_word_may_be_spelled_too() -> None:
    assert "OW K EY EH M" in ways("okm")


def test_a_phrase_that_cannot_be_read_aloud_has_no_way() -> None:
    assert ways("привет") == []
    assert ways("hello привет") == []


def test_a_dictionary_under_xz_is_read_as_well() -> None:
    ours = resources_folder() / "speech" / "contact-centre.dict.xz"
    assert looked_up(ours, ("refund",))["refund"][0].startswith("R ")


def test_a_dictionary_is_not_kept_whole() -> None:
    assert set(looked_up(wheel_models() / PRONUNCIATIONS, ("cancel it",))) == {"cancel", "it"}


def test_letter_sounds_are_loaded_only_for_unknown_words(tmp_path: Path) -> None:
    def load() -> LetterSounds:
        raise AssertionError("not wanted")

    known = looked_up(wheel_models() / PRONUNCIATIONS, ("cancel",))
    assert Pronouncer(known, load).ways("cancel")
