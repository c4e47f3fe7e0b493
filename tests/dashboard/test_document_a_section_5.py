"""Document A, section 5: updates are batched, and what is kept is a sliding window."""

from __future__ import annotations

from desktop.dashboard.call_view import HITS_KEPT, READINGS_KEPT, SEGMENTS_KEPT
from desktop.dashboard.state import ENDED_KEPT, FloorState, apply_all
from desktop.domain.media import Party
from desktop.domain.updates import CallRemoved, HitFound, ReadingMade, SegmentHeard, Update
from desktop.engine.mailbox import Mailbox
from tests.dashboard.builders import hit, reading, seen, segment


def test_document_a_section_5_trap_jank_a_thousand_results_between_two_paintings_are_one_batch() -> None:
    box = Mailbox()
    box.put(seen("c"))
    for nth in range(1_000):
        box.put(SegmentHeard(segment(1, f"word {nth}", final=False)))
    batch = box.drain()
    assert len(batch) == 2  # the call, and the newest of what replaces each other
    changes = apply_all(FloorState(), batch)
    assert changes.calls == {"c"}


def test_document_a_section_5_trap_too_much_history_every_list_is_a_sliding_window() -> None:
    state = FloorState()
    updates: list[Update] = [seen("c")]
    for nth in range(3 * READINGS_KEPT):
        updates.append(ReadingMade(reading(0.1, nth, number=nth)))
        updates.append(SegmentHeard(segment(nth, "some words here", nth * 1_000)))
        updates.append(HitFound(hit(0, 1)))
    apply_all(state, updates)
    view = state.calls["c"]
    assert len(view.readings[Party.CUSTOMER]) == READINGS_KEPT
    assert (len(view.segments), len(view.hits)) == (SEGMENTS_KEPT, HITS_KEPT)


def test_document_a_section_5_trap_too_much_history_ended_calls_are_purged() -> None:
    state = FloorState()
    for nth in range(3 * ENDED_KEPT):
        apply_all(state, [seen(f"c{nth}"), CallRemoved(f"c{nth}")])
    assert len(state.calls) == ENDED_KEPT
