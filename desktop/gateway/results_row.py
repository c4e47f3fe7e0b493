"""What is kept of a session of the speech-analytics service: the columns, and the values that fill them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

RESULT_COLUMNS = (
    "session_id",
    "started_at",
    "ended_at",
    "ended_by",
    "language",
    "audio_s",
    "lost_s",
    "words",
    "transcript_file",
    "transcript",
    "summary",
    "sentiment",
    "emotion",
    "agent_score",
    "agent_score_reasons",
    "process_issues",
    "repeated_problems",
    "marketing_mentions",
)
TRANSCRIPT_COLUMNS = ("session_id", "utterance", "start_s", "end_s", "confidence", "text")


class Judgement(Protocol):
    """What the words of a session say; texts are empty when nothing was found."""

    @property
    def summary(self) -> str: ...
    @property
    def sentiment(self) -> str: ...
    @property
    def emotion(self) -> str: ...
    @property
    def agent_score(self) -> int:
        """1 to 5."""
        ...

    @property
    def agent_score_reasons(self) -> str: ...
    @property
    def process_issues(self) -> str: ...
    @property
    def repeated_problems(self) -> str: ...
    @property
    def marketing_mentions(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Line:
    """One final utterance; times in ms since the session's first sound."""

    start_ms: int
    end_ms: int
    confidence: float
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class SessionResult:
    """A session that is over. `judgement` None: fewer than five words. Times in seconds, Unix epoch."""

    started_s: float
    ended_s: float
    ended_by: str
    language: str
    audio_ms: float
    lost_ms: float
    judgement: Judgement | None = field(repr=False)
