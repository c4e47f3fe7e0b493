"""What a supervisor asks of the engine."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from desktop.domain.insight import KeywordRule


@dataclass(frozen=True, slots=True)
class AcknowledgeAlert:
    """ "I have seen it": keeps it listed, quiet. `on` False takes it back."""

    alert_id: int
    on: bool = True


@dataclass(frozen=True, slots=True)
class SnoozeAlert:
    """Quiet until `minutes` from now."""

    alert_id: int
    minutes: int


@dataclass(frozen=True, slots=True)
class ReplaceKeywords:
    """Use and keep this keyword list."""

    rules: tuple[KeywordRule, ...]


class Join(enum.Enum):
    """How a supervisor joins a call; the platform rings the supervisor's own phone."""

    MONITOR = "monitor"  # listen only
    COACH = "coach"  # only the agent hears
    BARGE = "barge"  # everybody hears


@dataclass(frozen=True, slots=True)
class JoinCall:
    """Listen in, coach or barge in."""

    call: str
    how: Join


@dataclass(frozen=True, slots=True)
class RetryLink:
    """A person has done something about a refused or lost connection: try again now."""

    link: str


@dataclass(frozen=True, slots=True)
class WatchCall:
    """This call is looked at: whatever the machine can't hear, it hears this one."""

    call: str


Intent = AcknowledgeAlert | SnoozeAlert | ReplaceKeywords | JoinCall | RetryLink | WatchCall
