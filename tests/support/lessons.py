"""What the tiny models of the tests know: the words of the two clips, taught as templates of their sound."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile

from tests.support.features import Floats

CLIPS = Path(__file__).parents[1] / "recognition" / "data"

# pieces and where each begins, in ms of the clip after 500 ms of silence (as PocketSphinx aligns them)
SAID: dict[str, list[tuple[str, int]]] = {
    "waiting": [
        ("▁i", 660), ("▁have", 810), ("▁been", 1030), ("▁wait", 1310), ("ing", 1500), ("▁for", 1680), ("▁three", 1980),
        ("▁week", 2250), ("s", 2440), ("▁and", 2590), ("▁no", 2760), ("body", 3000), ("▁call", 3340), ("ed", 3500),
        ("▁me", 3630), ("▁back", 3770),
    ],
    "cancel": [
        ("▁could", 750), ("▁you", 990), ("▁please", 1180), ("▁can", 1490), ("cel", 1700), ("▁my", 1920), ("▁con", 2080),
        ("tract", 2350), ("▁at", 2650), ("▁the", 2790), ("▁end", 2980), ("▁of", 3140), ("▁the", 3250), ("▁month", 3360),
    ],
}  # fmt: skip
HEARD_FROM_MS, HEARD_TO_MS = 40, 150  # of a piece, in which its output fires
_PHASES_MS = range(0, 40, 5)
_RIDGE, _CENTRES, _WIDTH = 1e-2, 400, 3.0


@dataclass(frozen=True, slots=True)
class Lesson:
    """Outputs = exp((2 x·centres - |x|² - |centres|²) / width) @ weights for windows x of normalised features."""

    pieces: list[str]  # without the blank; in the order of the weights' columns
    mean: Floats  # of features, shape (dim,)
    scale: Floats
    centres: Floats  # shape (count, window * dim)
    width: float
    weights: Floats  # shape (count, pieces): about 1 where the piece is heard, about 0 elsewhere


def sound(name: str) -> Floats:
    """A clip between 0.5 s and 1 s of silence, -32768..32767."""
    samples, _ = soundfile.read(CLIPS / f"{name}.flac", dtype="int16")
    return np.concatenate([np.zeros(8000), samples.astype(np.float64), np.zeros(16_000)])


def windows(frames: Floats, length: int) -> Floats:
    """Every run of `length` frames, flattened; shape (frames - length + 1, length * dim)."""
    runs = np.lib.stride_tricks.sliding_window_view(frames, length, axis=0)
    return np.ascontiguousarray(runs.transpose(0, 2, 1)).reshape(len(runs), -1)


def teach(features: Callable[[Floats], Floats], window: int) -> Lesson:
    """`features` makes frames of 10 ms from samples; each clip is heard at several offsets against those frames."""
    pieces = list(dict.fromkeys(piece for said in SAID.values() for piece, _ in said))
    heard: list[Floats] = []
    wanted: list[Floats] = []
    for name, said in SAID.items():
        for phase in _PHASES_MS:
            frames = features(sound(name)[16 * phase :])
            centre_ms = phase + 10.0 * (np.arange(len(frames) - window + 1) + window / 2)
            target = np.zeros((len(centre_ms), len(pieces)))
            for piece, start in said:
                target[
                    (centre_ms >= start + HEARD_FROM_MS) & (centre_ms < start + HEARD_TO_MS), pieces.index(piece)
                ] = 1
            heard.append(frames)
            wanted.append(target)
    everything = np.concatenate(heard)
    spoken = everything[everything.mean(axis=1) > everything.mean()]
    mean, scale = spoken.mean(axis=0), 1 / spoken.std(axis=0)
    inputs = np.concatenate([windows((frames - mean) * scale, window) for frames in heard])
    targets = np.concatenate(wanted)
    firing = np.flatnonzero(targets.any(axis=1))
    centres = inputs[np.random.default_rng(1).choice(firing, _CENTRES, replace=False)]
    width = _WIDTH * window * everything.shape[1]
    design = np.exp((2 * inputs @ centres.T - (inputs**2).sum(1)[:, None] - (centres**2).sum(1)) / width)
    weights = np.linalg.solve(design.T @ design + _RIDGE * np.eye(len(centres)), design.T @ targets)
    return Lesson(pieces, mean, scale, centres, width, weights)
