"""Who is heard in words, who for phrases, who only as speaking: the plan where the machine can't hear everybody.

Words go first to the call that is watched on screen, then to calls with an alert, then by need. Some of the room is
kept for turns: whoever has not been heard for longest comes next and stays for `TURN_MS`, so that every call is heard
from time to time and a new one soon. Who got words keeps them for `STAY_MS` at least.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from desktop.domain.load import Costs
from desktop.domain.speech import Attention
from desktop.insights.capacity import WORKER_LOAD

TURN_MS: Final = 30_000
STAY_MS: Final = 6_000
ALARMED: Final = 35.0
"""Need from which a call is heard before one that has just begun to be heard."""
NEEDY: Final = 15.0
"""Need from which a call is heard for its own sake, not in turn."""
KEPT_FOR_TURNS: Final = 5
"""One in so many, and at least one."""
_INCUMBENT: Final = 5.0
_MARGIN: Final = 0.25  # calls; a worker's room must change by more before it counts
_NEVER: Final = -1
_WORDS: Final = Attention.WORDS


@dataclass(frozen=True, slots=True)
class Candidate:
    """A live call with sound. `need` 0..100."""

    call: str
    worker: int
    need: float
    watched: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """Where a call is heard, and how."""

    worker: int
    attention: Attention


@dataclass(slots=True)
class _Held:
    attention: Attention
    since_ms: int
    came: int  # in which order calls came
    heard_ms: int = _NEVER  # when it was last heard in words


@dataclass(slots=True)
class _Room:
    words: int = 1
    phrases: int = 0


class AttentionPlanner:
    """Times in ms of any steady clock. Not planned yet, a worker is taken to bear one call in words."""

    def __init__(self) -> None:
        self._held: dict[str, _Held] = {}
        self._rooms: dict[int, _Room] = {}
        self._came = 0

    def plan(
        self, candidates: Sequence[Candidate], costs: Costs, shares: Sequence[float], now_ms: int
    ) -> dict[str, Place]:
        """A place for each candidate. `shares`: per worker, how much (0..1) of what it could bear it may use."""
        self._note(candidates, now_ms)
        for worker, share in enumerate(shares):
            count = sum(candidate.worker == worker for candidate in candidates)
            self._measure(worker, count, costs, share * WORKER_LOAD)
        free = {worker: self._rooms[worker].words for worker in range(len(shares))}
        for_need = self._for_need(candidates, sum(free.values()))
        ranked = sorted(candidates, key=lambda candidate: self._rank(candidate, candidate.call in for_need, now_ms))
        in_words = {call for call, held in self._held.items() if held.attention is _WORDS}
        places = _give_words(ranked, free, in_words, for_need - in_words)
        spotting = {worker: self._rooms[worker].phrases for worker in free}
        for candidate in ranked:
            if candidate.call not in places:
                spots = spotting[candidate.worker] > 0
                spotting[candidate.worker] -= spots
                attention = Attention.PHRASES if spots else Attention.PRESENCE
                places[candidate.call] = Place(candidate.worker, attention)
        for call, place in places.items():
            self._hold(call, place.attention, now_ms)
        return places

    def admit(self, call: str, on_worker: Sequence[str], worker: int, now_ms: int) -> Attention:
        """How to hear a call that begins just now on a worker that has these already."""
        heard = sum(self._held[other].attention is _WORDS for other in on_worker if other in self._held)
        attention = _WORDS if heard < self._rooms.get(worker, _Room()).words else Attention.PRESENCE
        self._came += 1
        self._held[call] = _Held(attention, now_ms, self._came)
        return attention

    def _note(self, candidates: Sequence[Candidate], now_ms: int) -> None:
        there = {candidate.call for candidate in candidates}
        self._held = {call: held for call, held in self._held.items() if call in there}
        for candidate in candidates:
            if candidate.call not in self._held:
                self._came += 1
                self._held[candidate.call] = _Held(Attention.PRESENCE, now_ms, self._came)
            held = self._held[candidate.call]
            if held.attention is _WORDS:
                held.heard_ms = now_ms

    def _hold(self, call: str, attention: Attention, now_ms: int) -> None:
        held = self._held[call]
        if held.attention is not attention:
            held.attention, held.since_ms = attention, now_ms

    def _measure(self, worker: int, calls: int, costs: Costs, budget: float) -> None:
        """A worker's room for words and phrases, changed only when it clearly did."""
        room = self._rooms.setdefault(worker, _Room())
        spare = budget - calls * costs.call
        words, phrases = costs.words * costs.talk, (costs.phrases or 0.0) * costs.talk
        if costs.phrases is None or words <= phrases:
            room.words = _steady(room.words, spare / words if words > 0 else calls + 2)
            room.phrases = 0
            return
        room.words = _steady(room.words, (spare - calls * phrases) / (words - phrases))
        rest = spare - room.words * words
        room.phrases = _steady(room.phrases, rest / phrases if phrases > 0 else calls + 2, least=0)

    def _for_need(self, candidates: Sequence[Candidate], room: int) -> set[str]:
        """Those who are heard because they need it; they leave some room for turns."""
        kept = 0 if room < 2 or len(candidates) <= room else max(1, room // KEPT_FOR_TURNS)
        needy = sorted(
            (candidate for candidate in candidates if candidate.need >= NEEDY and not candidate.watched),
            key=self._by_need,
        )
        return {candidate.call for candidate in needy[: room - kept]}

    def _by_need(self, candidate: Candidate) -> tuple[float, ...]:
        held = self._held[candidate.call]
        return (-candidate.need - (_INCUMBENT if held.attention is _WORDS else 0.0), held.came)

    def _rank(self, candidate: Candidate, for_need: bool, now_ms: int) -> tuple[float, ...]:
        held = self._held[candidate.call]
        in_words, lasted = held.attention is _WORDS, now_ms - held.since_ms
        if candidate.watched:
            return (0,)
        if for_need and candidate.need >= ALARMED:
            return (1, *self._by_need(candidate))
        if in_words and lasted < STAY_MS:
            return (2, held.since_ms, held.came)
        if for_need:
            return (3, *self._by_need(candidate))
        if in_words and lasted < TURN_MS:
            return (4, held.since_ms, held.came)
        return (5, held.heard_ms, held.came)


def _steady(before: int, found: float, least: int = 1) -> int:
    """A whole number of calls that does not waver with its measurement."""
    if found >= before + 1 + _MARGIN or found < before - _MARGIN:
        return max(least, math.floor(min(max(found, -1e6), 1e6)))
    return max(least, before)


def _give_words(
    ranked: Sequence[Candidate], free: dict[int, int], in_words: set[str], moving: set[str]
) -> dict[str, Place]:
    """Words in this order. Who needs them moves to a worker that has room; others only where room is left over."""
    places: dict[str, Place] = {}
    waiting = []
    for candidate in ranked:
        if free[candidate.worker] > 0:
            _take(candidate.call, candidate.worker, free, places)
        elif candidate.call in moving and (worker := _roomiest(free)) is not None:
            _take(candidate.call, worker, free, places)
        else:
            waiting.append(candidate)
    for candidate in waiting:
        if candidate.call not in in_words and (worker := _roomiest(free)) is not None:
            _take(candidate.call, worker, free, places)
    return places


def _take(call: str, worker: int, free: dict[int, int], places: dict[str, Place]) -> None:
    free[worker] -= 1
    places[call] = Place(worker, _WORDS)


def _roomiest(free: dict[int, int]) -> int | None:
    worker = max(free, key=lambda each: (free[each], -each))
    return worker if free[worker] > 0 else None
