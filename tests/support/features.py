"""Kaldi's filter banks and cepstra in numpy, as far as the tiny models of the tests are taught with them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

RATE_HZ = 16_000
SHIFT, LENGTH, SPECTRUM = 160, 400, 512  # samples: 10 ms, 25 ms, FFT
FLOOR = float(np.finfo(np.float32).eps)


def _mel(hz: Floats | float) -> Floats:
    return np.asarray(1127.0 * np.log1p(np.asarray(hz) / 700.0))


def _banks(bins: int, low_hz: float, high_hz: float) -> Floats:
    """Triangles on the mel scale, shape (bins, SPECTRUM // 2)."""
    edges = np.linspace(float(_mel(low_hz)), float(_mel(high_hz)), bins + 2)
    at = _mel(np.arange(SPECTRUM // 2) * RATE_HZ / SPECTRUM)
    rising = (at - edges[:-2, None]) / (edges[1:-1] - edges[:-2])[:, None]
    falling = (edges[2:, None] - at) / (edges[2:] - edges[1:-1])[:, None]
    return np.maximum(np.minimum(rising, falling), 0.0)


def log_mels(samples: Floats, bins: int, low_hz: float, high_hz: float, *, snip_edges: bool) -> Floats:
    """Log energies, shape (frames, bins): Povey window, pre-emphasis 0.97, no dither."""
    if snip_edges:
        first, count = 0, 1 + (len(samples) - LENGTH) // SHIFT
    else:
        first, count = SHIFT // 2 - LENGTH // 2, (len(samples) + SHIFT // 2) // SHIFT
        samples = np.pad(samples, LENGTH, mode="symmetric")
        first += LENGTH
    starts = first + SHIFT * np.arange(count)
    frames = samples[starts[:, None] + np.arange(LENGTH)]
    frames = frames - frames.mean(axis=1, keepdims=True)
    before = np.concatenate([frames[:, :1], frames[:, :-1]], axis=1)
    window = np.hanning(LENGTH) ** 0.85
    power = np.abs(np.fft.rfft((frames - 0.97 * before) * window, SPECTRUM)) ** 2
    return np.log(np.maximum(power[:, : SPECTRUM // 2] @ _banks(bins, low_hz, high_hz).T, FLOOR))


def cepstra(mels: Floats, count: int) -> Floats:
    """Kaldi's MFCC of log mel energies with C0 instead of the energy, liftered with 22; shape (frames, count)."""
    bins = mels.shape[1]
    basis = np.sqrt(2.0 / bins) * np.cos(np.pi / bins * np.arange(count)[:, None] * (np.arange(bins) + 0.5))
    basis[0] = np.sqrt(1.0 / bins)
    lifter = 1.0 + 0.5 * 22.0 * np.sin(np.pi * np.arange(count) / 22.0)
    return (mels @ basis.T) * lifter
