"""The triage list in its three sections, as the filter lets them through."""

from __future__ import annotations

import enum

from desktop.dashboard import captions
from desktop.dashboard.filters import CallFilter
from desktop.dashboard.ordering import Order
from desktop.dashboard.state import FloorState


class Section(enum.Enum):
    """The titles between the calls."""

    NEEDS_YOU = captions.NEEDS_YOU
    LIVE = captions.LIVE
    ENDED = captions.ENDED


def sections(state: FloorState, order: Order, wanted: CallFilter) -> list[tuple[Section, list[str]]]:
    """(title, call ids) in the order on screen; a section may be empty."""
    ended = order.ended_from(state, order.calls)
    return [
        (section, [call for call in part if wanted.accepts(state.calls[call])])
        for section, part in (
            (Section.NEEDS_YOU, order.calls[: order.pinned]),
            (Section.LIVE, order.calls[order.pinned : ended]),
            (Section.ENDED, order.calls[ended:]),
        )
    ]
