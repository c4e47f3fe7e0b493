"""Words as a recogniser heard them, with the times at which each stage had them."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field

from desktop.domain.media import Party


@dataclass(frozen=True, slots=True)
class Trace:
    """monotonic_ns at each stage, 0 where the stage has not happened. Travels with the data."""

    received: int = 0  # the newest audio that this result rests on left the socket
    decoded: int = 0
    recognised: int = 0
    scored: int = 0
    speech_ended: int = 0  # when the audio of the end of speech was received; finals only


@dataclass(frozen=True, slots=True)
class Word:
    """One word; times in ms on the call's own time line, confidence 0..1."""

    text: str
    start_ms: int
    end_ms: int
    confidence: float


@dataclass(frozen=True, slots=True)
class Segment:
    """An utterance, partial (`is_final` False, replaced by the next revision) or final.

    `text` is always the words joined by one blank, so a word's index finds it in the text.
    """

    call: str
    party: Party
    segment_id: int  # rises per (call, party)
    revision: int  # rises with every partial of the same segment
    text: str
    start_ms: int
    end_ms: int
    is_final: bool
    language: str
    confidence: float  # 0..1
    words: tuple[Word, ...]
    trace: Trace


@dataclass(frozen=True, slots=True)
class SpeechActivity:
    """A stretch in which this party spoke, from voice activity. `open` while it still goes on."""

    call: str
    party: Party
    start_ms: int
    end_ms: int
    open: bool


@dataclass(frozen=True, slots=True)
class PhraseHeard:
    """A watched phrase that was spotted by itself, without a transcript around it."""

    call: str
    party: Party
    phrase: str  # as it was given to `Recogniser.watch`
    start_ms: int
    end_ms: int
    confidence: float  # 0..1
    trace: Trace


@dataclass(frozen=True, slots=True)
class ServiceAnalysis:
    """What a speech service concludes from one party's words so far (document D, `analysis`); "" and None: nothing.

    Its `emotion` is left out: nobody says whether it comes from the words or from the voice.
    """

    call: str
    party: Party
    sentiment: str  # as the service words it: "negative", "neutral", "positive"
    agent_score: float | None  # 1 (bad) to 5 (good)
    summary: str = field(repr=False)
    process_issues: str = field(repr=False)
    repeated_problems: str = field(repr=False)
    marketing_mentions: str = field(repr=False)


class EngineNotice(enum.Enum):
    """Why a recogniser hears words less well than it should, in a sentence for the supervisor."""

    NO_RUNTIME = (
        "ONNX Runtime can't be loaded, so PocketSphinx hears the words: expect more than twice as many word errors."
    )
    MODEL_DAMAGED = (
        "The speech model Moonshine is damaged or missing, so PocketSphinx hears the words: "
        "expect more than twice as many word errors."
    )

    @property
    def fault(self) -> bool:
        """Whether Sidetone is damaged; else the machine may lack something."""
        return self is EngineNotice.MODEL_DAMAGED

    @property
    def remedy(self) -> str:
        """What to do about it, a sentence."""
        again = "Install Sidetone again"
        return f"{again}." if self.fault else f"{again}; if that does not help, bring the system up to date."

    @property
    def in_full(self) -> str:
        """Both."""
        return f"{self.value} {self.remedy}"


class EngineTrouble(enum.Enum):
    """Why a recogniser hears nothing now; a speech service's is a sentence for the supervisor."""

    UNREACHABLE = "the speech service can't be reached; trying again"
    BUSY = "the speech service takes no more sessions now; trying again"
    NO_ANSWER = "the speech service does not answer; trying again"
    KEY_MISSING = (
        "the speech service has no key. Enter it on the Recognition page, or: sidetone secret recognition api-key"
    )
    KEY_REFUSED = (
        "the speech service refused the key. "
        "Enter the right one on the Recognition page, or: sidetone secret recognition api-key"
    )
    NOT_TRUSTED = "the speech service's certificate is not trusted. Name your authority's file as service_ca_file"
    NOT_A_SERVICE = "no speech service answers at its address. Correct service_url in the settings"
    NOT_OPENED = "the speech service does not open a session for 16 kHz PCM. Ask its administrator"
    LANGUAGE = "the speech service does not know the language of the calls. Correct language in the settings"
    BAD_SETTINGS = "the speech service's settings can't be used. See: sidetone diagnose"


Result = Segment | SpeechActivity | PhraseHeard | ServiceAnalysis
"""What comes out of a recogniser's stream."""


class Attention(enum.Enum):
    """How much of a party is heard: less where the machine can't hear everybody."""

    WORDS = "words"  # everything
    PHRASES = "phrases"  # the watched phrases only, about a fifth of the work
    PRESENCE = "presence"  # only who speaks when, and how loud
