"""Watched phrases heard by themselves: small decoders that are shared by all streams of a worker.

A list of phrases is replaced for the utterances that begin after it; one that is under way keeps the list it has.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from desktop.recognition.band import Band
from desktop.recognition.sphinx import FRAME_MS, Cepstrum, Decoder, EngineFailed, Way, likelihood

SETTLED_FRAMES = 30
"""A phrase that ended so long ago won't be heard any better."""

_HALF_SURE = 20.0
"""So far above what it takes (natural logarithm) a phrase is half way from 0.5 to certain."""


class Spotted(NamedTuple):
    """A watched phrase; times in ms from the utterance's first sample, confidence 0.5..1."""

    phrase: str
    start_ms: int
    end_ms: int
    confidence: float


@dataclass(frozen=True, slots=True)
class Watched:
    """One way to say a phrase; `transcribed`: a transcript may have all of its words."""

    phrase: str
    way: Way
    transcribed: bool = True


class PhraseSpotters:
    """Lends one decoder to each utterance, at most `limit` at a time. `load` makes one that hears these ways."""

    def __init__(self, load: Callable[[Sequence[Way], Band], Decoder], limit: int) -> None:
        self._load, self._limit = load, limit
        self._watched: dict[Band, list[Watched]] = {}
        self._free: dict[Band, list[Decoder]] = {}
        self._leased = 0

    def watch(self, watched: dict[Band, list[Watched]]) -> None:
        """Listen for these from the next utterance on; a band without any is not listened to.

        Loads a decoder for each band; SettingInvalid when that fails, and the list stays as it was.
        """
        ways = {band: [one.way for one in listed] for band, listed in watched.items() if listed}
        self._free = {band: [self._load(listed, band)] for band, listed in ways.items()}
        self._watched = watched

    @property
    def loaded(self) -> int:
        """Decoders in memory."""
        return self._leased + sum(map(len, self._free.values()))

    @property
    def watching(self) -> bool:
        """Whether there is anything to listen for."""
        return any(self._watched.values())

    @property
    def busy(self) -> bool:
        """Whether all decoders are at work."""
        return self._leased >= self._limit

    def lease(self, band: Band) -> Spotting | None:
        """For an utterance; None when there is nothing to listen for, or all are `busy`."""
        watched = self._watched.get(band)
        if not watched or self.busy:
            return None
        free = self._free[band]
        decoder = free.pop() if free else self._load([one.way for one in watched], band)
        self._leased += 1
        return Spotting(self, decoder, watched, free)

    def returned(self, spotting: Spotting, *, whole: bool) -> None:
        """An utterance is over; a decoder that broke, or whose list was replaced, is let go."""
        self._leased -= 1
        if whole and any(free is spotting.home for free in self._free.values()):
            spotting.home.append(spotting.decoder)

    def close(self) -> None:
        """Free the idle decoders."""
        self._free = {}
        self._watched = {}


class Spotting:
    """One utterance."""

    def __init__(
        self,
        spotters: PhraseSpotters,
        decoder: Decoder,
        watched: list[Watched],
        home: list[Decoder],
    ) -> None:
        self._spotters, self.decoder, self._watched, self.home = spotters, decoder, watched, home
        self._told: list[Spotted] = []
        self._frames = 0
        self._open = True

    def start(self, begin: Callable[[Decoder], object]) -> None:
        """`begin` starts the decoder; EngineFailed when it can't, and then the decoder is gone."""
        self._guarded(lambda: begin(self.decoder))

    def hear(self, samples: npt.NDArray[np.int16]) -> None:
        """16 kHz mono. EngineFailed when it broke; then the decoder is gone."""
        self._guarded(lambda: self.decoder.hear(samples))
        self._frames += len(samples) * 1000 // 16_000 // FRAME_MS

    def settled(self) -> list[Spotted]:
        """Phrases that are certain by now and were not told before."""
        return self._new(self._frames - SETTLED_FRAMES)

    def end(self) -> list[Spotted]:
        """The rest; the decoder goes back. EngineFailed when it broke."""
        self._guarded(self.decoder.end)
        rest = self._new(None)
        self._return(whole=True)
        return rest

    def cepstral_mean(self) -> Cepstrum:
        """The channel's mean as this utterance left it."""
        return self.decoder.cepstral_mean()

    def give_up(self) -> None:
        """Let go of it in the middle of the utterance."""
        if self._open:
            self._return(whole=False)

    def _new(self, last_frame: int | None) -> list[Spotted]:
        heard: list[tuple[float, Spotted]] = []
        for token in self.decoder.tokens():
            if last_frame is None or token.last_frame <= last_frame:
                watched = self._watched[int(token.token)]
                margin = max(likelihood(token) - watched.way.least, 0.0)
                start, end = token.first_frame * FRAME_MS, (token.last_frame + 1) * FRAME_MS
                sure = 1 - 0.5 * _HALF_SURE / (_HALF_SURE + margin)
                heard.append((margin, Spotted(watched.phrase, start, end, sure)))
        new: list[Spotted] = []
        for _, spotted in sorted(heard, key=lambda one: -one[0]):  # of several ways to say it the likeliest
            if not any(_same(spotted, known) for known in (*self._told, *new)):
                new.append(spotted)
        self._told += new
        return sorted(new, key=lambda spotted: spotted.end_ms)

    def _guarded(self, work: Callable[[], object]) -> None:
        try:
            work()
        except EngineFailed:
            self.give_up()
            raise

    def _return(self, *, whole: bool) -> None:
        self._open = False
        self._spotters.returned(self, whole=whole)


def _same(one: Spotted, other: Spotted) -> bool:
    return one.phrase == other.phrase and one.start_ms < other.end_ms and other.start_ms < one.end_ms
