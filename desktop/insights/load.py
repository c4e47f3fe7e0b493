"""From what workers spent to what calls cost on this machine, and how many calls it can watch."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import assert_never

from desktop.domain.load import Costs, Spent, Work
from desktop.domain.speech import Attention
from desktop.insights.capacity import WORKER_LOAD

REMEMBERS_S = 30.0
"""What was measured longer ago hardly counts."""
MOST_CONTENTION = 5.0
ENOUGH_SPEECH_S = 20.0
"""Of speech heard in words before the figures are this machine's own rather than what was assumed."""
USUAL = Costs(call=0.01, words=0.12, talk=0.9)
"""Before anything was measured: the embedded recogniser on two shared cores (packaging/bench.py)."""
_ASSUMED_S = 5.0  # so many seconds of speech is what was assumed worth


@dataclass(slots=True)
class _Ratio:
    """A quotient whose older parts fade. It keeps its value while nothing new comes."""

    above: float
    below: float

    @property
    def value(self) -> float:
        return self.above / self.below

    def add(self, above: float, below: float, keep: float) -> None:
        if below > 0:
            self.above *= keep
            self.below *= keep
        self.above = max(0.0, self.above + above)
        self.below += below


class LoadMeter:
    """Fed with what `workers` of them spent; begins with `assumed`."""

    def __init__(self, workers: int, assumed: Costs = USUAL) -> None:
        self._fades_s = REMEMBERS_S * workers
        self._speech_s = 0.0
        self._contention = _Ratio(1.0, 1.0)
        self._channels = _Ratio(2.0, 1.0)  # seconds of sound per second of call
        self._talk = _Ratio(assumed.talk / 2 * _ASSUMED_S, _ASSUMED_S)  # seconds of speech per second of sound
        self._decode = _Ratio(assumed.call / 4 * _ASSUMED_S, _ASSUMED_S)  # per second of sound, as all below
        self._gate = _Ratio(assumed.call / 4 * _ASSUMED_S, _ASSUMED_S)
        self._words = _Ratio(assumed.words * _ASSUMED_S, _ASSUMED_S)  # per second of speech, as below
        phrases = assumed.words / 5 if assumed.phrases is None else assumed.phrases
        self._phrases = _Ratio(phrases * _ASSUMED_S, _ASSUMED_S)
        self.spots_phrases = assumed.phrases is not None

    def note(self, spent: Spent) -> None:
        """A worker's stretch of time."""
        keep = math.exp(-spent.span_s / self._fades_s)
        audio_s = sum(work.audio_s for work in spent.work)
        self._decode.add(spent.decode_cpu_s, audio_s, keep)
        self._talk.add(sum(work.speech_s for work in spent.work), audio_s, keep)
        self._channels.add(audio_s, spent.calls * spent.span_s, keep)
        self._contention.add(spent.busy_s, spent.cpu_s, keep)
        for work in spent.work:
            self._work(work, keep)

    def _work(self, work: Work, keep: float) -> None:
        beyond_the_gate = work.cpu_s - self._gate.value * work.audio_s
        match work.attention:
            case Attention.PRESENCE:
                self._gate.add(work.cpu_s, work.audio_s, keep)
            case Attention.PHRASES:
                self._phrases.add(beyond_the_gate, work.speech_s, keep)
            case Attention.WORDS:
                self._words.add(beyond_the_gate, work.speech_s, keep)
                self._speech_s += work.speech_s
            case None:
                pass
            case _:  # pragma: no cover
                assert_never(work.attention)

    @property
    def measured(self) -> bool:
        """Whether enough was heard for the figures to be this machine's own."""
        return self._speech_s >= ENOUGH_SPEECH_S

    @property
    def contention(self) -> float:
        """Wall clock per second of processor while there is work: above 1 where others want the same cores."""
        return min(MOST_CONTENTION, max(1.0, self._contention.value))

    @property
    def costs(self) -> Costs:
        """Per second of wall clock of a worker, so contention counts."""
        return self._costs(self.contention)

    @property
    def cpu_costs(self) -> Costs:
        """Per second of a core that nobody else wants: what holds on another day as well."""
        return self._costs(1.0)

    def _costs(self, dearer: float) -> Costs:
        return Costs(
            call=(self._decode.value + self._gate.value) * self._channels.value * dearer,
            words=self._words.value * dearer,
            talk=self._talk.value * self._channels.value,
            phrases=self._phrases.value * dearer if self.spots_phrases else None,
        )

    @property
    def figures(self) -> dict[str, float]:
        """For a report, by name."""
        costs = self.costs
        return {
            "call": costs.call,
            "words": costs.words,
            "phrases": costs.phrases or 0.0,
            "talk": costs.talk,
            "contention": self.contention,
        }


def watchable(costs: Costs, shares: Sequence[float], attention: Attention = Attention.WORDS) -> int:
    """How many calls can be heard this way by workers that may use these shares (0..1) of what they could bear."""
    match attention:
        case Attention.WORDS:
            speech = costs.words
        case Attention.PHRASES:
            speech = costs.words if costs.phrases is None else costs.phrases
        case Attention.PRESENCE:
            speech = 0.0
        case _:  # pragma: no cover
            assert_never(attention)
    each = costs.call + speech * costs.talk
    return sum(math.floor(share * WORKER_LOAD / each + 1e-9) for share in shares) if each > 0 else 0
