"""How watched phrases may sound: from the dictionary, letter by letter, or from the sounds of their letters."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from desktop.recognition.letter_sounds import LetterSounds
from desktop.recognition.models import readable
from desktop.recognition.spelling import LETTERS, folded, is_abbreviation, is_readable, pieces

MOST_WAYS = 6
"""Ways to say one phrase that are listened for."""

_MOST_ENDINGS = 12
_SHORT = 3  # letters: an unknown word of so few is as often spelled as read

Ways = list[str]
"""Phones separated by blanks, the likeliest first."""


class Pronouncer:
    """Knows a dictionary; `letter_sounds` is loaded when the first word is not in it."""

    def __init__(self, dictionary: dict[str, Ways], letter_sounds: Callable[[], LetterSounds]) -> None:
        self._dictionary, self._load = dictionary, letter_sounds
        self._letter_sounds: LetterSounds | None = None

    def ways(self, phrase: str) -> Ways:
        """How a phrase (lower-case words, `*` ends a stem) may sound; empty when it can't be read aloud."""
        words = phrase.split()
        stems = any(word.endswith("*") for word in words)
        said = [self._stem(word[:-1]) if word.endswith("*") else self._word(word) for word in words]
        joined = [" ".join(parts) for parts in _best_first(said)] if all(said) else []
        return _beginnings(joined)[:MOST_WAYS] if stems else joined[:MOST_WAYS]

    def knows(self, word: str) -> bool:
        """Whether the dictionary has this word."""
        return word in self._dictionary

    def _word(self, word: str) -> Ways:
        if not is_readable(word):
            return []
        known = self._dictionary.get(word) or self._dictionary.get(folded(word))
        if known:
            return known
        parts = pieces(word)
        if parts == [folded(word)]:
            return self._unknown(parts[0])
        return [" ".join(said) for said in _best_first([self._piece(part) for part in parts])][:MOST_WAYS]

    def _piece(self, piece: str) -> Ways:
        return [LETTERS[piece]] if piece in LETTERS else self._dictionary.get(piece) or self._unknown(piece)

    def _unknown(self, word: str) -> Ways:
        spelled = [" ".join(LETTERS[letter] for letter in word if letter in LETTERS)]
        if is_abbreviation(word):
            return spelled
        if self._letter_sounds is None:
            self._letter_sounds = self._load()
        read = self._letter_sounds.pronunciations(word)
        return [*read, *spelled] if len(word) <= _SHORT else read

    def _stem(self, stem: str) -> Ways:
        """The stem itself and the shortest words that begin with it."""
        longer = sorted((word for word in self._dictionary if word.startswith(folded(stem))), key=len)
        known = [way for word in longer[:_MOST_ENDINGS] for way in self._dictionary[word]]
        return known or self._word(stem)


def looked_up(path: Path, phrases: Sequence[str]) -> dict[str, Ways]:
    """What a pronouncing dictionary (CMU format, .xz or plain) says about the words of these phrases.

    Only they are kept: a whole dictionary is 30 MB in memory. Raises SettingInvalid when it is damaged.
    """
    written = {word for phrase in phrases for word in phrase.split()}
    stems = tuple(folded(word[:-1]) for word in written if word.endswith("*"))
    plain = {word.removesuffix("*") for word in written}
    wanted = plain | {folded(word) for word in plain} | {part for word in plain for part in pieces(word)}
    found: dict[str, Ways] = {}
    with readable(path) as unpacked, unpacked.open(encoding="utf-8") as lines:
        for line in lines:
            entry, _, phones = line.strip().partition(" ")
            word = entry.partition("(")[0]
            if word in wanted or (stems and word.startswith(stems)):
                found.setdefault(word, []).append(phones.strip())
    return found


def _best_first(said: list[Ways]) -> Iterable[tuple[str, ...]]:
    """Combinations, those with the fewest second choices first."""
    numbered = itertools.product(*(enumerate(ways[:MOST_WAYS]) for ways in said))
    ranked = sorted(itertools.islice(numbered, 500), key=lambda ways: sum(number for number, _ in ways))
    return (tuple(way for _, way in ways) for ways in ranked)


def _beginnings(ways: Ways) -> Ways:
    """Without those that begin as a shorter one does: hearing that one is enough for a stem."""
    kept: Ways = []
    for way in sorted(dict.fromkeys(ways), key=len):
        if not any(f"{way} ".startswith(f"{shorter} ") for shorter in kept):
            kept.append(way)
    return kept
