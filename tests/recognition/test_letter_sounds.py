"""Pronunciations of words that no dictionary has, from the model that comes along."""

from __future__ import annotations

from pathlib import Path

import pytest

from desktop.bundled import resources_folder
from desktop.domain.errors import SettingInvalid
from desktop.recognition.letter_sounds import MODEL, LetterSounds


@pytest.fixture(scope="module")
def model() -> LetterSounds:
    return LetterSounds(resources_folder() / "speech" / MODEL)


@pytest.mark.parametrize(
    ("word", "phones"),
    [
        ("zendesk", "Z EH N D EH S K"),
        ("fibermax", "F AY B ER M AE K S"),
        ("klarna", "K L AA R N AH"),
        ("broadbandify", "B R AO D B AE N D AH F AY"),
    ],
)
def test_product_names_are_said_as_people_say_them(model: LetterSounds, word: str, phones: str) -> None:
    assert phones in model.pronunciations(word)


def test_the_likeliest_come_first_and_unlikely_ones_are_left_out(model: LetterSounds) -> None:
    ways = model.pronunciations("zendesk", most=10)
    assert ways[0] in ("Z EH N D EH S K", "Z EY N D EH S K")
    assert 1 <= len(ways) < 10
    assert len(set(ways)) == len(ways)


def test_signs_without_a_sound_are_passed_over(model: LetterSounds) -> None:
    assert model.pronunciations("zen9desk") == model.pronunciations("zendesk")
    assert model.pronunciations("") == []


def test_a_damaged_or_missing_file_is_named(tmp_path: Path) -> None:
    (tmp_path / MODEL).write_bytes(b"nothing of the kind")
    for path in (tmp_path / MODEL, tmp_path / "missing"):
        with pytest.raises(SettingInvalid, match=path.name):
            LetterSounds(path)


def test_the_file_is_small() -> None:
    assert (resources_folder() / "speech" / MODEL).stat().st_size < 1_000_000
