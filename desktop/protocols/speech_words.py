"""From a speech service's events to the words of a segment, whether or not the service says times and finality.

Document D's events hold a text and nothing else, so three habits are understood: each event is the next piece, each is
the utterance so far, each is the whole session so far (words of earlier utterances first).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from desktop.domain.speech import Word
from desktop.protocols.speech_stream import Entity

UNKNOWN_CONFIDENCE: Final = 0.5
"""The document gives none: neither trust nor distrust."""
MAX_WORDS: Final = 2_000
MAX_WORD: Final = 100  # characters; what is longer is no word
_LEAST_REPEATED: Final = 3  # fewer words are repeated by chance


def words_of(entity: Entity) -> list[str]:
    """The text's words, the newest `MAX_WORDS` of them."""
    return _words(entity.value or "")


def _words(text: str) -> list[str]:
    return [word[:MAX_WORD] for word in text.split()[-MAX_WORDS:]]


class UtteranceText:
    """The words of the utterance under way, from events without times."""

    def __init__(self) -> None:
        self._earlier: list[str] = []  # of this session, while its events repeat them
        self._repeats = True
        self._pieces: list[str] = []
        self._newest: list[str] = []

    @property
    def words(self) -> list[str]:
        """So far."""
        return [*self._pieces, *self._newest][-MAX_WORDS:]

    def hear(self, words: list[str], is_final: bool | None) -> None:
        """An event; `is_final` None: the service doesn't say."""
        said = self._without_earlier(words)
        if is_final is None and _goes_on(self._newest, said):
            self._newest = said
            return
        if is_final is None:
            self._add(self._newest)
        self._newest = said
        if is_final:
            self._add(said)
            self._newest = []

    def finish(self) -> None:
        """The next event is about the next utterance."""
        if self._repeats:
            self._earlier += self.words
            self._repeats = len(self._earlier) <= MAX_WORDS
        self._pieces, self._newest = [], []

    def _add(self, words: list[str]) -> None:
        self._pieces = [*self._pieces, *words][-MAX_WORDS:]

    def _without_earlier(self, words: list[str]) -> list[str]:
        if len(self._earlier) < _LEAST_REPEATED or not self._repeats:
            return words
        self._repeats = _goes_on(self._earlier, words)
        return words[len(self._earlier) :] if self._repeats else words


def _goes_on(before: Sequence[str], words: Sequence[str]) -> bool:
    """Whether `words` is `before` with more, or with the end corrected."""
    common = 0
    for old, new in zip(before, words, strict=False):
        if old != new:
            break
        common += 1
    return common == len(before) or (len(before) > _LEAST_REPEATED and 2 * common >= len(before))


def spread(texts: Sequence[str], start_ms: float, end_ms: float, confidence: float) -> tuple[Word, ...]:
    """Words without times of their own: evenly over the time in which they were said, at least 1 ms each."""
    start = round(start_ms)
    each = max(round(end_ms) - start, len(texts)) / max(1, len(texts))
    edges = [start + round(number * each) for number in range(len(texts) + 1)]
    return tuple(Word(text, edges[n], edges[n + 1], confidence) for n, text in enumerate(texts))


def timed_words(entity: Entity, place: Callable[[float], float]) -> tuple[Word, ...]:
    """Words of an entity with times, on the call's time line; one after the other, whatever the service says."""
    confidence = UNKNOWN_CONFIDENCE if entity.confidence is None else entity.confidence
    if not entity.words:
        return spread(words_of(entity), place(entity.start_ms or 0), place(entity.end_ms or 0), confidence)
    words: list[Word] = []
    earliest = 0
    for spoken in entity.words[-MAX_WORDS:]:
        for text in _words(spoken.value):
            start = max(round(place(spoken.start_ms)), earliest)
            earliest = max(round(place(spoken.end_ms)), start + 1)
            words.append(Word(text, start, earliest, spoken.confidence))
    return tuple(words[-MAX_WORDS:])
