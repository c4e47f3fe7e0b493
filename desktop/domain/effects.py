"""What a call's state machine asks the engine to do. Timers come back as events."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from desktop.domain.facts import CallFacts, CallPhase
from desktop.domain.media import EncodedFrame, Party


class CallTimer(enum.Enum):
    """The timers a call may hold, at most one of each."""

    GRACE = "grace"
    LINGER = "linger"
    REAPPEAR = "reappear"


@dataclass(frozen=True, slots=True)
class FeedAudio:
    """Hand this frame to the call's worker."""

    frame: EncodedFrame


@dataclass(frozen=True, slots=True)
class DropAudio:
    """The waiting buffer was full: its oldest frames are gone and must be counted."""

    call: str
    party: Party
    frames: int


@dataclass(frozen=True, slots=True)
class ArmTimer:
    """Call back with `timer` after `after_s`."""

    call: str
    timer: CallTimer
    after_s: float


@dataclass(frozen=True, slots=True)
class DisarmTimer:
    """That timer is no longer wanted."""

    call: str
    timer: CallTimer


@dataclass(frozen=True, slots=True)
class CallChanged:
    """Phase or facts changed: re-label what was already made."""

    call: str
    phase: CallPhase
    facts: CallFacts
    reason: str = ""


@dataclass(frozen=True, slots=True)
class AskFacts:
    """Nobody named this interaction in time: look it up over REST."""

    call: str


@dataclass(frozen=True, slots=True)
class FlushLane:
    """No more sound will come: finish the words that are under way, keep the lane."""

    call: str


@dataclass(frozen=True, slots=True)
class CloseLane:
    """Free everything that belongs to the call."""

    call: str


Effect = FeedAudio | DropAudio | ArmTimer | DisarmTimer | CallChanged | AskFacts | FlushLane | CloseLane
