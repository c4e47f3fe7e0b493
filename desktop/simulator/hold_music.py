"""Hold music from code: six styles, some with a melody in the range of voices. Mono at 16 kHz, floats -1..1."""

from __future__ import annotations

import numpy as np

from desktop.domain.media import PIPELINE_RATE_HZ
from desktop.simulator.line_sounds import Make, Sound, time_line

PROGRESSIONS = ((0, 9, 5, 7), (0, 7, 9, 5), (9, 5, 0, 7), (2, 7, 0, 9))  # roots in semitones over C
SCALE = (0, 2, 4, 7, 9)
_MINOR = (2, 4, 9, 11)


def pitch(note: float) -> float:
    """Hz of a note; 60 is the middle C."""
    return float(440 * 2 ** ((note - 69) / 12))


def triad(root: int) -> tuple[int, int, int]:
    """In semitones over C; minor where the scale has it so."""
    return root, root + (3 if root in _MINOR else 4), root + 7


def voice_of(note: float, seconds: float, harmonics: tuple[float, ...], vibrato: float = 0.0, hz: float = 5.5) -> Sound:
    """One note: its harmonics, with a vibrato of so many semitones."""
    t = time_line(seconds)
    bend = 2 ** (vibrato * np.sin(2 * np.pi * hz * t) / 12)
    phase = 2 * np.pi * np.cumsum(pitch(note) * bend) / PIPELINE_RATE_HZ
    return np.asarray(sum(gain * np.sin(n * phase) for n, gain in enumerate(harmonics, 1)))


def plucked(note: float, seconds: float) -> Sound:
    """A string or piano: dies away, high harmonics first."""
    t = time_line(seconds)
    tone = sum(
        np.exp(-t * (2 + n)) * np.sin(2 * np.pi * n * pitch(note) * (1 + 0.0004 * n * n) * t) / n for n in range(1, 9)
    )
    return np.asarray(tone * np.minimum(t / 0.004, 1))


def swelled(sound: Sound, rise_s: float, fall_s: float) -> Sound:
    """With its beginning and end faded."""
    t = time_line(len(sound) / PIPELINE_RATE_HZ)[: len(sound)]
    return np.asarray(sound * np.minimum(np.minimum(t / rise_s, t[::-1] / fall_s), 1))


def mix(into: Sound, at_s: float, sound: Sound, gain: float) -> None:
    """Add, as far as it fits."""
    at = int(at_s * PIPELINE_RATE_HZ)
    room = into[at : at + len(sound)]
    room += gain * sound[: len(room)]


def _bars(seconds: float, source: np.random.Generator, bar_s: float) -> list[tuple[float, int]]:
    roots = PROGRESSIONS[int(source.integers(len(PROGRESSIONS)))]
    return [(n * bar_s, roots[n % 4]) for n in range(int(seconds / bar_s) + 1)]


def arpeggios(seconds: float, source: np.random.Generator) -> Sound:
    """A piano or guitar that breaks chords."""
    sound = np.zeros(len(time_line(seconds)))
    beat = float(source.uniform(0.14, 0.3))
    for start, root in _bars(seconds, source, 8 * beat):
        for n, step in enumerate((0, 1, 2, 1, 2, 1, 0, 1)):
            mix(sound, start + n * beat, plucked(54 + triad(root)[step] + 12 * (n == 4), 5 * beat), 1)
    return sound


def pads(seconds: float, source: np.random.Generator) -> Sound:
    """Strings: held chords with vibrato, swelling."""
    sound = np.zeros(len(time_line(seconds)))
    bar, harmonics = float(source.uniform(1.6, 3)), tuple(1 / n for n in range(1, 10))
    for start, root in _bars(seconds, source, bar):
        for note in triad(root):
            tone = voice_of(55 + note, bar * 1.1, harmonics, 0.25, float(source.uniform(4.8, 6)))
            mix(sound, start, swelled(tone, 0.3, 0.4), 1)
    return np.asarray(sound * (1 + 0.4 * np.sin(2 * np.pi * float(source.uniform(0.3, 4)) * time_line(seconds))))


def drums(seconds: float, source: np.random.Generator, beat: float) -> Sound:
    """Bass drum, snare and a hi-hat on every half beat."""
    sound = np.zeros(len(time_line(seconds)))
    t = time_line(0.2)
    kick = np.sin(2 * np.pi * (45 * t + 8 * (1 - np.exp(-t * 30)))) * np.exp(-t * 18)
    for n in range(int(seconds / (beat / 2))):
        at = n * beat / 2
        mix(sound, at, source.normal(0, 1, len(t)) * np.exp(-t * 70), 0.15)
        if n % 4 == 0:
            mix(sound, at, kick, 1.2)
        elif n % 4 == 2:
            mix(sound, at, source.normal(0, 1, len(t)) * np.exp(-t * 22), 0.45)
    return sound


def band(seconds: float, source: np.random.Generator) -> Sound:
    """Easy listening: drums, bass, chords, no melody."""
    beat = float(source.uniform(0.45, 0.65))
    sound = drums(seconds, source, beat)
    for start, root in _bars(seconds, source, 4 * beat):
        for n in range(4):
            mix(sound, start + n * beat, plucked(36 + root, 2 * beat), 0.9)
            if n % 2:
                for note in triad(root):
                    mix(sound, start + n * beat, plucked(60 + note, beat), 0.35)
    return sound


def led_by(harmonics: tuple[float, ...], vibrato: float, octave: int) -> Make:
    """The band with a melody on top: a saxophone, flute or whistle as its harmonics say."""

    def make(seconds: float, source: np.random.Generator) -> Sound:
        sound = 0.5 * band(seconds, source)
        at = 0.5
        while at < seconds:
            length = float(source.choice([0.25, 0.4, 0.55, 0.8, 1.2]))
            if source.random() < 0.85:
                note = octave + int(source.choice(SCALE)) + 12 * int(source.random() < 0.3)
                mix(sound, at, swelled(voice_of(note, length, harmonics, vibrato), 0.04, 0.06), 0.6)
            at += length
        return sound

    return make


MUSIC: dict[str, Make] = {
    "arpeggios": arpeggios,
    "strings": pads,
    "band": band,
    "band with saxophone": led_by((1, 0.8, 0.7, 0.5, 0.5, 0.3, 0.3, 0.2), 0.3, 48),
    "band with flute": led_by((1, 0.25, 0.08), 0.2, 67),
    "band with whistle": led_by((1, 0.05), 0.4, 76),
}
