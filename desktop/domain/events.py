"""What a source hands over. Every way calls arrive speaks in these and nothing else."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from desktop.domain.facts import CallFacts
from desktop.domain.media import EncodedFrame, Party

OUT_OF_SCOPE = "out of scope"
"""The reason of a CallEnded that only means: this console's filters no longer admit the call."""


class LinkState(enum.Enum):
    """How one connection of one region is doing."""

    CONNECTING = "connecting"
    LIVE = "live"
    RETRYING = "retrying"
    REFUSED = "refused"  # a person has to act; no retry
    CLOSED = "closed"


class Complaint(enum.Enum):
    """What a peer did wrong. Each costs only the thing it names."""

    BAD_FRAME = "bad frame"
    BAD_MESSAGE = "bad message"
    FRAGMENT_LOST = "fragment lost"
    FRAME_TOO_LARGE = "frame too large"
    BARE_FRAME_AMBIGUOUS = "bare frame while several interactions are live"
    SUBSCRIPTION_REJECTED = "subscription rejected"


@dataclass(frozen=True, slots=True)
class FactsLearned:
    """The platform named an interaction, or told more about a known one."""

    link: str
    call: str
    facts: CallFacts


@dataclass(frozen=True, slots=True)
class AudioArrived:
    """One complete encoded frame."""

    frame: EncodedFrame
    fragments: int = 1  # how many messages it was joined from


@dataclass(frozen=True, slots=True)
class AudioGap:
    """Sound that is known to be missing. `at_ms` is on the call's own time line, None if unknown."""

    call: str
    party: Party
    at_ms: int | None
    missing_ms: float
    reason: str


@dataclass(frozen=True, slots=True)
class CallEnded:
    """The platform said that the interaction is over."""

    link: str
    call: str
    reason: str = "ended"


@dataclass(frozen=True, slots=True)
class LinkChanged:
    """A connection changed its state; `detail` is a sentence for the supervisor."""

    link: str
    region: str
    state: LinkState
    detail: str = ""
    retry_in_s: float | None = None
    subscription_id: str = ""


@dataclass(frozen=True, slots=True)
class PeerComplaint:
    """Something unusable arrived; it was dropped and counted. Never carries payload or text."""

    link: str
    what: Complaint
    detail: str  # names the field and the remedy
    call: str = ""


SourceEvent = FactsLearned | AudioArrived | AudioGap | CallEnded | LinkChanged | PeerComplaint
