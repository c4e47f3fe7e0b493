"""What a source hands over. Every way calls arrive speaks in these and nothing else."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from desktop.domain.facts import CallFacts
from desktop.domain.finding import Finding, Remedy
from desktop.domain.media import EncodedFrame, Party
from desktop.domain.speech import Segment

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
    BAD_READING = "bad reading"


class NoReading(enum.Enum):
    """Why an event that should carry a sentiment score has none (document B sections 1 and 2). Never neutral."""

    NOT_REQUESTED = "not requested"  # we did not ask for the field
    ABSENT = "absent"  # asked for, and the field is missing: filtered on the server side
    NULL = "null"  # the field is there and null: no licence, or a policy without analysis


class Measure(enum.Enum):
    """What a duration of a link is about (document E step 2: don't mix the engine's time with the socket's)."""

    ROUND_TRIP = "round trip"  # our ping until its pong
    HANDLING = "handling"  # a message from the socket until it was dealt with, without the engine
    ENGINE = "engine"  # an external NLP engine's answer


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
    relists: bool = True  # once LIVE, the peer names every live call again: what it leaves out has ended
    action: Remedy | None = None  # what a button can do about `detail`


@dataclass(frozen=True, slots=True)
class PeerComplaint:
    """Something unusable arrived; it was dropped and counted. Never carries payload or text."""

    link: str
    what: Complaint
    detail: str  # names the field and the remedy
    call: str = ""


class PauseReason(enum.Enum):
    """Why a call's sound is not streamed for a while; none of them is a failure."""

    PRIVACY = "privacy"  # the platform: what is said now must leave no text
    WAITING = "waiting"  # ours: nobody talks (menu, queue, hold: its stage says which), and minutes cost money
    SAVING = "saving"  # ours: nobody watches, and streamed minutes cost money


@dataclass(frozen=True, slots=True)
class PauseChanged:
    """The stream of a call is paused on purpose, or goes on."""

    link: str
    call: str
    paused: bool
    why: PauseReason


@dataclass(frozen=True, slots=True)
class ReadingArrived:
    """The platform's own sentiment of a conversation, score in [-1, 1] (document B section 3)."""

    link: str
    call: str
    party: Party  # MIXED unless the platform says whose words it scored
    score: float
    label: str  # "negative" | "neutral" | "positive"
    agent_id: str = ""  # the window of five starts anew when another agent takes over


@dataclass(frozen=True, slots=True)
class ReadingMissing:
    """An event about a conversation that ought to carry a score and does not: no data, never neutral."""

    link: str
    call: str
    why: NoReading


@dataclass(frozen=True, slots=True)
class WordsArrived:
    """The platform's own live text; `segment` times are ms since the conversation's session began."""

    link: str
    segment: Segment


@dataclass(frozen=True, slots=True)
class LinkMeasured:
    """One duration, at most a few a second and link."""

    link: str
    measure: Measure
    ms: float


@dataclass(frozen=True, slots=True)
class LinkFound:
    """Something about a link that a person should know; replaces the finding of the same link and subject."""

    link: str
    finding: Finding


SourceEvent = (
    FactsLearned
    | AudioArrived
    | AudioGap
    | CallEnded
    | PauseChanged
    | LinkChanged
    | PeerComplaint
    | ReadingArrived
    | ReadingMissing
    | WordsArrived
    | LinkMeasured
    | LinkFound
)
