"""Decides when somebody speaks: voice activity, an energy floor, a test for tones, and where an utterance ends."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from desktop.recognition.framing import FRAME_MS, FRAME_SAMPLES, Frame
from desktop.recognition.sphinx import Vad

_FULL_SCALE = 32768.0
_TONE_FRAMES = 3  # a voice's pitch moves within 90 ms, a tone's does not
_WINDOW = np.hanning(_TONE_FRAMES * FRAME_SAMPLES).astype(np.float32)
_SPECTRUM = 2048
_LOBE = 3  # bins of 7.8 Hz either side of a peak that the window smears it over
_LOWEST_TONE = 42  # bins, 330 Hz: below it strong harmonics are a voice's
_TONE_PEAKS = 2  # DTMF is two tones, a beep is one
_TONE_SHARE = 0.97  # of the energy within the peaks' lobes
_STEADY_FRAMES, _STEADY_DB = 66, 2.5  # two voiced seconds that vary less than this are noise: speech has syllables
_ONSET_FRAMES, _ONSET_WINDOW = 3, 4  # that many voiced frames among that many start an utterance
_NOISE_MARGIN_DB = 8.0
_NOISE_LEAST_DB = -70.0
_NOISE_CEILING_DB = -30.0  # the floor never follows noise above this: loud rooms still have speakers
_NOISE_RISE_DB, _NOISE_FALL_DB = 0.04, 0.5  # per frame: follows the quiet moments


@dataclass(frozen=True, slots=True)
class GateSettings:
    """All in ms except the level."""

    vad_mode: int = 2
    floor_dbfs: float = -55.0
    pre_roll_ms: int = 300
    min_speech_ms: int = 150
    end_silence_ms: int = 400
    max_utterance_ms: int = 10_000


@dataclass(slots=True)
class Utterance:
    """A stretch of speech on its way to a decoder; frames are taken off `pending` as they are decoded."""

    speech_from_ms: float
    speech_to_ms: float
    speech_to_received_ns: int
    pending: deque[Frame] = field(default_factory=deque)
    closed: bool = False
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


def is_tone(samples: npt.NDArray[np.int16]) -> bool:
    """Whether one or two steady tones carry nearly all the energy of these 90 ms (dial tones, DTMF, beeps)."""
    power = np.abs(np.fft.rfft(samples * _WINDOW, _SPECTRUM)) ** 2
    total = float(power.sum())
    held = 0.0
    for _ in range(_TONE_PEAKS):
        peak = int(power.argmax())
        if peak < _LOWEST_TONE:
            return False
        lobe = slice(max(peak - _LOBE, 0), peak + _LOBE + 1)
        held += float(power[lobe].sum())
        power[lobe] = 0
    return held > _TONE_SHARE * total


class Gate:
    """One channel. Hears every frame; opens an Utterance when speech is certain, closes it after a pause."""

    def __init__(self, settings: GateSettings) -> None:
        self._settings = settings
        self._vad = Vad(settings.vad_mode)
        self._noise_dbfs = _NOISE_LEAST_DB
        self._recent: npt.NDArray[np.int16] = np.zeros(_TONE_FRAMES * FRAME_SAMPLES, np.int16)
        self._before: deque[tuple[Frame, bool]] = deque(maxlen=_ONSET_WINDOW + settings.pre_roll_ms // FRAME_MS)
        self._candidate: Utterance | None = None  # speech has begun, too short to be sure
        self._current: Utterance | None = None
        self._voiced_ms = 0
        self._levels: deque[float] = deque(maxlen=_STEADY_FRAMES)  # of voiced frames without a break
        self._reported_ms = 0.0
        self.discarded = 0
        self.activities: list[Activity] = []

    @property
    def busy(self) -> bool:
        """Whether an utterance is under way."""
        return self._candidate is not None or self._current is not None

    def hear(self, frame: Frame) -> Utterance | None:
        """Take the next frame; gives an Utterance at the moment it is certain (it then grows by itself)."""
        voiced = self._voiced(frame)
        if not self.busy:
            self._before.append((frame, voiced))
            self._look_for_onset()
            return None
        speaking = self._candidate or self._current
        assert speaking is not None
        speaking.pending.append(frame)
        if voiced:
            speaking.speech_to_ms = frame.end_ms
            speaking.speech_to_received_ns = frame.received_ns
            self._voiced_ms += FRAME_MS
        opened = self._confirm()
        self._report(frame)
        if self._is_steady():
            self._turn_down(speaking)
        elif self._over(speaking, frame):
            self.close()
        return opened

    def close(self) -> None:
        """Whatever is being said ends here."""
        if self._candidate is not None:
            self.discarded += 1
        if self._current is not None:
            self._current.closed = True
            self.activities.append(Activity(self._current.speech_from_ms, self._current.speech_to_ms, False))
        self._candidate = self._current = None
        self._before.clear()

    def _is_steady(self) -> bool:
        return len(self._levels) == _STEADY_FRAMES and float(np.std(self._levels)) < _STEADY_DB

    def _turn_down(self, noise: Utterance) -> None:
        noise.is_noise = True
        noise.speech_to_ms = noise.speech_from_ms
        noise.pending.clear()
        self.discarded += 1
        self._noise_dbfs = float(np.mean(self._levels))
        self._levels.clear()
        self.close()

    def _voiced(self, frame: Frame) -> bool:
        level = level_dbfs(frame.samples)
        voice = self._vad.is_speech(frame.samples)  # its own noise model needs every frame
        floor = max(self._settings.floor_dbfs, min(self._noise_dbfs, _NOISE_CEILING_DB) + _NOISE_MARGIN_DB)
        step = min(max(level - self._noise_dbfs, -_NOISE_FALL_DB), _NOISE_RISE_DB)
        self._noise_dbfs = max(self._noise_dbfs + step, _NOISE_LEAST_DB)
        self._recent = np.concatenate([self._recent[FRAME_SAMPLES:], frame.samples])
        voiced = voice and level > floor and not is_tone(self._recent)
        if voiced:
            self._levels.append(level)
        else:
            self._levels.clear()
        return voiced

    def _look_for_onset(self) -> None:
        recent = list(self._before)[-_ONSET_WINDOW:]
        if sum(voiced for _, voiced in recent) < _ONSET_FRAMES:
            return
        first = next(frame for frame, voiced in recent if voiced)
        last = recent[-1][0]
        self._candidate = Utterance(first.at_ms, last.end_ms, last.received_ns, deque(f for f, _ in self._before))
        self._voiced_ms = _ONSET_FRAMES * FRAME_MS
        self._before.clear()

    def _confirm(self) -> Utterance | None:
        if self._candidate is None or self._voiced_ms < self._settings.min_speech_ms:
            return None
        self._current, self._candidate = self._candidate, None
        self._reported_ms = float("-inf")
        return self._current

    def _report(self, frame: Frame) -> None:
        if self._current is not None and frame.end_ms - self._reported_ms >= 250:
            self._reported_ms = frame.end_ms
            self.activities.append(Activity(self._current.speech_from_ms, self._current.speech_to_ms, True))

    def _over(self, speaking: Utterance, frame: Frame) -> bool:
        length = frame.end_ms - speaking.speech_from_ms
        silence = frame.end_ms - speaking.speech_to_ms
        return silence >= self._patience_ms(length) or length >= self._settings.max_utterance_ms

    def _patience_ms(self, length: float) -> float:
        """The pause that ends an utterance; a long one is cut at ever shorter pauses, so that it rarely is mid-word."""
        whole, limit = self._settings.end_silence_ms, self._settings.max_utterance_ms
        if length < 0.6 * limit:
            return whole
        return whole / 2 if length < 0.8 * limit else max(whole / 4, FRAME_MS)
