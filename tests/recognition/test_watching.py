"""From phrases to what is listened for."""

from __future__ import annotations

from pathlib import Path

import pytest

from desktop.bundled import resources_folder
from desktop.domain.errors import SettingInvalid
from desktop.recognition.band import Band
from desktop.recognition.letter_sounds import LetterSounds
from desktop.recognition.pronunciation import Pronouncer
from desktop.recognition.watching import THRESHOLDS, Thresholds, read_thresholds, watched

KNOWN = {"cancel": ["K AE N S AH L"], "it": ["IH T"], "sue": ["S UW"]}


def no_letter_sounds() -> LetterSounds:
    raise AssertionError("not wanted")


def test_a_threshold_goes_by_band_and_length() -> None:
    thresholds = Thresholds({Band.FULL: (9.0, 5.0, 2.0), Band.TELEPHONE: (8.0,)})
    assert [thresholds.least(phones, Band.FULL) for phones in (1, 2, 3, 20)] == [9.0, 5.0, 2.0, 2.0]
    assert thresholds.least(7, Band.TELEPHONE) == 8.0


def test_phrases_that_cannot_be_heard_apart_or_read_aloud_are_left_out_and_keep_no_other_out() -> None:
    thresholds = Thresholds(dict.fromkeys(Band, (10.0,) * 7 + (5.0,)))
    found = watched(("sue", "привет", "cancel it"), Pronouncer(KNOWN, no_letter_sounds), thresholds, tuple(Band), ())
    assert set(found) == set(Band)
    assert [(one.phrase, one.way.phones, one.way.least) for one in found[Band.FULL]] == [
        ("cancel it", "K AE N S AH L IH T", 5.0)
    ]


def test_phrases_of_words_that_a_transcript_may_have_are_told_from_others() -> None:
    thresholds = Thresholds(dict.fromkeys(Band, (1.0,)))
    wanted = ("cancel it", "cancel*", "it can*")
    known = {**KNOWN, "can": ["K AE N"]}
    for words, expected in (
        (("cancel", "it"), [True] * 3),
        (("it",), [False] * 3),
        (("cancelled",), [False, True, False]),
    ):
        found = watched(wanted, Pronouncer(known, no_letter_sounds), thresholds, (Band.FULL,), words)
        told = {one.phrase: one.transcribed for one in found[Band.FULL]}
        assert [told[phrase] for phrase in wanted] == expected


def test_the_thresholds_that_come_along_are_stricter_for_shorter_phrases() -> None:
    thresholds = read_thresholds(resources_folder() / "speech" / THRESHOLDS)
    for band in Band:
        least = [thresholds.least(phones, band) for phones in range(4, 16)]
        assert least == sorted(least, reverse=True)
        assert -60 < least[-1] < least[0] < 100


@pytest.mark.parametrize("text", ["", "{}", '{"least": {"full": [1]}}', '{"least": {"full": ["x"], "telephone": [1]}}'])
def test_a_damaged_file_is_named(tmp_path: Path, text: str) -> None:
    path = tmp_path / THRESHOLDS
    path.write_text(text, "utf-8")
    with pytest.raises(SettingInvalid, match=THRESHOLDS):
        read_thresholds(path)
