"""Strangers at the door cost the calls inside nothing; packaging/bench.py takes 10,000 of them."""

from __future__ import annotations

from desktop.simulator.audiohook_siege import run_siege


async def test_wrongly_signed_attempts_are_refused_and_counted_and_the_call_loses_nothing() -> None:
    report = await run_siege(300)
    assert (report.refused, report.counted) == (300, 300)
    assert report.call_sent == report.call_heard > 0
