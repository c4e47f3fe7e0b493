"""What follows from words and voice activity: readings, keyword hits, dynamics."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from desktop.domain.media import Party


class Severity(enum.Enum):
    """How much something matters to a supervisor."""

    INFO = "info"
    WARNING = "warning"
    CRITICAL = "critical"


@dataclass(frozen=True, slots=True)
class SentimentReading:
    """Sentiment of one utterance's *words* (never of the voice), score in [-1, 1]."""

    call: str
    party: Party
    at_ms: int  # end of the utterance on the call's time line
    score: float
    label: str  # "negative" | "neutral" | "positive"
    origin: str  # whose score this is: "sidetone" | "platform" | "service"
    segment_id: int  # -1 when the score came without words
    average: float  # moving average of the last `count` readings of this party, this one included
    count: int  # 1..5 (document B section 3: a window of five)


@dataclass(frozen=True, slots=True)
class KeywordRule:
    """Words or phrases to watch for. A phrase is lower-case words; `*` ends a stem ("cancel*")."""

    rule_id: str
    label: str  # shown on the chip
    phrases: tuple[str, ...]
    severity: Severity
    party: Party | None = None  # None = whoever says it


@dataclass(frozen=True, slots=True)
class KeywordHit:
    """A rule's phrase was said. Word indexes point into the segment's text, last one included.

    A phrase that was heard by itself belongs to no text: then segment and word indexes are -1.
    """

    call: str
    party: Party
    rule_id: str
    label: str
    severity: Severity
    at_ms: int
    segment_id: int
    first_word: int
    last_word: int
    by_itself: str = ""  # the phrase, where it was spotted without a transcript


@dataclass(frozen=True, slots=True)
class CallDynamics:
    """Facts from voice activity. Shares are of the time since the call's first audio, 0..1."""

    call: str
    at_ms: int
    agent_share: float
    customer_share: float
    talk_over_share: float
    silence_now_ms: int  # nobody has spoken for this long; 0 while someone does
    talk_over_now: bool
    longest_silence_ms: int


class CoverageProblem(enum.Enum):
    """Why calls go without a sentiment (document B: the traps of sections 1 and 2, edge cases 1 and 3)."""

    FIELD_NOT_REQUESTED = "field not requested"
    NO_LICENCE = "no licence"  # null everywhere
    POLICY_GAP = "policy gap"  # a queue whose calls never got a reading, while others do
    LANGUAGE_MISMATCH = "language mismatch"  # flat 0.0 over a whole call
    MASKING = "masking"  # scores came, then vanished while the call went on


@dataclass(frozen=True, slots=True)
class CoverageFinding:
    """Calls of one queue that share a problem; an empty queue means: all of the link."""

    link: str
    queue_id: str
    queue_name: str
    problem: CoverageProblem
    calls: tuple[str, ...]  # the newest ones, at most 50
    count: int
