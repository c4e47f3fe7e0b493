"""One scripted call, ready to be played: encoded packets per channel, facts, events and faults."""

from __future__ import annotations

from dataclasses import dataclass, field

from desktop.domain.facts import CallFacts
from desktop.domain.media import Party


@dataclass(frozen=True, slots=True)
class Faults:
    """What goes wrong on purpose; the player's seed decides where."""

    late_metadata_ms: int = 0  # the platform names the call only then
    lost_percent: float = 0.0
    reordered_percent: float = 0.0
    duplicated_percent: float = 0.0
    drop_at_ms: int | None = None  # the line goes dead mid-sentence
    fragments: bool = False  # frames are sent in pieces


@dataclass(frozen=True, slots=True)
class ScriptedChange:
    """Facts that change at a moment of the call."""

    at_ms: int
    facts: CallFacts


@dataclass(frozen=True, slots=True)
class Channel:
    """One party's packets, all of the same duration."""

    party: Party
    packets: tuple[bytes, ...]
    frame_ms: float


@dataclass(frozen=True, slots=True)
class Turn:
    """What a party says between two moments of the call, and the platform's own score of it (-1..1), if it has one."""

    party: Party
    start_ms: int
    end_ms: int
    text: str
    score: float | None = None


@dataclass(frozen=True, slots=True)
class Script:
    """A call as it is played."""

    name: str
    facts: CallFacts
    channels: tuple[Channel, ...]
    changes: tuple[ScriptedChange, ...] = ()
    faults: Faults = field(default_factory=Faults)
    turns: tuple[Turn, ...] = ()

    @property
    def duration_ms(self) -> float:
        """Length of the longest channel."""
        return max((len(c.packets) * c.frame_ms for c in self.channels), default=0.0)
