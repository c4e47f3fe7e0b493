"""Counts what passes through the hub, so that the hub only says what happens."""

from __future__ import annotations

from typing import assert_never

from desktop.domain.events import (
    AudioArrived,
    AudioGap,
    CallEnded,
    Complaint,
    FactsLearned,
    LinkChanged,
    LinkFound,
    LinkMeasured,
    LinkState,
    PauseChanged,
    PeerComplaint,
    ReadingArrived,
    ReadingMissing,
    SourceEvent,
    WordsArrived,
)
from desktop.domain.speech import Segment
from desktop.domain.updates import HitFound, ReadingMade, Update
from desktop.engine.meters import Meters
from desktop.engine.wire import Pulse

_CORRUPT = (Complaint.BAD_FRAME, Complaint.FRAGMENT_LOST, Complaint.FRAME_TOO_LARGE)


class Tally:
    """Writes into `meters`; knows which links have been live, so that a reconnect is told from a connect."""

    def __init__(self, meters: Meters) -> None:
        self._meters = meters
        self._links: dict[str, LinkState] = {}
        self._been_live: set[str] = set()

    @property
    def listening(self) -> bool:
        """Whether at least one link is up (or none has been heard of)."""
        return not self._links or LinkState.LIVE in self._links.values()

    def event(self, event: SourceEvent) -> None:
        """Something a source handed over."""
        counts = self._meters.counts
        match event:
            case AudioArrived(fragments=fragments):
                counts["frames.received"] += 1
                counts["frames.fragments_joined"] += fragments if fragments > 1 else 0
            case PeerComplaint(what=what):
                counts[f"complaints.{what.value}"] += 1
                counts["frames.corrupt"] += what in _CORRUPT
            case LinkChanged(link=link, state=state):
                if state is LinkState.LIVE and self._links.get(link) is not LinkState.LIVE:
                    counts["reconnects"] += link in self._been_live
                    self._been_live.add(link)
                self._links[link] = state
            case ReadingArrived():
                counts["platform.readings"] += 1
            case ReadingMissing(why=why):
                counts[f"platform.no_reading.{why.value}"] += 1
            case WordsArrived():
                counts["platform.segments"] += 1
            case AudioGap() | FactsLearned() | CallEnded() | LinkMeasured() | LinkFound() | PauseChanged():
                pass
            case _:  # pragma: no cover
                assert_never(event)

    def segment(self, segment: Segment, updates: list[Update]) -> None:
        """Words, and what followed from them."""
        counts = self._meters.counts
        if segment.text:
            self._meters.recognise.add((segment.trace.recognised - segment.trace.decoded) / 1e6)
            counts["segments.final" if segment.is_final else "segments.partial"] += 1
        counts["readings"] += sum(isinstance(update, ReadingMade) for update in updates)
        counts["keyword_hits"] += sum(isinstance(update, HitFound) for update in updates)

    def spotted(self, updates: list[Update]) -> None:
        """What followed from a phrase that was heard by itself."""
        hits = sum(isinstance(update, HitFound) for update in updates)
        self._meters.counts["keyword_hits"] += hits
        self._meters.counts["keyword_hits.by_itself"] += hits

    def pulse(self, pulse: Pulse) -> None:
        """A worker's heartbeat."""
        counts = self._meters.counts
        for sample in pulse.decode_ms:
            self._meters.decode.add(sample)
        for lane in pulse.lanes:
            counts["frames.concealed"] += lane.concealed
            counts["frames.lost"] += lane.lost
            counts["frames.corrupt"] += lane.corrupt
            counts["frames.duplicate"] += lane.duplicate
            counts["frames.reordered"] += lane.reordered
