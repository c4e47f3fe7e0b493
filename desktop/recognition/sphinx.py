"""The one door to PocketSphinx: typed, silent (its log would carry speech), its errors in our words."""

from __future__ import annotations

import contextlib
import tempfile
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pocketsphinx as _ps

from desktop.domain.errors import SettingInvalid, SidetoneError
from desktop.recognition.models import ModelFiles, readable

FRAME_MS = 10
"""One decoder frame."""

PRONUNCIATIONS = "cmudict-en-us.dict"
"""The dictionary that comes with PocketSphinx's models: 134,000 words."""

_SEARCH = "words"

_ps.set_loglevel("FATAL")


class EngineFailed(SidetoneError):
    """The engine refused or broke while it decoded: this utterance is lost, its decoder is thrown away."""


@dataclass(frozen=True, slots=True)
class Heard:
    """One token of the engine's hypothesis; frames of 10 ms since the utterance's start, `posterior` 0..1."""

    token: str
    first_frame: int
    last_frame: int
    posterior: float


def wheel_models() -> Path:
    """The folder of the models that PocketSphinx's wheel carries (US English, 16 kHz)."""
    return Path(_ps.get_model_path("en-us"))


class Models:
    """A language model in memory, shared by the decoders that it makes (about 18 MB each beside it)."""

    def __init__(self, files: ModelFiles, max_hmm_per_frame: int) -> None:
        """Raises SettingInvalid when the language model can't be read."""
        self._files = files
        self._options = {
            "hmm": str(files.acoustic),
            "lm": None,
            "loglevel": "FATAL",
            "cmn": "live",
            "fwdflat": False,
            "bestpath": True,
            "maxhmmpf": max_hmm_per_frame,
        }
        with readable(files.language_model) as path:
            try:
                config = _ps.Config(dict=None, **self._options)
                self._language_model = _ps.NGramModel(config, _ps.LogMath(), str(path))
            except (RuntimeError, ValueError) as error:
                raise _unusable(files.language_model) from error

    def decoder(self) -> Decoder:
        """A new decoder (0.2 s of work). Raises SettingInvalid when acoustic model or dictionary can't be read."""
        with readable(self._files.dictionary) as path:
            try:
                decoder = _ps.Decoder(dict=str(path), **self._options)
                decoder.add_lm(_SEARCH, self._language_model)
                decoder.activate_search(_SEARCH)
            except (RuntimeError, ValueError) as error:
                raise _unusable(self._files.acoustic) from error
        return Decoder(decoder)


def _unusable(path: Path) -> SettingInvalid:
    return SettingInvalid("recogniser.embedded", f"{path.name} could not be loaded", "Choose another model")


class Decoder:
    """One PocketSphinx decoder: begin, hear, end. Not thread-safe; holds the GIL while it works."""

    def __init__(self, decoder: Any) -> None:
        self._decoder = decoder

    def begin(self, cepstral_mean: str) -> None:
        """Start an utterance whose channel has this mean (13 numbers, comma separated)."""
        try:
            with warnings.catch_warnings():
                # called unnecessary, but only this forgets the noise of the channel that was heard before
                warnings.simplefilter("ignore", DeprecationWarning)
                self._decoder.start_stream()
            self._decoder.start_utt()
            self._decoder.set_cmn(cepstral_mean)
        except RuntimeError as error:
            raise EngineFailed("the recogniser could not start an utterance") from error

    def hear(self, samples: npt.NDArray[np.int16]) -> None:
        """Decode; 16 kHz mono."""
        try:
            self._decoder.process_raw(samples.tobytes(), False, False)
        except RuntimeError as error:
            raise EngineFailed("the recogniser failed while decoding") from error

    def end(self) -> None:
        """Close the utterance; `tokens` then gives the final answer."""
        try:
            self._decoder.end_utt()
        except RuntimeError as error:
            raise EngineFailed("the recogniser could not finish an utterance") from error

    def tokens(self) -> Iterator[Heard]:
        """What has been heard so far (posteriors mean something only after `end`)."""
        if self._decoder.hyp() is None:
            return
        for seg in self._decoder.seg():
            yield Heard(seg.word.strip(), seg.start_frame, seg.end_frame, float(seg.prob))

    def cepstral_mean(self) -> str:
        """The channel's mean as this utterance left it."""
        return str(self._decoder.get_cmn())


_PHRASES = "phrases"
_LOG_BASE = float(np.log(1.0001))
_COARSE = 1024 * _LOG_BASE  # one step of the engine's scores of phrases
_ZERO = 1500  # what it takes off them


@dataclass(frozen=True, slots=True)
class Way:
    """A way to say a phrase: phones of the acoustic model, and how much likelier it must be than any other speech.

    `least` and the scores of `likelihood` are natural logarithms of a ratio of likelihoods.
    """

    phones: str
    least: float


def phrase_decoder(acoustic: Path, ways: Sequence[Way], transform: Path | None = None) -> Decoder:
    """A decoder (6 MB, 20 ms of work) whose tokens are the numbers of the `ways` that it hears, in no order.

    Raises SettingInvalid when it can't be made.
    """
    mllr = None if transform is None else str(transform)
    try:
        decoder = _ps.Decoder(hmm=str(acoustic), lm=None, dict=None, mllr=mllr, loglevel="FATAL", cmn="live")
    except (RuntimeError, ValueError) as error:
        raise _unusable(acoustic) from error
    lines = []
    for number, way in enumerate(ways):
        with contextlib.suppress(RuntimeError):  # phones that this acoustic model doesn't have
            decoder.add_word(str(number), way.phones, False)
            lines.append(f"{number} /{np.exp(way.least):e}/\n")
    with tempfile.TemporaryDirectory(prefix="sidetone-", ignore_cleanup_errors=True) as folder:
        listed = Path(folder) / "ways"
        listed.write_text("".join(lines), "utf-8")
        try:
            decoder.add_kws(_PHRASES, str(listed))
            decoder.activate_search(_PHRASES)
        except (RuntimeError, ValueError) as error:
            raise _unusable(acoustic) from error
    return Decoder(decoder)


def likelihood(heard: Heard) -> float:
    """By how much a token of `phrase_decoder` was likelier than any other speech (natural logarithm)."""
    steps = np.log(max(heard.posterior, 1e-300)) / _LOG_BASE + _ZERO
    return float(steps * _COARSE)
