"""Sections of the list."""

from __future__ import annotations

from desktop.dashboard.filters import CallFilter
from desktop.dashboard.listing import Section, sections
from desktop.dashboard.ordering import Order
from desktop.domain.updates import AlertChanged
from tests.dashboard.builders import alert, floor, over, seen


def test_three_sections_each_filtered() -> None:
    state, _ = floor([seen("a"), seen("b", agent_name="Kim"), seen("c"), over("c"), AlertChanged(alert(1, call="b"))])
    order = Order()
    order.refresh(state, 0, held=False)
    assert sections(state, order, CallFilter()) == [
        (Section.NEEDS_YOU, ["b"]),
        (Section.LIVE, ["a"]),
        (Section.ENDED, ["c"]),
    ]
    assert [calls for _, calls in sections(state, order, CallFilter.parse("dana"))] == [[], ["a"], ["c"]]
