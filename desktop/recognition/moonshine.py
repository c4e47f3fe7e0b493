"""The one door to ONNX Runtime: Moonshine Tiny English, which hears a whole utterance at once and may hear it again.

An encoder turns sound into states (about 42 a second), a decoder writes pieces of words, each from those before it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from itertools import count
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from desktop.domain.errors import SettingInvalid
from desktop.domain.media import PIPELINE_RATE_HZ
from desktop.recognition.sphinx import EngineFailed

FOLDER = "moonshine-tiny-en"
ENCODER, DECODER, VOCABULARY = "encoder_model.ort", "decoder_model_merged.ort", "tokenizer.bin"

SHORTEST_SAMPLES = PIPELINE_RATE_HZ // 10
"""The encoder's first state needs so many."""

_PIECES = 32_768
_BEGIN, _END, _NOTHING = 1, 2, -1
_HEADS, _HEAD_SIZE = 8, 36
_PIECES_A_SECOND = 6.5  # nobody says more; what writes more goes round in circles
_PIECES_AT_LEAST = 4
_LOUD = 0.5  # of full scale: how loud the model hears best
_LOUD_PERCENTILE = 98
_GAINS = (0.2, 30.0)
_LOGITS, _PAST, _PRESENT = "logits", "past_key_values", "present"
_PROVIDERS = ["CPUExecutionProvider"]

States = npt.NDArray[np.float32]


class Token(NamedTuple):
    """A piece of a word; `▁` before it begins a word."""

    number: int
    text: bytes
    probability: float  # that the decoder writes this after what is before it


class Written(NamedTuple):
    """What an utterance says; `over`: how probable it is that nothing follows, 0 if the decoder was stopped."""

    tokens: tuple[Token, ...]
    over: float


class Moonshine:
    """A model in memory (about 105 MB), for any number of utterances one after the other. Lets go of the GIL."""

    def __init__(self, folder: Path) -> None:
        """SettingInvalid when ONNX Runtime or the model can't be used."""
        try:
            import onnxruntime
        except ImportError:  # its libraries may miss some of the machine's
            hint = "Install Sidetone again, or set recognition.model to pocketsphinx"
            raise SettingInvalid("recognition.engine", "ONNX Runtime can't be loaded", hint) from None
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1  # more workers are better than more threads
        options.log_severity_level = 4
        try:
            self._vocabulary = list(_pieces((folder / VOCABULARY).read_bytes()))
            if len(self._vocabulary) != _PIECES:
                raise ValueError(f"not {_PIECES} pieces")
            self._encoder = onnxruntime.InferenceSession(os.fspath(folder / ENCODER), options, providers=_PROVIDERS)
            options.enable_cpu_mem_arena = False  # takes twice as long for a step with it
            self._decoder = onnxruntime.InferenceSession(os.fspath(folder / DECODER), options, providers=_PROVIDERS)
        except Exception as error:  # ONNX Runtime has a class of its own for each fault
            raise SettingInvalid(
                "recogniser.embedded", f"{folder.name} is damaged", "Install Sidetone again"
            ) from error
        present = [output.name for output in self._decoder.get_outputs()][1:]
        self._of_sound = [name for name in present if "encoder" in name]  # what was seen of the sound: stays as it is
        self._of_words = [name for name in present if "decoder" in name]

    def hear(self, samples: npt.NDArray[np.int16], draft: Sequence[int] = (), steps: int | None = None) -> Written:
        """What these say; 16 kHz mono, shape (n,). `draft`: what is probably written first, by number.

        Pieces of the draft, and one behind it, are written all at once, in twice the time of one. What is written does
        not depend on it, but for what 8 bits of arithmetic round away. At most `steps` pieces are written one by one
        then; None: as many as it takes.
        Raises EngineFailed.
        """
        if len(samples) < SHORTEST_SAMPLES:
            return Written((), 0.0)
        limit = _PIECES_AT_LEAST + int(_PIECES_A_SECOND * len(samples) / PIPELINE_RATE_HZ)
        try:
            return self._write(self._states(samples), list(draft)[:limit], limit, steps)
        except Exception as error:
            raise EngineFailed("the recogniser failed while decoding") from error

    def _states(self, samples: npt.NDArray[np.int16]) -> States:
        sound = raised(samples)[np.newaxis]
        mask = np.ones(sound.shape, np.int64)
        states: States = self._encoder.run(None, {"input_values": sound, "attention_mask": mask})[0]
        return states

    def _write(self, states: States, draft: list[int], limit: int, steps: int | None) -> Written:
        tokens: list[Token] = []
        nothing = {_past(name): _room(0) for name in self._of_words}
        unseen = {_past(name): _room(states.shape[1]) for name in self._of_sound}
        asked = [_LOGITS, *self._of_sound, *self._of_words]
        scores, *kept = self._run(asked, states, [_BEGIN, *draft], nothing | unseen, first=True)
        for number, row in zip([*draft, _NOTHING], scores[0], strict=True):
            if not self._next(tokens, row, limit):
                return _written(tokens, row)
            if tokens[-1].number != number:
                break
        sound = dict(zip(map(_past, self._of_sound), kept, strict=False))
        words = [part[:, :, : len(tokens)] for part in kept[len(sound) :]]
        asked = [_LOGITS, *self._of_words]
        for _ in count() if steps is None else range(steps):
            past = sound | dict(zip(map(_past, self._of_words), words, strict=True))
            scores, *words = self._run(asked, states, [tokens[-1].number], past, first=False)
            if not self._next(tokens, scores[0, 0], limit):
                return _written(tokens, scores[0, 0])
        return Written(tuple(tokens), 0.0)

    def _next(self, tokens: list[Token], scores: States, limit: int) -> bool:
        best = int(scores.argmax())
        if best == _END or len(tokens) == limit:
            return False
        tokens.append(Token(best, self._vocabulary[best], _probability(scores, best)))
        return True

    def _run(
        self, asked: list[str], states: States, numbers: list[int], past: dict[str, States], *, first: bool
    ) -> list[States]:
        fed = {
            "encoder_attention_mask": np.ones((1, 1), np.int64),
            "input_ids": np.array([numbers]),
            "encoder_hidden_states": states,
            "use_cache_branch": np.array([not first]),
        }
        found: list[States] = self._decoder.run(asked, fed | past)
        return found


def _past(name: str) -> str:
    return name.replace(_PRESENT, _PAST)


def _room(length: int) -> States:
    return np.zeros((1, _HEADS, length, _HEAD_SIZE), np.float32)


def _probability(scores: States, of: int) -> float:
    return float(1 / np.exp(scores - scores[of]).sum())


def _written(tokens: list[Token], scores: States) -> Written:
    return Written(tuple(tokens), _probability(scores, _END))


def raised(samples: npt.NDArray[np.int16]) -> States:
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
