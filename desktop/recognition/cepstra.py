"""The cepstra that PocketSphinx's front end makes of sound, for looking at it without a decoder: at any warp.

A warp stretches the frequency axis (1.1: what lies at 1.1 kHz counts as 1 kHz), as if the speaker's vocal tract were
so much longer. Settings: feat.params of the models in PocketSphinx's package.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt

from desktop.domain.media import PIPELINE_RATE_HZ

Floats = npt.NDArray[np.float64]

SIZE = 13
FRAME_SAMPLES, STEP_SAMPLES = 410, 160
_FFT = 512
_FILTERS, _LOWEST_HZ, _HIGHEST_HZ = 25, 130.0, 6800.0
_EMPHASIS, _LIFTER, _FLOOR = 0.97, 22, 1e-4

_HERTZ = np.arange(_FFT // 2 + 1) * PIPELINE_RATE_HZ / _FFT
_HALF = 0.54 - 0.46 * np.cos(2 * np.pi * np.arange(FRAME_SAMPLES // 2) / (FRAME_SAMPLES - 1))
_WINDOW = np.concatenate([_HALF, _HALF[::-1]])
_COEFFICIENT = np.arange(SIZE)[:, None]
_COSINES = np.cos(np.pi / _FILTERS * _COEFFICIENT * (np.arange(_FILTERS) + 0.5)) * np.sqrt(2 / _FILTERS)
_COSINES[0] /= np.sqrt(2)
_TRANSFORM = (_COSINES * (1 + _LIFTER / 2 * np.sin(_COEFFICIENT * np.pi / _LIFTER))).T

# removal of the line's noise; the names are those of its published description (power-normalised cepstra)
_POWER, _RISES, _FALLS, _MASKS, _MASKED, _GAIN, _NEIGHBOURS = 0.7, 0.995, 0.5, 0.85, 0.2, 20.0, 4
_NEAR = np.abs(np.subtract.outer(np.arange(_FILTERS), np.arange(_FILTERS))) <= _NEIGHBOURS
_SMOOTH = _NEAR / _NEAR.sum(axis=1, keepdims=True)


def spectra(samples: npt.NDArray[np.int16]) -> Floats:
    """Power of each frame (10 ms apart) at 0, 31.25 ... 8000 Hz, shape (frames, 257); 16 kHz mono."""
    plain = samples.astype(np.float64)
    sharp = plain - _EMPHASIS * np.concatenate([[0.0], plain[:-1]])
    frames = np.lib.stride_tricks.sliding_window_view(sharp, FRAME_SAMPLES)[::STEP_SAMPLES]
    power: Floats = np.abs(np.fft.rfft(frames * _WINDOW, _FFT)) ** 2
    return power


def cepstra(power: Floats, warp: float = 1.0) -> Floats:
    """Shape (frames, 13), of `spectra`; no mean is taken off."""
    out: Floats = np.log(_without_noise(power @ _filters(warp)) + _FLOOR) @ _TRANSFORM
    return out


@cache
def _filters(warp: float) -> Floats:
    """Triangles at equal steps of the mel scale, shape (257, 25)."""
    lowest, highest = 2595 * np.log10(1 + np.array([_LOWEST_HZ, _HIGHEST_HZ]) / warp / 700)
    corners = warp * 700 * (10 ** (np.linspace(lowest, highest, _FILTERS + 2) / 2595) - 1)
    step = _HERTZ[1]
    corners = np.floor(corners / step + 0.5) * step
    low, middle, high = corners[:-2, None], corners[1:-1, None], corners[2:, None]
    sides = np.minimum((_HERTZ - low) / (middle - low), (high - _HERTZ) / (high - middle))
    triangles: Floats = np.clip(sides, 0.0, None) * 2 / (high - low)
    return triangles.T


def _without_noise(mel: Floats) -> Floats:
    if not len(mel):
        return mel
    power, peak = mel[0].copy(), np.zeros(_FILTERS)
    noise = floor = mel[0] / _GAIN
    gains = np.empty_like(mel)
    for at, now in enumerate(mel):
        power = _POWER * power + (1 - _POWER) * now
        noise = _envelope(noise, power)
        signal = np.maximum(power - noise, 1.0)
        floor = _envelope(floor, signal)
        peak = peak * _MASKS
        masked = np.where(signal < _MASKS * peak, peak * _MASKED, signal)
        peak = np.maximum(peak, signal)
        ratio = np.maximum(masked, floor) / np.maximum(power, 1e-30)
        gains[at] = np.clip(ratio, 1 / _GAIN, _GAIN)
    cleaned: Floats = mel * (gains @ _SMOOTH.T)
    return cleaned


def _envelope(lower: Floats, now: Floats) -> Floats:
    """Follows what is below it at once and what is above it slowly."""
    keeps = np.where(now >= lower, _RISES, _FALLS)
    follows: Floats = keeps * lower + (1 - keeps) * now
    return follows
