"""The circuit breaker: when it opens, how it asks once, and what stragglers may not do."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from desktop.protocols.circuit import Circuit, CircuitState


def opened(failures: int = 3, cool_down_s: float = 30.0, at_s: float = 100.0) -> Circuit:
    circuit = Circuit(failures, cool_down_s)
    for _ in range(failures):
        ticket = circuit.admit(at_s)
        assert ticket is not None
        circuit.failed(ticket, at_s)
    return circuit


def test_it_opens_after_so_many_failures_in_a_row() -> None:
    circuit = Circuit(3, 30.0)
    for outcome in ("bad", "bad", "good", "bad", "bad"):
        ticket = circuit.admit(0.0)
        assert ticket is not None
        if outcome == "good":
            circuit.succeeded(ticket)
        else:
            circuit.failed(ticket, 0.0)
    assert circuit.state(0.0) is CircuitState.CLOSED
    last = circuit.admit(0.0)
    assert last is not None
    circuit.failed(last, 5.0)
    assert circuit.state(5.0) is CircuitState.OPEN
    assert circuit.admit(5.0) is None
    assert circuit.retry_in_s(10.0) == 25.0


def test_one_probe_after_the_cool_down_and_no_second_one() -> None:
    circuit = opened()
    assert circuit.admit(129.9) is None
    assert circuit.admit(130.0) is not None
    assert circuit.state(130.0) is CircuitState.HALF_OPEN
    assert circuit.admit(131.0) is None
    assert circuit.retry_in_s(131.0) == 0.0


def test_a_good_probe_closes_and_a_bad_one_opens_again() -> None:
    good, bad = opened(), opened()
    ticket = good.admit(130.0)
    assert ticket is not None
    good.succeeded(ticket)
    assert good.state(130.0) is CircuitState.CLOSED
    ticket = bad.admit(130.0)
    assert ticket is not None
    bad.failed(ticket, 132.0)
    assert bad.state(132.0) is CircuitState.OPEN
    assert bad.retry_in_s(132.0) == 30.0


def test_an_abandoned_probe_may_be_tried_again() -> None:
    circuit = opened()
    ticket = circuit.admit(130.0)
    assert ticket is not None
    circuit.abandoned(ticket)
    assert circuit.admit(130.0) is not None


def test_stragglers_of_an_earlier_era_count_no_more() -> None:
    circuit = Circuit(1, 30.0)
    slow, slower, lost = circuit.admit(0.0), circuit.admit(0.0), circuit.admit(0.0)
    breaking = circuit.admit(0.0)
    assert slow is not None
    assert slower is not None
    assert lost is not None
    assert breaking is not None
    circuit.failed(breaking, 1.0)
    circuit.succeeded(slow)
    circuit.abandoned(lost)
    assert circuit.state(1.0) is CircuitState.OPEN
    probe = circuit.admit(31.0)
    assert probe is not None
    circuit.failed(slower, 31.0)
    assert circuit.state(31.0) is CircuitState.HALF_OPEN
    assert circuit.admit(31.0) is None


@settings(deadline=None)
@given(st.lists(st.sampled_from(["good", "bad", "gone", "later"]), max_size=60), st.integers(1, 5))
def test_an_open_circuit_admits_nothing_and_a_half_open_one_at_most_one(steps: list[str], failures: int) -> None:
    circuit, now, pending = Circuit(failures, 10.0), 0.0, list[int]()
    for step in steps:
        before = circuit.state(now)
        ticket = circuit.admit(now)
        if before is CircuitState.OPEN:
            assert ticket is None
        if before is CircuitState.CLOSED:
            assert ticket is not None
        if before is CircuitState.HALF_OPEN and ticket is not None:
            assert circuit.admit(now) is None
        if ticket is not None:
            pending.append(ticket)
        if step == "later":
            now += 4.0
        elif pending:
            match step:
                case "good":
                    circuit.succeeded(pending.pop())
                case "bad":
                    circuit.failed(pending.pop(0), now)
                case _:
                    circuit.abandoned(pending.pop())
