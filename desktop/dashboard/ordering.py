"""Which call needs a human most: the order of the triage list, calm enough to click on."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field

from desktop.dashboard.call_view import CallView
from desktop.dashboard.state import FloorState
from desktop.domain.insight import Severity
from desktop.domain.need import Signs, need_of, quiet

PINNED_MOST = 5  # the "Needs you" section
RESORT_EVERY_MS = 5_000
NEED_STEP = 10.0  # needs that differ by less keep the calls in order of age: a calm floor does not shuffle


def need(view: CallView, now_ms: int) -> float:
    """0 (calm) .. 100 (now). Open alerts weigh most, then mood, its slope, talk-over and silence."""
    going = view.dynamics
    signs = Signs(
        worst=view.worst(now_ms),
        mood=view.mood,
        falling=view.trend < 0,
        talk_over=going is not None and going.talk_over_now and view.two_parties,
        silence_ms=0 if going is None else going.silence_now_ms,
    )
    return need_of(signs, now_ms)


def needs_you(view: CallView, now_ms: int) -> bool:
    """Whether the call belongs to the pinned section: an open alert that nobody took on or snoozed."""
    return not view.over and any(
        a.severity is not Severity.INFO and not quiet(a, now_ms) for a in view.open_alerts.values()
    )


@dataclass(slots=True)
class Order:
    """The order on screen. It moves at most every 5 s and never while `held` (pointer or key)."""

    calls: list[str] = field(default_factory=list)
    pinned: int = 0  # how many of them stand in "Needs you"
    sorted_ms: int = -RESORT_EVERY_MS
    waiting: int = 0  # how many calls would move if they could

    def refresh(self, state: FloorState, now_ms: int, *, held: bool) -> bool:
        """Take in new and gone calls at once, re-sort when allowed; True if anything moved."""
        wanted, pinned = ideal_order(state, now_ms)
        place = {call: index for index, call in enumerate(wanted)}
        before = (list(self.calls), self.pinned)
        urgent = set(wanted[:pinned]) - set(self.calls[: self.pinned])
        may_sort = not held and (not 0 <= now_ms - self.sorted_ms < RESORT_EVERY_MS or bool(urgent))
        if may_sort:
            self.calls, self.pinned, self.sorted_ms = wanted, pinned, now_ms
        else:
            known = set(self.calls)
            there = set(wanted)
            self.pinned = sum(1 for call in self.calls[: self.pinned] if call in there)
            kept = [c for c in self.calls if c in there]
            first_over = self.ended_from(state, kept)
            fresh = [c for c in wanted if c not in known]
            self.calls = [*kept[:first_over], *fresh, *kept[first_over:]]
        self.waiting = len(wanted) - _longest_rise([place[c] for c in self.calls])
        return before != (self.calls, self.pinned)

    def ended_from(self, state: FloorState, calls: Sequence[str]) -> int:
        """Where the "Ended" section begins in `calls`: one that ended under the pointer stays where it was."""
        index = len(calls)
        while index > self.pinned and state.calls[calls[index - 1]].over:
            index -= 1
        return index


def _longest_rise(places: Sequence[int]) -> int:
    """How many of them already stand in the right order among each other."""
    tails: list[int] = []
    for place in places:
        index = bisect_left(tails, place)
        tails[index : index + 1] = [place]
    return len(tails)


def ideal_order(state: FloorState, now_ms: int) -> tuple[list[str], int]:
    """(call ids, number pinned): those that need you, the live ones by need and age, then the ended."""
    live = sorted(state.live, key=lambda v: (-(need(v, now_ms) // NEED_STEP), v.first_seen_ms, v.call))
    pinned = [v for v in live if needs_you(v, now_ms)][:PINNED_MOST]
    head = {v.call for v in pinned}
    rest = [v for v in live if v.call not in head]
    over = sorted((v for v in state.calls.values() if v.over), key=lambda v: (-(v.ended_ms or 0), v.call))
    return [v.call for v in (*pinned, *rest, *over)], len(pinned)
