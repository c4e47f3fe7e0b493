"""What conversation events mean for calls: labels, readings and ends, each counted once (document B section 3).

Events may come late, twice or out of order (an `eventId`, a time or a sequence number tells), and a score may come
after `ended`: it is still handed over, but nothing brings an ended call back. What another agent's leg does (an alert,
a wrap-up, a disconnect) doesn't touch the call of the agent who has it. Pure; `now_s` is any clock that goes forward.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final, assert_never

from desktop.domain.events import (
    CallEnded,
    Complaint,
    FactsLearned,
    NoReading,
    PeerComplaint,
    ReadingArrived,
    ReadingMissing,
    SourceEvent,
)
from desktop.domain.facts import WAITING_STAGES, CallFacts, CallStage
from desktop.domain.media import Party
from desktop.protocols.analytics_event import BadScore, ConversationEvent, Life, Scored

MOST_CALLS: Final = 4_000
ENDED_FOR_S: Final = 1_800.0
LINGER_S: Final = 5.0
SIGN_OF_LIFE_S: Final = 60.0
"""Unchanged labels are handed over again this often, as nothing else says that the call goes on."""
SEEN_PER_CALL: Final = 64
ENDED_MEANWHILE: Final = "ended while disconnected"
_SILENT_STAGES = (*WAITING_STAGES, CallStage.WRAP_UP)  # no score is due


@dataclass(slots=True)
class _Call:
    facts: CallFacts = field(default_factory=CallFacts)
    told: CallFacts | None = None  # as last handed over; None: it only rings so far
    told_s: float = 0.0
    ended_s: float | None = None
    at_ms: int | None = None  # of the newest event
    sequence: int | None = None
    seen: deque[object] = field(default_factory=lambda: deque(maxlen=SEEN_PER_CALL))
    doubtful: bool = False
    accused: bool = False  # a contradicting label was complained about


class AnalyticsCalls:
    """The calls of one link. `asks_score` False: our own fields lack `sentiment.score`."""

    def __init__(self, link: str, asks_score: bool = True) -> None:
        self._link = link
        self._asks_score = asks_score
        self._calls: dict[str, _Call] = {}
        self._ended: dict[str, float] = {}
        self._by_agent: dict[str, str] = {}
        self._unnamed = 0

    def __len__(self) -> int:
        return len(self._calls)

    @property
    def live(self) -> tuple[str, ...]:
        """Calls that were handed over and have not ended."""
        return tuple(name for name, call in self._calls.items() if call.told is not None and call.ended_s is None)

    @property
    def doubtful(self) -> tuple[str, ...]:
        """Live calls that nothing was heard of since the connection was lost."""
        return tuple(name for name in self.live if self._calls[name].doubtful)

    def doubt(self) -> None:
        """The connection was lost: the platform doesn't list its calls again, so any of them may end unheard."""
        for name in self.live:
            self._calls[name].doubtful = True

    def confirm(self, name: str) -> None:
        """Somebody else knows that it is still live."""
        if name in self._calls:
            self._calls[name].doubtful = False

    def gone(self, name: str, now_s: float) -> list[SourceEvent]:
        """Somebody else knows that it has ended."""
        call = self._calls.get(name)
        return [] if call is None or not call.doubtful else self._end(name, call, now_s, ENDED_MEANWHILE)

    def take(self, event: ConversationEvent, now_s: float) -> list[SourceEvent]:
        """What follows from one event, in order."""
        name = event.call or self._call_of_agent(event.facts.agent_id, now_s)
        if name not in self._calls:
            self._make_room(now_s)
        call = self._calls.setdefault(name, _Call())
        call.doubtful = False
        if _seen(call, event):
            return []
        late = _late(call, event)
        anothers = _is_anothers(call, event)
        out: list[SourceEvent] = []
        if call.ended_s is None and not late and not anothers:
            out += self._label(name, call, event, now_s)
        out += self._sentiment(name, call, event, late or anothers)
        if call.ended_s is None and not anothers and event.life in (Life.ENDED, Life.LEFT):
            out += self._end(name, call, now_s, "ended")
        return out

    def _label(self, name: str, call: _Call, event: ConversationEvent, now_s: float) -> Sequence[SourceEvent]:
        if event.life is Life.RINGING and call.told is not None:
            return ()  # it rings at somebody else's
        stage = call.facts.stage if event.stage is None else event.stage
        call.facts = call.facts.updated_by(replace(event.facts, stage=stage))
        if call.facts.agent_id:
            self._by_agent[call.facts.agent_id] = name
        if event.life is Life.RINGING or (call.told is None and event.life in (Life.ENDED, Life.LEFT)):
            return ()
        if call.told == call.facts and now_s - call.told_s < SIGN_OF_LIFE_S:
            return ()
        call.told, call.told_s = call.facts, now_s
        return (FactsLearned(self._link, name, call.facts),)

    def _sentiment(self, name: str, call: _Call, event: ConversationEvent, aside: bool) -> Sequence[SourceEvent]:
        match event.sentiment:
            case Scored(value, label, contradicted):
                agent = event.facts.agent_id or call.facts.agent_id
                reading = ReadingArrived(self._link, name, Party.MIXED, value, label, agent)
                if not contradicted or call.accused:
                    return (reading,)
                call.accused = True
                problem = "the label contradicts the score - at `$.sentiment.label`; the score counts"
                return (reading, PeerComplaint(self._link, Complaint.BAD_READING, problem, name))
            case BadScore(problem):
                return (PeerComplaint(self._link, Complaint.BAD_READING, problem, name),)
            case NoReading():
                due = event.life in (Life.LIVE, Life.UNTOLD) and call.facts.stage not in _SILENT_STAGES
                if aside or not due or call.ended_s is not None or call.told is None:
                    return ()
                why = event.sentiment if self._asks_score else NoReading.NOT_REQUESTED
                return (ReadingMissing(self._link, name, why),)
            case _:  # pragma: no cover - the type checker proves it
                assert_never(event.sentiment)

    def _end(self, name: str, call: _Call, now_s: float, reason: str) -> list[SourceEvent]:
        call.ended_s = self._ended[name] = now_s
        call.doubtful = False
        return [CallEnded(self._link, name, reason)]

    def _call_of_agent(self, agent: str, now_s: float) -> str:
        """The call that an event without a conversation's id is about: the agent's present one, or a new one."""
        name = self._by_agent.get(agent, "")
        call = self._calls.get(name)
        over = call is not None and call.ended_s is not None and now_s - call.ended_s > LINGER_S
        if call is None or over or call.facts.agent_id != agent:
            self._unnamed += 1
            name = self._by_agent[agent] = f"agent-{agent}-{self._unnamed}"
        return name

    def _make_room(self, now_s: float) -> None:
        while self._ended:
            name, ended_s = next(iter(self._ended.items()))
            if now_s - ended_s < ENDED_FOR_S and len(self._calls) < MOST_CALLS:
                break
            self._forget(name)
        while len(self._calls) >= MOST_CALLS:
            self._forget(next(iter(self._calls)))

    def _forget(self, name: str) -> None:
        agent = self._calls.pop(name).facts.agent_id
        self._ended.pop(name, None)
        if self._by_agent.get(agent) == name:
            del self._by_agent[agent]


def _seen(call: _Call, event: ConversationEvent) -> bool:
    """Whether this very event was taken before. Without id, time and number nobody can tell."""
    key: object
    if event.event_id:
        key = event.event_id
    elif event.at_ms is not None or event.sequence is not None:
        key = event
    else:
        return False
    if key in call.seen:
        return True
    call.seen.append(key)
    return False


def _late(call: _Call, event: ConversationEvent) -> bool:
    """Whether a newer event was taken before; else this is the newest one."""
    if event.at_ms is not None and call.at_ms is not None:
        late = event.at_ms < call.at_ms
    elif event.sequence is not None and call.sequence is not None:
        late = event.sequence < call.sequence
    else:
        late = False
    if not late:
        call.at_ms = call.at_ms if event.at_ms is None else event.at_ms
        call.sequence = call.sequence if event.sequence is None else event.sequence
    return late


def _is_anothers(call: _Call, event: ConversationEvent) -> bool:
    """Whether it tells of the leg of an agent who no longer has this call."""
    mine, agent = call.facts.agent_id, event.facts.agent_id
    over = event.life is Life.LEFT or event.stage is CallStage.WRAP_UP
    return over and call.told is not None and bool(mine) and bool(agent) and agent != mine
