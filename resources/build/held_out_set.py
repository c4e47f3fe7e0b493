"""Speaks held_out_calls.txt (or another text): the recordings that judge the embedded recogniser, for `sidetone evaluate`.

    PYTHONPATH=. python resources/build/held_out_set.py [--text FILE --target FOLDER] [--cache FOLDER]

One party's side of a call a file: NAME.ogg (Opus at 20 kbit/s, mono, 16 kHz, its level and line noise drawn by the
name) and NAME.txt, one utterance a line. Same engines, same text: same bytes. The narrow-band version is made where it
is wanted, by sending these through real G.711 mu-law.
"""

from __future__ import annotations

import argparse
import tempfile
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from call_voices import JUDGES, RATE_HZ, Wave, speak

from desktop.audio.ogg import write_packets
from desktop.audio.opus import OpusEncoder

TEXT = Path(__file__).with_name("held_out_calls.txt")
TARGET = Path(__file__).resolve().parents[2] / "tests" / "recognition" / "held_out"
FRAME = RATE_HZ // 50
LEVELS_DBFS, NOISE_DBFS = (-29.0, -17.0), (-75.0, -58.0)
PAUSES_MS = (700, 1400)


def parties(text: str) -> Iterator[tuple[str, str, list[str]]]:
    """(name, voice, utterances) of each side of a call."""
    for block in text.split("\n[")[1:]:
        head, *lines = [line for line in block.splitlines() if line.strip()]
        name, voice = head.rstrip("]").split()
        yield name, voice, lines


def spoken(name: str, voice: str, lines: list[str], cache: Path) -> Wave:
    """One channel: its utterances with pauses over the line's noise."""
    draw = np.random.default_rng(zlib.crc32(name.encode()))
    gain = 10 ** ((draw.uniform(*LEVELS_DBFS) + 20) / 20)  # `speak` gives -20 dBFS
    pieces = [np.zeros(RATE_HZ // 2)]
    for line in lines:
        pause = RATE_HZ * int(draw.integers(*PAUSES_MS)) // 1000
        pieces += [speak(line, JUDGES[voice], 1.0, cache) * gain, np.zeros(pause)]
    wave = np.concatenate(pieces)
    wave += draw.normal(0.0, 10 ** (draw.uniform(*NOISE_DBFS) / 20), len(wave))
    return np.clip(wave, -1, 1)


def main() -> None:
    """All files."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0] if __doc__ else None)
    parser.add_argument("--text", type=Path, default=TEXT)
    parser.add_argument("--target", type=Path, default=TARGET)
    parser.add_argument("--cache", type=Path, default=Path(tempfile.gettempdir()) / "sidetone-voices")
    options = parser.parse_args()
    options.target.mkdir(parents=True, exist_ok=True)
    seconds = 0.0
    for name, voice, lines in parties(options.text.read_text(encoding="utf-8")):
        wave = spoken(name, voice, lines, options.cache)
        sound = np.round(wave * 32_767).astype(np.int16)
        sound = np.concatenate([sound, np.zeros(-len(sound) % FRAME, np.int16)])
        encoder = OpusEncoder(bitrate=20_000)
        packets = [encoder.encode(sound[at : at + FRAME]) for at in range(0, len(sound), FRAME)]
        stored = write_packets(packets, input_rate=RATE_HZ, serial=zlib.crc32(name.encode()), comments=[])
        (options.target / f"{name}.ogg").write_bytes(stored)
        (options.target / f"{name}.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
        seconds += len(sound) / RATE_HZ
    print(f"{seconds / 60:.1f} minutes of sound in {options.target}")


if __name__ == "__main__":
    main()
