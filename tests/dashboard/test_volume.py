"""Bars of the last five minutes."""

from __future__ import annotations

from desktop.dashboard.state import apply_all
from desktop.dashboard.volume import BUCKET_MS, BUCKETS, Volume
from desktop.domain.updates import HitFound
from tests.dashboard.builders import floor, hit, over, seen


def test_hits_are_counted_once_in_their_bucket_and_calls_at_their_most() -> None:
    state, _ = floor([seen("c"), seen("d"), HitFound(hit(0, 0))])
    volume = Volume()
    volume.note(state, 5 * BUCKET_MS)
    apply_all(state, [over("d"), HitFound(hit(0, 0))])
    volume.note(state, 5 * BUCKET_MS + 100)
    assert (list(volume.hits), list(volume.live)) == ([2], [2])
    volume.note(state, 7 * BUCKET_MS)
    assert (list(volume.hits), list(volume.live)) == ([2, 0, 0], [2, 0, 1])


def test_a_long_sleep_and_a_clock_that_jumps_back_do_no_harm() -> None:
    state, _ = floor([seen("c"), HitFound(hit(0, 0))])
    volume = Volume()
    volume.note(state, 0)
    volume.note(state, 10_000 * BUCKET_MS)
    assert sum(volume.hits) == 0
    assert len(volume.hits) == BUCKETS
    volume.note(state, 0)
    assert len(volume.live) == BUCKETS
