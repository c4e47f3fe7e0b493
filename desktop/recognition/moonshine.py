"""The one door to ONNX Runtime: Moonshine Tiny English, an encoder and a decoder.

The encoder turns the sound of a whole utterance into states (about 42 a second); the decoder scores what piece of a
word comes next, from the states and the pieces before. What is written of it: moonshine_writing.py; how the two are
built: resources/build/moonshine_graph.py.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from desktop.domain.errors import SettingInvalid
from desktop.domain.media import PIPELINE_RATE_HZ
from desktop.recognition.sphinx import EngineFailed

FOLDER = "moonshine-tiny-en"
ENCODER, DECODER, VOCABULARY, SUMS = "encoder.onnx", "decoder.onnx", "tokenizer.bin", "SHA256SUMS"

SHORTEST_SAMPLES = PIPELINE_RATE_HZ // 10
"""Of fewer the encoder makes no state: it would end the process."""

BEGIN, END = 1, 2
"""Pieces that nobody says."""

_PIECES = 32_768
_HEADS, _HEAD_SIZE = 8, 36
_LOUD = 0.5  # of full scale: how loud the model hears best
_LOUD_PERCENTILE = 98
_GAINS = (0.2, 30.0)
_NEW = "new_"  # before the names of what the decoder keeps
_PROVIDERS = ["CPUExecutionProvider"]

Floats = npt.NDArray[np.float32]
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Memory:
    """What the decoder keeps of an utterance: its sound, and the pieces of each of its rows."""

    sound: dict[str, Floats]
    pieces: dict[str, Floats]

    def cut(self, length: int) -> Memory:
        """Only so many pieces, the beginning's included."""
        return Memory(self.sound, {name: kept[:, :, :length] for name, kept in self.pieces.items()})

    def rows(self, which: Sequence[int]) -> Memory:
        """These rows, in this order. All hear the same."""
        return Memory(self.sound, {name: kept[list(which)] for name, kept in self.pieces.items()})


class NoRuntime(SettingInvalid):
    """ONNX Runtime is not here, or the machine lacks what it needs."""


class Moonshine:
    """A model in memory (about 85 MB), for any number of utterances one after the other. Lets go of the GIL."""

    def __init__(self, folder: Path) -> None:
        """NoRuntime when ONNX Runtime can't be used, another SettingInvalid when the model can't."""
        os.environ["ORT_DISABLE_TELEMETRY"] = "1"  # later versions send some
        try:
            import onnxruntime
        except ImportError:  # its libraries may miss some of the machine's
            hint = "Install Sidetone again, or set recognition.model to pocketsphinx"
            raise NoRuntime("recognition.engine", "ONNX Runtime can't be loaded", hint) from None
        onnxruntime.disable_telemetry_events()  # on Windows it tells the system's own log what it does
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1  # more workers are better than more threads
        options.log_severity_level = 4
        options.enable_mem_pattern = False  # it would keep a plan for every length of sound
        try:
            _compare(folder)
            self.vocabulary = list(_pieces((folder / VOCABULARY).read_bytes()))
            if len(self.vocabulary) != _PIECES:
                raise ValueError(f"not {_PIECES} pieces")
            self._encoder = onnxruntime.InferenceSession(os.fspath(folder / ENCODER), options, providers=_PROVIDERS)
            self._decoder = onnxruntime.InferenceSession(os.fspath(folder / DECODER), options, providers=_PROVIDERS)
        except Exception as error:  # ONNX Runtime has a class of its own for each fault
            raise SettingInvalid(
                "recogniser.embedded", f"{folder.name} is damaged", "Install Sidetone again"
            ) from error
        self._sound = [output.name for output in self._encoder.get_outputs()]
        self._asked = [output.name for output in self._decoder.get_outputs()]
        self._kept = [name.removeprefix(_NEW) for name in self._asked[1:]]

    def hear(self, samples: npt.NDArray[np.int16]) -> Memory:
        """At least `SHORTEST_SAMPLES`, 16 kHz mono, shape (n,); nothing is written of it yet. Raises EngineFailed."""
        if len(samples) < SHORTEST_SAMPLES:
            raise EngineFailed("too little sound to decode")
        sound = _guarded(lambda: self._encoder.run(self._sound, {"sound": raised(samples)[np.newaxis]}))
        nothing = np.zeros((1, _HEADS, 0, _HEAD_SIZE), np.float32)
        return Memory(dict(zip(self._sound, sound, strict=True)), dict.fromkeys(self._kept, nothing))

    def write(self, memory: Memory, pieces: Sequence[Sequence[int]]) -> tuple[Floats, Memory]:
        """Each row goes on with its pieces, `BEGIN` first; what comes after each of them: shape (rows, n, pieces).

        Raises EngineFailed.
        """
        fed = memory.sound | memory.pieces
        scores, *kept = _guarded(lambda: self._decoder.run(self._asked, fed | {"pieces": np.array(pieces, np.int64)}))
        return scores, Memory(memory.sound, dict(zip(self._kept, kept, strict=True)))


def _compare(folder: Path) -> None:
    """With their sums: weights that a disk has damaged load, and hear something else. ValueError, OSError."""
    lines = (folder / SUMS).read_text("ascii").splitlines()
    for name in (ENCODER, DECODER, VOCABULARY):
        if f"{hashlib.sha256((folder / name).read_bytes()).hexdigest()}  {name}" not in lines:
            raise ValueError(f"{name} is not what was shipped")


def _guarded(work: Callable[[], _T]) -> _T:
    try:
        return work()
    except Exception as error:
        raise EngineFailed("the recogniser failed while decoding") from error


def raised(samples: npt.NDArray[np.int16]) -> Floats:
    """As loud as the model hears best, full scale 1."""
    loud = float(np.percentile(np.abs(samples[::4].astype(np.float32)), _LOUD_PERCENTILE)) / 32768
    gain = np.clip(_LOUD / max(loud, 1e-4), *_GAINS) / 32768
    return (samples * np.float32(gain)).astype(np.float32)


def _pieces(content: bytes) -> Iterator[bytes]:
    """The vocabulary's pieces in order; each is led by its length: one byte, or two from 128 on."""
    at = 0
    while at < len(content):
        length = content[at]
        at += 1
        if length >= 128:
            length += 128 * content[at] - 128
            at += 1
        yield content[at : at + length]
        at += length
