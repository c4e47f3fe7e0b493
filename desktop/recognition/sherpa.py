"""The one door to sherpa-onnx: streaming transducer and CTC models, the speech of many parties in one batch."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, assert_never

import numpy as np
import numpy.typing as npt

from desktop.domain.errors import SettingInvalid
from desktop.domain.media import PIPELINE_RATE_HZ, Party
from desktop.domain.speech import Word
from desktop.recognition.ears import Counters, StreamSettings
from desktop.recognition.engine_stream import EngineStream, default_settings
from desktop.recognition.model_folder import AGAIN, SETTING
from desktop.recognition.pieces import NEUTRAL_CONFIDENCE, Piece, to_words
from desktop.recognition.report import Report
from desktop.recognition.sherpa_models import Kind, SherpaModel, find_sherpa_model
from desktop.recognition.sphinx import EngineFailed

_FAULTS = (RuntimeError, ValueError, IndexError, MemoryError)  # what C++ exceptions become


@dataclass(frozen=True, slots=True)
class SherpaConfig:
    """Settings of the sherpa-onnx engine."""

    folder: Path
    language: str = "en-US"  # of the model's words, BCP 47
    threads: int = 1  # of one worker; more workers are better than more threads
    listening: StreamSettings = field(default_factory=default_settings)


class SherpaRecogniser:
    """A Recogniser. Single-threaded: all streams are fed and drained by one thread; decoding lets go of the GIL.

    SettingInvalid when the package is not installed, or when the folder's model can't be used.
    """

    name = "sherpa-onnx"

    def __init__(self, config: SherpaConfig, clock: Callable[[], int] = time.monotonic_ns) -> None:
        self._config, self._clock = config, clock
        found = find_sherpa_model(config.folder)
        self._batch = Batch(_load(found, config.threads), found)
        self.counters = Counters()

    @property
    def rounds(self) -> int:
        """Batches decoded so far."""
        return self._batch.rounds

    def open(self, call: str, party: Party, language: str) -> EngineStream:
        """A stream for one party; the model decides on the language, `language` is what its words are called."""
        return EngineStream(
            call,
            party,
            language or self._config.language,
            partial(SherpaHearing, self._batch),
            self._config.listening,
            self.counters,
            self._clock,
        )

    def watch(self, phrases: Sequence[str]) -> None:
        """Phrases are found in the words; none are spotted by themselves."""

    def close(self) -> None:
        """Free the model; streams must have been closed before."""
        self._batch.close()


class Batch:
    """Utterances that have enough sound for a step of decoding. When one of them has its turn again,
    everybody has been asked for sound since: that is a round, and all that are ready are decoded at once.
    """

    def __init__(self, recogniser: Any, model: SherpaModel) -> None:
        self.recogniser, self.model = recogniser, model
        self._ready: dict[SherpaHearing, None] = {}
        self.rounds = 0

    def __contains__(self, hearing: SherpaHearing) -> bool:
        return hearing in self._ready

    def offer(self, hearing: SherpaHearing) -> None:
        """It was given sound: remember it if that is enough for a step."""
        if self.recogniser.is_ready(hearing.stream):
            self._ready[hearing] = None

    def decode(self) -> None:
        """One step of all. A fault leaves every stream of the batch without its state: all of them have failed."""
        batch, self._ready = list(self._ready), {}
        self.rounds += 1
        try:
            self.recogniser.decode_streams([hearing.stream for hearing in batch])
        except _FAULTS:
            for hearing in batch:
                hearing.failed = True
            return
        for hearing in batch:
            self.offer(hearing)

    def forget(self, hearing: SherpaHearing) -> None:
        """It is over."""
        self._ready.pop(hearing, None)

    def close(self) -> None:
        """Free the model."""
        self._ready.clear()
        self.recogniser = None


class SherpaHearing:
    """One utterance as a stream of sherpa-onnx; see Hearing."""

    def __init__(self, batch: Batch) -> None:
        self._batch = batch
        self.failed = False
        try:
            self.stream = batch.recogniser.create_stream()
        except _FAULTS as error:
            raise EngineFailed("sherpa-onnx could not begin") from error

    @property
    def behind_ms(self) -> float:
        """What the next step will take on; less than a step can't be decoded yet."""
        return self._batch.model.shift_ms if self in self._batch or self.failed else 0.0

    def advance(self) -> None:
        """See Batch."""
        if self in self._batch:
            self._batch.decode()
        if self.failed:
            raise EngineFailed("sherpa-onnx failed while decoding")

    def hear(self, samples: npt.NDArray[np.int16]) -> None:
        """Take sound."""
        self._accept(samples.astype(np.float32) / np.float32(32768))

    def end(self) -> None:
        """Silence behind the last sound lets the model's last step take all of it."""
        self._accept(np.zeros((self._batch.model.window_ms + 10) * PIPELINE_RATE_HZ // 1000, np.float32))

    def words(self, report: Report, *, final: bool) -> tuple[Word, ...]:
        """The model's pieces as words."""
        try:
            result = self._batch.recogniser.get_result_all(self.stream)
        except _FAULTS as error:
            raise EngineFailed("sherpa-onnx gave no result") from error
        pieces = _pieces(result, self._batch.model.time_scale)
        return to_words(pieces, report.start_ms, report.speech_to_ms)

    def let_go(self) -> None:
        """Out of the batch."""
        self._batch.forget(self)

    def _accept(self, samples: npt.NDArray[np.float32]) -> None:
        try:
            self.stream.accept_waveform(PIPELINE_RATE_HZ, samples)
            self._batch.offer(self)
        except _FAULTS as error:
            raise EngineFailed("sherpa-onnx took no sound") from error


def _pieces(result: Any, time_scale: float) -> list[Piece]:
    logs = result.ys_probs
    if len(logs) != len(result.tokens):  # CTC models give none
        logs = [math.log(NEUTRAL_CONFIDENCE)] * len(result.tokens)
    heard = zip(result.tokens, result.timestamps, logs, strict=False)
    return [Piece(text, at_s * 1000 * time_scale, min(math.exp(log), 1.0)) for text, at_s, log in heard]


def _load(model: SherpaModel, threads: int) -> Any:
    try:
        import sherpa_onnx
    except ImportError:
        hint = "Install it with: pip install 'sidetone[sherpa]'"
        raise SettingInvalid("recognition.engine", "sherpa-onnx is not installed", hint) from None
    make = sherpa_onnx.OnlineRecognizer
    common = {"tokens": str(model.tokens), "num_threads": threads}
    try:
        match model.kind:
            case Kind.TRANSDUCER:
                parts = {"encoder": model.model, "decoder": model.decoder, "joiner": model.joiner}
                return make.from_transducer(**common, **{part: str(path) for part, path in parts.items()})
            case Kind.ZIPFORMER_CTC:
                return make.from_zipformer2_ctc(**common, model=str(model.model))
            case Kind.NEMO_CTC:
                return make.from_nemo_ctc(**common, model=str(model.model))
            case _:  # pragma: no cover
                assert_never(model.kind)
    except _FAULTS:
        raise SettingInvalid(SETTING, f"{model.model.name} could not be loaded by sherpa-onnx", AGAIN) from None
