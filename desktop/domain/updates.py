"""What the engine tells the dashboard. Values only; the dashboard decides what is seen of them."""

from __future__ import annotations

from dataclasses import dataclass, field

from desktop.domain.alert import Alert
from desktop.domain.channels import ChannelFault
from desktop.domain.events import AudioGap, LinkChanged, Measure, PauseReason, PeerComplaint
from desktop.domain.facts import CallFacts, CallPhase
from desktop.domain.finding import Finding
from desktop.domain.insight import CallDynamics, CoverageFinding, KeywordHit, KeywordRule, SentimentReading
from desktop.domain.intents import Join
from desktop.domain.sign_in import SignIn
from desktop.domain.speech import Attention, EngineNotice, Segment, ServiceAnalysis, SpeechActivity


@dataclass(frozen=True, slots=True)
class CallUpdated:
    """A call appeared, was labelled, or changed its phase."""

    call: str
    phase: CallPhase
    facts: CallFacts
    first_seen_ms: int  # wall clock of this machine, Unix epoch
    reason: str = ""
    ended_ms: int | None = None  # same clock, once it is over
    link: str = ""  # which connection brings it
    joinable: bool = False  # whether any connection that holds it can put the supervisor through


@dataclass(frozen=True, slots=True)
class CallRemoved:
    """Everything of this call has been freed in the engine."""

    call: str


@dataclass(frozen=True, slots=True)
class SegmentHeard:
    """A partial (latest wins) or a final (never dropped)."""

    segment: Segment


@dataclass(frozen=True, slots=True)
class ServiceAnalysed:
    """What a speech service concludes about a party's words; the newest replaces the older one."""

    analysis: ServiceAnalysis


@dataclass(frozen=True, slots=True)
class ReadingMade:
    """A sentiment reading."""

    reading: SentimentReading


@dataclass(frozen=True, slots=True)
class HitFound:
    """A keyword hit."""

    hit: KeywordHit


@dataclass(frozen=True, slots=True)
class ActivityNoted:
    """Someone speaks or spoke; an open stretch is replaced by the next one with the same start."""

    activity: SpeechActivity


@dataclass(frozen=True, slots=True)
class DynamicsMeasured:
    """Silence, talk-over and shares, about once a second and call."""

    dynamics: CallDynamics


@dataclass(frozen=True, slots=True)
class ChannelsJudged:
    """What is wrong with a call's channels now; empty when nothing is any more."""

    call: str
    faults: tuple[ChannelFault, ...]


@dataclass(frozen=True, slots=True)
class AlertChanged:
    """An alert was raised or moved on; the newest value replaces the old one."""

    alert: Alert


@dataclass(frozen=True, slots=True)
class SoundLost:
    """Part of a call was not heard; it must not look calm."""

    gap: AudioGap


@dataclass(frozen=True, slots=True)
class PauseNoted:
    """A call's sound is paused on purpose, or goes on."""

    call: str
    paused: bool
    why: PauseReason


@dataclass(frozen=True, slots=True)
class CallAttended:
    """From this moment of its time line on so much of a call is heard: less where the machine can't hear everybody."""

    call: str
    attention: Attention
    at_ms: int


@dataclass(frozen=True, slots=True)
class HearingMeasured:
    """How many calls are heard how, and how many this machine can hear in words, about once a second."""

    words: int
    phrases: int
    presence: int
    most_calls: int  # that could be heard in words at once
    measured: bool  # on the calls of this session
    earlier: bool = False  # measured on this machine before; if neither, by figures of another machine


@dataclass(frozen=True, slots=True)
class LinkUpdated:
    """A region's connection changed."""

    link: LinkChanged
    at_ms: int = 0  # this machine's wall clock (Unix epoch)


@dataclass(frozen=True, slots=True)
class LinkDescribed:
    """What a connection is; told once, before it connects."""

    link: str
    kind: str  # as named in the set-up: "Real-time analytics socket"
    organisation: str = ""


@dataclass(frozen=True, slots=True)
class LinkForgotten:
    """The supervisor removed this connection."""

    link: str


@dataclass(frozen=True, slots=True)
class LinkTimed:
    """A duration measured on a link; `at_ms` is this machine's wall clock (Unix epoch)."""

    link: str
    measure: Measure
    ms: float
    at_ms: int


@dataclass(frozen=True, slots=True)
class FindingMade:
    """Something about a link; replaces the one with the same subject."""

    link: str
    finding: Finding


@dataclass(frozen=True, slots=True)
class CoverageAudited:
    """All that the coverage audit finds at the moment (document B)."""

    findings: tuple[CoverageFinding, ...]


@dataclass(frozen=True, slots=True)
class JoinAnswered:
    """What came of joining a call: it rings, or a sentence that says why not."""

    call: str
    how: Join
    ringing: bool
    text: str


@dataclass(frozen=True, slots=True)
class SignInChanged:
    """An organisation's sign-in."""

    sign_in: SignIn


@dataclass(frozen=True, slots=True)
class SignInForgotten:
    """The supervisor removed this organisation."""

    organisation: str


@dataclass(frozen=True, slots=True)
class Complained:
    """A peer sent something unusable."""

    complaint: PeerComplaint


@dataclass(frozen=True, slots=True)
class KeywordsReplaced:
    """The editable keyword list that is now in force."""

    rules: tuple[KeywordRule, ...]


@dataclass(frozen=True, slots=True)
class EngineHealth:
    """How far behind live the recogniser is, about once a second."""

    ready_workers: int
    workers: int
    worker_restarts: int
    lag_ms: float  # largest backlog of unheard audio over all calls
    lag_by_call: dict[str, float] = field(default_factory=dict)
    note: str = ""  # e.g. "Loading the recogniser"
    notice: EngineNotice | None = None  # words are heard, but less well than they should be


Update = (
    CallUpdated
    | CallRemoved
    | SegmentHeard
    | ServiceAnalysed
    | ReadingMade
    | HitFound
    | ActivityNoted
    | DynamicsMeasured
    | ChannelsJudged
    | AlertChanged
    | SoundLost
    | PauseNoted
    | CallAttended
    | HearingMeasured
    | LinkUpdated
    | LinkDescribed
    | LinkForgotten
    | LinkTimed
    | FindingMade
    | CoverageAudited
    | JoinAnswered
    | SignInChanged
    | SignInForgotten
    | Complained
    | KeywordsReplaced
    | EngineHealth
)
