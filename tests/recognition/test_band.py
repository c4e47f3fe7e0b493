"""Which band a channel carries is measured, whatever codec brought it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soxr

from desktop.audio.files import read_channels
from desktop.audio.g711 import linear, mu_law
from desktop.audio.opus import OpusDecoder, OpusEncoder
from desktop.recognition.band import DITHER_DBFS, Band, BandMeter, Samples, dithered
from desktop.recognition.gate import level_dbfs

HELD_OUT = Path(__file__).parent / "held_out"
SPEAKERS = ("airline-agent", "airline-customer", "power-customer", "health-customer")


def full(name: str) -> Samples:
    return read_channels(HELD_OUT / f"{name}.ogg")[0][: 16_000 * 10]


def telephone(samples: Samples) -> Samples:
    narrow = linear(mu_law(soxr.resample(samples, 16_000, 8_000)))
    wide: Samples = soxr.resample(narrow, 8_000, 16_000)
    return wide


def through_opus(samples: Samples) -> Samples:
    encoder, decoder = OpusEncoder(bitrate=24_000), OpusDecoder()
    frames = [samples[at : at + 320] for at in range(0, len(samples) - 319, 320)]
    return np.concatenate([decoder.decode(encoder.encode(frame)) for frame in frames])


def bands(meter: BandMeter, samples: Samples) -> list[Band]:
    """The answer after every frame."""
    out = []
    for at in range(0, len(samples), 480):
        meter.hear(samples[at : at + 480])
        out.append(meter.band)
    return out


@pytest.mark.parametrize("name", SPEAKERS)
def test_full_band_speech_is_never_taken_for_a_telephone(name: str) -> None:
    assert set(bands(BandMeter(), full(name))) == {Band.FULL}
    assert set(bands(BandMeter(), through_opus(full(name)))) == {Band.FULL}


@pytest.mark.parametrize("name", SPEAKERS)
def test_telephone_speech_is_known_from_its_first_half_second_on(name: str) -> None:
    for sound in (telephone(full(name)), through_opus(telephone(full(name)))):
        heard = bands(BandMeter(), sound)
        assert set(heard[heard.index(Band.TELEPHONE) :]) == {Band.TELEPHONE}
        loud = next(at for at in range(0, len(sound), 480) if level_dbfs(sound[at : at + 480]) > -45)
        assert heard.index(Band.TELEPHONE) <= loud // 480 + 15


def test_a_transfer_to_another_kind_of_line_is_noticed() -> None:
    meter = BandMeter()
    assert bands(meter, telephone(full("airline-agent")))[-1] is Band.TELEPHONE
    assert bands(meter, full("health-customer"))[-1] is Band.FULL
    assert bands(meter, telephone(full("health-customer")))[-1] is Band.TELEPHONE


def test_silence_and_pieces_of_frames_say_nothing() -> None:
    meter = BandMeter()
    meter.hear(np.zeros(16_000, np.int16))
    meter.hear(full("airline-agent")[:400])
    assert meter.band is Band.FULL


def test_dither_is_as_loud_as_it_says_and_clips() -> None:
    noise = np.random.default_rng(1)
    assert level_dbfs(dithered(np.zeros(16_000, np.int16), noise)) == pytest.approx(DITHER_DBFS, abs=0.3)
    assert dithered(np.full(1000, 32_767, np.int16), noise).max() == 32_767
