"""A small language for word patterns, and finding the longest ones in an utterance.

Words are separated by blanks. `a|b` is a choice, `stem*` any word that starts so, `_` any one word, `..3` up to
three any words, and `?` after a word makes it optional. The first word must be a plain choice, since the patterns
are indexed by it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from desktop.domain.errors import SettingInvalid


class Phrase(NamedTuple):
    """A pattern and the valence (-4..4) that its words have together; 0 takes their own valence away."""

    pattern: str
    valence: float


class Found(NamedTuple):
    """A pattern's place in an utterance: words `first` up to, not including, `end`."""

    first: int
    end: int
    valence: float


_WORD = re.compile(r"[a-z][a-z'-]*")


class PhraseBook:
    """Finds phrases, leftmost first, longest where several start, never overlapping."""

    def __init__(self, phrases: Iterable[Phrase]) -> None:
        self._starting: dict[str, list[tuple[re.Pattern[str], float]]] = {}
        for phrase in phrases:
            starts, compiled = _compiled(phrase.pattern)
            for start in starts:
                self._starting.setdefault(start, []).append((compiled, phrase.valence))

    def find(self, words: Sequence[str]) -> list[Found]:
        """All phrases in `words` (as `unfolded` gives them). Linear in their number."""
        if self._starting.keys().isdisjoint(words):
            return []
        text = " ".join(words) + " "
        found: list[Found] = []
        index, at = 0, 0
        while index < len(words):
            end, valence = self._longest(words[index], text, at)
            if end:
                step = text.count(" ", at, end)
                found.append(Found(index, index + step, valence))
                index, at = index + step, end
            else:
                at += len(words[index]) + 1
                index += 1
        return found

    def _longest(self, word: str, text: str, at: int) -> tuple[int, float]:
        best, valence = 0, 0.0
        for compiled, value in self._starting.get(word, ()):
            match = compiled.match(text, at)
            if match is not None and match.end() > best:
                best, valence = match.end(), value
        return best, valence


def _compiled(pattern: str) -> tuple[list[str], re.Pattern[str]]:
    tokens = pattern.split()
    starts = tokens[0].split("|") if tokens else []
    if not starts or not all(_WORD.fullmatch(start) for start in starts):
        raise SettingInvalid(f"phrase {pattern!r}", "does not start with plain words", "Begin with a word or a|b")
    return starts, re.compile("".join(_token(pattern, token) for token in tokens))


def _token(pattern: str, token: str) -> str:
    if token == "_":
        return r"\S+ "
    if re.fullmatch(r"\.\.[1-9]", token):
        return rf"(?:\S+ ){{0,{token[2]}}}?"
    choices = [choice.removesuffix("*") for choice in token.removesuffix("?").split("|")]
    if not all(_WORD.fullmatch(choice) for choice in choices):
        raise SettingInvalid(f"phrase {pattern!r}", f"has the unknown word {token!r}", "Use letters, |, *, ?, _ or ..3")
    stems = [choice.endswith("*") for choice in token.removesuffix("?").split("|")]
    body = "|".join(word + (r"\S*" if stem else "") for word, stem in zip(choices, stems, strict=True))
    return f"(?:(?:{body}) )" + ("?" if token.endswith("?") else "")
