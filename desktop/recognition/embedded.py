"""The recogniser that needs nobody: Moonshine, or PocketSphinx, with the models that come along (US English)."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from desktop.bundled import resources_folder
from desktop.domain.errors import SettingInvalid
from desktop.domain.media import Party
from desktop.domain.speech import EngineNotice
from desktop.recognition.band import Band
from desktop.recognition.begun_phrases import BegunPhrases
from desktop.recognition.confidence import CONFIDENCE, Trust, read_confidence
from desktop.recognition.ears import Counters, StreamSettings
from desktop.recognition.embedded_stream import EmbeddedStream
from desktop.recognition.gate import GateSettings
from desktop.recognition.gaussians import Gaussians, NotThisKind, read_gaussians
from desktop.recognition.letter_sounds import MODEL as LETTER_SOUNDS
from desktop.recognition.letter_sounds import LetterSounds
from desktop.recognition.models import ModelFiles, bands_of, find_models
from desktop.recognition.moonshine import FOLDER, Moonshine, NoRuntime
from desktop.recognition.moonshine_confidence import MOONSHINE_CONFIDENCE, Judge, read_moonshine_confidence
from desktop.recognition.moonshine_hearing import MoonshineWords
from desktop.recognition.pool import DecoderPool
from desktop.recognition.pronunciation import Pronouncer, looked_up
from desktop.recognition.sphinx import PRONUNCIATIONS, Decoder, LanguageModel, Models, Way, phrase_decoder, wheel_models
from desktop.recognition.sphinx_words import SphinxWords
from desktop.recognition.spotting import PhraseSpotters
from desktop.recognition.watching import THRESHOLDS, read_thresholds, watched
from desktop.recognition.word_engine import WordEngine

MOONSHINE, POCKETSPHINX = "moonshine", "pocketsphinx"


@dataclass(frozen=True, slots=True)
class EmbeddedConfig:
    """Settings of the embedded recogniser; each field's metadata says what it is for ("help") and its bounds."""

    words_by: str = field(
        default="",
        metadata={"help": "moonshine or pocketsphinx; empty: moonshine, or pocketsphinx where that can't be loaded"},
    )
    acoustic_model: str = field(
        default="", metadata={"help": "Folder of an acoustic model; empty: the one in PocketSphinx's package"}
    )
    language_model: str = field(
        default="", metadata={"help": "N-gram language model, Sphinx binary or ARPA; empty: the contact-centre model"}
    )
    dictionary: str = field(
        default="", metadata={"help": "Pronunciations of the words it may hear; empty: the contact-centre dictionary"}
    )
    telephone_transform: str = field(
        default="",
        metadata={"help": "MLLR file that moves the acoustic model to telephone sound; empty: ours; none: leave it"},
    )
    max_decoders: int = field(
        default=6,
        metadata={"help": "PocketSphinx: parties that one worker hears at once; more must wait", "min": 1, "max": 64},
    )
    preloaded_decoders: int = field(
        default=2, metadata={"help": "PocketSphinx: decoders loaded before the first call", "min": 0, "max": 64}
    )
    end_silence_ms: int = field(
        default=400, metadata={"help": "Pause that ends an utterance", "unit": "ms", "min": 150, "max": 2000}
    )
    settled_silence_ms: int = field(
        default=240,
        metadata={"help": "Pause that ends one whose words may be a sentence", "unit": "ms", "min": 150, "max": 2000},
    )
    min_speech_ms: int = field(
        default=150, metadata={"help": "Shorter sounds are noise", "unit": "ms", "min": 90, "max": 1000}
    )
    max_utterance_ms: int = field(
        default=10_000, metadata={"help": "Longest utterance before it is cut", "unit": "ms", "min": 2000, "max": 15000}
    )
    partial_interval_ms: int = field(
        default=300, metadata={"help": "Least time between partial results", "unit": "ms", "min": 50, "max": 5000}
    )
    floor_dbfs: float = field(
        default=-60.0, metadata={"help": "Quieter sound is silence", "unit": "dBFS", "min": -90.0, "max": -20.0}
    )
    voice_certainty: float = field(
        default=0.5, metadata={"help": "How certain a voice must be; more lets less noise in", "min": 0.1, "max": 0.95}
    )
    max_hmm_per_frame: int = field(
        default=3000,
        metadata={"help": "PocketSphinx, search effort: fewer is faster and less exact", "min": 200, "max": 30000},
    )
    search_passes: int = field(
        default=2,
        metadata={"help": "PocketSphinx: 2, or 3: a little more exact, later finals, more work", "min": 2, "max": 3},
    )
    warp: bool = field(
        default=True, metadata={"help": "PocketSphinx: fit the frequency axis to each vocal tract after four seconds"}
    )
    max_spotters: int = field(
        default=32,
        metadata={"help": "Parties that one worker listens to for watched phrases at once", "min": 1, "max": 256},
    )
    max_waiting_ms: int = field(
        default=3500,
        metadata={
            "help": "Speech kept until it can be heard; beyond it the oldest is given up, so that words are recent",
            "unit": "ms",
            "min": 1000,
            "max": 60000,
        },
    )


class EmbeddedRecogniser:
    """A Recogniser. SettingInvalid when the models can't be loaded.

    Single-threaded: all streams are fed and drained by one thread. PocketSphinx holds the GIL while it hears.
    """

    def __init__(
        self,
        config: EmbeddedConfig | None = None,
        clock: Callable[[], int] = time.monotonic_ns,
        trust: Trust | None = None,
        judge: Judge | None = None,
    ) -> None:
        """`trust` (PocketSphinx) and `judge` (Moonshine) instead of the confidence that comes along."""
        self._config = config = config or EmbeddedConfig()
        self._files = files = find_models(
            wheel_models(),
            config.acoustic_model,
            config.language_model,
            config.dictionary,
            config.telephone_transform,
        )
        self._bands = bands_of(files)
        self._spotters = PhraseSpotters(self._spotter, config.max_spotters)
        self._beside_words = PhraseSpotters(self._spotter, config.max_decoders)
        self._begun = BegunPhrases()
        self._thresholds = read_thresholds(resources_folder() / "speech" / THRESHOLDS)
        self._gaussians: dict[Band, Gaussians] = {}
        self.notice: EngineNotice | None = None
        """Why PocketSphinx hears the words though nobody chose it."""
        self._words: WordEngine = self._moonshine(judge) or self._sphinx(trust)
        self.name = "embedded" if self.words_by == MOONSHINE else f"embedded:{POCKETSPHINX}"
        self._clock = clock
        self.counters = Counters()

    def _moonshine(self, judge: Judge | None) -> MoonshineWords | None:
        """None where another one is wanted, or nothing special and this one can't be loaded."""
        if self._config.words_by not in ("", MOONSHINE):
            return None
        try:
            model = Moonshine(resources_folder() / "speech" / FOLDER)
        except SettingInvalid as problem:
            if self._config.words_by == MOONSHINE:
                raise
            damaged = not isinstance(problem, NoRuntime)
            self.notice = EngineNotice.MODEL_DAMAGED if damaged else EngineNotice.NO_RUNTIME
            return None
        judge = judge or read_moonshine_confidence(resources_folder() / "speech" / MOONSHINE_CONFIDENCE)
        language = LanguageModel(self._files.language_model)
        return MoonshineWords(model, language.probability, judge, self._begun)

    def _sphinx(self, trust: Trust | None) -> SphinxWords:
        config, files = self._config, self._files
        models = Models(files, config.max_hmm_per_frame, flat_pass=config.search_passes > 2)
        pool = DecoderPool(models.decoder, config.max_decoders)
        pool.preload(config.preloaded_decoders, self._bands)
        if config.warp:
            self._gaussians = dict(_gaussians(files, self._bands))
        trust = trust or read_confidence(resources_folder() / "speech" / CONFIDENCE)
        return SphinxWords(pool, trust, self._begun)

    @property
    def words_by(self) -> str:
        """What hears them: moonshine or pocketsphinx."""
        return MOONSHINE if isinstance(self._words, MoonshineWords) else POCKETSPHINX

    @property
    def decoders(self) -> int:
        """Decoders for words in memory."""
        return self._words.loaded

    @property
    def spotters(self) -> int:
        """Decoders for watched phrases in memory."""
        return self._spotters.loaded + self._beside_words.loaded

    @property
    def spots_phrases(self) -> bool:
        """Whether any of the watched phrases can be spotted without the words."""
        return self._spotters.watching

    def open(self, call: str, party: Party, language: str) -> EmbeddedStream:
        """A stream for one party; `language` is a BCP 47 tag, "" means English. Raises SettingInvalid for others."""
        if language and language.lower().split("-")[0] != "en":
            raise SettingInvalid("language", "the embedded recogniser knows English only", "Choose another engine")
        config = self._config
        return EmbeddedStream(
            call,
            party,
            self._words,
            StreamSettings(
                gate=GateSettings(
                    certainty=config.voice_certainty,
                    floor_dbfs=config.floor_dbfs,
                    min_speech_ms=config.min_speech_ms,
                    end_silence_ms=config.end_silence_ms,
                    settled_silence_ms=config.settled_silence_ms,
                    max_utterance_ms=config.max_utterance_ms,
                ),
                partial_interval_ms=config.partial_interval_ms,
                max_waiting_ms=config.max_waiting_ms,
            ),
            self.counters,
            self._clock,
            self._bands,
            self._spotters,
            self._beside_words,
            self._gaussians,
        )

    def watch(self, phrases: Sequence[str]) -> None:
        """Listen for these from the next utterance on; phrases that nobody can read aloud are left out."""
        dictionary = Path(self._config.dictionary) if self._config.dictionary else wheel_models() / PRONUNCIATIONS
        pronouncer = Pronouncer(looked_up(dictionary, phrases), _letter_sounds)
        transcribed = looked_up(self._files.dictionary, phrases)
        wanted = watched(phrases, pronouncer, self._thresholds, self._bands, transcribed)
        self._begun.watch(phrases)
        self._spotters.watch(wanted)
        self._beside_words.watch({band: [one for one in ways if not one.transcribed] for band, ways in wanted.items()})

    def close(self) -> None:
        """Free the decoders; streams must have been closed before."""
        self._words.close()
        self._spotters.close()
        self._beside_words.close()

    def _spotter(self, ways: Sequence[Way], band: Band) -> Decoder:
        return phrase_decoder(self._files.acoustic, ways, self._files.telephone if band is Band.TELEPHONE else None)


def _gaussians(files: ModelFiles, bands: Sequence[Band]) -> Iterator[tuple[Band, Gaussians]]:
    """Those of each band's acoustic model; none of a kind of model that can't be looked at."""
    with contextlib.suppress(NotThisKind):
        for band in bands:
            yield band, read_gaussians(files.acoustic, files.telephone if band is Band.TELEPHONE else None)


def _letter_sounds() -> LetterSounds:
    return LetterSounds(resources_folder() / "speech" / LETTER_SOUNDS)
