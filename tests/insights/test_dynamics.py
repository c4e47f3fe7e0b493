"""Silence, talk-over and shares from voice activity."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from desktop.domain.insight import CallDynamics
from desktop.domain.media import Party
from desktop.domain.speech import SpeechActivity
from desktop.insights import dynamics
from desktop.insights.dynamics import HORIZON_MS, MAX_CALLS, MAX_STRETCHES, DynamicsMeter

A, C, M = Party.AGENT, Party.CUSTOMER, Party.MIXED


def stretch(party: Party, start: int, end: int, *, still: bool = False, call: str = "c") -> SpeechActivity:
    return SpeechActivity(call, party, start, end, still)


def heard(*activities: SpeechActivity) -> DynamicsMeter:
    meter = DynamicsMeter()
    for activity in activities:
        meter.hear(activity)
    return meter


def test_a_call_that_nobody_heard_is_all_zero_but_quiet() -> None:
    assert DynamicsMeter().measure("c", 0) == CallDynamics("c", 0, 0.0, 0.0, 0.0, 0, False, 0)
    assert DynamicsMeter().measure("c", 4000).silence_now_ms == 4000


def test_shares_are_of_the_time_since_first_audio() -> None:
    got = heard(stretch(A, 0, 2000), stretch(C, 1000, 4000)).measure("c", 10_000)
    assert (got.agent_share, got.customer_share, got.talk_over_share) == (0.2, 0.3, 0.1)
    assert (got.silence_now_ms, got.longest_silence_ms, got.talk_over_now) == (6000, 6000, False)


def test_silence_before_between_and_after() -> None:
    meter = heard(stretch(A, 3000, 4000), stretch(C, 9000, 10_000))
    assert meter.measure("c", 10_000).longest_silence_ms == 5000
    assert meter.measure("c", 10_000).silence_now_ms == 0
    assert meter.measure("c", 12_000).silence_now_ms == 2000


def test_an_open_stretch_reaches_until_now_and_is_replaced_by_the_next_with_its_start() -> None:
    meter = heard(stretch(A, 1000, 1200, still=True))
    assert meter.measure("c", 2000).agent_share == 0.5
    assert meter.measure("c", 2000).silence_now_ms == 0
    meter.hear(stretch(A, 1000, 1500))
    assert meter.measure("c", 2000).agent_share == 0.25
    assert meter.measure("c", 2000).silence_now_ms == 500


def test_an_open_stretch_that_nobody_extends_ends_where_it_was_last_known() -> None:
    meter = heard(stretch(A, 0, 1000, still=True))
    got = meter.measure("c", 10_000)
    assert (got.agent_share, got.silence_now_ms) == (0.1, 9000)


def test_talk_over_now() -> None:
    meter = heard(stretch(A, 0, 900, still=True), stretch(C, 500, 900, still=True))
    assert meter.measure("c", 1000).talk_over_now
    meter.hear(stretch(C, 500, 900))
    assert not meter.measure("c", 1000).talk_over_now


def test_a_mixed_channel_breaks_silence_and_has_no_share() -> None:
    got = heard(stretch(M, 0, 5000)).measure("c", 6000)
    assert (got.agent_share, got.customer_share, got.silence_now_ms) == (0.0, 0.0, 1000)


def test_overlapping_stretches_of_one_party_count_once() -> None:
    got = heard(stretch(A, 0, 2000), stretch(A, 1000, 3000), stretch(A, 3000, 4000), stretch(A, 9, 9)).measure(
        "c", 4000
    )
    assert got.agent_share == 1.0


def test_time_that_goes_back_measures_the_newest_time_that_was_settled() -> None:
    meter = heard(stretch(A, 0, 1000))
    meter.measure("c", HORIZON_MS + 5000)
    assert meter.measure("c", 10).at_ms == 5000


def test_a_forgotten_call_begins_again() -> None:
    meter = heard(stretch(A, 0, 1000))
    meter.forget("c")
    meter.forget("unknown")
    assert meter.measure("c", 1000).agent_share == 0.0


def test_a_flood_of_stretches_or_calls_is_bounded() -> None:
    meter = DynamicsMeter()
    for at in range(MAX_STRETCHES * 2):
        meter.hear(stretch(A, at * 2, at * 2 + 1))
    assert len(meter._calls["c"].stretches[A]) == MAX_STRETCHES
    for number in range(MAX_CALLS + 5):
        meter.hear(stretch(A, 0, 1, call=str(number)))
    assert len(meter._calls) == MAX_CALLS


def oracle(stretches: list[SpeechActivity], now: int, grain: int) -> tuple[float, float, float, int, int]:
    """The same figures by asking every grain of time."""
    agent = customer = both = quiet = longest = 0
    for at in range(0, now, grain):
        speaking = {one.party for one in stretches if one.start_ms <= at < one.end_ms}
        agent, customer, both = agent + (A in speaking), customer + (C in speaking), both + ({A, C} <= speaking)
        quiet = 0 if speaking else quiet + grain
        longest = max(longest, quiet)
    return agent * grain / now, customer * grain / now, both * grain / now, quiet, longest


pieces = st.lists(
    st.tuples(st.sampled_from([A, C, M]), st.integers(0, 400), st.integers(0, 30)),
    max_size=25,
    unique_by=lambda p: p[:2],
)


@given(pieces, st.integers(1, 450))
@settings(max_examples=60)
def test_figures_agree_with_asking_every_moment(pieces: list[tuple[Party, int, int]], now: int) -> None:
    """A meter measured all along (so that it settles) agrees with one that sees everything at once."""
    grain = 500
    stretches = [stretch(party, start * grain, (start + length) * grain) for party, start, length in pieces]
    meter = DynamicsMeter()
    waiting = sorted(stretches, key=lambda one: one.end_ms)
    for at in range(0, now * grain, 7 * grain):
        while waiting and waiting[0].end_ms <= at:
            meter.hear(waiting.pop(0))
        meter.measure("c", at)
    for one in waiting:
        meter.hear(one)
    got = meter.measure("c", now * grain)
    agent, customer, both, quiet, longest = oracle(stretches, now * grain, grain)
    assert (got.agent_share, got.customer_share, got.talk_over_share) == pytest.approx((agent, customer, both))
    assert (got.silence_now_ms, got.longest_silence_ms) == (quiet, longest)
    assert got.talk_over_share <= min(got.agent_share, got.customer_share) + 1e-9
    assert got.agent_share + got.customer_share - got.talk_over_share <= 1 + 1e-9


def test_a_two_hour_call_costs_as_much_at_its_end_as_at_its_beginning() -> None:
    meter = DynamicsMeter()
    took: list[float] = []
    for at in range(0, 7_200_000, 2000):
        meter.hear(stretch(A, at, at + 900))
        meter.hear(stretch(C, at + 700, at + 1500))
        started = time.perf_counter()
        got = meter.measure("c", at + 2000)
        took.append(time.perf_counter() - started)
    assert (got.agent_share, got.customer_share, got.talk_over_share) == pytest.approx((0.45, 0.4, 0.1))
    assert got.longest_silence_ms == 500
    assert all(len(kept) <= HORIZON_MS // 2000 + 2 for kept in meter._calls["c"].stretches.values())
    hundred = sorted(took)
    assert hundred[len(hundred) // 2] < 0.005


def test_the_horizon_is_wider_than_recognition_may_lag() -> None:
    assert dynamics.HORIZON_MS >= 30_000
