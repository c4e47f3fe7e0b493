"""Everything the screen keeps of one call, in sliding windows that never grow without bound."""

from __future__ import annotations

import itertools
from collections import deque
from dataclasses import dataclass, field

from desktop.domain.alert import Alert
from desktop.domain.channels import ChannelFault
from desktop.domain.events import AudioGap, PauseReason
from desktop.domain.facts import CallFacts, CallPhase
from desktop.domain.insight import CallDynamics, KeywordHit, SentimentReading, Severity
from desktop.domain.media import Party
from desktop.domain.need import gravest, trend_of
from desktop.domain.speech import Attention, Segment, ServiceAnalysis, SpeechActivity

READINGS_KEPT = 900  # per party: about an hour at one utterance in four seconds
SEGMENTS_KEPT = 600
STRETCHES_KEPT = 2_000
HITS_KEPT = 300
GAPS_KEPT = 300
HUSHES_KEPT = 100
SHEDS_KEPT = 300
TREND_READINGS = 5


@dataclass(slots=True)
class Chip:
    """A keyword label on the row: what, how bad, how often, when last (call's time line)."""

    label: str
    severity: Severity
    count: int
    last_ms: int


@dataclass(slots=True)
class Hush:
    """A stretch that was paused for privacy, from the moment that was heard last (call's time line)."""

    at_ms: int
    over: bool = False


@dataclass(slots=True)
class Shed:
    """A stretch without words because the machine was at its limit, on the call's time line."""

    from_ms: int
    to_ms: int | None = None  # None: it goes on


@dataclass(slots=True)
class CallView:
    """One call as the screen knows it. Changed only by `dashboard.apply`."""

    call: str
    phase: CallPhase
    facts: CallFacts
    first_seen_ms: int
    ended_ms: int | None = None
    end_reason: str = ""
    link: str = ""
    joinable: bool = False  # whether the supervisor can be put through to it
    connected: bool = True  # False while its connection is lost: nothing of it is heard
    pauses: set[PauseReason] = field(default_factory=set)  # why its sound is not streamed; several may hold at once
    hushes: deque[Hush] = field(default_factory=lambda: deque(maxlen=HUSHES_KEPT))
    position_ms: int = 0  # newest moment heard of, on the call's own time line
    readings: dict[Party, deque[SentimentReading]] = field(default_factory=dict)
    analyses: dict[Party, ServiceAnalysis] = field(default_factory=dict)  # a speech service's, the newest
    segments: deque[Segment] = field(default_factory=lambda: deque(maxlen=SEGMENTS_KEPT))  # finals, by start
    partials: dict[Party, Segment] = field(default_factory=dict)
    finals_to: dict[Party, int] = field(default_factory=dict)  # newest segment id that is final
    hits: deque[KeywordHit] = field(default_factory=lambda: deque(maxlen=HITS_KEPT))
    chips: dict[str, Chip] = field(default_factory=dict)  # by rule id
    lanes: dict[Party, deque[SpeechActivity]] = field(default_factory=dict)
    gaps: deque[AudioGap] = field(default_factory=lambda: deque(maxlen=GAPS_KEPT))
    lost_ms: float = 0.0
    attention: Attention = Attention.WORDS
    sheds: deque[Shed] = field(default_factory=lambda: deque(maxlen=SHEDS_KEPT))
    dynamics: CallDynamics | None = None
    channel_faults: tuple[ChannelFault, ...] = ()
    open_alerts: dict[int, Alert] = field(default_factory=dict)
    lag_ms: float = 0.0

    @property
    def paused(self) -> PauseReason | None:
        """Why its sound is not streamed, on purpose; the strongest reason, which is privacy."""
        return next((why for why in PauseReason if why in self.pauses), None)

    @property
    def unheard(self) -> bool:
        """It goes on and nothing of it is heard: what was heard last must not look like how it is now."""
        heard = self.connected and self.paused is None and self.attention is Attention.WORDS
        return not self.over and not heard

    @property
    def outdated(self) -> bool:
        """Its mood is how it was before it went unheard: nothing has been read of it since."""
        newest = self.latest(Party.CUSTOMER) or self.latest(Party.MIXED)
        heard_ms = self.sheds[-1].to_ms if self.sheds else None
        return self.unheard or (heard_ms is not None and newest is not None and newest.at_ms < heard_ms)

    def attend(self, attention: Attention, at_ms: int) -> None:
        """So much of it is heard from this moment of its time line on."""
        was, self.attention = self.attention, attention
        if was is Attention.WORDS and attention is not was:
            self.sheds.append(Shed(at_ms))
        elif was is not Attention.WORDS and attention is Attention.WORDS:
            self.sheds[-1].to_ms = max(at_ms, self.sheds[-1].from_ms)

    def pause(self, paused: bool, why: PauseReason) -> None:
        """Its sound is paused for this reason, or no longer."""
        if paused == (why in self.pauses):
            return
        if paused:
            self.pauses.add(why)
        else:
            self.pauses.discard(why)
        if why is PauseReason.PRIVACY and paused:
            self.hushes.append(Hush(self.position_ms))
        elif why is PauseReason.PRIVACY:
            self.hushes[-1].over = True

    def spoke(self, stretch: SpeechActivity) -> None:
        """Someone speaks or spoke."""
        self.position_ms = max(self.position_ms, stretch.end_ms)
        lane = self.lanes.setdefault(stretch.party, deque(maxlen=STRETCHES_KEPT))
        if lane and lane[-1].start_ms == stretch.start_ms:
            lane.pop()
        lane.append(stretch)

    def heard_watched(self, hit: KeywordHit) -> None:
        """Watched words were said."""
        self.hits.append(hit)
        chip = self.chips.get(hit.rule_id)
        if chip is None:
            self.chips[hit.rule_id] = Chip(hit.label, hit.severity, 1, hit.at_ms)
        else:
            chip.count += 1
            chip.last_ms = hit.at_ms

    def latest(self, party: Party) -> SentimentReading | None:
        """The newest reading of a party; None is *no data*, never neutral."""
        window = self.readings.get(party)
        return window[-1] if window else None

    @property
    def mood(self) -> float | None:
        """The customer's moving average (of a mixed channel if there is no other), or None."""
        newest = self.latest(Party.CUSTOMER) or self.latest(Party.MIXED)
        return None if newest is None else newest.average

    @property
    def trend(self) -> int:
        """-1 falling, 0 steady or unknown, 1 rising: the average now against four readings ago."""
        window = self.readings.get(Party.CUSTOMER) or self.readings.get(Party.MIXED)
        newest = itertools.islice(reversed(window), TREND_READINGS) if window else ()
        return trend_of([reading.average for reading in newest][::-1])

    def worst(self, now_ms: int) -> Alert | None:
        """The gravest alert that is still open and that nobody has taken on or snoozed; else any open one."""
        return gravest(self.open_alerts.values(), now_ms)

    @property
    def two_parties(self) -> bool:
        """Whether it can be told who speaks: else shares and talk-over would be made up."""
        return not {ChannelFault.SAME_SOUND, ChannelFault.ONE_CHANNEL} & set(self.channel_faults)

    @property
    def last_segment(self) -> Segment | None:
        """What was said last: the newest partial still open, else the newest final."""
        candidates = [*self.partials.values(), *([self.segments[-1]] if self.segments else [])]
        return max(candidates, key=lambda s: s.end_ms, default=None)

    @property
    def over(self) -> bool:
        """The platform ended it."""
        return self.phase in (CallPhase.LINGERING, CallPhase.CLOSED)

    def duration_ms(self, now_ms: int) -> int:
        """How long the call has lasted, from its start time when known, never negative."""
        start = self.facts.started_at_ms if self.facts.started_at_ms is not None else self.first_seen_ms
        return max(0, (now_ms if self.ended_ms is None else self.ended_ms) - start)
