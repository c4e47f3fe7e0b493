"""How likely a word that Moonshine wrote is right: a regression of how probable its pieces were, of what else it may
have written, and of its neighbours.

resources/build/fit_confidence.py fits it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from desktop.recognition.confidence import Features, Regression, read_regression
from desktop.recognition.moonshine_choice import Choice

MOONSHINE_CONFIDENCE = "moonshine-confidence.json"

FEATURES = (
    "least",  # log odds of the unlikeliest piece
    "mean",  # of the logarithms of its pieces
    "first",  # log odds of its first piece
    "least_before",  # of the word before, and so on
    "least_after",
    "least_mean",  # of the utterance, and so on
    "least_least",
    "pieces",  # so many, logarithm
    "letters",  # so many, logarithm
    "share",  # log odds of its share of all that may have been said
    "share_after",
    "share_mean",
    "words",  # of the utterance, logarithm
    "last",  # 0 or 1
)

Judge = Callable[[Choice], Sequence[float]]
"""What was said to what each word of it is worth, 0..1."""

_LEAST_ODDS = 1e-4
_EDGE = 5.0


@dataclass(frozen=True, slots=True)
class MoonshineConfidence:
    """A Judge; its regression has the features of `FEATURES`, in order."""

    regression: Regression

    def __call__(self, choice: Choice) -> list[float]:
        """How likely each is right."""
        return self.regression(features(choice)) if choice.words else []


def read_moonshine_confidence(path: Path) -> MoonshineConfidence:
    """SettingInvalid when the file is damaged."""
    return MoonshineConfidence(read_regression(path, FEATURES))


def features(choice: Choice) -> Features:
    """One row a word, one column a feature, in the order of `FEATURES`."""
    words, tokens = choice.words, choice.written.tokens
    pieces = [[token.probability for token in tokens[word.first : word.last + 1]] for word in words]
    share = np.array([_log_odds(each) for each in choice.shares])
    least = np.array([_log_odds(min(each)) for each in pieces])
    every = np.ones(len(words))
    return np.column_stack(
        [
            least,
            [float(np.log(np.maximum(each, _LEAST_ODDS)).mean()) for each in pieces],
            [_log_odds(each[0]) for each in pieces],
            np.concatenate([[_EDGE], least[:-1]]),
            np.concatenate([least[1:], [_EDGE]]),
            every * least.mean(),
            every * least.min(),
            [math.log(len(each)) for each in pieces],
            [math.log(len(word.text)) for word in words],
            share,
            np.concatenate([share[1:], [_EDGE]]),
            every * share.mean(),
            every * math.log(len(words)),
            np.arange(len(words)) == len(words) - 1,
        ]
    )


def _log_odds(share: float) -> float:
    return math.log(max(share, _LEAST_ODDS)) - math.log(max(1 - share, _LEAST_ODDS))
