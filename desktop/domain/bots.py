"""Bot integrations (document E): their health and what an external NLP engine answered."""

from __future__ import annotations

import enum
from dataclasses import dataclass


class BotHealth(enum.Enum):
    """What the platform says about a bot."""

    ENABLED = "enabled"
    DISABLED = "disabled"
    UNREACHABLE = "unreachable"


class EngineOutcome(enum.Enum):
    """How an engine dealt with a message."""

    ANSWERED = "answered"
    CACHED = "cached"  # the same question was answered a moment ago
    LATE = "late"  # no answer within the time limit
    FAILED = "failed"
    SKIPPED = "skipped"  # the circuit breaker is open: the engine was not asked


@dataclass(frozen=True, slots=True)
class EngineAnswer:
    """`took_ms` is the engine's time alone, 0 when it was not asked. `body` is its JSON, never logged."""

    outcome: EngineOutcome
    took_ms: float
    body: object = None
