"""Voices of the simulator's calls: free text-to-speech engines, used when the calls are built and never at run time.

    apt-get install --no-install-recommends flite festival festvox-us-slt-hts festvox-kdlpc16k
    apt-get install --no-install-recommends libttspico-utils       (Debian non-free; for held_out_set.py only)

Each voice is a recorded speaker, an engine, and how far its pitch and formants are moved by playing it faster or
slower (`shift`; for the faster ones the engine speaks slower). Only shifts that PocketSphinx still understands
are listed; it heard espeak-ng's voices with 44-72 % word errors, so none is here.
"""

from __future__ import annotations

import hashlib
import re
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import soundfile
import soxr

RATE_HZ = 16_000
SENTENCE_GAP_MS = 180  # inside a turn; short enough for an endpointer to keep the turn in one piece
_WINDOW = RATE_HZ // 100
_MARGIN_MS = 20

Wave = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Voice:
    """`speaker` names the person recorded: a call never has the same one on both sides."""

    speaker: str
    engine: str  # "flite" | "festival" | "pico"
    name: str  # as the engine calls it
    shift: float = 1.0


VOICES = {
    "slt": Voice("slt", "flite", "slt", 0.97),
    "slt_low": Voice("slt", "flite", "slt", 0.94),
    "slt_hts": Voice("slt", "festival", "cmu_us_slt_arctic_hts", 0.95),
    "rms": Voice("rms", "flite", "rms"),
    "rms_high": Voice("rms", "flite", "rms", 1.08),
    "awb": Voice("awb", "flite", "awb"),
    "awb_high": Voice("awb", "flite", "awb", 1.07),
    "kal": Voice("kal", "flite", "kal16"),
    "kal_high": Voice("kal", "flite", "kal16", 1.08),
}
HELD_OUT_SPEAKERS = ("rms", "pico")
"""Nothing of the recogniser may be built or tuned with these: they judge it (held_out_set.py)."""
JUDGES = {
    "rms": VOICES["rms"],
    "rms_high": VOICES["rms_high"],
    "pico": Voice("pico", "pico", "en-US"),
    "pico_low": Voice("pico", "pico", "en-US", 0.94),
}


def speak(text: str, voice: Voice, pace: float, cache: Path) -> Wave:
    """A turn as 16 kHz samples at -20 dBFS, without silence around it. `pace` stretches time (1.25 = slow)."""
    gap = np.zeros(RATE_HZ * SENTENCE_GAP_MS // 1000)
    parts: list[Wave] = []
    for sentence in re.findall(r"[^.?!]+[.?!]?", text):
        parts += [_sentence(sentence.strip(), voice, pace, cache), gap]
    wave = np.concatenate(parts[:-1])
    loud = wave[np.abs(wave) > 0.01]
    wave *= 0.1 / float(np.sqrt(np.mean(loud**2)))
    wave *= min(1.0, 0.9 / np.abs(wave).max())
    return wave


def _sentence(sentence: str, voice: Voice, pace: float, cache: Path) -> Wave:
    stretch = round(pace * max(1.0, voice.shift), 3)  # a little slower is understood better: only haste is made up for
    key = hashlib.sha256(repr((sentence, voice, stretch)).encode()).hexdigest()[:24]
    kept = cache / f"{key}.npy"
    if not kept.is_file():
        cache.mkdir(parents=True, exist_ok=True)
        np.save(kept, _trimmed(_synthesised(sentence, voice, stretch)))
    wave: Wave = np.load(kept)
    return wave


def _synthesised(sentence: str, voice: Voice, stretch: float) -> Wave:
    with tempfile.TemporaryDirectory() as folder:
        out = f"{folder}/out.wav"
        if voice.engine == "flite":
            command = ["flite", "-voice", voice.name, "--setf", f"duration_stretch={stretch}", "-t", sentence]
            subprocess.run([*command, "-o", out], check=True)
        elif stretch != 1.0:
            raise ValueError(f"voice {voice.name} speaks at one pace only; leave pace and shift at 1")
        elif voice.engine == "pico":
            subprocess.run(["pico2wave", "-l", voice.name, "-w", out, sentence], check=True)
        else:
            command = ["text2wave", "-o", out, "-eval", f"(voice_{voice.name})"]
            subprocess.run(command, input=sentence.encode(), check=True)
        samples, rate = soundfile.read(out, dtype="float64")
    wave: Wave = soxr.resample(samples, rate * voice.shift, RATE_HZ)
    wave *= 0.5 / np.abs(wave).max()
    return wave


def _trimmed(wave: Wave) -> Wave:
    """Cut what is 45 dB below the loudest hundredth of a second, but for a small margin."""
    frames = wave[: len(wave) // _WINDOW * _WINDOW].reshape(-1, _WINDOW)
    energy = np.sqrt(np.mean(frames**2, axis=1))
    speech = np.flatnonzero(energy > energy.max() * 10 ** (-45 / 20))
    margin = RATE_HZ * _MARGIN_MS // 1000
    return wave[max(0, speech[0] * _WINDOW - margin) : (speech[-1] + 1) * _WINDOW + margin]
