"""Why calls go without the platform's sentiment: a standing audit (document B, traps of 1 and 2, edge cases 1 and 3).

A call speaks against its link or queue only once it went without a score for a while, and only if its events ought to
have carried one (`missing`). Then:

    FIELD_NOT_REQUESTED   our subscription lacks the field (at once), or the field is left out of every call of the link
    NO_LICENCE            the field is null on every call of the link
    POLICY_GAP            calls that never got a score although others of the link, or even of their queue, did
    LANGUAGE_MISMATCH     every score of a queue is exactly 0.0
    MASKING               a call had scores, then its events went on without one
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from desktop.domain.events import NoReading
from desktop.domain.facts import WAITING_STAGES, CallFacts, CallStage
from desktop.domain.insight import CoverageFinding, CoverageProblem

GRACE_MS = 30_000
"""How long a call may go without a score before it counts."""
MIN_CALLS = 3
LONE_MS = 90_000
"""Fewer calls than MIN_CALLS count together once one of them has gone without a score for this long."""
FLAT_READINGS = 6
FLAT_MS = 60_000
VANISHED_MS = 60_000
VANISHED_EVENTS = 3
"""Events without a score since the last one; fewer may be mere changes of state."""
KEEP_MS = 1_800_000
"""How long an ended call, and what a queue once was, are remembered."""
MOST_CALLS = 2_000
MOST_QUEUES = 1_000
LISTED = 50
UNKNOWN_QUEUE = "Unknown queue"

_WHOLE_LINK = {
    NoReading.NULL: CoverageProblem.NO_LICENCE,
    NoReading.ABSENT: CoverageProblem.FIELD_NOT_REQUESTED,
}


@dataclass(slots=True)
class _Call:
    link: str
    facts: CallFacts = field(default_factory=CallFacts)
    why: NoReading | None = None  # the last reason for having no score
    due_ms: int | None = None  # since when a score has been due; None while none is
    seen_ms: int = 0  # the last event that told anything about sentiment
    scores: int = 0
    misses: int = 0  # since the last score
    ended_ms: int | None = None

    @property
    def waited_ms(self) -> int:
        """How long its events have gone on without a score."""
        return 0 if self.due_ms is None else self.seen_ms - self.due_ms

    @property
    def without(self) -> bool:
        """Whether it has gone without any score for longer than grace allows."""
        return self.scores == 0 and self.why is not None and self.waited_ms >= GRACE_MS

    @property
    def masked(self) -> bool:
        """Whether its scores vanished while it goes on."""
        vanished = self.misses >= VANISHED_EVENTS and self.waited_ms >= VANISHED_MS
        return self.scores > 0 and self.ended_ms is None and vanished


@dataclass(slots=True)
class _Queue:
    """How flat the scores of one queue are."""

    zeros: int = 0
    first_ms: int = 0
    last_ms: int = 0
    sloped_ms: int | None = None  # the last score other than 0.0
    calls: dict[str, None] = field(default_factory=dict)  # those with a score of 0.0, newest last

    def flat(self, now_ms: int) -> bool:
        if self.sloped_ms is not None and now_ms - self.sloped_ms < KEEP_MS:
            return False
        return self.zeros >= FLAT_READINGS and self.last_ms - self.first_ms >= FLAT_MS


class CoverageAudit:
    """Takes what links deliver; `now_ms` is the engine's wall clock. Memory is bounded, the oldest calls go first."""

    def __init__(self) -> None:
        self._calls: dict[tuple[str, str], _Call] = {}
        self._queues: dict[tuple[str, str], _Queue] = {}

    def __len__(self) -> int:
        return len(self._calls)

    def facts(self, link: str, call: str, facts: CallFacts, now_ms: int) -> None:
        """Labels of a call; nothing is due while it waits or is wrapped up."""
        known = self._call(link, call)
        known.facts = known.facts.updated_by(facts)
        if facts.stage in (*WAITING_STAGES, CallStage.WRAP_UP):
            known.due_ms = None

    def reading(self, link: str, call: str, score: float, now_ms: int) -> None:
        """The platform's score of a call."""
        known = self._call(link, call)
        known.scores += 1
        known.misses = 0
        known.due_ms = known.seen_ms = now_ms
        queue = self._queue(link, known.facts.queue_id)
        if score != 0.0:
            queue.sloped_ms, queue.zeros = now_ms, 0
            queue.calls.clear()
            return
        if queue.zeros == 0:
            queue.first_ms = now_ms
        queue.zeros += 1
        queue.last_ms = now_ms
        queue.calls.pop(call, None)
        queue.calls[call] = None
        if len(queue.calls) > MOST_CALLS:
            del queue.calls[next(iter(queue.calls))]

    def missing(self, link: str, call: str, why: NoReading, now_ms: int) -> None:
        """An event of a call that ought to have carried a score."""
        known = self._call(link, call)
        known.why = why
        known.misses += 1
        known.seen_ms = now_ms
        if known.due_ms is None:
            known.due_ms = now_ms

    def ended(self, call: str, now_ms: int) -> None:
        """The call is over, whoever brought it; what it went without still counts for a while."""
        for (_, name), known in self._calls.items():
            if name == call and known.ended_ms is None:
                known.ended_ms = now_ms

    def forget_link(self, link: str) -> None:
        """The link is gone for good."""
        self._calls = {key: call for key, call in self._calls.items() if key[0] != link}
        self._queues = {key: queue for key, queue in self._queues.items() if key[0] != link}

    def findings(self, now_ms: int) -> tuple[CoverageFinding, ...]:
        """All that is found at the moment, by link."""
        self._drop_old(now_ms)
        found: list[CoverageFinding] = []
        for link in dict.fromkeys(key[0] for key in self._calls):
            calls = {name: call for (of, name), call in self._calls.items() if of == link}
            found += self._of_link(link, calls, now_ms)
        return tuple(found)

    def _of_link(self, link: str, calls: dict[str, _Call], now_ms: int) -> Iterable[CoverageFinding]:
        unasked = [name for name, call in calls.items() if call.why is NoReading.NOT_REQUESTED and not call.scores]
        if unasked:
            yield _finding(link, "", "", CoverageProblem.FIELD_NOT_REQUESTED, unasked)
            return  # nothing else can be judged
        without = {name: call for name, call in calls.items() if call.without}
        if any(call.scores for call in calls.values()):
            yield from _policy_gaps(link, without)
        else:
            yield from _whole_link(link, without)
        yield from self._flat_queues(link, now_ms)
        yield from _masked(link, calls)

    def _flat_queues(self, link: str, now_ms: int) -> Iterable[CoverageFinding]:
        for (of, queue_id), queue in self._queues.items():
            names = [name for name in queue.calls if (of, name) in self._calls]
            if of == link and names and queue.flat(now_ms):
                named = _name(queue_id, (self._calls[of, name] for name in names))
                yield _finding(link, queue_id, named, CoverageProblem.LANGUAGE_MISMATCH, names)

    def _call(self, link: str, call: str) -> _Call:
        """The newest one from now on."""
        known = self._calls.pop((link, call), None) or _Call(link)
        self._calls[link, call] = known
        if len(self._calls) > MOST_CALLS:
            del self._calls[next(iter(self._calls))]
        return known

    def _queue(self, link: str, queue_id: str) -> _Queue:
        known = self._queues.pop((link, queue_id), None) or _Queue()
        self._queues[link, queue_id] = known
        if len(self._queues) > MOST_QUEUES:
            del self._queues[next(iter(self._queues))]
        return known

    def _drop_old(self, now_ms: int) -> None:
        over = [
            key for key, call in self._calls.items() if call.ended_ms is not None and now_ms - call.ended_ms > KEEP_MS
        ]
        for key in over:
            del self._calls[key]


def _whole_link(link: str, without: dict[str, _Call]) -> Iterable[CoverageFinding]:
    """No call of the link ever had a score."""
    for why, problem in _WHOLE_LINK.items():
        mine = {name: call for name, call in without.items() if call.why is why}
        if _enough(mine.values()):
            yield _finding(link, "", "", problem, list(mine))


def _policy_gaps(link: str, without: dict[str, _Call]) -> Iterable[CoverageFinding]:
    """Some call has scores, so the link as such is fine.

    That other calls of the queue have some proves nothing: a custom skill or a legacy policy takes single calls out.
    """
    for queue_id in dict.fromkeys(call.facts.queue_id for call in without.values()):
        mine = {name: call for name, call in without.items() if call.facts.queue_id == queue_id}
        if _enough(mine.values()):
            yield _finding(link, queue_id, _name(queue_id, mine.values()), CoverageProblem.POLICY_GAP, list(mine))


def _masked(link: str, calls: dict[str, _Call]) -> Iterable[CoverageFinding]:
    gone = {name: call for name, call in calls.items() if call.masked}
    for queue_id in dict.fromkeys(call.facts.queue_id for call in gone.values()):
        mine = {name: call for name, call in gone.items() if call.facts.queue_id == queue_id}
        yield _finding(link, queue_id, _name(queue_id, mine.values()), CoverageProblem.MASKING, list(mine))


def _enough(calls: Iterable[_Call]) -> bool:
    waited = [call.waited_ms for call in calls]
    return len(waited) >= MIN_CALLS or max(waited, default=0) >= LONE_MS


def _name(queue_id: str, calls: Iterable[_Call]) -> str:
    """Calls without a queue's id get a name all the same, as a finding without any is about the whole link."""
    if not queue_id:
        return UNKNOWN_QUEUE
    return next((call.facts.queue_name for call in calls if call.facts.queue_name), "")


def _finding(link: str, queue_id: str, queue_name: str, problem: CoverageProblem, names: list[str]) -> CoverageFinding:
    return CoverageFinding(link, queue_id, queue_name, problem, tuple(names[-LISTED:]), len(names))
