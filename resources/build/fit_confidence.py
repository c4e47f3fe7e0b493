"""Builds resources/speech/(moonshine-)confidence.json: how likely a word is right that was heard (run by hand).

    PYTHONPATH=. python resources/build/fit_confidence.py moonshine|pocketsphinx [--heard FILE] [--cache FOLDER]

The embedded recogniser hears confidence_lines.txt by text-to-speech voices, with noise, through Opus and as G.711
mu-law, and the sides of resources/calls, both without the speakers that judge it. A logistic regression learns from
what it knew of each word whether the word was right. Says how good that is on texts that a fold has not seen, beside
the engine's own posterior.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import tomllib
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from call_voices import HELD_OUT_SPEAKERS, RATE_HZ, VOICES, Wave, speak
from fit_telephone import TEACHERS

from desktop.audio.files import read_channels
from desktop.domain.media import Party
from desktop.evaluation.confidences import Judged, area, calibration_error, judged
from desktop.evaluation.hearing import hear
from desktop.evaluation.scores import right_words
from desktop.evaluation.written import words_of
from desktop.recognition import confidence, moonshine_confidence
from desktop.recognition.embedded import MOONSHINE, POCKETSPHINX, EmbeddedConfig, EmbeddedRecogniser
from desktop.recognition.moonshine_choice import Choice

HERE = Path(__file__).resolve().parent
LINES, CALLS = HERE / "confidence_lines.txt", HERE.parent / "calls"
THROUGH = ("opus", "pcmu")
AT_ONCE = 9  # lines a recording
LEVELS_DBFS, NOISE_DBFS, PAUSES_MS = (-29.0, -17.0), (-75.0, -45.0), (700, 1400)
RIDGE, FOLDS = 3.0, 8
LOW = 0.5
KINDS: dict[str, Any] = {MOONSHINE: moonshine_confidence, POCKETSPHINX: confidence}
"""Their first feature is the log odds of the engine's own posterior."""
TARGETS = {MOONSHINE: moonshine_confidence.MOONSHINE_CONFIDENCE, POCKETSPHINX: confidence.CONFIDENCE}
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Side:
    """One party's side of a call, or some lines by one voice; `text` is what must not be learned from and judged on."""

    text: str
    lines: list[str]
    samples: npt.NDArray[np.int16]
    through: str


@dataclass(slots=True)
class Known:
    """Heard words: what was known of each, whether it was right, where it came from."""

    rows: list[Floats] = field(default_factory=list)
    right: list[bool] = field(default_factory=list)
    text: list[str] = field(default_factory=list)
    through: list[str] = field(default_factory=list)


def line_sides(cache: Path) -> Iterator[Side]:
    """Every line by half of the voices, which take turns, half of them through each channel."""
    lines = [line for line in LINES.read_text("utf-8").splitlines() if line and not line.startswith("#")]
    for number, at in enumerate(range(0, len(lines), AT_ONCE)):
        some = lines[at : at + AT_ONCE]
        for turn, (name, voice) in enumerate(TEACHERS.items()):
            if (turn + number) % 4 >= len(THROUGH):
                continue
            draw = np.random.default_rng(zlib.crc32(f"{at}-{name}".encode()))
            gain = 10 ** ((draw.uniform(*LEVELS_DBFS) + 20) / 20)  # `speak` gives -20 dBFS
            pieces: list[Wave] = [np.zeros(RATE_HZ // 2)]
            for line in some:
                pause = RATE_HZ * int(draw.integers(*PAUSES_MS)) // 1000
                pieces += [speak(line, voice, 1.0, cache) * gain, np.zeros(pause)]
            wave = np.concatenate(pieces)
            wave += draw.normal(0.0, 10 ** (draw.uniform(*NOISE_DBFS) / 20), len(wave))
            samples = np.round(np.clip(wave, -1, 1) * 32_767).astype(np.int16)
            yield Side(f"lines {at}", some, samples, THROUGH[(turn + number) % 4])


def call_sides() -> Iterator[Side]:
    """The simulator's calls, their sides through the channels in turn."""
    turn = 0
    for path in sorted(CALLS.glob("*.toml")):
        script = tomllib.loads(path.read_text("utf-8"))
        for party in ("customer", "agent"):
            turns = [one for one in script["turns"] if one["party"] == party]
            voices = {script["voices"][one.get("voice", party)] for one in turns}
            if any(VOICES[voice].speaker in HELD_OUT_SPEAKERS for voice in voices):
                continue
            samples = read_channels(path.with_suffix(f".{party}.opus"))[0]
            yield Side(f"call {path.stem}", [one["text"] for one in turns], samples, THROUGH[turn % 2])
            turn += 1


def has_words(heard: Any) -> bool:
    """Of either engine."""
    return bool(heard.words if isinstance(heard, Choice) else heard)


def listen(words_by: str, cache: Path) -> Known:
    """Hear all sides."""
    known, words = Known(), list[Floats]()

    def numbers(heard: Any) -> list[float]:
        """Each word gets its number for a confidence, to be found again by it."""
        first = len(words)
        words.extend(KINDS[words_by].features(heard) if has_words(heard) else [])
        return [float(number) for number in range(first, len(words))]

    engine = EmbeddedRecogniser(EmbeddedConfig(words_by=words_by), trust=numbers, judge=numbers)
    for side in (*line_sides(cache), *call_sides()):
        words.clear()
        finals = hear(engine, side.samples, Party.MIXED, through=side.through).finals
        said, heard = words_of(" ".join(side.lines)), words_of(" ".join(final.text for final in finals))
        found = judged([word for final in finals for word in final.words], heard, right_words(said, heard))
        known.rows += [words[int(one.confidence)] for one in found]
        known.right += [one.right for one in found]
        known.text += [side.text] * len(found)
        known.through += [side.through] * len(found)
        print(f"{side.text}, {side.through}: {len(found)} words", flush=True)
    engine.close()
    return known


def fit(rows: Floats, right: Flags) -> tuple[float, Floats]:
    """(bias, weights) of a logistic regression by Newton's method, with a ridge on features of unit variance."""
    mean, scale = rows.mean(axis=0), np.maximum(rows.std(axis=0), 1e-6)
    table = np.column_stack([np.ones(len(rows)), (rows - mean) / scale])
    ridge = RIDGE * np.diag([0.0, *np.ones(rows.shape[1])])
    weights = np.zeros(table.shape[1])
    for _ in range(50):
        likely = 1 / (1 + np.exp(-table @ weights))
        slope = table.T @ (likely - right) + ridge @ weights
        step = np.linalg.solve((table.T * (likely * (1 - likely))) @ table + ridge, slope)
        weights -= step
        if np.abs(step).max() < 1e-9:
            break
    plain = weights[1:] / scale
    return float(weights[0] - plain @ mean), plain


def unseen(rows: Floats, right: Flags, texts: npt.NDArray[np.str_]) -> Floats:
    """The confidence of each word, learned without its text."""
    names = np.unique(texts)
    np.random.default_rng(1).shuffle(names)
    out = np.zeros(len(rows))
    for fold in range(FOLDS):
        asked = np.isin(texts, names[fold::FOLDS])
        bias, weights = fit(rows[~asked], right[~asked])
        out[asked] = 1 / (1 + np.exp(-(bias + rows[asked] @ weights)))
    return out


def tell(name: str, confidence: Floats, right: Flags) -> None:
    """One line: how good a confidence is."""
    words = [Judged(float(value), bool(one)) for value, one in zip(confidence, right, strict=True)]
    low, good = confidence < LOW, f"AUC {area(words)}, off by {calibration_error(words)}"
    print(
        f"{name:24} {len(words):6} words, {right.mean():6.1%} right, {good}; below {LOW}: "
        f"{low[right].mean():.1%} of right, {low[~right].mean():.1%} of wrong words"
    )


def main() -> None:
    """Hear, fit, write, and say what came out."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("words_by", choices=KINDS)
    parser.add_argument("--heard", type=Path, help="heard words are kept in this .npz, and taken from it if it exists")
    parser.add_argument("--cache", type=Path, default=Path(tempfile.gettempdir()) / "sidetone-voices")
    options = parser.parse_args()
    names = KINDS[options.words_by].FEATURES
    if options.heard is not None and options.heard.is_file():
        kept = dict(np.load(options.heard))
    else:
        known = listen(options.words_by, options.cache)
        kept = {name: np.array(getattr(known, name)) for name in Known.__slots__}
        if options.heard is not None:
            np.savez(options.heard, **kept)
    rows, right, texts, through = (kept[name] for name in ("rows", "right", "text", "through"))
    posterior = 1 / (1 + np.exp(-rows[:, 0]))
    likely = unseen(rows, right, texts)
    for which in THROUGH:
        for kind in ("lines", "call"):
            here = (through == which) & np.char.startswith(texts, kind)
            tell(f"{kind}, {which}: posterior", posterior[here], right[here])
            tell("confidence", likely[here], right[here])
    bias, weights = fit(rows, right)
    for name, weight, spread in zip(names, weights, rows.std(axis=0), strict=True):
        print(f"{name:16} {weight:8.3f}, {weight * spread:6.2f} by its spread")
    named = {name: round(float(weight), 4) for name, weight in zip(names, weights, strict=True)}
    target = HERE.parent / "speech" / TARGETS[options.words_by]
    target.write_text(json.dumps({"bias": round(bias, 4), "weights": named}, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
