"""The one door to PocketSphinx: typed, silent (its log would carry speech), its errors in our words."""

from __future__ import annotations

import contextlib
import re
import tempfile
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt
import pocketsphinx as _ps

from desktop.domain.errors import SettingInvalid, SidetoneError
from desktop.recognition.band import Band
from desktop.recognition.models import ModelFiles, readable

FRAME_MS = 10
"""One decoder frame."""

PRONUNCIATIONS = "cmudict-en-us.dict"
"""The dictionary that comes with PocketSphinx's models: 134,000 words."""

_SEARCH = "words"
_NO_SEARCH, _ANY_WORD = "mean", "the"  # the cheapest search there is, for looking at sound without hearing words
_PRIOR_FRAMES = 500  # the engine counts a mean that it was given as so many frames
BEGINNING, _END = "<s>", "</s>"
_ALTERNATIVE = re.compile(r"\(\d+\)$")
_LEAST_SCORE = 1e-300

_ps.set_loglevel("FATAL")


class EngineFailed(SidetoneError):
    """The engine refused or broke while it decoded: this utterance is lost, its decoder is thrown away."""


@dataclass(frozen=True, slots=True)
class Heard:
    """One token of the engine's hypothesis; frames of 10 ms since the utterance's start, `posterior` about 0..1."""

    token: str
    first_frame: int
    last_frame: int
    posterior: float
    acoustic: float = 0.0  # logarithm of the density, mean of its frames
    language: float = 0.0  # logarithm of the language model's score, on a scale of its own
    order: int = 3  # so many words the language model knew it by
    agreed: bool = True  # at the end: the first pass of the search had it there, too


def wheel_models() -> Path:
    """The folder of the models that PocketSphinx's wheel carries (US English, 16 kHz)."""
    return Path(_ps.get_model_path("en-us"))


Cepstrum = npt.NDArray[np.float64]
"""13 cepstral coefficients, shape (13,)."""


class LanguageModel:
    """An n-gram model in memory."""

    def __init__(self, path: Path, options: Mapping[str, object] = MappingProxyType({})) -> None:
        """Ours, packed, or one of PocketSphinx's. Raises SettingInvalid when it can't be read."""
        with readable(path) as plain:
            try:
                config = _ps.Config(dict=None, **{"lm": None, "loglevel": "FATAL", **options})
                self._logs = _ps.LogMath()
                self.inside = _ps.NGramModel(config, self._logs, str(plain))
            except (RuntimeError, ValueError) as error:
                raise _unusable(path) from error

    def probability(self, word: str, before: Sequence[str]) -> float:
        """Of this word after those (the last two count), 0..1; about 0 for words that it does not know."""
        return float(self._logs.exp(self.inside.prob([word, *reversed(before[-2:])])))

    def end(self, words: Sequence[str]) -> float:
        """How probable it is that a sentence ends after these words of its beginning."""
        return self.probability(_END, [BEGINNING, *words])


class Models:
    """A language model in memory, shared by the decoders that it makes (about 27 MB each beside it)."""

    def __init__(self, files: ModelFiles, max_hmm_per_frame: int, *, flat_pass: bool = False) -> None:
        """`flat_pass` searches once more at the end of an utterance, which takes half as long again.

        Raises SettingInvalid when the language model can't be read.
        """
        self._files = files
        self._options = {
            "hmm": str(files.acoustic),
            "lm": None,
            "loglevel": "FATAL",
            "cmn": "live",
            "fwdflat": flat_pass,
            "bestpath": True,
            "maxhmmpf": max_hmm_per_frame,
        }
        self._language = LanguageModel(files.language_model, self._options)

    def decoder(self, band: Band = Band.FULL) -> Decoder:
        """A new decoder (0.2 s of work). Raises SettingInvalid when acoustic model or dictionary can't be read."""
        transform = str(self._files.telephone) if band is Band.TELEPHONE else None
        with readable(self._files.dictionary) as path:
            try:
                decoder = _ps.Decoder(dict=str(path), mllr=transform, **self._options)
                decoder.add_lm(_SEARCH, self._language.inside)
                decoder.add_keyphrase(_NO_SEARCH, _ANY_WORD)
                decoder.activate_search(_SEARCH)
            except (RuntimeError, ValueError) as error:
                raise _unusable(self._files.acoustic) from error
        return Decoder(decoder, self._language.end)


def _unusable(path: Path) -> SettingInvalid:
    return SettingInvalid("recogniser.embedded", f"{path.name} could not be loaded", "Choose another model")


class Decoder:
    """One PocketSphinx decoder: begin, hear, end. Not thread-safe; holds the GIL while it works."""

    def __init__(self, decoder: Any, ends: Callable[[Sequence[str]], float] = lambda words: 0.0) -> None:
        self._decoder, self._ends = decoder, ends
        self._warp = 1.0
        self._first_pass: list[Heard] | None = None  # once the utterance has ended

    def begin(self, cepstral_mean: Cepstrum, warp: float = 1.0) -> None:
        """Start an utterance whose channel has this mean, with its frequency axis warped (see `cepstra`)."""
        self._first_pass = None
        try:
            self._warp_by(warp)
            with warnings.catch_warnings():
                # called unnecessary, but only this forgets the noise of the channel that was heard before
                warnings.simplefilter("ignore", DeprecationWarning)
                self._decoder.start_stream()
            self._decoder.start_utt()
            self._decoder.set_cmn(",".join(f"{value:.3f}" for value in cepstral_mean))
        except RuntimeError as error:
            raise EngineFailed("the recogniser could not start an utterance") from error

    def _warp_by(self, warp: float) -> None:
        if warp != self._warp:
            self._decoder.config["warp_type"] = "inverse_linear"
            self._decoder.config["warp_params"] = f"{warp:.3f}"
            self._decoder.reinit_feat()  # 0.2 ms
            self._warp = warp

    def measured_mean(
        self, samples: npt.NDArray[np.int16], around: Cepstrum, warp: float = 1.0
    ) -> tuple[Cepstrum, int]:
        """The cepstral mean of this sound, and of how many frames; between utterances. No words are heard.

        The sound must not be digital silence, whose frames the engine leaves out.
        """
        try:
            self._decoder.activate_search(_NO_SEARCH)
            self.begin(around, warp)
            _, frames = self._decoder.process_raw(samples.tobytes(), True, False), max(len(samples) // 160 - 2, 1)
            blended = self.cepstral_mean(update=True)
            self.end()
            self._decoder.activate_search(_SEARCH)
        except RuntimeError as error:
            raise EngineFailed("the recogniser could not measure a channel") from error
        return ((_PRIOR_FRAMES + frames) * blended - _PRIOR_FRAMES * around) / frames, frames

    def hear(self, samples: npt.NDArray[np.int16]) -> None:
        """Decode; 16 kHz mono."""
        try:
            self._decoder.process_raw(samples.tobytes(), False, False)
        except RuntimeError as error:
            raise EngineFailed("the recogniser failed while decoding") from error

    def end(self) -> None:
        """Close the utterance; `tokens` then gives the final answer."""
        try:
            self._first_pass = list(self.tokens())
            self._decoder.end_utt()
        except RuntimeError as error:
            raise EngineFailed("the recogniser could not finish an utterance") from error

    def tokens(self) -> Iterator[Heard]:
        """What has been heard so far (posteriors mean something only after `end`)."""
        if self._decoder.hyp() is None:
            return
        for seg in self._decoder.seg():
            token, first, last = seg.word.strip(), seg.start_frame, seg.end_frame
            acoustic = float(np.log(max(seg.ascore, _LEAST_SCORE))) / max(last - first + 1, 1)
            language = float(np.log(max(seg.lscore, _LEAST_SCORE)))
            agreed = self._first_pass is None or _heard_there(self._first_pass, token, first, last)
            yield Heard(token, first, last, float(seg.prob), acoustic, language, int(seg.lback), agreed)

    def sentence_end(self, words: Sequence[str]) -> float:
        """How probable the language model finds it, 0..1, that a sentence ends after these words of its beginning."""
        return self._ends(words)

    def cepstral_mean(self, *, update: bool = False) -> Cepstrum:
        """The channel's mean as this utterance left it; with `update`, as it is in the middle of one."""
        return np.array([float(value) for value in self._decoder.get_cmn(update).split(",")])


def _heard_there(tokens: Sequence[Heard], token: str, first: int, last: int) -> bool:
    return any(
        heard.first_frame <= last and heard.last_frame >= first and said(heard.token) == said(token) for heard in tokens
    )


def said(token: str) -> str:
    """Without the mark of an alternative pronunciation."""
    return _ALTERNATIVE.sub("", token)


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
            decoder.add_kws(_SEARCH, str(listed))
            decoder.add_keyphrase(_NO_SEARCH, lines[0].partition(" ")[0])
            decoder.activate_search(_SEARCH)
        except (RuntimeError, ValueError, IndexError) as error:
            raise _unusable(acoustic) from error
    return Decoder(decoder)


def likelihood(heard: Heard) -> float:
    """By how much a token of `phrase_decoder` was likelier than any other speech (natural logarithm)."""
    steps = np.log(max(heard.posterior, 1e-300)) / _LOG_BASE + _ZERO
    return float(steps * _COARSE)
