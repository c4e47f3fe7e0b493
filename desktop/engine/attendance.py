"""Shares the workers out among the calls: who is heard in words, who for phrases, who only as speaking.

Plans once a second and whenever somebody looks at another call; measures what hearing costs here as it goes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable

from desktop.domain.load import Costs
from desktop.domain.speech import Attention
from desktop.domain.updates import CallAttended, HearingMeasured, Update
from desktop.engine.desk import InsightDesk
from desktop.engine.meters import Meters
from desktop.engine.pool import WorkerPool
from desktop.engine.wire import Pulse
from desktop.insights.attention import AttentionPlanner, Candidate
from desktop.insights.load import LoadMeter, watchable

LATE_MS, IN_TIME_MS = 1_500.0, 700.0
"""Words later than the first make their worker bear less; earlier than the second, slowly more again."""
LESS, MORE = 0.9, 0.01
LEAST_SHARE = 0.2


class Attendance:
    """`clock` is in s, `wall` in ms since the Unix epoch."""

    def __init__(
        self,
        pool: WorkerPool,
        desk: InsightDesk,
        put: Callable[[Update], None],
        meters: Meters,
        clock: Callable[[], float],
        wall: Callable[[], int],
    ) -> None:
        self._pool, self._desk, self._put, self._meters = pool, desk, put, meters
        self._clock, self._wall = clock, wall
        self._planner = AttentionPlanner()
        self._load = LoadMeter(len(pool.slots))
        self._shares = [1.0] * len(pool.slots)
        self._told: dict[str, Attention] = {}
        self._watched = self._engine = ""
        self._earlier = False  # an earlier measurement is what is assumed
        pool.admit = self._admit

    def assume(self, costs: Costs, *, earlier: bool = True) -> None:
        """What hearing costs here, measured `earlier` or only supposed; what calls cost now soon counts for more.

        While calls tell it themselves, their own figures stay.
        """
        if not (self._load.measured and len(self._pool)):
            self._load, self._earlier = LoadMeter(len(self._pool.slots), costs), earlier

    @property
    def costs(self) -> Costs:
        """As measured until now."""
        return self._load.costs

    def pulse(self, pulse: Pulse) -> None:
        """What a worker spent, and where both channels carry the same sound. Another engine costs something else."""
        if self._engine not in ("", self._pool.engine):
            self._load, self._earlier = LoadMeter(len(self._pool.slots)), False
        self._engine = self._pool.engine
        self._load.spots_phrases = pulse.spots_phrases
        self._load.note(pulse.spent)
        for call, alike in pulse.alike.items():
            self._desk.alike(call, alike)

    def watch(self, call: str) -> None:
        """The supervisor looks at this call."""
        self._watched = call
        self.plan()

    def tell_health(self) -> None:
        """How the workers do."""
        health = self._pool.health()
        self._meters.lag.append(health.lag_ms)
        self._meters.worker_rss_mb = dict(self._pool.rss_mb)
        self._put(health)

    def tick(self, calls: Iterable[str]) -> None:
        """Once a second, with all calls that are known."""
        for call in calls:
            if (position := self._pool.position_ms(call)) > 0:
                self._put(self._desk.dynamics(call, position))
            if self._pool.hears(call):
                for update in self._desk.channels(call, position, self._wall()):
                    self._put(update)
        self._pool.tick()
        for worker, share in enumerate(self._shares):
            lag_ms = self._pool.lag_of(worker)
            if lag_ms > LATE_MS:
                self._shares[worker] = max(LEAST_SHARE, share * LESS)
            elif lag_ms < IN_TIME_MS:
                self._shares[worker] = min(1.0, share + MORE)
        self.plan()
        counts = Counter(attention for _, _, attention in self._pool.placed())
        self._meters.heard_s.update(counts)
        self._meters.costs = self._load.figures
        most = watchable(self._load.costs, self._shares)
        self._meters.hearing = HearingMeasured(
            counts[Attention.WORDS],
            counts[Attention.PHRASES],
            counts[Attention.PRESENCE],
            most,
            self._load.measured,
            self._earlier,
        )
        self._put(self._meters.hearing)

    def plan(self) -> None:
        """Share out anew."""
        placed = self._pool.placed()
        now_ms = self._wall()
        candidates = [
            Candidate(call, worker, self._desk.need(call, now_ms), watched=call == self._watched)
            for call, worker, _ in placed
        ]
        places = self._planner.plan(candidates, self._load.costs, self._shares, self._now_ms())
        for call, worker, attention in placed:
            place = places[call]
            if (place.worker, place.attention) != (worker, attention):
                self._pool.attend(call, place.attention, place.worker)
            if place.attention is not self._told.get(call, Attention.WORDS):
                self._put(CallAttended(call, place.attention, self._pool.position_ms(call)))
                self._desk.attended(call, place.attention, now_ms)
            self._told[call] = place.attention

    def forget(self, call: str) -> None:
        """It is gone."""
        self._told.pop(call, None)

    def _admit(self, call: str, worker: int) -> Attention:
        return self._planner.admit(call, tuple(self._pool.slots[worker].calls), worker, self._now_ms())

    def _now_ms(self) -> int:
        return round(self._clock() * 1000)
