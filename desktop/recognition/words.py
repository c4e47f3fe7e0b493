"""From the engine's tokens to words on the call's time line."""

from __future__ import annotations

import re
from collections.abc import Iterable

from desktop.domain.speech import Word
from desktop.recognition.sphinx import FRAME_MS, Heard

PARTIAL_CONFIDENCE = 0.5
"""A partial has no posteriors: neither trust nor distrust it."""

DOUBT = 0.5
"""A word of less confidence may as well be another."""

_EDGE_MS = 30  # words that touch by so little are neighbours

_ALTERNATIVE = re.compile(r"\(\d+\)$")


def is_filler(token: str) -> bool:
    """Silence, noise and sentence marks: never shown."""
    return token.startswith(("<", "[", "+"))


def to_words(tokens: Iterable[Heard], start_ms: float, *, final: bool) -> tuple[Word, ...]:
    """Lower-case words without fillers and pronunciation marks; `start_ms` is where the decoder's frame 0 lies."""
    return tuple(
        Word(
            text=_ALTERNATIVE.sub("", heard.token).lower(),
            start_ms=round(start_ms + heard.first_frame * FRAME_MS),
            end_ms=round(start_ms + (heard.last_frame + 1) * FRAME_MS),
            confidence=min(max(heard.posterior, 0.0), 1.0) if final else PARTIAL_CONFIDENCE,
        )
        for heard in tokens
        if not is_filler(heard.token)
    )


def in_doubt(words: tuple[Word, ...], start_ms: float, end_ms: float) -> bool:
    """Whether something else may have been said at this time: no words there, or one with little confidence."""
    there = [word for word in words if word.end_ms - _EDGE_MS > start_ms and word.start_ms + _EDGE_MS < end_ms]
    return not there or min(word.confidence for word in there) < DOUBT


def mean_confidence(words: tuple[Word, ...]) -> float:
    """Of a segment: each word weighs as long as it lasted; 0 without words."""
    total = sum(word.end_ms - word.start_ms for word in words)
    return sum(word.confidence * (word.end_ms - word.start_ms) for word in words) / total if total > 0 else 0.0
