"""G.711 mu-law bytes to samples at the pipeline's rate, and samples to bytes."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from desktop.audio.resample import Resampler

PCMU_RATE_HZ = 8_000


def _table() -> npt.NDArray[np.int16]:
    code = ~np.arange(256, dtype=np.uint8)
    exponent = (code >> 4).astype(np.int32) & 7
    mantissa = code.astype(np.int32) & 15
    size = ((mantissa << 3) + 132 << exponent) - 132
    return np.where(code & 128, -size, size).astype(np.int16)


_LINEAR = _table()


def linear(payload: bytes) -> npt.NDArray[np.int16]:
    """One int16 sample per mu-law byte (G.711 table 2a)."""
    return _LINEAR[np.frombuffer(payload, np.uint8)]


def mu_law(samples: npt.NDArray[np.int16]) -> bytes:
    """One byte per sample, the inverse of `linear` to the nearest step below."""
    size = np.minimum(np.abs(samples.astype(np.int32)), 32_635) + 132
    exponent = np.floor(np.log2(size)).astype(np.int32) - 7
    code = (samples < 0).astype(np.int32) << 7 | exponent << 4 | (size >> exponent + 3 & 15)
    return bytes((~code).astype(np.uint8))


class PcmuDecoder:
    """8 kHz mu-law to 16 kHz; keeps the resampler's state between frames."""

    def __init__(self) -> None:
        self._up = Resampler(PCMU_RATE_HZ)

    def decode(self, payload: bytes) -> npt.NDArray[np.int16]:
        """Samples that are ready; the filter holds a few back until the next frame."""
        return self._up.feed(linear(payload))
