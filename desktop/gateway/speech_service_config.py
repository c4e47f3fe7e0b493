"""How the speech-analytics service is set up, what it counts, and the two things it is given: ears and a judge."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from desktop.domain.events import AudioGap
from desktop.domain.speech import Segment
from desktop.gateway.results_row import Judgement


@dataclass(frozen=True, slots=True)
class SpeechServiceConfig:
    """Durations in seconds."""

    path: str = "/api/v2/speech-analytics"
    cumulative: bool = False  # every event holds the whole text so far, unfinished words included; else the utterance
    max_sessions: int = 100
    open_timeout_s: float = 10.0
    idle_timeout_s: float = 60.0  # without any message; also finds connections that are gone, so there are no pings
    finish_timeout_s: float = 8.0  # for the last words, once no more sound comes
    analysis_interval_s: float = 1.0  # the judgement is made anew at most so often
    max_message_bytes: int = 1024 * 1024
    max_ahead_s: float = 3.0  # who sends faster than real time is read no further ahead than this
    max_errors: int = 20
    retention_days: int = 30
    max_results_mb: float = 2000.0

    def __post_init__(self) -> None:
        if not self.path.startswith("/") or "?" in self.path:
            raise ValueError("path: begins with a slash and holds no question mark")


@dataclass(slots=True)
class SpeechServiceStats:
    """Counts since the start."""

    keys_refused: int = 0
    sessions_refused: int = 0  # too many, or shutting down
    sessions: int = 0  # opened
    errors: int = 0  # messages that could not be used
    unknown_messages: int = 0
    audio_lost_ms: float = 0.0
    results_saved: int = 0
    results_failed: int = 0


class Hearing(Protocol):
    """One session's ear."""

    def feed(self, pcm: bytes) -> None:
        """Whole samples, PCM16 little-endian, 16 kHz mono. Never waits; lost sound comes back as an AudioGap."""
        ...

    async def finish(self) -> None:
        """Returns once all that was fed has been heard and delivered. Cancelled when it takes too long."""
        ...

    def close(self) -> None:
        """Free it; nothing is delivered any more."""
        ...


class Ears(Protocol):
    """Hears sound somewhere else than on the event loop. `deliver` is called on the loop."""

    @property
    def languages(self) -> tuple[str, ...]:
        """What can be understood, the default first: ("en",)."""
        ...

    def open(self, session: str, language: str, deliver: Callable[[Segment | AudioGap], None]) -> Hearing:
        """At once, also while models are still loading. `session` is unique in this process."""
        ...


class Analyst(Protocol):
    """Judges one session's words."""

    def hear(self, segment: Segment) -> None:
        """A final utterance."""
        ...

    def analysis(self) -> Judgement | None:
        """None while there are fewer than five words."""
        ...
