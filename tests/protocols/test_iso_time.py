"""Moments on the wire."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from desktop.protocols.iso_time import from_epoch_ms, to_epoch_ms

DOCUMENT_A_MS = 1_696_161_600_000


def test_the_documents_moment() -> None:
    assert to_epoch_ms(datetime.fromisoformat("2023-10-01T12:00:00Z")) == DOCUMENT_A_MS


def test_other_offsets_and_none_at_all() -> None:
    assert to_epoch_ms(datetime(2023, 10, 1, 14, tzinfo=timezone(timedelta(hours=2)))) == DOCUMENT_A_MS
    assert to_epoch_ms(datetime(2023, 10, 1, 12)) == DOCUMENT_A_MS


@given(st.integers(-(10**13), 10**14))
def test_there_and_back(ms: int) -> None:
    assert to_epoch_ms(from_epoch_ms(ms)) == ms
