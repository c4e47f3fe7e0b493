"""How well sound fits an acoustic model as a whole, whatever was said: its Gaussians, without states and words."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt

from desktop.recognition.cepstra import SIZE, Floats

STREAMS = 3  # cepstra, deltas, deltas of those
EDGE_FRAMES = 3  # on either side, needed for the deltas
_MOST = 10_000  # Gaussians: a model with more (one set a state) would take too long
_BYTE_ORDER = 0x11223344
_LEAST_VARIANCE = 1e-4
_END_OF_HEADER = b"endhdr\n"

Singles = npt.NDArray[np.float32]


class NotThisKind(ValueError):
    """The files are not of a model that can be looked at so."""


class Gaussians:
    """The code books of a phonetically tied model: (books, streams, densities, 13) means and variances."""

    def __init__(self, means: Floats, variances: Floats) -> None:
        """Raises NotThisKind."""
        if means.shape != variances.shape or means.ndim != 4 or means.shape[1::2] != (STREAMS, SIZE):
            raise NotThisKind("not three streams of 13")
        self._books, _, self._densities, _ = means.shape
        if self._books * self._densities > _MOST:
            raise NotThisKind("too many Gaussians")
        self._terms = [_terms(means[:, at], np.maximum(variances[:, at], _LEAST_VARIANCE)) for at in range(STREAMS)]

    def fit(self, cepstra: Floats, frames: npt.NDArray[np.bool_]) -> float:
        """Mean log likelihood of these frames, each in the book that fits it best.

        Of cepstra without their mean, shape (n, 13); `frames`, shape (n,), at least one, none of the first and last 3.
        """
        chosen = [values[frames[EDGE_FRAMES:-EDGE_FRAMES]] for values in streams(cepstra)]
        books = sum(self._stream(values, *terms) for values, terms in zip(chosen, self._terms, strict=True))
        return float(np.max(books, axis=1).mean())

    def _stream(self, values: Floats, linear: Singles, square: Singles, constant: Singles) -> Singles:
        x = values.astype(np.float32)
        scores = (x @ linear + (x * x) @ square + constant).reshape(len(x), self._books, self._densities)
        best = scores.max(axis=2)
        total: Singles = best + np.log(np.exp(scores - best[:, :, None]).sum(axis=2))
        return total


def streams(cepstra: Floats) -> list[Floats]:
    """Cepstra, deltas and their deltas of all frames but the first and last 3."""
    deltas = cepstra[4:] - cepstra[:-4]  # of frame t + 2
    return [cepstra[EDGE_FRAMES:-EDGE_FRAMES], deltas[1:-1], deltas[2:] - deltas[:-2]]


def read_gaussians(acoustic: Path, transform: Path | None = None) -> Gaussians:
    """Those of an acoustic model's folder, moved by a Sphinx MLLR transform. Raises NotThisKind."""
    try:
        means, variances = _matrices(acoustic / "means"), _matrices(acoustic / "variances")
        if transform is not None:
            means = _moved(means, transform)
        return Gaussians(means, variances)
    except (OSError, ValueError, IndexError) as error:
        raise NotThisKind("unreadable") from error


def _terms(means: Floats, variances: Floats) -> tuple[Singles, Singles, Singles]:
    """A Gaussian's logarithm as a linear, a square and a constant term."""
    mean, variance = means.reshape(-1, SIZE), variances.reshape(-1, SIZE)
    constant = -0.5 * (mean**2 / variance + np.log(variance)).sum(axis=1)
    linear, square = (mean / variance).T, (-0.5 / variance).T
    return linear.astype(np.float32), square.astype(np.float32), constant.astype(np.float32)


def _matrices(path: Path) -> Floats:
    """Sphinx's s3 format: a header in text, byte order, books, streams, densities, lengths, how many; then floats."""
    content = path.read_bytes()
    start = content.index(_END_OF_HEADER) + len(_END_OF_HEADER)
    order = "<" if np.frombuffer(content, "<u4", 1, start)[0] == _BYTE_ORDER else ">"
    books, count, densities = (int(value) for value in np.frombuffer(content, f"{order}i4", 3, start + 4))
    if count != STREAMS:
        raise NotThisKind("not three streams")
    sizes = np.frombuffer(content, f"{order}i4", count, start + 16)
    if set(sizes) != {SIZE}:
        raise NotThisKind("not streams of 13")
    values = np.frombuffer(content, f"{order}f4", books * count * densities * SIZE, start + 20 + 4 * count)
    return values.reshape(books, count, densities, SIZE).astype(np.float64)


def _moved(means: Floats, transform: Path) -> Floats:
    """By a transform with one class: a matrix and an offset for each stream."""
    values = np.array(transform.read_text("utf-8").split(), float)
    if values[0] != 1 or values[1] != STREAMS:
        raise NotThisKind("not one class of three streams")
    of_stream = values[2:].reshape(STREAMS, 1 + SIZE * (SIZE + 2))[:, 1:]
    moved = np.empty_like(means)
    for at, numbers in enumerate(of_stream):
        matrix, offset = numbers[: SIZE * SIZE].reshape(SIZE, SIZE), numbers[SIZE * SIZE : SIZE * (SIZE + 1)]
        moved[:, at] = means[:, at] @ matrix.T + offset
    return moved
