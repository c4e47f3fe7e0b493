"""The order: those that need a human first, calm enough to click on."""

from __future__ import annotations

from desktop.dashboard.ordering import PINNED_MOST, RESORT_EVERY_MS, Order, ideal_order, need, needs_you
from desktop.dashboard.state import FloorState, apply_all
from desktop.domain.alert import AlertState
from desktop.domain.insight import Severity
from desktop.domain.updates import AlertChanged, CallRemoved, DynamicsMeasured, ReadingMade, Update
from tests.dashboard.builders import alert, dynamics, floor, over, reading, seen, view

NOW = 100_000


def unhappy(call: str, average: float) -> Update:
    return ReadingMade(reading(average, call=call))


def three() -> FloorState:
    state, _ = floor([seen("a", at=1), seen("b", at=2), seen("c", at=3)])
    return state


def test_need_grows_with_alerts_mood_slope_talk_over_and_silence() -> None:
    assert need(view(), NOW) == 0
    assert need(view([AlertChanged(alert(1, Severity.CRITICAL))]), NOW) == 60
    assert need(view([AlertChanged(alert(1, Severity.CRITICAL, acknowledged=True))]), NOW) == 15
    assert need(view([AlertChanged(alert(1, state=AlertState.RECOVERING))]), NOW) == 20
    assert need(view([unhappy("c", 0.8)]), NOW) == 0
    assert need(view([unhappy("c", 0.0), unhappy("c", -0.4)]), NOW) == 15
    assert need(view([DynamicsMeasured(dynamics(60_000, both=True))]), NOW) == 10
    worst = [AlertChanged(alert(1, Severity.CRITICAL)), unhappy("c", 0.0), unhappy("c", -1.0)]
    assert need(view([*worst, DynamicsMeasured(dynamics(60_000, both=True))]), NOW) == 100


def test_who_needs_you() -> None:
    assert not needs_you(view(), NOW)
    assert needs_you(view([AlertChanged(alert(1))]), NOW)
    assert not needs_you(view([AlertChanged(alert(1, Severity.INFO))]), NOW)
    assert not needs_you(view([AlertChanged(alert(1, acknowledged=True))]), NOW)
    assert not needs_you(view([AlertChanged(alert(1)), over()]), NOW)


def test_pinned_then_live_by_need_and_age_then_ended_newest_first() -> None:
    state = three()
    apply_all(state, [AlertChanged(alert(1, call="c")), unhappy("b", -0.5)])
    apply_all(state, [seen("x"), over("x", ended=10), seen("y"), over("y", ended=20), seen("z"), over("z", ended=None)])
    assert ideal_order(state, NOW) == (["c", "b", "a", "y", "x", "z"], 1)


def test_small_differences_of_need_do_not_shuffle_a_calm_floor() -> None:
    state = three()
    apply_all(state, [unhappy("c", -0.3), unhappy("b", -0.1), DynamicsMeasured(dynamics(12_000, call="c"))])
    assert need(state.calls["c"], NOW) > need(state.calls["b"], NOW) > need(state.calls["a"], NOW)
    assert ideal_order(state, NOW)[0] == ["a", "b", "c"]


def test_only_a_few_are_pinned() -> None:
    calls = [f"c{n}" for n in range(PINNED_MOST + 2)]
    state, _ = floor([seen(c) for c in calls] + [AlertChanged(alert(n, call=c)) for n, c in enumerate(calls)])
    ordered, pinned = ideal_order(state, NOW)
    assert (len(ordered), pinned) == (PINNED_MOST + 2, PINNED_MOST)


def test_it_sorts_at_most_every_five_seconds() -> None:
    state, order = three(), Order()
    assert order.refresh(state, 0, held=False)
    assert order.calls == ["a", "b", "c"]
    apply_all(state, [unhappy("c", -0.4)])
    assert not order.refresh(state, RESORT_EVERY_MS - 1, held=False)
    assert order.waiting == 1
    assert order.refresh(state, RESORT_EVERY_MS, held=False)
    assert (order.calls, order.waiting) == (["c", "a", "b"], 0)
    assert not order.refresh(state, 2 * RESORT_EVERY_MS, held=False)


def test_a_clock_that_is_set_back_does_not_freeze_the_list() -> None:
    state, order = three(), Order()
    order.refresh(state, 3_600_000, held=False)
    apply_all(state, [unhappy("c", -0.4)])
    assert order.refresh(state, 0, held=False)
    assert order.calls == ["c", "a", "b"]


def test_an_alert_does_not_wait_for_the_next_sort_unless_the_list_is_held() -> None:
    state, order = three(), Order()
    order.refresh(state, 0, held=False)
    apply_all(state, [AlertChanged(alert(1, call="b"))])
    assert not order.refresh(state, 100, held=True)
    assert order.waiting == 1
    assert order.refresh(state, 200, held=False)
    assert (order.calls, order.pinned) == (["b", "a", "c"], 1)


def test_waiting_counts_the_calls_that_move_not_those_that_are_pushed() -> None:
    state, _ = floor([seen(f"c{n}", at=n) for n in range(9)])
    order = Order()
    order.refresh(state, 0, held=False)
    apply_all(state, [unhappy("c8", -0.9), unhappy("c7", -0.8)])
    order.refresh(state, 100, held=True)
    assert order.waiting == 2


def test_while_held_new_calls_come_before_the_ended_and_gone_ones_leave() -> None:
    state = three()
    apply_all(state, [AlertChanged(alert(1, call="a")), over("c")])
    order = Order()
    order.refresh(state, 0, held=False)
    assert (order.calls, order.pinned) == (["a", "b", "c"], 1)
    apply_all(state, [seen("new")])
    order.refresh(state, 100, held=True)
    assert order.calls == ["a", "b", "new", "c"]
    del state.calls["a"]
    order.refresh(state, 200, held=True)
    assert (order.calls, order.pinned) == (["b", "new", "c"], 0)


def test_a_call_that_ends_under_the_pointer_stays_where_it_was() -> None:
    state, order = three(), Order()
    order.refresh(state, 0, held=False)
    apply_all(state, [over("a"), CallRemoved("a")])
    order.refresh(state, 100, held=True)
    assert order.calls == ["a", "b", "c"]
    assert order.ended_from(state, order.calls) == 3
    order.refresh(state, RESORT_EVERY_MS, held=False)
    assert order.ended_from(state, order.calls) == 2


def test_a_snoozed_call_does_not_need_you_until_the_snooze_ends() -> None:
    found = view([AlertChanged(alert(1, Severity.CRITICAL, snoozed=NOW + 60_000))])
    assert not needs_you(found, NOW)
    assert need(found, NOW) == 15
    assert needs_you(found, NOW + 60_000)
    assert need(found, NOW + 60_000) == 60
