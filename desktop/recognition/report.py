"""What an engine's words of one utterance become: numbered partials and one final, with their time stamps."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from desktop.domain.media import Party
from desktop.domain.speech import Segment, Trace, Word
from desktop.recognition.framing import FRAME_MS, Frame
from desktop.recognition.gate import Utterance
from desktop.recognition.words import mean_confidence


class Report:
    """One utterance: sound is taken off it for the engine, the engine's words are told as segments."""

    def __init__(self, reporter: Reporter, segment_id: int, utterance: Utterance) -> None:
        self._reporter, self._segment_id, self._utterance = reporter, segment_id, utterance
        self.start_ms = utterance.pending[0].at_ms if utterance.pending else utterance.speech_from_ms
        """Where the first sample of it lies on the call's time line."""
        self.heard_ms = 0.0
        self._asked_ms = 0.0  # heard_ms when the engine was last asked for a partial
        self._text = ""  # as shown
        self._revision = 0
        self._newest = (0, 0)  # received_ns, decoded_ns of the newest frame taken
        self._cut_ns: int | None = None  # received_ns of its last frame if it ends before the utterance does

    @property
    def pending_ms(self) -> float:
        """Sound that has not been taken."""
        return len(self.pending) * FRAME_MS

    @property
    def pending(self) -> Sequence[Frame]:
        """What `pending_ms` counts; none after a `cut`."""
        return self._utterance.pending if self._cut_ns is None else ()

    @property
    def ended(self) -> bool:
        """All of it was taken and nothing more comes."""
        return self._utterance.closed and not self._utterance.pending

    @property
    def is_noise(self) -> bool:
        """Nothing was said after all."""
        return self._utterance.is_noise

    @property
    def speech_from_ms(self) -> float:
        """Where the first voice in it was."""
        return self._utterance.speech_from_ms

    @property
    def speech_to_ms(self) -> float:
        """Where the last voice in it was, so far."""
        return self._utterance.speech_to_ms

    def waiting(self) -> npt.NDArray[np.int16]:
        """All sound that has not been taken, which stays where it is; 16 kHz mono, shape (n,)."""
        return _joined(list(self._utterance.pending))

    @property
    def pause_ms(self) -> float:
        """How much of what was taken came after the last voice."""
        return self.start_ms + self.heard_ms - self._utterance.speech_to_ms

    def settle(self, *, settled: bool) -> None:
        """Whether the words before the pause may be all: a shorter pause then ends the utterance."""
        self._utterance.settled = settled

    def take(self, frames: int) -> npt.NDArray[np.int16]:
        """Up to so many frames for the engine; 16 kHz mono, shape (n,), empty when nothing waits."""
        pending = self._utterance.pending
        taken = [pending.popleft() for _ in range(min(frames, len(pending)))]
        self.heard_ms += len(taken) * FRAME_MS
        if taken:
            self._newest = (taken[-1].received_ns, taken[-1].decoded_ns)
        return _joined(taken)

    def due(self, least_ms: float = 0.0) -> bool:
        """Whether so much, and the interval between partials, was taken since one was last looked for."""
        return self.heard_ms - self._asked_ms >= max(self._reporter.partial_interval_ms, least_ms)

    def partial(self, words: Callable[[], tuple[Word, ...]]) -> list[Segment]:
        """A partial when one is due and the engine's words have changed; it is asked only then."""
        return self.show(words()) if self.due() else []

    def show(self, heard: tuple[Word, ...]) -> list[Segment]:
        """A partial with these words, unless they are those that were shown."""
        self._asked_ms = self.heard_ms
        text = " ".join(word.text for word in heard)
        if text == self._text or not heard:
            return []
        self._text = text
        return [self._segment(heard, is_final=False)]

    def final(self, words: tuple[Word, ...]) -> list[Segment]:
        """The last word on it; without words it takes its partials back, if there were any."""
        return [self._segment(words, is_final=True)] if words or self._text else []

    def drop(self) -> float:
        """Nobody will hear it: lets its sound go, now and as it grows. The ms lost so."""
        lost = self.heard_ms + self.pending_ms
        if self._cut_ns is None:
            self._utterance.pending = deque(maxlen=0)  # the gate goes on appending
        return lost

    def cut(self) -> Utterance:
        """Its words end with what was taken; the rest of the utterance is the caller's."""
        self._cut_ns = self._newest[0]
        return self._utterance

    def trace(self, *, ended: bool) -> Trace:
        """Of a result that rests on all that was taken so far."""
        return Trace(
            received=self._newest[0],
            decoded=self._newest[1],
            recognised=self._reporter.clock(),
            speech_ended=self._speech_ended_ns() if ended else 0,
        )

    def _speech_ended_ns(self) -> int:
        return self._utterance.speech_to_received_ns if self._cut_ns is None else self._cut_ns

    def _segment(self, words: tuple[Word, ...], *, is_final: bool) -> Segment:
        self._revision += 1
        utterance, reporter = self._utterance, self._reporter
        return Segment(
            call=reporter.call,
            party=reporter.party,
            segment_id=self._segment_id,
            revision=self._revision,
            text=" ".join(word.text for word in words),
            start_ms=words[0].start_ms if words else round(utterance.speech_from_ms),
            end_ms=words[-1].end_ms if words else round(utterance.speech_to_ms),
            is_final=is_final,
            language=reporter.language,
            confidence=mean_confidence(words),
            words=words,
            trace=self.trace(ended=is_final),
        )


def _joined(frames: list[Frame]) -> npt.NDArray[np.int16]:
    return np.concatenate([frame.samples for frame in frames]) if frames else np.empty(0, np.int16)


class Reporter:
    """Numbers the utterances of one party."""

    def __init__(
        self, call: str, party: Party, language: str, partial_interval_ms: int, clock: Callable[[], int]
    ) -> None:
        self.call, self.party, self.language = call, party, language
        self.partial_interval_ms, self.clock = partial_interval_ms, clock
        self._segment_id = 0

    def begin(self, utterance: Utterance) -> Report:
        """An engine begins with this one."""
        self._segment_id += 1
        return Report(self, self._segment_id, utterance)
