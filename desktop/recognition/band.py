"""Telephone or full band? Measured in the sound itself: telephone audio also arrives inside wide-band codecs.

The acoustic model was trained on 16 kHz. On a telephone everything above 4 kHz is missing; such sound is heard by a
decoder whose model was moved to it (resources/speech/telephone.mllr), with a little white noise in the empty bands.
"""

from __future__ import annotations

from collections import deque
from enum import Enum

import numpy as np
import numpy.typing as npt

from desktop.domain.media import PIPELINE_RATE_HZ
from desktop.recognition.framing import FRAME_SAMPLES

Samples = npt.NDArray[np.int16]

DITHER_DBFS = -72.0

_SIZE = 512
_HERTZ = np.fft.rfftfreq(_SIZE, 1 / PIPELINE_RATE_HZ)
_LOW = (_HERTZ > 200) & (_HERTZ < 3_500)
_HIGH = (_HERTZ > 4_300) & (_HERTZ < 7_600)
_WINDOW = np.hanning(FRAME_SAMPLES)
_LOUD = 10 ** (-25 / 10)  # of the peak: quieter frames are pauses, whose noise tells nothing
_PEAK_FADES = 0.998  # a frame: a louder speaker's peak is forgotten within half a minute
_FRAMES = 66  # loud ones: the last two seconds of speech count
_LEAST_FRAMES = 5
_EMPTY_DB, _FULL_DB = -52.0, -47.0
"""Energy above 4.3 kHz against that below 3.5 kHz: measured -16 to -43 at full band, -57 to -84 on telephones."""


class Band(Enum):
    """What a channel carries."""

    FULL = "full"
    TELEPHONE = "telephone"


class BandMeter:
    """One channel. FULL until speech says otherwise; in between the last certain answer holds."""

    def __init__(self) -> None:
        self.band = Band.FULL
        self._peak = 0.0
        self._loud: deque[tuple[float, float]] = deque(maxlen=_FRAMES)  # energy below and above

    def hear(self, samples: Samples) -> None:
        """Frames of speech, 16 kHz; a rest shorter than a frame is ignored."""
        frames = samples[: len(samples) // FRAME_SAMPLES * FRAME_SAMPLES].reshape(-1, FRAME_SAMPLES)
        power = np.abs(np.fft.rfft(frames * _WINDOW, _SIZE)) ** 2
        for low, high in zip(power[:, _LOW].sum(axis=1), power[:, _HIGH].sum(axis=1), strict=True):
            self._peak = max(float(low), self._peak * _PEAK_FADES)
            if low < self._peak * _LOUD or low == 0:
                continue
            self._loud.append((float(low), float(high)))
        if len(self._loud) >= _LEAST_FRAMES:
            self._decide()

    def _decide(self) -> None:
        below, above = np.sum(self._loud, axis=0)
        share_db = 10 * np.log10(above / below + 1e-12)
        if share_db < _EMPTY_DB:
            self.band = Band.TELEPHONE
        elif share_db > _FULL_DB:
            self.band = Band.FULL


def dithered(samples: Samples, noise: np.random.Generator, dbfs: float = DITHER_DBFS) -> Samples:
    """The same with white noise: where nothing is, the logarithms of the front end would run wild."""
    added = samples + noise.normal(0.0, 32_768 * 10 ** (dbfs / 20), len(samples))
    return np.clip(np.round(added), -32_768, 32_767).astype(np.int16)
