"""Edge case 1: reconnection storms."""

from __future__ import annotations

import pytest

from desktop.protocols.backoff import Backoff, parse_retry_after


def test_edge_case_1_waits_double_up_to_a_minute() -> None:
    backoff = Backoff()
    assert [backoff.after_failure(0.0) for _ in range(9)] == [1, 2, 4, 8, 16, 32, 60, 60, 60]
    assert backoff.attempt == 9


def test_edge_case_1_jitter_adds_up_to_a_tenth() -> None:
    backoff = Backoff()
    assert [backoff.after_failure(1.0) for _ in range(3)] == pytest.approx([1.1, 2.2, 4.4])
    assert Backoff().after_failure(0.5) == pytest.approx(1.05)


def test_a_healthy_spell_starts_again() -> None:
    backoff = Backoff(healthy_after_s=30)
    for _ in range(5):
        backoff.after_failure(0.0)
    assert backoff.after_failure(0.0, live_for_s=29.9) == 32
    assert backoff.after_failure(0.0, live_for_s=30.0) == 1


def test_a_person_starts_again() -> None:
    backoff = Backoff()
    backoff.after_failure(0.0)
    backoff.reset()
    assert backoff.after_failure(0.0) == 1


def test_retry_after_wins_if_it_is_longer() -> None:
    backoff = Backoff()
    assert backoff.after_failure(0.0, retry_after_s=7.0) == 7
    assert backoff.after_failure(0.0, retry_after_s=0.5) == 2
    assert backoff.after_failure(1.0, retry_after_s=100.0) == pytest.approx(110)


NOW_MS = 784_111_777_000  # Sun, 06 Nov 1994 08:49:37 GMT


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (None, None),
        ("120", 120),
        (" 0 ", 0),
        ("99999999999999999999", 86_400),
        ("Sun, 06 Nov 1994 08:50:07 GMT", 30),
        ("Sun, 06 Nov 1994 08:50:07 -0000", 30),
        ("Sun, 06 Nov 1994 08:49:00 GMT", 0),
        ("soon", None),
        ("", None),
        ("-5", None),
        ("²", None),
    ],
)
def test_retry_after_in_both_forms(value: str | None, seconds: float | None) -> None:
    assert parse_retry_after(value, NOW_MS) == seconds
