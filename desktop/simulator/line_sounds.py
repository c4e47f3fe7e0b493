"""What a telephone line carries besides speech: tones, dialling, fax and noise. Mono at 16 kHz, floats -1..1.

Tones after ITU-T E.180 (national cadences), Q.23 (DTMF), T.30 and V.21 (fax), V.25 (modem).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from desktop.domain.media import PIPELINE_RATE_HZ

Sound = npt.NDArray[np.float64]
Make = Callable[[float, np.random.Generator], Sound]

DTMF = {
    key: (low, high)
    for low, keys in zip((697, 770, 852, 941), ("123A", "456B", "789C", "*0#D"), strict=True)
    for key, high in zip(keys, (1209, 1336, 1477, 1633), strict=True)
}
CADENCES: dict[str, tuple[tuple[tuple[int, ...], int], ...]] = {
    # frequencies in Hz (none: silence) and how long in ms, over and over
    "ringing, North America": (((440, 480), 2000), ((), 4000)),
    "ringing, United Kingdom": (((400, 450), 400), ((), 200), ((400, 450), 400), ((), 2000)),
    "ringing, Europe": (((425,), 1000), ((), 4000)),
    "busy, North America": (((480, 620), 500), ((), 500)),
    "busy, Europe": (((425,), 480), ((), 480)),
    "congestion": (((480, 620), 250), ((), 250)),
    "call waiting": (((440,), 300), ((), 2700)),
    "dial tone": (((350, 440), 1000),),
    "special information": (((950,), 330), ((1400,), 330), ((1800,), 330), ((), 1000)),
    "fax calling": (((1100,), 500), ((), 3000)),
    "fax answering": (((2100,), 3300), ((), 700)),
}


def time_line(seconds: float) -> Sound:
    """Of each sample, in seconds."""
    return np.arange(round(seconds * PIPELINE_RATE_HZ)) / PIPELINE_RATE_HZ


def at_level(sound: Sound, dbfs: float) -> npt.NDArray[np.int16]:
    """As samples; the level is the root mean square where there is sound."""
    heard = sound[np.abs(sound) > 1e-3 * np.abs(sound).max(initial=0)]
    scale = 10 ** (dbfs / 20) / max(float(np.sqrt(np.mean(heard**2))) if heard.size else 1.0, 1e-9)
    return (np.clip(sound * scale, -1, 1) * 32767).astype(np.int16)


def chord(frequencies: Sequence[float], seconds: float) -> Sound:
    """Pure tones together, with edges of 5 ms."""
    t = time_line(seconds)
    sound = np.asarray(sum((np.sin(2 * np.pi * hz * t) for hz in frequencies), np.zeros_like(t)))
    edge = np.minimum(np.minimum(t, t[::-1]) / 0.005, 1)
    return np.asarray(sound * edge)


def cadence(name: str) -> Make:
    """One of CADENCES, over and over."""

    def make(seconds: float, source: np.random.Generator) -> Sound:
        once = np.concatenate([chord(hz, ms / 1000) for hz, ms in CADENCES[name]])
        return np.tile(once, 1 + int(seconds * PIPELINE_RATE_HZ) // len(once))[: len(time_line(seconds))]

    return make


def dialling(seconds: float, source: np.random.Generator) -> Sound:
    """All sixteen keys in any order, 40 to 800 ms each."""
    pieces, left = [], seconds
    while left > 0:
        key = source.choice(sorted(DTMF))
        on, off = source.choice([0.04, 0.07, 0.1, 0.2, 0.4, 0.8]), source.choice([0.04, 0.1, 0.3, 1.0])
        pieces += [chord(DTMF[key], on), np.zeros(len(time_line(off)))]
        left -= on + off
    return np.concatenate(pieces)[: len(time_line(seconds))]


def modem(seconds: float, source: np.random.Generator) -> Sound:
    """V.21 frequency shift keying at 300 bit/s, in bursts."""
    bits = source.integers(0, 2, round(seconds * 300) + 1)
    hz = np.repeat(np.where(bits, 1650, 1850), PIPELINE_RATE_HZ // 300 + 1)[: len(time_line(seconds))]
    burst = (time_line(seconds) % 4 < 3) * 1.0
    return np.asarray(np.sin(2 * np.pi * np.cumsum(hz) / PIPELINE_RATE_HZ) * burst)


def noise(slope: float) -> Make:
    """Steady noise whose power falls with frequency to the power of `slope`: 0 white, 1 pink, 2 brown."""

    def make(seconds: float, source: np.random.Generator) -> Sound:
        count = len(time_line(seconds))
        spectrum = np.fft.rfft(source.normal(0, 1, count))
        shape = np.maximum(np.fft.rfftfreq(count, 1 / PIPELINE_RATE_HZ), 20) ** (-slope / 2)
        return np.asarray(np.fft.irfft(spectrum * shape, count))

    return make


def hum(mains_hz: int) -> Make:
    """The mains and its harmonics, which swell a little."""

    def make(seconds: float, source: np.random.Generator) -> Sound:
        t = time_line(seconds)
        parts = [np.sin(2 * np.pi * mains_hz * n * t + source.uniform(0, 6)) / n for n in (1, 2, 3, 5, 7, 9)]
        return np.asarray(np.sum(parts, axis=0) * (1 + 0.2 * np.sin(2 * np.pi * 0.3 * t)))

    return make


def crackle(seconds: float, source: np.random.Generator) -> Sound:
    """A bad contact: short bursts at random, some in clusters."""
    sound = 0.01 * source.normal(0, 1, len(time_line(seconds)))
    for _ in range(round(seconds * 6)):
        at, length = int(source.integers(0, len(sound))), int(source.integers(8, 800))
        sound[at : at + length] += source.normal(0, source.uniform(0.1, 1), len(sound[at : at + length]))
    return np.asarray(sound)


def handset_buzz(seconds: float, source: np.random.Generator) -> Sound:
    """A mobile's bursts of 217 Hz, in groups."""
    t = time_line(seconds)
    pulses = ((t * 216.7) % 1 < 0.125) * 1.0
    groups = (t % 1.3 < 0.6) | (t % 7 < 2)
    return np.asarray(pulses * groups + 0.003 * source.normal(0, 1, len(t)))


def office(seconds: float, source: np.random.Generator) -> Sound:
    """A fan, a keyboard, now and then a thump; nobody speaks."""
    sound = 0.02 * noise(1.2)(seconds, source) / 0.02
    sound /= np.abs(sound).max() * 6
    t = 0.0
    while (t := t + source.choice([0.11, 0.15, 0.22, 0.35, 1.8])) < seconds - 0.2:
        at = int(t * PIPELINE_RATE_HZ)
        length = 480 if source.random() < 0.95 else 2400
        decay = np.exp(-np.arange(length) / (length / 6))
        sound[at : at + length] += source.uniform(0.2, 0.8) * source.normal(0, 1, length) * decay
    return np.asarray(sound)


TONES: dict[str, Make] = {name: cadence(name) for name in CADENCES}
NOISES: dict[str, Make] = {
    "white noise": noise(0),
    "pink noise": noise(1),
    "brown noise": noise(2),
    "hum, 50 Hz": hum(50),
    "hum, 60 Hz": hum(60),
    "crackle": crackle,
    "handset buzz": handset_buzz,
    "office": office,
}
DIALLING: dict[str, Make] = {"dialling": dialling, "modem": modem}
