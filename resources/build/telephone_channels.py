"""What telephones do to speech, for fitting the telephone transform: bands, companding, codecs in a row."""

from __future__ import annotations

import io
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import soundfile
import soxr

from desktop.audio.g711 import linear, mu_law
from desktop.audio.opus import OpusDecoder, OpusEncoder

WIDE_HZ, NARROW_HZ = 16_000, 8_000
OPUS_FRAME = WIDE_HZ // 50

Wave = npt.NDArray[np.float64]
Draw = np.random.Generator


def _int16(wave: Wave) -> npt.NDArray[np.int16]:
    return np.round(np.clip(wave, -1, 1) * 32_767).astype(np.int16)


def _resampled(wave: Wave, have: int, want: int) -> Wave:
    out: Wave = soxr.resample(wave, have, want)
    return out


def through_mu_law(wave: Wave, _: Draw) -> Wave:
    """8 kHz G.711 mu-law and back to 16 kHz."""
    narrow = _int16(_resampled(wave, WIDE_HZ, NARROW_HZ))
    return _resampled(linear(mu_law(narrow)) / 32_768, NARROW_HZ, WIDE_HZ)


def through_gsm(wave: Wave, _: Draw) -> Wave:
    """8 kHz GSM full rate and back."""
    file = io.BytesIO()
    soundfile.write(file, _resampled(wave, WIDE_HZ, NARROW_HZ), NARROW_HZ, format="WAV", subtype="GSM610")
    file.seek(0)
    return _resampled(soundfile.read(file)[0], NARROW_HZ, WIDE_HZ)


def through_opus(wave: Wave, _: Draw) -> Wave:
    """Opus at 24 kbit/s and 16 kHz; its delay is taken out."""
    samples = _int16(wave)
    samples = np.concatenate([samples, np.zeros(OPUS_FRAME * 2 - len(samples) % OPUS_FRAME, np.int16)])
    encoder, decoder = OpusEncoder(bitrate=24_000), OpusDecoder()
    frames = [samples[at : at + OPUS_FRAME] for at in range(0, len(samples), OPUS_FRAME)]
    heard = np.concatenate([decoder.decode(encoder.encode(frame)) for frame in frames])
    return heard[104:] / 32_768  # 6.5 ms


def handset(wave: Wave, draw: Draw) -> Wave:
    """A telephone's own band: soft edges somewhere about 300 and 3400 Hz, a tilt of some dB."""
    spectrum = np.fft.rfft(wave)
    hertz = np.fft.rfftfreq(len(wave), 1 / WIDE_HZ)
    low, high = draw.uniform(80, 320), draw.uniform(3_200, 3_900)
    gain = 1 / np.sqrt(1 + (low / np.maximum(hertz, 1)) ** 8) / np.sqrt(1 + (hertz / high) ** 24)
    gain *= 10 ** (draw.uniform(-3, 3) * np.log2(np.maximum(hertz, 100) / 1_000) / 20)
    return np.fft.irfft(spectrum * gain, len(wave))


CHANNELS: dict[str, tuple[Callable[[Wave, Draw], Wave], ...]] = {
    "mu-law": (through_mu_law,),
    "handset, mu-law": (handset, through_mu_law),
    "mu-law, Opus": (through_mu_law, through_opus),
    "handset, GSM, mu-law": (handset, through_gsm, through_mu_law),
}
