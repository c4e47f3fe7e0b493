"""Decoders of both bands within one limit."""

from __future__ import annotations

from typing import cast

from desktop.recognition.band import Band
from desktop.recognition.pool import DecoderPool
from desktop.recognition.sphinx import Decoder


class Loader:
    """Makes things that stand for decoders, and remembers for which band."""

    def __init__(self) -> None:
        self.bands: list[Band] = []

    def load(self, band: Band) -> Decoder:
        self.bands.append(band)
        return cast(Decoder, object())


def test_an_idle_decoder_of_its_band_is_used_again() -> None:
    loader = Loader()
    pool = DecoderPool(loader.load, 2)
    first = pool.lease(Band.FULL)
    pool.give_back(Band.FULL, first)
    assert pool.lease(Band.FULL) is first
    assert pool.lease(Band.TELEPHONE) is not first
    assert pool.busy
    assert loader.bands == [Band.FULL, Band.TELEPHONE]


def test_one_of_the_other_band_makes_room() -> None:
    loader = Loader()
    pool = DecoderPool(loader.load, 1)
    pool.give_back(Band.FULL, pool.lease(Band.FULL))
    pool.lease(Band.TELEPHONE)
    assert (pool.loaded, pool.leased) == (1, 1)
    pool.throw_away()
    assert pool.loaded == 0


def test_both_bands_are_there_before_the_first_call() -> None:
    loader = Loader()
    pool = DecoderPool(loader.load, 3)
    pool.preload(5, (Band.TELEPHONE, Band.FULL))
    assert loader.bands == [Band.TELEPHONE, Band.FULL, Band.TELEPHONE]
    pool.close()
    assert pool.loaded == 0
