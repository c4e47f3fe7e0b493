"""Who is heard how, where the machine can't hear everybody."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.domain.load import Costs
from desktop.domain.speech import Attention
from desktop.insights.attention import (
    ALARMED,
    KEPT_FOR_TURNS,
    NEEDY,
    STAY_MS,
    TURN_MS,
    AttentionPlanner,
    Candidate,
    Place,
)
from desktop.insights.capacity import WORKER_LOAD

WORDS, PHRASES, PRESENCE = Attention.WORDS, Attention.PHRASES, Attention.PRESENCE
COSTS = Costs(call=0.01, words=0.1, talk=1.0)
SECOND = 1_000


def bears(calls: int) -> Costs:
    """What things cost where one worker bears so many calls in words."""
    return Costs(call=0.0, words=WORKER_LOAD / (calls + 0.5), talk=1.0)


class Floor:
    """A planner, its clock, and the calls as the pool would place them."""

    def __init__(self, calls: int, workers: int = 1, costs: Costs | None = None) -> None:
        self.planner = AttentionPlanner()
        self.costs = costs or bears(3)
        self.shares = [1.0] * workers
        self.calls = {f"c{n}": Candidate(f"c{n}", n % workers, 0.0) for n in range(calls)}
        self.now_ms = 0
        self.places: dict[str, Place] = {}

    def need(self, call: str, need: float) -> None:
        self.calls[call] = replace(self.calls[call], need=need)

    def watch(self, call: str) -> None:
        self.calls = {name: replace(known, watched=name == call) for name, known in self.calls.items()}

    def plan(self, after_ms: int = SECOND) -> dict[str, Place]:
        self.now_ms += after_ms
        self.places = self.planner.plan(list(self.calls.values()), self.costs, self.shares, self.now_ms)
        for call, place in self.places.items():
            self.calls[call] = replace(self.calls[call], worker=place.worker)
        return self.places

    def heard(self, attention: Attention = WORDS) -> set[str]:
        return {call for call, place in self.places.items() if place.attention is attention}


def test_where_there_is_room_everybody_is_heard_in_words() -> None:
    floor = Floor(3)
    floor.plan()
    assert floor.heard() == {"c0", "c1", "c2"}
    assert Floor(0).plan() == {}


def test_the_call_on_screen_is_always_heard_and_at_once() -> None:
    floor = Floor(12, costs=bears(1))
    for call in ("c0", "c1", "c2", "c3", "c4"):
        floor.need(call, 60.0)
    floor.plan()
    assert floor.heard() == {"c0"}
    floor.watch("c9")
    floor.plan(after_ms=1)
    assert floor.heard() == {"c9"}


def test_words_go_where_they_are_needed_most_and_some_room_is_kept_for_turns() -> None:
    floor = Floor(20, costs=bears(5))
    for number in range(10):
        floor.need(f"c{number}", 40.0 + number)
    floor.plan()
    needy = floor.heard() & {f"c{number}" for number in range(10)}
    assert needy == {"c6", "c7", "c8", "c9", "c0"}  # the last of them in its turn: nobody was heard before
    assert len(floor.heard()) == 5
    assert 5 // KEPT_FOR_TURNS == 1


def test_everybody_is_heard_from_time_to_time_however_needy_others_are() -> None:
    floor = Floor(15, costs=bears(4))
    for number in range(5):
        floor.need(f"c{number}", 60.0)
    ever: set[str] = set()
    for _ in range(15 * TURN_MS // SECOND):
        floor.plan()
        ever |= floor.heard()
        assert len(floor.heard()) == 4
    assert ever == set(floor.calls)


def test_turns_are_taken_in_order_and_last() -> None:
    floor = Floor(6, costs=bears(2))
    floor.plan()
    assert floor.heard() == {"c0", "c1"}
    floor.plan(TURN_MS - 2 * SECOND)
    assert floor.heard() == {"c0", "c1"}
    floor.plan(3 * SECOND)
    assert floor.heard() == {"c2", "c3"}
    floor.plan(TURN_MS)
    assert floor.heard() == {"c4", "c5"}
    floor.plan(TURN_MS)
    assert floor.heard() == {"c0", "c1"}


def test_a_new_call_comes_next() -> None:
    floor = Floor(6, costs=bears(2))
    for _ in range(4):
        floor.plan(TURN_MS)
    floor.calls["new"] = Candidate("new", 0, 0.0)
    floor.plan(TURN_MS)
    assert "new" in floor.heard()


def test_who_got_words_keeps_them_for_a_while_unless_somebody_is_alarmed() -> None:
    floor = Floor(4, costs=bears(1))
    floor.plan()
    assert floor.heard() == {"c0"}
    floor.need("c3", NEEDY + 1)
    floor.plan()
    assert floor.heard() == {"c0"}
    floor.plan(STAY_MS)
    assert floor.heard() == {"c3"}
    floor.need("c2", ALARMED + 20)
    floor.plan()
    assert floor.heard() == {"c2"}


def test_needs_that_waver_do_not_make_words_waver() -> None:
    floor = Floor(2, costs=bears(1))
    floor.need("c0", 20.0)
    floor.need("c1", 21.0)
    floor.plan()
    changes = 0
    before = floor.heard()
    for second in range(120):
        floor.need("c0", 20.0 + second % 4)
        floor.need("c1", 21.0 + (second + 2) % 4)
        floor.plan()
        changes += floor.heard() != before
        before = floor.heard()
    assert changes == 0


def test_room_that_wavers_does_not_make_words_waver() -> None:
    floor = Floor(8)
    sizes = set()
    for second in range(60):
        floor.costs = Costs(0.0, WORKER_LOAD / (3.95 + 0.2 * (second % 2)), 1.0)
        floor.plan()
        sizes.add(len(floor.heard()))
    assert len(sizes) == 1


def test_a_worker_that_is_behind_hears_fewer() -> None:
    floor = Floor(8, costs=bears(6))
    floor.plan()
    assert len(floor.heard()) == 6
    floor.shares = [0.5]
    floor.plan(TURN_MS)
    assert len(floor.heard()) == 3


def test_a_call_in_need_moves_to_a_worker_that_has_room() -> None:
    floor = Floor(4, workers=2, costs=bears(1))
    floor.calls = {name: replace(known, worker=0) for name, known in floor.calls.items()}
    floor.need("c2", 50.0)
    floor.need("c3", 60.0)
    floor.plan()
    assert floor.places["c3"] == Place(0, WORDS)
    assert floor.places["c0"] == Place(1, WORDS)  # the one in its turn goes where room is left over


def test_a_call_in_need_displaces_on_another_worker_whom_nobody_needs() -> None:
    floor = Floor(12, workers=2, costs=bears(2))
    floor.calls = {name: replace(known, worker=int(name in ("c0", "c1"))) for name, known in floor.calls.items()}
    floor.plan()
    assert floor.heard() == {"c0", "c1", "c2", "c3"}
    for number, call in enumerate(("c9", "c8", "c7")):
        floor.need(call, 60.0 - number)
    floor.plan()
    assert floor.places["c9"] == Place(0, WORDS)
    assert floor.places["c7"] == Place(1, WORDS)
    assert len(floor.heard()) == 4


def test_who_is_being_heard_never_moves() -> None:
    floor = Floor(9, workers=3, costs=bears(2))
    for _ in range(100):
        before = {call: floor.calls[call].worker for call in floor.heard()}
        floor.plan(TURN_MS // 3)
        for call in floor.heard() & before.keys():
            assert floor.places[call].worker == before[call]


def test_keywords_next() -> None:
    floor = Floor(20, costs=Costs(0.0, 0.1, 1.0, phrases=0.02))
    floor.plan()
    # 0.7 of a core: four in words leave 0.3, enough for fifteen of the sixteen others
    assert (len(floor.heard()), len(floor.heard(PHRASES)), len(floor.heard(PRESENCE))) == (3, 17, 0)
    floor = Floor(60, costs=Costs(0.0, 0.1, 1.0, phrases=0.02))
    floor.plan()
    assert (len(floor.heard()), len(floor.heard(PHRASES)), len(floor.heard(PRESENCE))) == (1, 30, 29)
    cheap = Floor(5, costs=Costs(0.0, 0.0, 0.0, phrases=0.0))
    cheap.plan()
    assert len(cheap.heard()) == 5


def test_an_engine_whose_phrases_cost_nothing_watches_all() -> None:
    floor = Floor(20, costs=Costs(0.0, 0.2, 1.0, phrases=0.0))
    floor.plan()
    assert len(floor.heard()) == 3
    assert floor.heard(PRESENCE) == set()


def test_a_call_that_begins_is_heard_where_there_is_room() -> None:
    planner = AttentionPlanner()
    assert planner.admit("c0", (), 0, 0) is WORDS
    assert planner.admit("c1", ("c0",), 0, 0) is PRESENCE  # nothing is known of this machine yet
    planner.plan([Candidate("c0", 0, 0.0), Candidate("c1", 0, 0.0)], bears(3), [1.0], SECOND)
    assert planner.admit("c2", ("c0", "c1", "gone"), 0, 2 * SECOND) is WORDS
    assert planner.admit("c3", ("c0", "c1", "c2"), 0, 2 * SECOND) is PRESENCE


@given(
    needs=st.lists(st.floats(0, 100), min_size=1, max_size=40),
    workers=st.integers(1, 4),
    words=st.floats(0.01, 2.0),
    phrases=st.none() | st.floats(0.0, 0.5),
    call=st.floats(0.0, 0.2),
    steps=st.lists(st.integers(1, 40_000), min_size=1, max_size=12),
    watched=st.integers(0, 39),
)
def test_whatever_the_floor(
    needs: list[float],
    workers: int,
    words: float,
    phrases: float | None,
    call: float,
    steps: list[int],
    watched: int,
) -> None:
    floor = Floor(len(needs), workers, Costs(call, words, 0.9, phrases))
    for number, need in enumerate(needs):
        floor.need(f"c{number}", need)
    floor.watch(f"c{watched}")
    for step in steps:
        floor.plan(step)
        assert floor.places.keys() == floor.calls.keys()
        if f"c{watched}" in floor.calls:
            assert f"c{watched}" in floor.heard()
        assert floor.heard()
        if phrases is None:
            assert not floor.heard(PHRASES)
        by_worker = Counter(place.worker for place in floor.places.values() if place.attention is WORDS)
        for worker, count in by_worker.items():
            mine = sum(candidate.worker == worker for candidate in floor.calls.values())
            assert count <= max(1, mine)


@pytest.mark.parametrize("calls", [1, 10, 100])
def test_a_machine_that_costs_nothing_hears_everybody(calls: int) -> None:
    floor = Floor(calls, costs=Costs(0.0, 0.0, 0.9))
    floor.plan()
    assert len(floor.heard()) == calls


def test_an_engine_that_costs_nothing_hears_every_call_that_comes() -> None:
    floor = Floor(1, costs=Costs(0.0, 0.0, 1.0))
    for number in range(1, 8):
        floor.plan()
        assert len(floor.heard()) == number
        floor.calls[f"c{number}"] = Candidate(f"c{number}", 0, 0.0)
