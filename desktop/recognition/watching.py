"""From a list of phrases to what the small decoders listen for: how each may sound, and how sure one has to be."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from pathlib import Path

from desktop.domain.errors import SettingInvalid
from desktop.recognition.band import Band
from desktop.recognition.pronunciation import Pronouncer
from desktop.recognition.sphinx import Way
from desktop.recognition.spotting import Watched

THRESHOLDS = "phrase-thresholds.json"
LEAST_PHONES = 4
"""A shorter phrase is in everything that is said."""

MOST_WAYS = 1500
"""Of all phrases together; each costs work with every utterance. The phrases beyond are left to the transcript."""


class Thresholds:
    """How much likelier than other speech a phrase must be (natural logarithm), by its band and number of phones.

    resources/build/calibrate_phrases.py measured them on speech that did not contain the phrases.
    """

    def __init__(self, table: dict[Band, tuple[float, ...]]) -> None:
        self._table = table

    def least(self, phones: int, band: Band) -> float:
        """`phones` at least 1; phrases longer than were measured are as the longest."""
        measured = self._table[band]
        return measured[min(phones, len(measured)) - 1]


def read_thresholds(path: Path) -> Thresholds:
    """SettingInvalid when the file is damaged."""
    try:
        table = json.loads(path.read_text("utf-8"))["least"]
        return Thresholds({band: tuple(float(least) for least in table[band.name.lower()]) for band in Band})
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SettingInvalid("recogniser.embedded", f"{path.name} is damaged", "Install Sidetone again") from error


def watched(
    phrases: Sequence[str],
    pronouncer: Pronouncer,
    thresholds: Thresholds,
    bands: Sequence[Band],
    transcribed: Collection[str],
) -> dict[Band, list[Watched]]:
    """What to listen for; phrases that can't be read aloud or are too short to be told apart are left out.

    `transcribed` are words that a transcript may have.
    """
    ways = [
        (phrase, way, phones)
        for phrase in phrases
        for way in pronouncer.ways(phrase)
        if (phones := len(way.split())) >= LEAST_PHONES
    ][:MOST_WAYS]
    return {
        band: [
            Watched(phrase, Way(way, thresholds.least(phones, band)), _all_in(transcribed, phrase))
            for phrase, way, phones in ways
        ]
        for band in bands
    }


def _all_in(dictionary: Collection[str], phrase: str) -> bool:
    return all(
        any(known.startswith(word[:-1]) for known in dictionary) if word.endswith("*") else word in dictionary
        for word in phrase.split()
    )
