"""From what workers spent to what calls cost here."""

from __future__ import annotations

import pytest

from desktop.domain.load import Costs, Spent, Work
from desktop.domain.speech import Attention
from desktop.insights.capacity import WORKER_LOAD
from desktop.insights.load import MOST_CONTENTION, USUAL, LoadMeter, watchable

TRUE = Costs(call=0.02, words=0.3, talk=0.8, phrases=0.05)


def spent(calls: int, span_s: float = 0.25, contention: float = 1.0, attention: Attention | None = None) -> Spent:
    """A worker with so many two-party calls of each attention, on a machine where TRUE holds."""
    work, cpu = [], 0.0
    for kind, dear in ((Attention.WORDS, TRUE.words), (Attention.PHRASES, 0.05), (Attention.PRESENCE, 0.0)):
        if attention in (None, kind):
            audio, speech = 2 * calls * span_s, TRUE.talk * calls * span_s
            work.append(Work(kind, TRUE.call / 4 * audio + dear * speech, audio, speech))
            cpu += work[-1].cpu_s
    decode = TRUE.call / 4 * sum(each.audio_s for each in work)
    cpu += decode
    return Spent(span_s, contention * cpu, cpu, decode, calls * len(work), tuple(work))


def test_before_anything_was_measured_the_usual_holds() -> None:
    meter = LoadMeter(2)
    costs = meter.costs
    assert (costs.call, costs.words, costs.talk) == pytest.approx((USUAL.call, USUAL.words, USUAL.talk))
    assert not meter.measured


@pytest.mark.parametrize("contention", [1.0, 1.8])
def test_it_finds_what_calls_cost(contention: float) -> None:
    meter = LoadMeter(1)
    meter.spots_phrases = True
    for _ in range(4 * 120):
        meter.note(spent(3, contention=contention))
    assert meter.measured
    assert meter.contention == pytest.approx(contention, rel=0.02)
    costs = meter.costs
    assert costs.call == pytest.approx(TRUE.call * contention, rel=0.05)
    assert costs.words == pytest.approx(TRUE.words * contention, rel=0.05)
    assert costs.phrases == pytest.approx(0.05 * contention, rel=0.05)
    assert costs.talk == pytest.approx(TRUE.talk, rel=0.05)
    assert meter.figures["contention"] == meter.contention
    assert meter.cpu_costs.words * meter.contention == pytest.approx(costs.words)


def test_what_is_not_measured_any_more_keeps_its_value() -> None:
    meter = LoadMeter(1)
    for _ in range(4 * 60):
        meter.note(spent(3))
    words = meter.costs.words
    for _ in range(4 * 3600):
        meter.note(spent(3, attention=Attention.PRESENCE))
        meter.note(Spent(0.25, 0.0, 0.0, 0.0, 0, ()))
    assert meter.costs.words == pytest.approx(words, rel=0.01)


def test_calls_whose_attention_has_just_changed_say_nothing_about_either() -> None:
    meter = LoadMeter(1)
    before = meter.costs
    for _ in range(100):
        meter.note(Spent(0.25, 0.5, 0.5, 0.00125, 1, (Work(None, 0.4, 0.5, 0.225),)))
    assert (meter.costs.words, meter.costs.call) == pytest.approx((before.words, before.call), rel=0.05)
    assert not meter.measured


def test_contention_stays_within_reason() -> None:
    meter = LoadMeter(1)
    for _ in range(1000):
        meter.note(Spent(1.0, 1.0, 0.001, 0.0, 0, ()))
    assert meter.contention == MOST_CONTENTION
    for _ in range(100_000):
        meter.note(Spent(1.0, 0.5, 1.0, 0.0, 0, ()))
    assert meter.contention == 1.0


def test_assumed_phrases_count_until_measured() -> None:
    assert LoadMeter(1, TRUE).costs.phrases == pytest.approx(0.05)
    assert LoadMeter(1).costs.phrases is None


def test_how_many_calls_can_be_watched() -> None:
    costs = Costs(call=0.01, words=0.1, talk=0.9)
    assert watchable(costs, [1.0, 1.0]) == 14
    assert watchable(costs, [1.0, 0.5]) == 10
    assert watchable(costs, []) == 0
    assert watchable(Costs(0.0, 0.0, 0.9), [1.0]) == 0
    assert watchable(Costs(WORKER_LOAD, 0.0, 0.0), [1.0]) == 1


def test_calls_that_are_heard_for_less_are_more() -> None:
    whole, engine_without = [1.0, 1.0], Costs(0.01, 0.1, 0.9)
    engine = Costs(0.01, 0.1, 0.9, 0.04)
    assert [watchable(engine, whole, how) for how in Attention] == [
        {Attention.WORDS: 14, Attention.PHRASES: 30, Attention.PRESENCE: 140}[how] for how in Attention
    ]
    assert watchable(engine_without, whole, Attention.PHRASES) == watchable(engine_without, whole) == 14
