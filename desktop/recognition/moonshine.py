"""The one door to ONNX Runtime: Moonshine Tiny English, an encoder and a decoder.

The encoder turns the sound of a whole utterance into states (about 42 a second); the decoder scores what piece of a
word comes next, from the states and the pieces before. What is written of it: moonshine_writing.py.
"""

from __future__ import annotations

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
ENCODER, DECODER, VOCABULARY = "encoder_model.ort", "decoder_model_merged.ort", "tokenizer.bin"

SHORTEST_SAMPLES = PIPELINE_RATE_HZ // 10
"""The encoder's first state needs so many."""

BEGIN, END = 1, 2
"""Pieces that nobody says."""

_PIECES = 32_768
_HEADS, _HEAD_SIZE = 8, 36
_LOUD = 0.5  # of full scale: how loud the model hears best
_LOUD_PERCENTILE = 98
_GAINS = (0.2, 30.0)
_SCORES, _PAST, _PRESENT = "logits", "past_key_values", "present"
_PROVIDERS = ["CPUExecutionProvider"]

Floats = npt.NDArray[np.float32]
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Memory:
    """What the decoder keeps of an utterance: its sound, and the pieces of each of its rows."""

    states: Floats
    sound: dict[str, Floats]
    pieces: dict[str, Floats]

    def cut(self, length: int) -> Memory:
        """Only so many pieces, the beginning's included."""
        return Memory(self.states, self.sound, {name: kept[:, :, :length] for name, kept in self.pieces.items()})

    def rows(self, which: Sequence[int]) -> Memory:
        """These rows, in this order."""
        chosen = list(which)
        pieces = {name: kept[chosen] for name, kept in self.pieces.items()}
        if len(chosen) == len(self.states):  # all rows hear the same
            return Memory(self.states, self.sound, pieces)
        sound = {name: np.repeat(kept[:1], len(chosen), 0) for name, kept in self.sound.items()}
        return Memory(np.repeat(self.states[:1], len(chosen), 0), sound, pieces)


class Moonshine:
    """A model in memory (about 105 MB), for any number of utterances one after the other. Lets go of the GIL."""

    def __init__(self, folder: Path) -> None:
        """SettingInvalid when ONNX Runtime or the model can't be used."""
        os.environ["ORT_DISABLE_TELEMETRY"] = "1"  # later versions send some
        try:
            import onnxruntime
        except ImportError:  # its libraries may miss some of the machine's
            hint = "Install Sidetone again, or set recognition.model to pocketsphinx"
            raise SettingInvalid("recognition.engine", "ONNX Runtime can't be loaded", hint) from None
        onnxruntime.disable_telemetry_events()  # on Windows it tells the system's own log what it does
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1  # more workers are better than more threads
        options.log_severity_level = 4
        try:
            self.vocabulary = list(_pieces((folder / VOCABULARY).read_bytes()))
            if len(self.vocabulary) != _PIECES:
                raise ValueError(f"not {_PIECES} pieces")
            self._encoder = onnxruntime.InferenceSession(os.fspath(folder / ENCODER), options, providers=_PROVIDERS)
            options.enable_cpu_mem_arena = False  # steps are slower with it
            self._decoder = onnxruntime.InferenceSession(os.fspath(folder / DECODER), options, providers=_PROVIDERS)
        except Exception as error:  # ONNX Runtime has a class of its own for each fault
            raise SettingInvalid(
                "recogniser.embedded", f"{folder.name} is damaged", "Install Sidetone again"
            ) from error
        kept = [output.name for output in self._decoder.get_outputs()][1:]
        self._of_sound = [name for name in kept if "encoder" in name]
        self._of_pieces = [name for name in kept if "decoder" in name]

    def states(self, samples: npt.NDArray[np.int16]) -> Floats:
        """The states of at least `SHORTEST_SAMPLES`; 16 kHz mono, shape (n,). Raises EngineFailed."""

        def encode() -> Floats:
            sound = raised(samples)[np.newaxis]
            fed = {"input_values": sound, "attention_mask": np.ones(sound.shape, np.int64)}
            states: Floats = self._encoder.run(None, fed)[0]
            return states

        return _guarded(encode)

    def begin(self, states: Floats, pieces: Sequence[int]) -> tuple[Floats, Memory]:
        """The scores of what follows the beginning, and each of these first pieces; shape (1 + n, pieces).

        Raises EngineFailed.
        """
        length = states.shape[1]
        fed = {name.replace(_PRESENT, _PAST): _room(0) for name in self._of_pieces}
        fed |= {name.replace(_PRESENT, _PAST): _room(length) for name in self._of_sound}
        asked = [_SCORES, *self._of_sound, *self._of_pieces]
        scores, *kept = self._run(asked, states, [[BEGIN, *pieces]], fed, first=True)
        sound = dict(zip(self._of_sound, kept, strict=False))
        return scores[0], Memory(states, sound, dict(zip(self._of_pieces, kept[len(sound) :], strict=True)))

    def follow(self, memory: Memory, pieces: Sequence[int]) -> tuple[Floats, Memory]:
        """Each row of the memory goes on with its piece: scores, shape (rows, pieces). Raises EngineFailed."""
        fed = {name.replace(_PRESENT, _PAST): kept for name, kept in (memory.sound | memory.pieces).items()}
        asked = [_SCORES, *self._of_pieces]
        scores, *kept = self._run(asked, memory.states, [[piece] for piece in pieces], fed, first=False)
        return scores[:, 0], Memory(memory.states, memory.sound, dict(zip(self._of_pieces, kept, strict=True)))

    def _run(
        self, asked: list[str], states: Floats, pieces: list[list[int]], past: dict[str, Floats], *, first: bool
    ) -> list[Floats]:
        fed = {
            "encoder_attention_mask": np.ones((len(pieces), 1), np.int64),
            "input_ids": np.array(pieces),
            "encoder_hidden_states": states,
            "use_cache_branch": np.array([not first]),
        }
        return _guarded(lambda: self._decoder.run(asked, fed | past))


def _guarded(work: Callable[[], _T]) -> _T:
    try:
        return work()
    except Exception as error:
        raise EngineFailed("the recogniser failed while decoding") from error


def _room(length: int) -> Floats:
    return np.zeros((1, _HEADS, length, _HEAD_SIZE), np.float32)


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
