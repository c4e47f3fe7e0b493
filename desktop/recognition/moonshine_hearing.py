"""Words by Moonshine: an utterance is heard again and again while it grows, each time with the last words as a draft.

Hearing again costs about as much as a tenth of the sound, so the more speak at once, the rarer it is done. When a pause
begins the utterance is heard to its end: if nothing more is said, those are the final words.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import numpy as np

from desktop.domain.speech import Segment, Word
from desktop.recognition.band import Band, Samples
from desktop.recognition.channel import Channel
from desktop.recognition.framing import SAMPLES_PER_MS
from desktop.recognition.moonshine import Moonshine, Written
from desktop.recognition.moonshine_confidence import Judge
from desktop.recognition.moonshine_words import spread, written_words
from desktop.recognition.report import Report
from desktop.recognition.sphinx import Cepstrum
from desktop.recognition.word_engine import SETTLES_MS
from desktop.recognition.words import PARTIAL_CONFIDENCE

_FOR_PARTIALS = 0.5  # of a worker's time at most
_STEPS = 1  # with the piece that comes with the draft two in 0.3 s: as many as people say
_ONSET_MS = 60  # a voice is recognised so much after it began
_LEARNS = 0.2  # what the newest cost counts
_AFTER_MS = 400  # so much silence behind the last word: what has not come yet is digital silence
_ENDS = (b".", b"?", b"!")
_ENDS_SURELY = 0.6  # four of five ends of our calls are, half of the other pauses


class MoonshineWords:
    """A WordEngine: all utterances of a worker share one model."""

    frames_at_once = 6  # 180 ms a drain
    measures_channel = False
    busy = False
    loaded = 1

    def __init__(self, model: Moonshine, judge: Judge, begun: Callable[[Sequence[str]], bool]) -> None:
        self.model, self.judge, self.begun = model, judge, begun
        self.hearings = 0
        self._cost_ms = 0.0  # of hearing again, a moving mean

    @property
    def interval_ms(self) -> float:
        """An utterance is heard again after so much more of it, so that finals have their share of the time."""
        return self.hearings * self._cost_ms / _FOR_PARTIALS

    def begin(self, band: Band, channel: Channel, ahead: Samples) -> MoonshineHearing:
        """One more."""
        self.hearings += 1
        return MoonshineHearing(self)

    def hear_again(self, samples: Samples, before: Written, *, whole: bool) -> Written:
        """With what was written before as a draft, to its end or a little further than that; learns what it costs.

        Raises EngineFailed.
        """
        began = time.thread_time_ns()
        written = self.model.hear(samples, [token.number for token in before.tokens], None if whole else _STEPS)
        self._cost_ms += _LEARNS * ((time.thread_time_ns() - began) / 1e6 - self._cost_ms)
        return written

    def close(self) -> None:
        """The model goes with the engine."""


class MoonshineHearing:
    """A WordHearing."""

    begun_with: Cepstrum | None = None

    def __init__(self, engine: MoonshineWords) -> None:
        self._engine = engine
        self._sound: list[Samples] = []
        self._written = Written((), 0.0)
        self._heard = np.empty(0, np.int16)  # what was written is said in this
        self._heard_speech_ms = float("-inf")  # up to here on the call's time line

    def hear(self, samples: Samples) -> None:
        """Kept until it is time."""
        self._sound.append(samples)

    def partial(self, report: Report) -> list[Segment]:
        """Every interval, and at once when a pause begins."""
        if report.pause_ms >= SETTLES_MS:
            if self._heard_speech_ms >= report.speech_to_ms:
                return []
            self._hear_all(report)
            report.settle(settled=self._may_be_over())
        elif report.due(self._engine.interval_ms):
            self._hear_all(report)
        else:
            return []
        return report.show(self._words(report, final=False))

    def final(self, report: Report) -> tuple[Word, ...]:
        """What was heard when the pause began, or anew."""
        if report.is_noise:
            return ()
        if self._heard_speech_ms < report.speech_to_ms:
            self._hear_all(report)
        return self._words(report, final=True)

    def let_go(self, *, broken: bool) -> None:
        """One less."""
        self._engine.hearings -= 1

    def cepstral_mean(self) -> Cepstrum | None:
        """It looks for none."""
        return None

    def _hear_all(self, report: Report) -> None:
        self._sound = [np.concatenate(self._sound)]
        self._heard = self._sound[0]
        size = round((report.speech_to_ms + _AFTER_MS - report.start_ms) * SAMPLES_PER_MS)
        whole = report.ended or report.pause_ms >= SETTLES_MS
        silence = np.zeros(max(size - len(self._heard), 0) if whole else 0, np.int16)
        sound = np.concatenate([self._heard[:size], silence])
        self._written = self._engine.hear_again(sound, self._written, whole=whole)
        self._heard_speech_ms = report.speech_to_ms if whole else float("-inf")

    def _may_be_over(self) -> bool:
        if not self._written.tokens or self._written.tokens[-1].text not in _ENDS:
            return False
        words = [word.text for word in written_words(self._written.tokens)]
        return self._written.tokens[-1].probability > _ENDS_SURELY and not self._engine.begun(words)

    def _words(self, report: Report, *, final: bool) -> tuple[Word, ...]:
        words = written_words(self._written.tokens)
        if not words:
            return ()
        before_ms = max(report.speech_from_ms - report.start_ms - _ONSET_MS, 0.0)
        speech = slice(
            round(before_ms * SAMPLES_PER_MS), round((report.speech_to_ms - report.start_ms) * SAMPLES_PER_MS)
        )
        at = round(report.start_ms + before_ms)
        trust = self._engine.judge(words, self._written) if final else [PARTIAL_CONFIDENCE] * len(words)
        return tuple(
            Word(word.text, at + begin, at + end, confidence)
            for word, (begin, end), confidence in zip(words, spread(words, self._heard[speech]), trust, strict=True)
        )
