"""From the engine's tokens to words on the call's time line."""

from __future__ import annotations

from collections.abc import Iterable

from desktop.domain.speech import Word
from desktop.recognition.confidence import Trust, posteriors
from desktop.recognition.sphinx import FRAME_MS, Heard, said

PARTIAL_CONFIDENCE = 0.5
"""A partial has no posteriors: neither trust nor distrust it."""

_EDGE_MS = 30  # words that touch by so little are neighbours


def is_filler(token: str) -> bool:
    """Silence, noise and sentence marks: never shown."""
    return token.startswith(("<", "[", "+"))


def to_words(tokens: Iterable[Heard], start_ms: float, *, final: bool, trust: Trust = posteriors) -> tuple[Word, ...]:
    """Lower-case words without fillers and pronunciation marks; `start_ms` is where the decoder's frame 0 lies."""
    words = [heard for heard in tokens if not is_filler(heard.token)]
    confidences = trust(words) if final else [PARTIAL_CONFIDENCE] * len(words)
    return tuple(
        Word(
            text=said(heard.token).lower(),
            start_ms=round(start_ms + heard.first_frame * FRAME_MS),
            end_ms=round(start_ms + (heard.last_frame + 1) * FRAME_MS),
            confidence=confidence,
        )
        for heard, confidence in zip(words, confidences, strict=True)
    )


def in_doubt(words: tuple[Word, ...], start_ms: float, end_ms: float, doubt: float) -> bool:
    """Whether something else may have been said at this time: no words there, or one with less confidence than that."""
    there = [word for word in words if word.end_ms - _EDGE_MS > start_ms and word.start_ms + _EDGE_MS < end_ms]
    return not there or min(word.confidence for word in there) < doubt


def mean_confidence(words: tuple[Word, ...]) -> float:
    """Of a segment: each word weighs as long as it lasted; 0 without words."""
    total = sum(word.end_ms - word.start_ms for word in words)
    return sum(word.confidence * (word.end_ms - word.start_ms) for word in words) / total if total > 0 else 0.0
