"""The only door to soxr: any rate to the pipeline's 16 kHz."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import soxr

from desktop.domain.media import PIPELINE_RATE_HZ


class Resampler:
    """Streaming mono resampler with state."""

    def __init__(self, rate_hz: int) -> None:
        self._stream = soxr.ResampleStream(rate_hz, PIPELINE_RATE_HZ, 1, dtype="int16", quality="HQ")

    def feed(self, samples: npt.NDArray[np.int16], *, last: bool = False) -> npt.NDArray[np.int16]:
        """What the filter has ready; `last` lets out what it held back."""
        out: npt.NDArray[np.int16] = self._stream.resample_chunk(samples, last=last)
        return out


def resampled(samples: npt.NDArray[np.int16], rate_hz: int) -> npt.NDArray[np.int16]:
    """A whole recording at 16 kHz."""
    if rate_hz == PIPELINE_RATE_HZ:
        return samples
    return Resampler(rate_hz).feed(samples, last=True)
