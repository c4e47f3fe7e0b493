"""Decides when somebody speaks: a voice's certainty, an energy floor, what else sounds, and where an utterance ends."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from desktop.recognition.framing import FRAME_MS, Frame
from desktop.recognition.voice import Voice, voice_model

_FULL_SCALE = 32768.0
_SURE = 0.9  # a voice gets this certain within syllables, music hardly ever does
_DOUBTFUL = 0.7  # what stays below this on average was no voice after all
_KEEPS = 0.15  # a voice that is heard already may be so much less certain
_QUIET_FRAMES = 8  # below the floor for so long, the sound is not looked at any more
_ONSET_FRAMES, _ONSET_WINDOW = 3, 4  # that many voiced frames among that many start an utterance
_STANDS_OUT_DB = 6.0  # a voice is so much louder than the music or noise around it, or must last
_DOUBTED = 3  # times as long
_RISE, _FALL_DB = 0.3, 0.1  # of the difference, and dB, per frame: how the level around is followed
_SILENT_DBFS = -96.0


@dataclass(frozen=True, slots=True)
class GateSettings:
    """All in ms except level and certainty."""

    certainty: float = 0.5
    floor_dbfs: float = -60.0
    pre_roll_ms: int = 300
    min_speech_ms: int = 150
    end_silence_ms: int = 400
    settled_silence_ms: int = 240  # while the utterance is `settled`
    max_utterance_ms: int = 10_000


@dataclass(slots=True)
class Utterance:
    """A stretch of speech on its way to a decoder; frames are taken off `pending` as they are decoded."""

    speech_from_ms: float
    speech_to_ms: float
    speech_to_received_ns: int
    pending: deque[Frame] = field(default_factory=deque)
    closed: bool = False
    settled: bool = False  # said by who hears it: its words may be a sentence; speech that goes on unsettles it
    is_noise: bool = False  # found out only now: nothing was said


class Activity(NamedTuple):
    """Somebody speaks (open) or spoke from..to; closed with from == to, it was no speech after all."""

    start_ms: float
    end_ms: float
    open: bool


def level_dbfs(samples: npt.NDArray[np.int16]) -> float:
    """Root mean square level; 0 is full scale, digital silence about -96."""
    rms = float(np.sqrt(np.mean(np.square(samples, dtype=np.float32))))
    return float(20 * np.log10(max(rms, 0.5) / _FULL_SCALE))


class _Heard(NamedTuple):
    frame: Frame
    voiced: bool
    level: float
    certainty: float


class Gate:
    """One channel. Hears every frame; opens an Utterance when speech is certain, closes it after a pause."""

    def __init__(self, settings: GateSettings) -> None:
        self._settings = settings
        self._voice = Voice(voice_model())
        self._quiet_frames = 0
        self._around_dbfs = _SILENT_DBFS  # of what sounds while nobody speaks
        self._before: deque[_Heard] = deque(maxlen=_ONSET_WINDOW + settings.pre_roll_ms // FRAME_MS)
        self._candidate: Utterance | None = None  # speech has begun, too short to be sure
        self._current: Utterance | None = None
        self._voiced_ms = 0
        self._loudest_dbfs, self._surest, self._certainties = _SILENT_DBFS, 0.0, 0.0  # of its voiced frames; the sum
        self._reported_ms = 0.0
        self.discarded = 0
        self.activities: list[Activity] = []

    @property
    def busy(self) -> bool:
        """Whether an utterance is under way."""
        return self._candidate is not None or self._current is not None

    def hear(self, frame: Frame) -> Utterance | None:
        """Take the next frame; gives an Utterance at the moment it is certain (it then grows by itself)."""
        level = level_dbfs(frame.samples)
        certainty = self._certainty(frame, level)
        voiced = certainty > self._settings.certainty - (_KEEPS if self.busy else 0)
        if not self.busy:
            self._follow()
            self._before.append(_Heard(frame, voiced, level, certainty))
            self._look_for_onset()
            return None
        speaking = self._candidate or self._current
        assert speaking is not None
        speaking.pending.append(frame)
        if voiced:
            speaking.speech_to_ms, speaking.settled = frame.end_ms, False
            speaking.speech_to_received_ns = frame.received_ns
            self._voiced_ms += FRAME_MS
            self._certainties += certainty
            self._loudest_dbfs, self._surest = max(self._loudest_dbfs, level), max(self._surest, certainty)
        opened = self._confirm()
        self._report(frame)
        if self._over(speaking, frame):
            self.close()
        return opened

    def close(self) -> None:
        """Whatever is being said ends here."""
        if self._candidate is not None:
            self.discarded += 1
        if (ended := self._current) is not None:
            ended.closed = True
            if self._certainties < _DOUBTFUL * self._voiced_ms / FRAME_MS:
                self._turn_down(ended)
            self.activities.append(Activity(ended.speech_from_ms, ended.speech_to_ms, False))
        self._candidate = self._current = None
        self._before.clear()

    def _turn_down(self, noise: Utterance) -> None:
        noise.is_noise = True
        noise.speech_to_ms = noise.speech_from_ms
        noise.pending.clear()
        self.discarded += 1

    def _certainty(self, frame: Frame, level: float) -> float:
        """That this is a voice above the floor, 0..1. Lasting quiet is not looked at."""
        self._quiet_frames = 0 if level > self._settings.floor_dbfs else self._quiet_frames + 1
        if self._quiet_frames == _QUIET_FRAMES:
            self._voice.rest()
        if self._quiet_frames >= _QUIET_FRAMES:
            return 0.0
        certainty = self._voice.hear(frame.samples, level)
        return 0.0 if self._quiet_frames else certainty

    def _follow(self) -> None:
        """Follow the level around with frames that no voice can begin with any more."""
        if len(self._before) < (self._before.maxlen or 0):
            return
        if not (oldest := self._before[0]).voiced:
            louder = max(oldest.level - self._around_dbfs, 0)
            fallen = max(self._around_dbfs - _FALL_DB, oldest.level)
            self._around_dbfs = self._around_dbfs + _RISE * louder if louder else fallen

    def _look_for_onset(self) -> None:
        recent = list(self._before)[-_ONSET_WINDOW:]
        voices = [heard for heard in recent if heard.voiced]
        if len(voices) < _ONSET_FRAMES:
            return
        last = recent[-1].frame
        sound = deque(heard.frame for heard in self._before)
        self._candidate = Utterance(voices[0].frame.at_ms, last.end_ms, last.received_ns, sound)
        self._voiced_ms = len(voices) * FRAME_MS
        self._loudest_dbfs = max(heard.level for heard in voices)
        self._surest = max(heard.certainty for heard in voices)
        self._certainties = sum(heard.certainty for heard in voices)
        self._before.clear()

    def _confirm(self) -> Utterance | None:
        if self._candidate is None or self._surest < _SURE or self._voiced_ms < self._least_ms():
            return None
        self._current, self._candidate = self._candidate, None
        self._reported_ms = float("-inf")
        return self._current

    def _least_ms(self) -> float:
        """How long a voice must last: music has moments that sound like one."""
        stands_out = self._loudest_dbfs > self._around_dbfs + _STANDS_OUT_DB
        return self._settings.min_speech_ms * (1 if stands_out else _DOUBTED)

    def _report(self, frame: Frame) -> None:
        if self._current is not None and frame.end_ms - self._reported_ms >= 250:
            self._reported_ms = frame.end_ms
            self.activities.append(Activity(self._current.speech_from_ms, self._current.speech_to_ms, True))

    def _over(self, speaking: Utterance, frame: Frame) -> bool:
        length = frame.end_ms - speaking.speech_from_ms
        silence = frame.end_ms - speaking.speech_to_ms
        patience = self._patience_ms(length)
        if speaking.settled:
            patience = min(patience, self._settings.settled_silence_ms)
        return silence >= patience or length >= self._settings.max_utterance_ms

    def _patience_ms(self, length: float) -> float:
        """The pause that ends an utterance; a long one is cut at ever shorter pauses, so that it rarely is mid-word."""
        whole, limit = self._settings.end_silence_ms, self._settings.max_utterance_ms
        if length < 0.6 * limit:
            return whole
        return whole / 2 if length < 0.8 * limit else max(whole / 4, FRAME_MS)
