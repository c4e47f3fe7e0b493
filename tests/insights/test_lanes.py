"""Bounded memory per voice."""

from __future__ import annotations

from desktop.domain.media import Party
from desktop.insights.lanes import Lanes


def test_each_voice_has_its_own_value_until_its_call_is_forgotten() -> None:
    lanes: Lanes[list[int]] = Lanes(list)
    lanes.of("a", Party.AGENT).append(1)
    lanes.of("a", Party.CUSTOMER).append(2)
    assert lanes.of("a", Party.AGENT) == [1]
    assert len(lanes) == 2
    lanes.forget("a")
    lanes.forget("unknown")
    assert len(lanes) == 0
    assert lanes.of("a", Party.AGENT) == []


def test_the_call_unheard_for_longest_goes_first() -> None:
    lanes: Lanes[list[int]] = Lanes(list, limit=2)
    lanes.of("old", Party.AGENT).append(1)
    lanes.of("new", Party.AGENT).append(2)
    lanes.of("old", Party.AGENT)
    lanes.of("newest", Party.AGENT)
    assert len(lanes) == 2
    assert lanes.of("old", Party.AGENT) == [1]


def test_a_single_call_keeps_all_its_voices() -> None:
    lanes: Lanes[list[int]] = Lanes(list, limit=1)
    for party in Party:
        lanes.of("only", party)
    assert len(lanes) == 3
