"""The whole flow on one page: source events -> calls -> workers -> insights -> alerts -> mailbox.

Everything here runs on one loop and never waits: sources and workers call in, results go to the mailbox.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import assert_never

from desktop.calls.registry import CallRegistry
from desktop.domain.alert import Alert
from desktop.domain.effects import (
    ArmTimer,
    AskFacts,
    CallChanged,
    CallTimer,
    CloseLane,
    DisarmTimer,
    DropAudio,
    Effect,
    FeedAudio,
    FlushLane,
)
from desktop.domain.events import (
    AudioArrived,
    AudioGap,
    CallEnded,
    FactsLearned,
    LinkChanged,
    LinkFound,
    LinkMeasured,
    PauseChanged,
    PeerComplaint,
    ReadingArrived,
    ReadingMissing,
    SourceEvent,
    WordsArrived,
)
from desktop.domain.facts import CallPhase
from desktop.domain.insight import KeywordRule
from desktop.domain.intents import (
    AcknowledgeAlert,
    Intent,
    JoinCall,
    ReplaceKeywords,
    RetryLink,
    SnoozeAlert,
    WatchCall,
)
from desktop.domain.updates import (
    CallRemoved,
    CallUpdated,
    Complained,
    KeywordsReplaced,
    PauseNoted,
)
from desktop.engine.announcements import Announcements
from desktop.engine.attendance import Attendance
from desktop.engine.containment import Containment
from desktop.engine.desk import InsightDesk
from desktop.engine.hearing import Hearing
from desktop.engine.links import Connection, Links
from desktop.engine.look_ups import LookUps
from desktop.engine.mailbox import Mailbox
from desktop.engine.meters import Meters
from desktop.engine.meters import wall_ms as wall_ms
from desktop.engine.platform_side import PlatformSide
from desktop.engine.pool import WorkerPool
from desktop.engine.tally import Tally
from desktop.engine.timers import CallTimers
from desktop.engine.wire import FromWorker, Heard, Pulse, Ready, Refused, Trouble

TICK_S = 1.0
LANGUAGE = "en-US"


@dataclass(slots=True)
class _Seen:
    first_ms: int
    link: str
    ended_ms: int | None = None


class Hub:
    """Give it sources, a pool and a desk; `run` until cancelled. `on_alert` gets what deserves a notification."""

    def __init__(
        self,
        *,
        make_pool: Callable[[Callable[[FromWorker], None], Callable[[AudioGap], None]], WorkerPool],
        desk: InsightDesk,
        mailbox: Mailbox,
        meters: Meters,
        on_alert: Callable[[Alert], None],
        save_keywords: Callable[[tuple[KeywordRule, ...]], None],
        language: str = LANGUAGE,
        clock: Callable[[], float] = time.monotonic,
        wall: Callable[[], int] = wall_ms,
    ) -> None:
        self._clock, self._wall, self.language = clock, wall, language
        self.pool = make_pool(
            lambda message: self._contain.run(self._from_worker, message), lambda gap: self._hearing.gap(gap)
        )
        self.registry = CallRegistry()
        self._desk = desk
        self._mailbox = mailbox
        self._meters = meters
        self._save_keywords = save_keywords
        self._calls: dict[str, _Seen] = {}
        self._timers = CallTimers(lambda key: self._contain.run(self._ran_out, key))
        self._links = Links(mailbox.put, wall)
        self._group: asyncio.TaskGroup | None = None
        self._raise_alerts = Announcements(mailbox.put, meters, on_alert).take
        self._tally = Tally(meters)
        self._contain = Containment(meters.counts)
        self._hearing = Hearing(desk, self._calls, meters, self._contain, mailbox.put, self._raise_alerts, wall)
        self._look_ups = LookUps(self.registry, self._perform, self._contain, clock)
        self._platform = PlatformSide(desk, self.registry, meters, mailbox.put)
        self.attendance = Attendance(self.pool, desk, mailbox.put, meters, clock, wall)

    async def run(self, connections: Sequence[Connection]) -> None:
        """Serve until cancelled; a source that breaks is reported and takes nobody along."""
        self._mailbox.put(KeywordsReplaced(self._desk.rules))
        self.pool.watch(self._desk.phrases)
        try:
            async with asyncio.TaskGroup() as group:
                self._group = group
                group.create_task(self.pool.run(), name="workers")
                group.create_task(self._ticks(), name="ticks")
                for connection in connections:
                    self.attach(connection)
        finally:
            self._group = None
            self._timers.clear()

    def attach(self, connection: Connection) -> None:
        """One more connection, under a name that is free. Only while `run` serves."""
        assert self._group is not None, "the hub does not run"
        self._look_ups.use(connection.source.name, connection.directory)
        self._links.attach(connection, self._group, self.deliver, self._contain)

    async def detach(self, name: str) -> None:
        """Close a connection for good; a name that nobody has is fine."""
        self._look_ups.use(name, None)
        self._desk.audit.forget_link(name)
        await self._links.detach(name)

    # ---- in from sources

    def deliver(self, event: SourceEvent) -> None:
        """A source hands something over; whatever goes wrong with it stays with it."""
        self._contain.run(self._deliver, event)

    def _deliver(self, event: SourceEvent) -> None:
        self._tally.event(event)
        match event:
            case AudioArrived():
                pass
            case CallEnded():
                self._links.tell_others(event)
            case FactsLearned(link, call, facts):
                self._links.tell_others(event)
                self._desk.audit.facts(link, call, facts, self._wall())
            case PeerComplaint():
                self._mailbox.put(Complained(event))
            case LinkChanged():
                self._links.tell_others(event)
                self._links.event(event)
            case LinkMeasured() | LinkFound():
                self._links.event(event)
            case AudioGap():
                self._hearing.gap(event)
            case PauseChanged(_, call, paused, why):
                self._mailbox.put(PauseNoted(call, paused, why))
            case ReadingArrived(call=call) | ReadingMissing(call=call):
                known = self._calls.get(call)
                first_ms = None if known is None else known.first_ms
                self._raise_alerts(self._platform.scored(event, first_ms, self._clock(), self._wall()))
            case WordsArrived():
                if (segment := self._platform.heard(event, self._clock())) is not None and segment.call in self._calls:
                    self._hearing.said(segment)
            case _:  # pragma: no cover
                assert_never(event)
        self._perform(self.registry.handle(event, self._clock()))

    # ---- what a call's state machine asks for

    def _perform(self, effects: Sequence[Effect]) -> None:
        for effect in effects:
            match effect:
                case FeedAudio(frame):
                    if not self.pool.feed(frame, self.language):
                        self._meters.counts["frames.shed"] += 1
                case DropAudio(_, _, frames):
                    self._meters.counts["frames.unplaced"] += frames
                case ArmTimer(call, timer, after_s):
                    self._timers.arm(call, timer, after_s)
                case DisarmTimer(call, timer):
                    self._timers.disarm(call, timer)
                case CallChanged():
                    self._changed(effect)
                case AskFacts():
                    self._look_ups.ask(effect, self._group)
                case FlushLane(call):
                    self.pool.flush(call)
                case CloseLane(call):
                    self._free(call)
                case _:  # pragma: no cover
                    assert_never(effect)

    def _ran_out(self, key: tuple[str, CallTimer]) -> None:
        self._perform(self.registry.on_timer(*key, self._clock()))

    def _changed(self, change: CallChanged) -> None:
        known = self._calls.get(change.call)
        if known is None:
            known = self._calls[change.call] = _Seen(self._wall(), self.registry.link_of(change.call))
            self._meters.counts["calls.seen"] += 1
        if change.phase is CallPhase.LINGERING and known.ended_ms is None:
            known.ended_ms = self._wall()
            self._meters.counts["calls.ended"] += 1
            self._raise_alerts(self._desk.call_over(change.call, self._wall()))
        elif change.phase is CallPhase.LIVE:
            known.ended_ms = None
        known.link = self.registry.link_of(change.call) or known.link
        how = (change.phase, change.facts, known.first_ms, change.reason, known.ended_ms, known.link)
        can_join = self._links.can_join(self.registry.holders_of(change.call))
        self._mailbox.put(CallUpdated(change.call, *how, can_join))

    def _free(self, call: str) -> None:
        self._raise_alerts(self._desk.forget(call, self._wall()))
        self.pool.close(call)
        self.attendance.forget(call)
        self._calls.pop(call, None)
        self._mailbox.put(CallRemoved(call))

    # ---- in from workers

    def _from_worker(self, message: FromWorker) -> None:
        match message:
            case Ready() | Refused():
                self._meters.counts[f"workers.{'started' if isinstance(message, Ready) else 'refused'}"] += 1
                self.attendance.tell_health()
            case Heard():
                self._hearing.take(message)
                for segment in message.segments:
                    self._contain.run(lambda s: self._links.said(self.registry.sound_from(s.call), s), segment)
            case Pulse():
                self._tally.pulse(message)
                self.attendance.pulse(message)
            case Trouble():
                self._meters.counts["workers.trouble"] += 1
            case _:  # pragma: no cover
                assert_never(message)

    # ---- alerts and intents

    def intend(self, intent: Intent) -> None:
        """The supervisor wants something."""
        match intent:
            case AcknowledgeAlert(alert_id, on):
                self._raise_alerts(self._desk.acknowledge(alert_id, on, self._wall()))
            case SnoozeAlert(alert_id, minutes):
                self._raise_alerts(self._desk.snooze(alert_id, minutes, self._wall()))
            case JoinCall(call):
                self._links.join(intent, self.registry.holders_of(call), self._group)
            case WatchCall(call):
                self.attendance.watch(call)
            case RetryLink():
                self._links.retry(intent)
            case ReplaceKeywords(rules):
                self._desk.replace_rules(rules)
                self.pool.watch(self._desk.phrases)
                self._mailbox.put(KeywordsReplaced(rules))
                self._contain.run(self._save_keywords, rules)
            case _:  # pragma: no cover
                assert_never(intent)

    # ---- the second hand

    async def _ticks(self) -> None:
        while True:
            await asyncio.sleep(TICK_S)
            self._contain.run(self._tick, self._clock())
            self.attendance.tell_health()

    def _tick(self, now_s: float) -> None:
        self._perform(self.registry.sweep(now_s))
        self.attendance.tick(self._calls)
        if self._tally.listening:  # while nobody is heard, nothing gets better
            self._raise_alerts(self._desk.tick(self._wall()))
        self._platform.audit(now_s, self._wall())
