"""Kaldi's filter banks and cepstra in numpy, as far as the tiny models of the tests are taught with them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

RATE_HZ = 16_000
FLOOR = float(np.finfo(np.float32).eps)


def _mel(hz: Floats | float) -> Floats:
    return np.asarray(1127.0 * np.log1p(np.asarray(hz) / 700.0))


def _banks(bins: int, low_hz: float, high_hz: float, rate_hz: int, spectrum: int) -> Floats:
    """Triangles on the mel scale, shape (bins, spectrum // 2)."""
    edges = np.linspace(float(_mel(low_hz)), float(_mel(high_hz)), bins + 2)
    at = _mel(np.arange(spectrum // 2) * rate_hz / spectrum)
    rising = (at - edges[:-2, None]) / (edges[1:-1] - edges[:-2])[:, None]
    falling = (edges[2:, None] - at) / (edges[2:] - edges[1:-1])[:, None]
    return np.maximum(np.minimum(rising, falling), 0.0)


def log_mels(
    samples: Floats, bins: int, low_hz: float, high_hz: float, *, snip_edges: bool, rate_hz: int = RATE_HZ
) -> Floats:
    """Log energies, shape (frames, bins): 25 ms every 10 ms, Povey window, pre-emphasis 0.97, no dither."""
    shift, length, spectrum = rate_hz // 100, rate_hz // 40, rate_hz * 4 // 125
    if snip_edges:
        first, count = 0, 1 + (len(samples) - length) // shift
    else:
        first, count = length + shift // 2 - length // 2, (len(samples) + shift // 2) // shift
        samples = np.pad(samples, length, mode="symmetric")
    starts = first + shift * np.arange(count)
    frames = samples[starts[:, None] + np.arange(length)]
    frames = frames - frames.mean(axis=1, keepdims=True)
    before = np.concatenate([frames[:, :1], frames[:, :-1]], axis=1)
    window = np.hanning(length) ** 0.85
    power = np.abs(np.fft.rfft((frames - 0.97 * before) * window, spectrum)) ** 2
    banks = _banks(bins, low_hz, high_hz, rate_hz, spectrum)
    return np.log(np.maximum(power[:, : spectrum // 2] @ banks.T, FLOOR))


def cepstra(mels: Floats, count: int) -> Floats:
    """Kaldi's MFCC of log mel energies with C0 instead of the energy, liftered with 22; shape (frames, count)."""
    bins = mels.shape[1]
    basis = np.sqrt(2.0 / bins) * np.cos(np.pi / bins * np.arange(count)[:, None] * (np.arange(bins) + 0.5))
    basis[0] = np.sqrt(1.0 / bins)
    lifter = 1.0 + 0.5 * 22.0 * np.sin(np.pi * np.arange(count) / 22.0)
    return (mels @ basis.T) * lifter
