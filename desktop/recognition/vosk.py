"""The one door to Vosk: one model in memory, a recogniser of its own for every utterance."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from desktop.domain.errors import SettingInvalid
from desktop.domain.media import PIPELINE_RATE_HZ, Party
from desktop.domain.speech import Word
from desktop.recognition.ears import Counters, StreamSettings
from desktop.recognition.engine_stream import EngineStream, default_settings
from desktop.recognition.model_folder import AGAIN, SETTING
from desktop.recognition.report import Report
from desktop.recognition.sphinx import EngineFailed
from desktop.recognition.vosk_models import find_vosk_model
from desktop.recognition.words import PARTIAL_CONFIDENCE, is_filler

_ASSERTIONS_ONLY = -3  # Kaldi's log levels: what ends the process is told, nothing else


@dataclass(frozen=True, slots=True)
class VoskConfig:
    """Settings of the Vosk engine."""

    folder: Path
    language: str = "en-US"  # of the model's words, BCP 47
    listening: StreamSettings = field(default_factory=default_settings)


class VoskRecogniser:
    """A Recogniser. Single-threaded: all streams are fed and drained by one thread; decoding lets go of the GIL.

    SettingInvalid when the package is not installed, or when the folder's model can't be used.
    """

    name = "vosk"

    def __init__(self, config: VoskConfig, clock: Callable[[], int] = time.monotonic_ns) -> None:
        self._config, self._clock = config, clock
        self._vosk, self._model = _load(find_vosk_model(config.folder).folder)
        self.counters = Counters()

    def open(self, call: str, party: Party, language: str) -> EngineStream:
        """A stream for one party; the model decides on the language, `language` is what its words are called."""
        return EngineStream(
            call,
            party,
            language or self._config.language,
            lambda: VoskHearing(self._vosk, self._model),
            self._config.listening,
            self.counters,
            self._clock,
        )

    def watch(self, phrases: Sequence[str]) -> None:
        """Phrases are found in the words; none are spotted by themselves."""

    def close(self) -> None:
        """Free the model; streams must have been closed before."""
        self._model = None


class VoskHearing:
    """One utterance; see Hearing. Where it ends is the gate's decision, Vosk's own is not asked for."""

    behind_ms = 0.0

    def __init__(self, vosk: Any, model: Any) -> None:
        self._recogniser = _asked(vosk.KaldiRecognizer, model, PIPELINE_RATE_HZ)  # Kaldi brings it to the model's rate
        _asked(self._recogniser.SetWords, True)

    def advance(self) -> None:
        """Everything is decoded as it comes."""

    def hear(self, samples: npt.NDArray[np.int16]) -> None:
        """Decode."""
        _asked(self._recogniser.AcceptWaveform, samples.tobytes())

    def end(self) -> None:
        """`words` asks for the rest."""

    def words(self, report: Report, *, final: bool) -> tuple[Word, ...]:
        """A partial's words have no times of their own: they are spread over the speech so far."""
        if not final:
            said = _parsed(_asked(self._recogniser.PartialResult)).get("partial", "").split()
            return _spread([word.lower() for word in said if not is_filler(word)], report)
        heard = _parsed(_asked(self._recogniser.FinalResult)).get("result", [])
        return tuple(
            Word(
                text=each["word"].lower(),
                start_ms=round(report.start_ms + each["start"] * 1000),
                end_ms=round(report.start_ms + each["end"] * 1000),
                confidence=min(max(each["conf"], 0.0), 1.0),
            )
            for each in heard
            if not is_filler(each["word"])
        )

    def let_go(self) -> None:
        """Free the recogniser."""
        self._recogniser = None


def _spread(words: list[str], report: Report) -> tuple[Word, ...]:
    start, each = report.speech_from_ms, (report.speech_to_ms - report.speech_from_ms) / max(len(words), 1)
    return tuple(
        Word(text, round(start + n * each), round(start + (n + 1) * each), PARTIAL_CONFIDENCE)
        for n, text in enumerate(words)
    )


def _asked(call: Callable[..., Any], *given: Any) -> Any:
    try:
        return call(*given)
    except Exception as error:  # the package raises nothing more exact
        raise EngineFailed("vosk failed while decoding") from error


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        raise EngineFailed("vosk gave no result") from None


def _load(folder: Path) -> tuple[Any, Any]:
    try:
        import vosk
    except ImportError:
        hint = "Install it with: pip install 'sidetone[vosk]'"
        raise SettingInvalid("recognition.engine", "vosk is not installed", hint) from None
    vosk.SetLogLevel(_ASSERTIONS_ONLY)
    try:
        return vosk, vosk.Model(str(folder))
    except Exception:  # the package raises nothing more exact
        raise SettingInvalid(SETTING, f"{folder.name} could not be loaded by vosk", AGAIN) from None
