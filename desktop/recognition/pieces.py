"""From the pieces of words that a neural engine says to words with times."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from desktop.domain.speech import Word

NEUTRAL_CONFIDENCE = 0.5
"""Where an engine gives no probabilities: neither trust nor distrust it."""
_LONGEST_PIECE_MS = 500.0  # a word goes on for so long after its last piece was heard, unless something else comes
_SHORTEST_WORD_MS = 10

_BYTE = re.compile(r"<0x([0-9A-F]{2})>")
_MARK = re.compile(r"<[^<>\s]+>|\[[^\[\]\s]+\]")  # <unk>, <sos/eos>, [noise]
_WITHOUT_BLANKS = re.compile("[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")  # scripts in which each sign is a word here


class Piece(NamedTuple):
    """A token of the engine; a blank or ▁ before it begins a word, @@ behind it says that the word goes on."""

    text: str
    at_ms: float  # since the utterance's first sample
    confidence: float  # 0..1


@dataclass(slots=True)
class _Growing:
    at_ms: float
    last_ms: float
    text: bytes = b""
    confidences: list[float] = field(default_factory=list)


def to_words(pieces: Sequence[Piece], start_ms: float, end_ms: float) -> tuple[Word, ...]:
    """Lower-case words in order; the utterance's speech lies from `start_ms` to `end_ms` on the call's time line.

    Engines tell when a piece was heard, not how long it lasted: a word ends where the next begins or speech ends.
    """
    grown = list(_grow(pieces))
    words: list[Word] = []
    for number, word in enumerate(grown):
        begin = round(start_ms + word.at_ms)
        if words:
            begin = max(begin, words[-1].end_ms)
        follows = (
            grown[number + 1].at_ms + start_ms if number + 1 < len(grown) else max(end_ms, start_ms + word.last_ms)
        )
        end = max(round(min(follows, start_ms + word.last_ms + _LONGEST_PIECE_MS)), begin + _SHORTEST_WORD_MS)
        text = word.text.decode(errors="replace").lower()
        words.append(Word(text, begin, end, sum(word.confidences) / len(word.confidences)))
    return tuple(words)


def _grow(pieces: Sequence[Piece]) -> Iterator[_Growing]:
    word: _Growing | None = None
    joins = alone = False
    for piece in pieces:
        begins = piece.text[:1] in (" ", "▁", "|")
        text = piece.text.lstrip(" ▁|")
        alone, before = _WITHOUT_BLANKS.match(text) is not None, alone
        if word is not None and (begins or ((alone or before) and not joins)):
            yield word
            word = None
        joins = text.endswith("@@")
        raw = _raw(text.removesuffix("@@"))
        if not raw:
            continue
        word = word or _Growing(piece.at_ms, piece.at_ms)
        word.text += raw
        word.last_ms = piece.at_ms
        word.confidences.append(piece.confidence)
    if word is not None:
        yield word


def _raw(text: str) -> bytes:
    """The piece's letters; bytes are spelt <0xE2>, other marks say nothing."""
    if byte := _BYTE.fullmatch(text):
        return bytes([int(byte[1], 16)])
    return b"" if _MARK.fullmatch(text) else text.encode()
