"""What is known of one channel's sound: its band, and for each band the cepstral mean of its speech.

The engine subtracts the mean that it was given when an utterance began, so a wrong one costs words. A channel that is
new has the beginning of its first utterance measured before it is heard.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from desktop.recognition.band import Band, BandMeter, Samples, dithered
from desktop.recognition.sphinx import Cepstrum, Decoder

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

    def __init__(self, bands: tuple[Band, ...]) -> None:
        """`bands`: those that can be heard apart; with one, everything is heard as that."""
        self._bands = bands
        self._meter = BandMeter()
        self._means = {band: _Mean(STARTS[band]) for band in bands}
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
            own, frames = decoder.measured_mean(heard, start)
            weight = _START_FRAMES + mean.frames
            start = (weight * start + frames * own) / (weight + frames)
        decoder.begin(start)
        return start

    def learn(self, band: Band, mean: Cepstrum, heard_ms: float) -> None:
        """An utterance has ended and left this mean."""
        known = self._means[band]
        known.value = mean
        known.frames += round(heard_ms / 10)

    def prepare(self, band: Band, samples: Samples) -> Samples:
        """The samples as a decoder of this band wants them."""
        return dithered(samples, self._noise) if band is Band.TELEPHONE else samples
