"""Whether somebody has paused in the middle of a watched phrase: it would be missed if the utterance ended there."""

from __future__ import annotations

from collections.abc import Sequence

from desktop.domain.counts import in_letters


class BegunPhrases:
    """The beginnings of watched phrases; `watch` replaces them while streams go on asking."""

    def __init__(self) -> None:
        self._beginnings: frozenset[tuple[str, ...]] = frozenset()

    def watch(self, phrases: Sequence[str]) -> None:
        """Lower-case words with single blanks; `*` ends a stem."""
        split = [tuple(map(in_letters, phrase.split())) for phrase in phrases]
        self._beginnings = frozenset(words[:length] for words in split for length in range(1, len(words)))

    def __call__(self, words: Sequence[str]) -> bool:
        """Whether these end with the beginning of a phrase."""
        said = [in_letters(word) for word in words]
        return any(_alike(said[-len(beginning) :], beginning) for beginning in self._beginnings)


def _alike(heard: Sequence[str], watched: Sequence[str]) -> bool:
    return len(heard) == len(watched) and all(map(_same, heard, watched))


def _same(heard: str, watched: str) -> bool:
    return heard.startswith(watched[:-1]) if watched.endswith("*") else heard == watched
