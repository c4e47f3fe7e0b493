"""How likely a word of a final is right: a logistic regression of what the decoder says of it and of its neighbours.

The decoder's own posterior is the share of its search's paths that have the word at just these frames: it falls where
only the time is in doubt and is too sure where the search kept nothing else. resources/build/fit_confidence.py weighs
it with what else is known.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from desktop.domain.errors import SettingInvalid
from desktop.recognition.sphinx import Heard

CONFIDENCE = "confidence.json"

FEATURES = (
    "posterior",  # log odds
    "posterior_after",  # of the word after, and so on
    "posterior_mean",  # of the utterance, and so on
    "agreed",  # 0 or 1: the first pass of the search heard it there, too
    "agreed_after",
    "agreed_posterior",  # the posterior of a word that agreed, 0 of others
    "language",  # how well the language model likes it here
    "language_after",
    "language_mean",
    "known_three",  # 0 or 1: the language model knows it after the two before
    "acoustic",  # how well it sounds
    "acoustic_frames",  # that, the more the longer it is
    "frames",  # logarithm
    "last",  # 0 or 1
)
Features = npt.NDArray[np.float64]
"""One row a word, one column a feature, in the order of `FEATURES`."""

Trust = Callable[[Sequence[Heard]], Sequence[float]]
"""The words of an utterance, without fillers, to what each is worth, 0..1."""

_LEAST_ODDS = 1e-4
_EDGE_LANGUAGE = -0.01  # of the end of an utterance, for the word before it
_EDGE_POSTERIOR = 5.0


def posteriors(words: Sequence[Heard]) -> list[float]:
    """The decoder's own."""
    return [min(max(heard.posterior, 0.0), 1.0) for heard in words]


def features(words: Sequence[Heard]) -> Features:
    """What is known of each word of an utterance, in order."""
    odds = np.array([_log_odds(value) for value in posteriors(words)])
    agreed = np.array([heard.agreed for heard in words], float)
    language = np.array([heard.language for heard in words])
    acoustic = np.array([heard.acoustic for heard in words])
    frames = np.log([heard.last_frame - heard.first_frame + 1 for heard in words])
    return np.column_stack(
        [
            odds,
            _after(odds, _EDGE_POSTERIOR),
            np.full(len(words), odds.mean()),
            agreed,
            _after(agreed, 1.0),
            agreed * odds,
            language,
            _after(language, _EDGE_LANGUAGE),
            np.full(len(words), language.mean()),
            [heard.order == 3 for heard in words],
            acoustic,
            acoustic * frames,
            frames,
            np.arange(len(words)) == len(words) - 1,
        ]
    )


def _after(values: Features, edge: float) -> Features:
    return np.concatenate([values[1:], [edge]])


def _log_odds(share: float) -> float:
    return math.log(max(share, _LEAST_ODDS)) - math.log(max(1 - share, _LEAST_ODDS))


@dataclass(frozen=True, slots=True)
class Regression:
    """A logistic regression; one weight a feature."""

    bias: float
    weights: tuple[float, ...]

    def __call__(self, rows: Features) -> list[float]:
        """How likely each row's word is right, 0..1."""
        certain = self.bias + rows @ np.array(self.weights)
        return [round(float(value), 4) for value in 1 / (1 + np.exp(-certain))]


@dataclass(frozen=True, slots=True)
class Confidence:
    """A Trust; its regression has the features of `FEATURES`, in order."""

    regression: Regression

    def __call__(self, words: Sequence[Heard]) -> list[float]:
        """How likely each is right."""
        return self.regression(features(words)) if words else []


def read_confidence(path: Path) -> Confidence:
    """SettingInvalid when the file is damaged."""
    return Confidence(read_regression(path, FEATURES))


def read_regression(path: Path, names: Sequence[str]) -> Regression:
    """Its weights in the order of these features. SettingInvalid when the file is damaged."""
    try:
        found = json.loads(path.read_text("utf-8"))
        weights = found["weights"]
        return Regression(float(found["bias"]), tuple(float(weights[name]) for name in names))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SettingInvalid("recogniser.embedded", f"{path.name} is damaged", "Install Sidetone again") from error
