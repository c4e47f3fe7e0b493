"""Everything the screen keeps of one call, in sliding windows that never grow without bound."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from desktop.domain.alert import Alert, AlertState
from desktop.domain.events import AudioGap, PauseReason
from desktop.domain.facts import CallFacts, CallPhase
from desktop.domain.insight import CallDynamics, KeywordHit, SentimentReading, Severity
from desktop.domain.media import Party
from desktop.domain.speech import Segment, ServiceAnalysis, SpeechActivity

READINGS_KEPT = 900  # per party: about an hour at one utterance in four seconds
SEGMENTS_KEPT = 600
STRETCHES_KEPT = 2_000
HITS_KEPT = 300
GAPS_KEPT = 300
HUSHES_KEPT = 100
TREND_DEAD_BAND = 0.15  # averages that differ by less are "steady"


def snoozed(alert: Alert, now_ms: int) -> bool:
    """Somebody wants to hear of it later. `now_ms` is the wall clock (Unix epoch)."""
    return alert.snoozed_until_ms is not None and alert.snoozed_until_ms > now_ms


def quiet(alert: Alert, now_ms: int) -> bool:
    """Somebody took it on, or wants to hear of it later."""
    return alert.acknowledged or snoozed(alert, now_ms)


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
    dynamics: CallDynamics | None = None
    open_alerts: dict[int, Alert] = field(default_factory=dict)
    lag_ms: float = 0.0

    @property
    def paused(self) -> PauseReason | None:
        """Why its sound is not streamed, on purpose; the strongest reason, which is privacy."""
        return next((why for why in PauseReason if why in self.pauses), None)

    @property
    def unheard(self) -> bool:
        """It goes on and nothing of it is heard: what was heard last must not look like how it is now."""
        return not self.over and (not self.connected or self.paused is not None)

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
        if not window or len(window) < 2:
            return 0
        change = window[-1].average - window[max(0, len(window) - 5)].average
        if abs(change) < TREND_DEAD_BAND:
            return 0
        return 1 if change > 0 else -1

    def worst(self, now_ms: int) -> Alert | None:
        """The gravest alert that is still open and that nobody has taken on or snoozed; else any open one."""
        order = [Severity.CRITICAL, Severity.WARNING, Severity.INFO]
        rows = sorted(
            self.open_alerts.values(),
            key=lambda a: (quiet(a, now_ms), a.state is AlertState.RECOVERING, order.index(a.severity), a.raised_at_ms),
        )
        return rows[0] if rows else None

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
