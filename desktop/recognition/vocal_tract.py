"""How long a speaker's vocal tract is beside the acoustic model's: by how much the frequency axis is to be warped.

The first seconds of speech are looked at with each warp; the one that fits the model clearly better is taken. It is
about the line's words only: nothing is kept of it but a factor, and that is forgotten with the call.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from desktop.recognition.band import Samples
from desktop.recognition.cepstra import SIZE, Floats, cepstra, spectra
from desktop.recognition.gaussians import EDGE_FRAMES, Gaussians

WARPS = (1.0, 0.9, 1.1, 1.2)
LOOKED_AT_MS = 4_000
"""So much speech is looked at."""

_AGAIN_MS = 60_000  # of speech later: a call may have been handed to somebody else
_CLEARLY = 0.1  # log likelihood a frame
_LOUD_DB, _PEAK = 25.0, 95.0  # frames that far below the loudest (percentile) say little
_SAMPLES_PER_MS = 16


class VocalTract:
    """One channel's. Keeps 4 s of its speech until all warps have been looked at."""

    def __init__(self, model: Gaussians) -> None:
        self._model = model
        self.warp = 1.0
        """In use."""
        self.mean: Floats = np.zeros(SIZE)
        """Cepstral mean of the speech that was looked at last, with this warp."""
        self._pieces: list[Samples] = []
        self._kept_ms = self._ignore_ms = 0.0
        self._power: Floats | None = None
        self._fits: dict[float, float] = {}
        self._means: dict[float, Floats] = {}

    def hear(self, samples: Samples) -> None:
        """Speech, 16 kHz, as the decoder heard it."""
        spoken_ms = len(samples) / _SAMPLES_PER_MS
        if self._ignore_ms > 0:
            self._ignore_ms -= spoken_ms
        elif self._kept_ms < LOOKED_AT_MS:
            self._pieces.append(samples)
            self._kept_ms += spoken_ms

    def consider(self) -> bool:
        """One step of work (a tenth of a second), to be done in a pause; whether another warp is in use now."""
        if self._kept_ms < LOOKED_AT_MS:
            return False
        if self._power is None:
            self._power = spectra(np.concatenate(self._pieces))
        warp = next(warp for warp in WARPS if warp not in self._fits)
        self._look(self._power, warp)
        if len(self._fits) < len(WARPS):
            return False
        return self._decide()

    def _look(self, power: Floats, warp: float) -> None:
        looked_at, loud = cepstra(power, warp), _loud(power)
        self._fits[warp] = self._model.fit(looked_at - looked_at[loud].mean(axis=0), loud)
        counted = looked_at[:, 0] >= 0  # by the decoder
        self._means[warp] = looked_at[counted if counted.any() else slice(None)].mean(axis=0)

    def _decide(self) -> bool:
        best = max(self._fits, key=lambda warp: self._fits[warp])
        clear = self._fits[best] - self._fits[self.warp] > _CLEARLY
        self._pieces, self._kept_ms, self._power, self._fits = [], 0.0, None, {}
        self._ignore_ms = _AGAIN_MS
        if clear:
            self.warp, self.mean = best, self._means[best]
        return clear


def _loud(power: Floats) -> npt.NDArray[np.bool_]:
    """Frames that somebody speaks in, but those at the edges."""
    level = 10 * np.log10(power.sum(axis=1) + 1.0)
    loud: npt.NDArray[np.bool_] = level > np.percentile(level, _PEAK) - _LOUD_DB
    loud[:EDGE_FRAMES] = loud[-EDGE_FRAMES:] = False
    return loud
