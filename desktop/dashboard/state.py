"""The whole floor as the screen knows it, and `apply`: the only way it changes."""

from __future__ import annotations

from collections import Counter, OrderedDict, deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import assert_never

from desktop.dashboard import links
from desktop.dashboard.call_view import READINGS_KEPT, CallView
from desktop.dashboard.links import KnownLinks
from desktop.domain.alert import Alert, AlertState
from desktop.domain.events import LinkState
from desktop.domain.facts import CallPhase
from desktop.domain.insight import KeywordHit, KeywordRule
from desktop.domain.need import quiet
from desktop.domain.speech import Segment
from desktop.domain.updates import (
    ActivityNoted,
    AlertChanged,
    CallAttended,
    CallRemoved,
    CallUpdated,
    ChannelsJudged,
    Complained,
    CoverageAudited,
    DynamicsMeasured,
    EngineHealth,
    FindingMade,
    HearingMeasured,
    HitFound,
    JoinAnswered,
    KeywordsReplaced,
    LinkDescribed,
    LinkForgotten,
    LinkTimed,
    LinkUpdated,
    PauseNoted,
    ReadingMade,
    SegmentHeard,
    ServiceAnalysed,
    SignInChanged,
    SignInForgotten,
    SoundLost,
    Update,
)

ALERTS_KEPT = 500
ENDED_KEPT = 40  # calls that are over stay readable until this many newer ones have ended


@dataclass(slots=True)
class Changes:
    """What a batch of updates touched, so that the screen repaints only that."""

    calls: set[str] = field(default_factory=set)
    listing: bool = False  # calls came or went
    alerts: list[Alert] = field(default_factory=list)
    links: bool = False  # connections, their findings, sign-ins or the coverage audit
    health: bool = False
    keywords: bool = False


@dataclass(slots=True)
class FloorState(KnownLinks):
    """Calls, alerts, links and totals. `calls` also holds the last ended ones (`CallView.over`)."""

    calls: dict[str, CallView] = field(default_factory=dict)
    ended: deque[str] = field(default_factory=deque)
    alerts: OrderedDict[int, Alert] = field(default_factory=OrderedDict)  # oldest first
    joins: dict[str, JoinAnswered] = field(default_factory=dict)  # the last answer, by call
    connections: int | None = None  # how many there are to open; None = not known yet
    health: EngineHealth | None = None
    hearing: HearingMeasured | None = None
    keywords: tuple[KeywordRule, ...] = ()
    complaints: Counter[str] = field(default_factory=Counter)
    calls_seen: int = 0
    calls_ended: int = 0
    segments_final: int = 0
    readings: int = 0
    hits: int = 0
    hits_by_label: Counter[str] = field(default_factory=Counter)

    @property
    def live(self) -> list[CallView]:
        """Calls that are not over."""
        return [view for view in self.calls.values() if not view.over]

    @property
    def at_risk(self) -> list[CallView]:
        """Live calls with an alert that is not resolved."""
        return [view for view in self.live if view.open_alerts]

    @property
    def unseen_alerts(self) -> int:
        """Open alerts that nobody has acknowledged."""
        return sum(1 for a in self.alerts.values() if a.state is not AlertState.RESOLVED and not a.acknowledged)

    def alerts_waiting(self, now_ms: int) -> int:
        """Open alerts that nobody has acknowledged or snoozed at `now_ms` (wall clock)."""
        return sum(1 for a in self.alerts.values() if a.state is not AlertState.RESOLVED and not quiet(a, now_ms))


def apply_all(state: FloorState, updates: Iterable[Update]) -> Changes:
    """Apply a batch in order."""
    changes = Changes()
    for update in updates:
        apply(state, update, changes)
    return changes


def apply(state: FloorState, update: Update, changes: Changes) -> None:
    """Apply one update; updates about calls that are gone are ignored."""
    match update:
        case CallUpdated():
            _call(state, update, changes)
        case CallRemoved(call):
            _removed(state, call, changes)
        case SegmentHeard(segment):
            _segment(state, segment, changes)
        case ReadingMade(reading):
            if view := _touch(state, reading.call, changes):
                view.readings.setdefault(reading.party, deque(maxlen=READINGS_KEPT)).append(reading)
                view.position_ms = max(view.position_ms, reading.at_ms)  # all that some connections bring
                state.readings += 1
        case ServiceAnalysed(analysis):
            if view := _touch(state, analysis.call, changes):
                view.analyses[analysis.party] = analysis
        case HitFound(hit):
            _hit(state, hit, changes)
        case ActivityNoted(activity):
            if view := _touch(state, activity.call, changes):
                view.spoke(activity)
        case DynamicsMeasured(dynamics):
            if view := _touch(state, dynamics.call, changes):
                view.dynamics = dynamics
                view.position_ms = max(view.position_ms, dynamics.at_ms)
        case AlertChanged(alert):
            _alert(state, alert, changes)
        case ChannelsJudged(call, faults):
            if view := _touch(state, call, changes):
                view.channel_faults = faults
        case SoundLost(gap):
            if view := _touch(state, gap.call, changes):
                view.gaps.append(gap)
                view.lost_ms += gap.missing_ms
        case PauseNoted(call, paused, why):
            if view := _touch(state, call, changes):
                view.pause(paused, why)
        case CallAttended(call, attention, at_ms):
            if view := _touch(state, call, changes):
                view.attend(attention, at_ms)
        case LinkUpdated():
            links.apply(state, update)
            changes.links = True
            _mark_calls(state, update, changes)
        case (
            LinkDescribed()
            | LinkForgotten()
            | LinkTimed()
            | FindingMade()
            | CoverageAudited()
            | SignInChanged()
            | SignInForgotten()
        ):
            links.apply(state, update)
            changes.links = True
        case JoinAnswered():
            if _touch(state, update.call, changes):
                state.joins[update.call] = update
        case Complained(complaint):
            state.complaints[complaint.what.value] += 1
            if (known := state.link_views.get(complaint.link)) is not None:
                known.complaints += 1
            changes.links = True
        case KeywordsReplaced(rules):
            state.keywords = rules
            changes.keywords = True
        case EngineHealth():
            _health(state, update, changes)
        case HearingMeasured():
            state.hearing = update
            changes.health = True
        case _:  # pragma: no cover - the type checker proves that it can't be
            assert_never(update)


def _touch(state: FloorState, call: str, changes: Changes) -> CallView | None:
    view = state.calls.get(call)
    if view is not None:
        changes.calls.add(call)
    return view


def _mark_calls(state: FloorState, update: LinkUpdated, changes: Changes) -> None:
    link = update.link
    for view in state.live:
        if view.link == link.link:
            view.connected = link.state is LinkState.LIVE
            changes.calls.add(view.call)


def _call(state: FloorState, update: CallUpdated, changes: Changes) -> None:
    view = state.calls.get(update.call)
    if view is None or (view.phase is CallPhase.CLOSED and update.phase is not CallPhase.CLOSED):
        if view is not None and update.call in state.ended:  # the same id came back: it must not be dropped as old
            state.ended.remove(update.call)
        view = CallView(update.call, update.phase, update.facts, update.first_seen_ms)
        state.calls[update.call] = view
        state.calls_seen += 1
        changes.listing = True
    was_over = view.over
    if update.link != view.link and (change := state.links.get(update.link)) is not None:  # another one brings it now
        view.connected = change.state is LinkState.LIVE
    view.phase, view.facts, view.link = update.phase, update.facts, update.link
    view.joinable = update.joinable
    if view.over and not was_over:
        view.end_reason = update.reason
        view.ended_ms = update.ended_ms
        state.calls_ended += 1
        changes.listing = True
    if was_over and not view.over:  # its end was only guessed
        view.ended_ms, view.end_reason = None, ""
        state.calls_ended -= 1
        changes.listing = True
    if view.over and view.ended_ms is None:
        view.ended_ms = update.ended_ms
    changes.calls.add(update.call)


def _removed(state: FloorState, call: str, changes: Changes) -> None:
    view = state.calls.get(call)
    if view is None or call in state.ended:
        return
    if not view.over:
        state.calls_ended += 1
    if view.ended_ms is None:  # nobody said when: as far as it was heard, so that its clock stands still
        view.ended_ms = max(view.facts.started_at_ms or 0, view.first_seen_ms + view.position_ms)
    view.phase = CallPhase.CLOSED
    view.partials.clear()
    state.ended.append(call)
    while len(state.ended) > ENDED_KEPT:
        oldest = state.ended.popleft()
        state.calls.pop(oldest, None)
        state.joins.pop(oldest, None)
    changes.listing = True
    changes.calls.add(call)


def _segment(state: FloorState, segment: Segment, changes: Changes) -> None:
    view = _touch(state, segment.call, changes)
    if view is None:
        return
    view.position_ms = max(view.position_ms, segment.end_ms)
    open_one = view.partials.get(segment.party)
    if not segment.is_final:
        if segment.segment_id > view.finals_to.get(segment.party, -1):  # else its final is already here
            view.partials[segment.party] = segment
        return
    view.finals_to[segment.party] = max(segment.segment_id, view.finals_to.get(segment.party, -1))
    if open_one is not None and open_one.segment_id <= segment.segment_id:
        del view.partials[segment.party]
    if not segment.text:
        return  # it took its partials back: nothing was said after all
    state.segments_final += 1
    late = []  # both parties' finals come in any order; keep them by their start
    while view.segments and view.segments[-1].start_ms > segment.start_ms:
        late.append(view.segments.pop())
    view.segments.append(segment)
    view.segments.extend(reversed(late))


def _hit(state: FloorState, hit: KeywordHit, changes: Changes) -> None:
    view = _touch(state, hit.call, changes)
    if view is None:
        return
    view.heard_watched(hit)
    state.hits += 1
    state.hits_by_label[hit.label] += 1


def _alert(state: FloorState, alert: Alert, changes: Changes) -> None:
    state.alerts[alert.alert_id] = alert
    if len(state.alerts) > ALERTS_KEPT:
        done = (i for i, a in state.alerts.items() if a.state is AlertState.RESOLVED)
        state.alerts.pop(next(done, next(iter(state.alerts))))  # an open one goes only when all are open
    changes.alerts.append(alert)
    if view := _touch(state, alert.call, changes):
        if alert.state is AlertState.RESOLVED:
            view.open_alerts.pop(alert.alert_id, None)
        else:
            view.open_alerts[alert.alert_id] = alert


def _health(state: FloorState, health: EngineHealth, changes: Changes) -> None:
    state.health = health
    changes.health = True
    for view in state.live:
        view.lag_ms = health.lag_by_call.get(view.call, 0.0)
