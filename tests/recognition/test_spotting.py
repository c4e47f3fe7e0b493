"""Watched phrases on scripted decoders: lending, replacing lists, telling once, breaking."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import cast

import numpy as np
import pytest

from desktop.recognition.band import Band
from desktop.recognition.sphinx import Cepstrum, Decoder, EngineFailed, Heard, Way
from desktop.recognition.spotting import PhraseSpotters, Spotting, Watched

SECOND = np.zeros(16_000, np.int16)
BAND = Band.FULL


class Scripted:
    """Hears what it is given, once so much sound is there."""

    def __init__(self, ways: Sequence[Way], breaks: bool = False) -> None:
        self.ways, self.breaks = ways, breaks
        self.script: list[Heard] = []
        self.frames = 0

    def begin(self, cepstral_mean: object) -> None:
        self.frames = 0

    def hear(self, samples: object) -> None:
        if self.breaks:
            raise EngineFailed("scripted")
        self.frames += 100

    def end(self) -> None:
        pass

    def tokens(self) -> Iterator[Heard]:
        yield from (heard for heard in self.script if heard.last_frame <= self.frames)

    def cepstral_mean(self) -> Cepstrum:
        return np.ones(13)


class Bench:
    def __init__(self, limit: int = 2, *, breaks: bool = False) -> None:
        self.made: list[Scripted] = []
        self.breaks = breaks
        self.spotters = PhraseSpotters(self.load, limit)

    def load(self, ways: Sequence[Way], band: Band) -> Decoder:
        self.made.append(Scripted(ways, self.breaks))
        return cast(Decoder, self.made[-1])

    def watch(self, *phrases: str) -> None:
        self.spotters.watch({BAND: [Watched(phrase, Way("K AE N S AH L", 0.0)) for phrase in phrases]})


def begin(bench: Bench) -> Spotting | None:
    spotting = bench.spotters.lease(BAND)
    if spotting is not None:
        spotting.start(lambda decoder: decoder.begin(np.zeros(13)))
    return spotting


def heard(way: int, first: int, last: int, posterior: float = 1.0) -> Heard:
    return Heard(str(way), first, last, posterior)


def test_nothing_to_listen_for_is_not_listened_to() -> None:
    bench = Bench()
    assert not bench.spotters.watching
    assert begin(bench) is None
    bench.watch("cancel it")
    assert bench.spotters.watching
    assert bench.spotters.lease(Band.TELEPHONE) is None


def test_a_phrase_is_told_once_when_it_has_settled() -> None:
    bench = Bench()
    bench.watch("cancel it", "my lawyer")
    spotting = begin(bench)
    assert spotting is not None
    bench.made[0].script = [heard(0, 10, 60), heard(1, 120, 190)]
    spotting.hear(SECOND)
    assert [(s.phrase, s.start_ms, s.end_ms) for s in spotting.settled()] == [("cancel it", 100, 610)]
    spotting.hear(SECOND)
    assert not spotting.settled()  # the second one has only just been said
    assert [s.phrase for s in spotting.end()] == ["my lawyer"]


def test_of_several_ways_to_say_it_the_likeliest_counts() -> None:
    bench = Bench()
    bench.watch("cancel it", "cancel it")
    spotting = begin(bench)
    assert spotting is not None
    spotting.hear(SECOND)
    bench.made[0].script = [heard(0, 10, 60, 0.9), heard(1, 12, 62, 0.99), heard(1, 70, 99, 0.95)]
    told = spotting.end()
    assert [(s.start_ms, s.end_ms) for s in told] == [(120, 630), (700, 1000)]
    assert 0.5 <= told[1].confidence < told[0].confidence < 1.0


def test_decoders_are_lent_up_to_a_limit_and_used_again() -> None:
    bench = Bench(limit=1)
    bench.watch("cancel it")
    first = begin(bench)
    assert first is not None
    assert bench.spotters.busy
    assert begin(bench) is None
    first.end()
    again = begin(bench)
    assert again is not None
    assert (len(bench.made), bench.spotters.loaded, again.cepstral_mean()[0]) == (1, 1, 1.0)


def test_a_replaced_list_holds_from_the_next_utterance_on() -> None:
    bench = Bench()
    bench.watch("cancel it")
    old = begin(bench)
    assert old is not None
    bench.made[0].script = [heard(0, 10, 60)]
    bench.watch("my lawyer")
    old.hear(SECOND)
    assert [s.phrase for s in old.end()] == ["cancel it"]
    assert bench.spotters.loaded == 1  # its own decoder knows the old list only
    new = begin(bench)
    assert new is not None
    bench.made[1].script = [heard(0, 10, 60)]
    new.hear(SECOND)
    assert [s.phrase for s in new.end()] == ["my lawyer"]


def test_a_decoder_that_breaks_is_let_go_and_its_place_is_free() -> None:
    bench = Bench(limit=1, breaks=True)
    bench.watch("cancel it")
    spotting = begin(bench)
    assert spotting is not None
    with pytest.raises(EngineFailed):
        spotting.hear(SECOND)
    spotting.give_up()
    assert (bench.spotters.busy, bench.spotters.loaded) == (False, 0)
    bench.spotters.close()
    assert not bench.spotters.watching
