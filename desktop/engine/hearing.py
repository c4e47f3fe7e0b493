"""What was heard of the calls that are known: through the desk to the mailbox and to whoever announces alerts."""

from __future__ import annotations

from collections.abc import Callable, Container, Sequence

from desktop.domain.events import AudioGap
from desktop.domain.speech import PhraseHeard, Segment
from desktop.domain.updates import SoundLost, Update
from desktop.engine.containment import Containment
from desktop.engine.desk import InsightDesk, Noted
from desktop.engine.meters import Meters
from desktop.engine.tally import Tally
from desktop.engine.wire import Heard


class Hearing:
    """One result that breaks costs itself, never the others."""

    def __init__(
        self,
        desk: InsightDesk,
        calls: Container[str],
        meters: Meters,
        contain: Containment,
        put: Callable[[Update], None],
        announce: Callable[[Noted], None],
        wall: Callable[[], int],
    ) -> None:
        self._desk, self._calls, self._contain = desk, calls, contain
        self._meters, self._tally = meters, Tally(meters)
        self._put, self._announce, self._wall = put, announce, wall

    def take(self, heard: Heard) -> None:
        """A worker's message; what belongs to calls that are gone is passed over."""
        for stretch in heard.activity:
            if stretch.call in self._calls:
                self._put(self._desk.activity(stretch))
        for segment in heard.segments:
            if segment.call in self._calls:
                self._contain.run(self.said, segment)
        for phrase in heard.phrases:
            if phrase.call in self._calls:
                self._contain.run(self._spotted, phrase)
        for analysis in heard.analyses:
            if analysis.call in self._calls:
                self._put(self._desk.analysed(analysis))
        for gap in heard.gaps:
            self.gap(gap)

    def said(self, segment: Segment) -> None:
        """Words, whoever recognised them."""
        updates, alerts = self._desk.segment(segment, self._wall())
        self._tally.segment(segment, updates)
        self._show(updates, alerts)

    def gap(self, gap: AudioGap) -> None:
        """Sound that nobody will hear."""
        self._meters.counts["gaps"] += 1
        if gap.call in self._calls:
            self._put(SoundLost(gap))

    def _spotted(self, phrase: PhraseHeard) -> None:
        updates, alerts = self._desk.spotted(phrase, self._wall())
        self._tally.spotted(updates)
        self._show(updates, alerts)

    def _show(self, updates: Sequence[Update], alerts: Noted) -> None:
        for update in updates:
            self._put(update)
        self._announce(alerts)
