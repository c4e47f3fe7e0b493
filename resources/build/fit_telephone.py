"""Fits resources/speech/telephone.mllr: how the acoustic model's means move when speech comes through a telephone.

    PYTHONPATH=. python resources/build/fit_telephone.py [--sentences 40] [--cache FOLDER] [--target FOLDER]

The model was trained on 16 kHz; on a telephone the upper bands are empty. The same synthesised utterances (our own
text, voices of call_voices.py without the held-out speakers) are heard at full band and through telephone_channels.py,
then up-sampled and dithered as the recogniser does it. PocketSphinx's own front end gives both cepstra, and least
squares give the matrix and offset that lead from one to the other, for cepstra, deltas and delta-deltas. Says the
cepstral mean of each band too (recognition/channel.py has them).
"""

from __future__ import annotations

import argparse
import random
import tempfile
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pocketsphinx
from call_voices import HELD_OUT_SPEAKERS, VOICES, Voice, Wave, speak
from contact_centre_text import sentences
from telephone_channels import CHANNELS

from desktop.recognition.band import dithered

TARGET = Path(__file__).resolve().parents[1] / "speech" / "telephone.mllr"
SIZE = 13
RIDGE = 1e-3
LEVELS, NOISES = (0.1, 0.6), (-4.6, -3.2)  # peak; power of ten of the background's amplitude
PLAIN_SHARE = 0.5  # of the utterances go through G.711 alone
Floats = npt.NDArray[np.float64]

TEACHERS = {name: voice for name, voice in VOICES.items() if voice.speaker not in HELD_OUT_SPEAKERS}
TEACHERS["ked"] = Voice("ked", "festival", "ked_diphone")


class FrontEnd:
    """PocketSphinx's own cepstra: a decoder that logs them and does not search."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="sidetone-")
        words = Path(self._folder.name) / "words.dict"
        words.write_text("hello HH AH L OW\n")
        self._decoder = pocketsphinx.Decoder(
            hmm=pocketsphinx.get_model_path("en-us/en-us"),
            lm=None,
            dict=str(words),
            keyphrase="hello",
            mfclogdir=self._folder.name,
            loglevel="FATAL",
        )

    def cepstra(self, samples: npt.NDArray[np.int16]) -> Floats:
        """Shape (frames, 13), before any mean is taken off."""
        self._decoder.start_utt()
        self._decoder.process_raw(samples.tobytes(), no_search=True, full_utt=True)
        self._decoder.end_utt()
        log = max(Path(self._folder.name).glob("*.mfc"))
        values = np.frombuffer(log.read_bytes(), ">f4", offset=4).astype(float).reshape(-1, SIZE)
        log.unlink()
        return values


def streams(cepstra: Floats) -> list[Floats]:
    """The model's three streams of features, shape (frames - 6, 13) each."""
    c = cepstra - cepstra.mean(axis=0)
    d = c[4:] - c[:-4]  # around frame t + 2
    return [c[3:-3], d[1:-1], d[2:] - d[:-2]]


def pairs(options: argparse.Namespace) -> list[tuple[Floats, Floats]]:
    """(full band, telephone) cepstra of every utterance."""
    chooser, draw, front = random.Random(11), np.random.default_rng(11), FrontEnd()
    text = sentences()
    out = []
    for name, voice in TEACHERS.items():
        for sentence in chooser.sample(text, options.sentences):
            wave: Wave = speak(sentence, voice, 1.0, options.cache)
            wave = np.concatenate([np.zeros(3200), wave, np.zeros(3200)])
            wave *= draw.uniform(*LEVELS) / np.abs(wave).max()
            wave += draw.normal(0.0, 10 ** draw.uniform(*NOISES), len(wave))
            kinds = list(CHANNELS)
            kind = kinds[0] if draw.random() < PLAIN_SHARE else kinds[int(draw.integers(1, len(kinds)))]
            telephone = wave
            for stage in CHANNELS[kind]:
                telephone = stage(telephone, draw)
            noise = np.random.default_rng(len(out))
            full, narrow = (np.round(np.clip(w, -1, 1) * 32_767).astype(np.int16) for w in (wave, telephone))
            a, b = front.cepstra(full), front.cepstra(dithered(narrow, noise))
            frames = min(len(a), len(b))
            out.append((a[:frames], b[:frames]))
        print(f"{name}: done", flush=True)
    return out


def fit(x: Floats, y: Floats) -> tuple[Floats, Floats]:
    """(13 x 13 matrix, 13 offsets) of the ridge least squares y = A x + b; says how much of y it explains."""
    ones = np.concatenate([x, np.ones((len(x), 1))], axis=1)
    left = ones.T @ ones + RIDGE * len(x) * np.eye(SIZE + 1)
    weights = np.linalg.solve(left, ones.T @ y)
    rest = 1 - ((y - ones @ weights) ** 2).sum(axis=0) / ((y - y.mean(axis=0)) ** 2).sum(axis=0)
    print("explained: " + " ".join(f"{value:.2f}" for value in rest))
    return weights[:SIZE].T, weights[SIZE]


def main() -> None:
    """Fit and write Sphinx's MLLR format: classes, streams, then size, matrix, offset and variance factors of each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sentences", type=int, default=40, help="of each voice")
    parser.add_argument("--cache", type=Path, default=Path(tempfile.gettempdir()) / "sidetone-voices")
    parser.add_argument("--target", type=Path, default=TARGET)
    options = parser.parse_args()
    heard = pairs(options)
    both = [(streams(a), streams(b)) for a, b in heard]
    lines = ["1", "3"]
    for stream in range(3):
        matrix, offset = fit(np.concatenate([a[stream] for a, _ in both]), np.concatenate([b[stream] for _, b in both]))
        lines.append(str(SIZE))
        lines += [" ".join(f"{value:.5f}" for value in row) for row in (*matrix, offset, np.ones(SIZE))]
    options.target.write_text("\n".join(lines) + "\n", encoding="ascii")
    for name, cepstra in zip(("full band", "telephone"), zip(*heard, strict=True), strict=True):
        print(f"mean, {name}: " + ",".join(f"{value:.2f}" for value in np.concatenate(cepstra).mean(axis=0)))


if __name__ == "__main__":
    main()
