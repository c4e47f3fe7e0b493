"""Words by Moonshine: an utterance is glanced at again and again while it grows, with its last words as a draft.

That costs about as much as a tenth of the sound, so the more speak at once, the rarer it is done. When a pause begins
all that it may say is searched: if nothing more is said, those are the final words.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import numpy as np

from desktop.domain.speech import Segment, Word
from desktop.recognition.band import Band, Samples
from desktop.recognition.channel import Channel
from desktop.recognition.framing import SAMPLES_PER_MS
from desktop.recognition.moonshine import Moonshine
from desktop.recognition.moonshine_choice import NOTHING, Chance, Choice, choose
from desktop.recognition.moonshine_confidence import Judge
from desktop.recognition.moonshine_words import spread, written_words
from desktop.recognition.moonshine_writing import Written, glance, search
from desktop.recognition.report import Report
from desktop.recognition.sphinx import Cepstrum
from desktop.recognition.word_engine import SETTLES_MS
from desktop.recognition.words import PARTIAL_CONFIDENCE

_FOR_PARTIALS = 0.5  # of a worker's time at most
_STEPS = 1  # with the piece that comes with the draft two in 0.3 s: as many as people say
_PAUSES_MS = 60  # after so much silence it is not glanced at: perhaps this is the pause
_BEFORE_MS = 120  # so much of the silence before the first word is glanced at
_ONSET_MS = 60  # a voice is recognised so much after it began
_LEAST_MS, _LEAST_OF_REST_MS = 60, 400  # of a voice, in an utterance and in what comes after a cut
_LEARNS = 0.2  # what the newest cost counts
_AFTER_MS = 400  # so much silence behind the last word: what has not come yet is digital silence
_ENDS = (b".", b"?", b"!")
_ENDS_SURELY = 0.6  # four of five ends of our calls are, half of the other pauses


class MoonshineWords:
    """A WordEngine: all utterances of a worker share one model."""

    frames_at_once = 6  # 180 ms a drain
    doubt = 0.95
    measures_channel = False
    busy = False
    loaded = 1

    def __init__(self, model: Moonshine, chance: Chance, judge: Judge, begun: Callable[[Sequence[str]], bool]) -> None:
        """`chance`: a language model's; `begun`: whether these words are the beginning of a phrase that is watched."""
        self.model, self.chance, self.judge, self.begun = model, chance, judge, begun
        self.hearings = 0
        self._cost_ms = 0.0  # of a glance, a moving mean

    @property
    def interval_ms(self) -> float:
        """An utterance is glanced at again after so much more of it, so that finals have their share of the time."""
        return self.hearings * self._cost_ms / _FOR_PARTIALS

    def begin(self, band: Band, channel: Channel, ahead: Samples) -> MoonshineHearing:
        """One more."""
        self.hearings += 1
        return MoonshineHearing(self)

    def glance(self, samples: Samples, before: Sequence[int]) -> Written:
        """At an utterance that grows, with the pieces written before as a draft; learns what it costs. EngineFailed."""
        began = time.thread_time_ns()
        written = glance(self.model, samples, before, _STEPS)
        self._cost_ms += _LEARNS * ((time.thread_time_ns() - began) / 1e6 - self._cost_ms)
        return written

    def search(self, samples: Samples) -> Choice:
        """What was said. Raises EngineFailed."""
        return choose(search(self.model, samples), self.chance)

    def close(self) -> None:
        """The model goes with the engine."""


class MoonshineHearing:
    """A WordHearing."""

    begun_with: Cepstrum | None = None

    def __init__(self, engine: MoonshineWords) -> None:
        self._engine = engine
        self._sound: list[Samples] = []
        self._choice = NOTHING
        self._heard = np.empty(0, np.int16)  # what it is said in
        self._complete_ms = float("-inf")  # up to here on the call's time line it is all that was said

    def hear(self, samples: Samples) -> None:
        """Kept until it is time."""
        self._sound.append(samples)

    def partial(self, report: Report) -> list[Segment]:
        """Every interval, and at once when a pause has begun."""
        if report.pause_ms >= SETTLES_MS:
            if self._complete_ms >= report.speech_to_ms:
                return []
            self._search(report)
            report.settle(settled=self._may_be_over())
        elif report.pause_ms < _PAUSES_MS and report.due(self._engine.interval_ms) and self._speaks(report):
            self._glance(report)
        else:
            return []
        return report.show(self._words(report, final=False))

    def final(self, report: Report) -> tuple[Word, ...]:
        """What was heard when the pause began, or anew."""
        if report.is_noise:
            return ()
        if self._complete_ms < report.speech_to_ms:
            self._search(report)
        return self._words(report, final=True)

    def let_go(self, *, broken: bool) -> None:
        """One less."""
        self._engine.hearings -= 1

    def cepstral_mean(self) -> Cepstrum | None:
        """It looks for none."""
        return None

    def _glance(self, report: Report) -> None:
        self._heard = self._all()
        before = [token.number for token in self._choice.written.tokens]
        silence_ms = max(report.speech_from_ms - report.start_ms - _BEFORE_MS, 0.0)
        written = self._engine.glance(self._heard[round(silence_ms * SAMPLES_PER_MS) :], before)
        words = written_words(written.tokens)
        self._choice, self._complete_ms = Choice(written, words, [PARTIAL_CONFIDENCE] * len(words)), float("-inf")

    def _search(self, report: Report) -> None:
        """With silence behind the last word, as far as it has not come yet."""
        self._heard, self._complete_ms = self._all(), report.speech_to_ms
        if not self._speaks(report):
            self._choice = NOTHING
            return
        size = round((_heard_to_ms(report) + _AFTER_MS - report.start_ms) * SAMPLES_PER_MS)
        silence = np.zeros(max(size - len(self._heard), 0), np.int16)
        self._choice = self._engine.search(np.concatenate([self._heard[:size], silence]))

    def _speaks(self, report: Report) -> bool:
        """Whether there is enough of a voice: the model finds words in silence, and in what a cut left of a word."""
        begins_ms = max(report.start_ms, report.speech_from_ms)
        least_ms = _LEAST_OF_REST_MS if report.start_ms > report.speech_from_ms else _LEAST_MS
        return _heard_to_ms(report) - begins_ms >= least_ms

    def _all(self) -> Samples:
        self._sound = [np.concatenate([np.empty(0, np.int16), *self._sound])]
        return self._sound[0]

    def _may_be_over(self) -> bool:
        words, tokens = self._choice.words, self._choice.written.tokens
        if not words or tokens[-1].text not in _ENDS or self._engine.begun([word.text for word in words]):
            return False
        return tokens[-1].probability > _ENDS_SURELY

    def _words(self, report: Report, *, final: bool) -> tuple[Word, ...]:
        words = self._choice.words
        if not words:
            return ()
        before_ms = max(report.speech_from_ms - report.start_ms - _ONSET_MS, 0.0)
        speech = slice(
            round(before_ms * SAMPLES_PER_MS), round((_heard_to_ms(report) - report.start_ms) * SAMPLES_PER_MS)
        )
        at = round(report.start_ms + before_ms)
        worth = self._engine.judge(self._choice) if final else self._choice.shares
        return tuple(
            Word(word.text, at + begin, at + end, confidence)
            for word, (begin, end), confidence in zip(words, spread(words, self._heard[speech]), worth, strict=True)
        )


def _heard_to_ms(report: Report) -> float:
    """The end of the last voice in what was handed over: the gate may have heard more."""
    return min(report.speech_to_ms, report.start_ms + report.heard_ms)
