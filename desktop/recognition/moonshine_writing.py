"""What Moonshine makes of an utterance: a glance while it grows, and a search for all that it may say at its end."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import count
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from desktop.domain.media import PIPELINE_RATE_HZ
from desktop.recognition.moonshine import BEGIN, END, SHORTEST_SAMPLES, Floats, Moonshine
from desktop.recognition.sphinx import EngineFailed

_PIECES_A_SECOND = 6.5  # nobody says more; what writes more goes round in circles
_PIECES_AT_LEAST = 4

_BEAMS = 4
_BEHIND = 4.0  # a beginning so much less likely than the best (natural logarithm) is not followed
_HOPELESS = 3.0  # nor is one when something is complete that is so much likelier
_ENDS = 0.1  # a less likely end is none: the first words of a long sentence are likelier than all of them


class Token(NamedTuple):
    """A piece of a word; `▁` before it begins a word."""

    number: int
    text: bytes
    probability: float  # that the decoder writes this after what is before it


class Written(NamedTuple):
    """What an utterance may say. `likelihood`: natural logarithm, of all its pieces and that nothing follows them."""

    tokens: tuple[Token, ...]
    likelihood: float = 0.0


def glance(
    model: Moonshine, samples: npt.NDArray[np.int16], draft: Sequence[int] = (), steps: int | None = None
) -> Written:
    """The likeliest piece after piece; 16 kHz mono, shape (n,). `draft`: what is probably written first, by number.

    Pieces of the draft, and one behind it, are written all at once, in hardly more time than one. What is written does
    not depend on it, but for what 8 bits of arithmetic round away. At most `steps` pieces are written one by one then;
    None: as many as it takes. Raises EngineFailed.
    """
    if len(samples) < SHORTEST_SAMPLES:
        return Written(())
    limit = _most(samples)
    draft = list(draft)[:limit]
    tokens: list[Token] = []
    scores, memory = model.write(model.hear(samples), [[BEGIN, *draft]])
    for number, row in zip([*draft, BEGIN], scores[0], strict=True):
        if (token := _likeliest(model, row)).number == END or len(tokens) == limit:
            return Written(tuple(tokens))
        tokens.append(token)
        if token.number != number:
            break
    memory = memory.cut(len(tokens))
    for _ in count() if steps is None else range(steps):
        scores, memory = model.write(memory, [[tokens[-1].number]])
        if (token := _likeliest(model, scores[0, 0])).number == END or len(tokens) == limit:
            break
        tokens.append(token)
    return Written(tuple(tokens))


def _most(samples: npt.NDArray[np.int16]) -> int:
    return _PIECES_AT_LEAST + int(_PIECES_A_SECOND * len(samples) / PIPELINE_RATE_HZ)


def _likeliest(model: Moonshine, scores: Floats) -> Token:
    best = int(scores.argmax())
    return Token(best, model.vocabulary[best], float(1 / np.exp(scores - scores[best]).sum()))


class _Step(NamedTuple):
    """A beginning, and what may follow it."""

    likelihood: float
    before: int  # its row
    number: int
    probability: float


def search(model: Moonshine, samples: npt.NDArray[np.int16]) -> list[Written]:
    """What these may say, the likeliest first; 16 kHz mono, shape (n,). Raises EngineFailed.

    At most so many beginnings are followed side by side, which takes hardly longer than one.
    """
    if len(samples) < SHORTEST_SAMPLES:
        return []
    begun = [Written(())]
    complete: list[Written] = []
    scores, memory = model.write(model.hear(samples), [[BEGIN]])
    for _ in range(_most(samples) + 1):
        steps = sorted(_steps(begun, scores[:, 0]), reverse=True)
        if not steps:
            raise EngineFailed("the recogniser's scores are no numbers")
        best = max([steps[0].likelihood, *(written.likelihood for written in complete)])
        near = [step for step in steps if step.likelihood > best - _BEHIND]
        ends = [step for step in near if step.number == END and step.probability > _ENDS]
        complete += [Written(begun[step.before].tokens, step.likelihood) for step in ends]
        near = [step for step in near if step.number != END][:_BEAMS]
        if not near or (complete and near[0].likelihood < _top(complete) - _HOPELESS):
            break
        begun = [_longer(model, begun[step.before], step) for step in near]
        scores, memory = model.write(memory.rows([step.before for step in near]), [[step.number] for step in near])
    return sorted(complete or begun, key=lambda written: -written.likelihood)


def _top(complete: Iterable[Written]) -> float:
    return max(written.likelihood for written in complete)


def _steps(begun: Sequence[Written], scores: Floats) -> list[_Step]:
    steps = []
    for row, written in enumerate(begun):
        shifted = scores[row] - scores[row].max()
        everything = float(np.log(np.exp(shifted).sum()))
        near = np.flatnonzero(shifted > -_BEHIND)
        for number in near[np.argsort(-shifted[near])[: _BEAMS + 1]].tolist():
            log = float(shifted[number]) - everything
            steps.append(_Step(written.likelihood + log, row, number, float(np.exp(log))))
    return steps


def _longer(model: Moonshine, written: Written, step: _Step) -> Written:
    token = Token(step.number, model.vocabulary[step.number], step.probability)
    return Written((*written.tokens, token), step.likelihood)
