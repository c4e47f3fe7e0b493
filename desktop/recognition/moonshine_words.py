"""From pieces that Moonshine wrote to words: lower case, no punctuation, with the times that it does not tell.

A word gets the share of the speech that its letters have of the text, where speech is what is nearly as loud as its
loudest: so a pause belongs to no word.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from desktop.domain.media import PIPELINE_RATE_HZ
from desktop.recognition.moonshine_writing import Token

STEP_MS = 20
_STEP = STEP_MS * PIPELINE_RATE_HZ // 1000
_LOUD_SHARE = 0.25  # of the way from the quietest to the loudest level
_QUIETEST, _LOUDEST = 10, 95  # percentiles of the levels
_AND_A_LITTLE = 1.0  # letters: short words last longer than their letters say

_SEPARATES = re.compile(r"[^\w'’.,:$€£%&+@]+|_|[-–—]|(?<!\d)[.,:]|[.,:](?!\d)")
_EDGES = "'’"


class WrittenWord(NamedTuple):
    """A word as it was written, and which of the tokens it was made of."""

    text: str
    first: int
    last: int


def written_words(tokens: Sequence[Token]) -> list[WrittenWord]:
    """The words in order; pieces without a letter or a number are in none."""
    text, origin = "", list[int]()
    letters = codecs.getincrementaldecoder("utf-8")("ignore")  # a letter may be spelt by two pieces
    for number, token in enumerate(tokens):
        piece = letters.decode(token.text).replace("▁", " ")
        text += piece
        origin += [number] * len(piece)
    words, at = list[WrittenWord](), 0
    for gap in [*_SEPARATES.finditer(text), None]:
        end = len(text) if gap is None else gap.start()
        raw = text[at:end].replace("’", "'").strip(_EDGES)
        if any(sign.isalnum() for sign in raw):
            words.append(WrittenWord(raw.lower(), origin[at], origin[end - 1]))
        at = end if gap is None else gap.end()
    return words


def spread(words: Sequence[WrittenWord], samples: npt.NDArray[np.int16]) -> list[tuple[int, int]]:
    """(from, to) of each word in ms from the first sample, in order; `samples`: the speech, 16 kHz mono, to its end."""
    loud = loud_steps(samples)
    weights = np.array([len(word.text) + _AND_A_LITTLE for word in words])
    shares = np.concatenate([[0.0], np.cumsum(weights)]) / weights.sum() * len(loud)
    begins = loud[np.minimum(shares[:-1].astype(int), len(loud) - 1)]
    ends = loud[np.maximum(np.ceil(shares[1:]).astype(int) - 1, 0)] + 1
    ends = np.maximum(np.minimum(ends, np.append(begins[1:], len(samples) // _STEP)), begins)
    ends[-1] = len(samples) // _STEP
    edges = zip(begins.tolist(), ends.tolist(), strict=True)
    return [(begin * STEP_MS, max(end * STEP_MS, begin * STEP_MS + 1)) for begin, end in edges]


def loud_steps(samples: npt.NDArray[np.int16]) -> npt.NDArray[np.int_]:
    """The steps of 20 ms that are speech, ascending; at least one."""
    if len(samples) < _STEP:
        return np.zeros(1, int)
    steps = samples[: len(samples) // _STEP * _STEP].reshape(-1, _STEP).astype(np.float32)
    levels = 10 * np.log10(np.square(steps).mean(axis=1) + 1)
    quiet, loudest = np.percentile(levels, [_QUIETEST, _LOUDEST])
    return np.flatnonzero(levels >= quiet + _LOUD_SHARE * (loudest - quiet))
