"""What is known of one channel's sound: its band, and for each band its speech's cepstral mean and vocal tract.

The engine subtracts the mean that it was given when an utterance began, so a wrong one costs words. A channel that is
new has the beginning of its first utterance measured before it is heard.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from desktop.recognition.band import Band, BandMeter, Samples, dithered
from desktop.recognition.gaussians import Gaussians
from desktop.recognition.sphinx import Cepstrum, Decoder
from desktop.recognition.vocal_tract import LOOKED_AT_MS, VocalTract

MEASURED_MS = 1_000
"""So much of an utterance is waited for on a channel that is new."""

STARTS: dict[Band, Cepstrum] = {
    Band.FULL: np.array([52.38, 5.61, 3.36, 9.27, -2.68, 2.19, -5.34, -1.10, 0.66, -1.92, -0.14, -2.22, 2.92]),
    Band.TELEPHONE: np.array(
        [48.02, 17.01, -18.03, 16.14, -9.17, -12.89, 2.10, -19.03, -0.37, -5.53, -11.40, 0.01, -5.50]
    ),
}
"""Means of much speech."""

_START_FRAMES = 50  # what a start counts against frames of the channel's own
_KNOWN_FRAMES = 500  # with so many the engine's own running mean is good enough
_FAINT_DBFS = -90.0


@dataclass(slots=True)
class _Mean:
    value: Cepstrum
    frames: int = 0  # of the channel's own speech behind it


class Channel:
    """One party's line. The band may change in the middle of a call (a transfer); what is learned of each is kept."""

    def __init__(self, bands: tuple[Band, ...], models: Mapping[Band, Gaussians]) -> None:
        """`bands`: those that can be heard apart; with one, everything is heard as that.

        `models` as far as they can be looked at: without one, no vocal tract is measured.
        """
        self._bands = bands
        self._meter = BandMeter()
        self._means = {band: _Mean(STARTS[band]) for band in bands}
        self._tracts = {band: VocalTract(models[band]) for band in bands if band in models}
        self._noise = np.random.default_rng(0)

    def listen(self, samples: Samples) -> Band:
        """Learn from speech, 16 kHz; which band it is."""
        self._meter.hear(samples)
        return self._meter.band if self._meter.band in self._bands else Band.FULL

    @property
    def is_new(self) -> bool:
        """Whether nothing has been heard of it yet."""
        return all(mean.frames == 0 for mean in self._means.values())

    def begin(self, band: Band, decoder: Decoder, ahead: Samples) -> Cepstrum:
        """Start an utterance; `ahead` is what there is of it already. The mean that it began with."""
        mean = self._means[band]
        start = mean.value
        if mean.frames < _KNOWN_FRAMES:
            heard = self.prepare(band, dithered(ahead, self._noise, _FAINT_DBFS))
            own, frames = decoder.measured_mean(heard, start, self._warp(band))
            weight = _START_FRAMES + mean.frames
            start = (weight * start + frames * own) / (weight + frames)
        self.start(band, decoder, start)
        return start

    def start(self, band: Band, decoder: Decoder, mean: Cepstrum) -> None:
        """Start a decoder whose mean is known."""
        decoder.begin(mean, self._warp(band))

    def learn(self, band: Band, mean: Cepstrum, heard_ms: float) -> None:
        """An utterance has ended and left this mean."""
        known = self._means[band]
        known.value = mean
        known.frames += round(heard_ms / 10)

    def hear(self, band: Band, samples: Samples) -> Samples:
        """The next samples of an utterance as its decoder wants them."""
        prepared = self.prepare(band, samples)
        if band in self._tracts:
            self._tracts[band].hear(prepared)
        return prepared

    def prepare(self, band: Band, samples: Samples) -> Samples:
        """The samples as a decoder of this band wants them."""
        return dithered(samples, self._noise) if band is Band.TELEPHONE else samples

    def consider(self) -> None:
        """In a pause: one step of the work of measuring the vocal tract (a tenth of a second), if there is one."""
        for band, tract in self._tracts.items():
            if tract.consider():
                self._means[band] = _Mean(tract.mean, LOOKED_AT_MS // 10)

    def _warp(self, band: Band) -> float:
        return self._tracts[band].warp if band in self._tracts else 1.0
