"""The live calls of an organisation as its notifications and its activity query tell of them. No sockets, no clock.

An event about a call that has ended is late and counts for nothing; one that was overtaken neither. A private stretch
(secure pause) leaves no text: whatever was said in it is dropped, even if it is told half a minute later.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from desktop.domain.facts import CallFacts
from desktop.domain.speech import Segment
from desktop.protocols.queue_calls import QueueCall
from desktop.protocols.transcription import Transcript, TranscriptionMessage

MAX_ENDED: Final = 10_000
MISSING_TWICE: Final = 2
"""The list lags behind the events a little, so once is not enough."""
SILENT_AFTER_MS: Final = 330_000
"""A transcribed call sends a message at least every five minutes, if only an empty one."""
MARGIN_MS: Final = 2000
"""Our clock and the platform's are not the same: a private stretch is taken that much longer at both ends."""
ANOTHER_AGENT: Final = "Another agent"
ANOTHER_QUEUE: Final = "Another queue"


@dataclass(slots=True)
class LiveCall:
    """One call that has not ended."""

    call: str
    facts: CallFacts
    transcript: Transcript
    progress: tuple[int, int] = (0, 0)
    participant: str = ""  # of the connected agent
    absent: int = 0  # in how many lists in a row it was missing
    listed: bool = False  # told of since the link came up
    text_wanted: bool = False  # whether its transcription is subscribed
    text_since_ms: int | None = None  # since when; None: nothing of it has come, nor is it waited for
    private_since_ms: int | None = None
    private: list[tuple[int, int]] = field(default_factory=list)

    @property
    def age_key(self) -> float:
        """Smaller is older; unknown counts as just begun."""
        return float("inf") if self.facts.started_at_ms is None else self.facts.started_at_ms


@dataclass(frozen=True, slots=True)
class Told:
    """What an event changed."""

    call: LiveCall
    changed: bool = False  # its facts
    new: bool = False
    over: bool = False
    private_ms: int | None = None  # a private stretch of this length is over


class LiveCalls:
    """By conversation id, in the order in which they were first told of."""

    def __init__(self) -> None:
        self._live: dict[str, LiveCall] = {}
        self._ended: dict[str, None] = {}

    def __iter__(self) -> Iterator[LiveCall]:
        return iter(tuple(self._live.values()))

    def __len__(self) -> int:
        return len(self._live)

    def get(self, call: str) -> LiveCall | None:
        """None when it isn't live."""
        return self._live.get(call)

    def heard(self, told: QueueCall, facts: CallFacts, now_ms: int) -> Told | None:
        """An event of a queue; `facts` are its facts with the names that are known. None: it tells nothing new."""
        if told.call in self._ended:
            return None
        known = self._live.get(told.call)
        if known is None:
            if told.over:
                self._end(told.call)
                return None
            known = self._live[told.call] = LiveCall(told.call, facts, Transcript(told.call))
            new = True
        elif not told.later_than(known.progress):
            return None
        else:
            new = False
        before = known.facts
        known.progress, known.participant, known.listed = told.progress, told.agent_participant, True
        known.absent = 0
        known.facts = self._merged(before, facts) if not new else facts
        private_ms = self._privacy(known, told.private, now_ms)
        if told.over:
            self._end(told.call)
        return Told(known, new or known.facts != before, new, told.over, private_ms)

    def listed(self, calls: Mapping[str, CallFacts], *, complete: bool) -> tuple[list[LiveCall], list[str]]:
        """The activity query's reply: every call that is live now, and, with `complete`, those forgotten for it."""
        for call, facts in calls.items():
            if call in self._ended:
                continue
            known = self._live.get(call)
            if known is None:
                known = self._live[call] = LiveCall(call, facts, Transcript(call))
            elif not known.listed:
                known.facts = replace(self._merged(known.facts, facts), stage=known.facts.stage)
            known.listed = True
        gone = [call for call, known in self._live.items() if not known.listed] if complete else []
        for call in gone:
            del self._live[call]
        return [known for known in self._live.values() if known.listed], gone

    def audited(self, calls: Mapping[str, CallFacts], *, complete: bool) -> tuple[list[LiveCall], list[str]]:
        """A later list, while the link was up: the live calls in it, and, if `complete`, who is missing twice."""
        for call in calls:
            if call not in self._ended and call not in self._live:
                self._live[call] = LiveCall(call, calls[call], Transcript(call), listed=True)
        named, gone = [], []
        for known in self._live.values():
            if known.call in calls:
                known.absent = 0
                named.append(known)
            elif complete:
                known.absent += 1
                if known.absent >= MISSING_TWICE:
                    gone.append(known.call)
        for call in gone:
            self._end(call)
        return named, gone

    def link_up(self) -> None:
        """From now on, what is not told of again has ended meanwhile."""
        for known in self._live.values():
            known.listed = False

    def named(self, user_names: Mapping[str, str]) -> list[LiveCall]:
        """Agents' names became known: the calls that change by it."""
        changed = []
        for known in self._live.values():
            name = user_names.get(known.facts.agent_id, "")
            if name and name != known.facts.agent_name:
                known.facts = replace(known.facts, agent_name=name)
                changed.append(known)
        return changed

    def said(self, message: TranscriptionMessage, call: str, received_ns: int) -> list[Segment]:
        """What may be shown of a message of live text."""
        known = self._live.get(call)
        if known is None:
            return []
        known.text_since_ms = None
        segments = known.transcript.hear(message, received_ns)
        return [segment for segment in segments if not _in_private(known, segment)]

    def without_text(self) -> list[LiveCall]:
        """Those whose transcription isn't subscribed, the oldest first."""
        return sorted((known for known in self._live.values() if not known.text_wanted), key=lambda k: k.age_key)

    def want_text(self, known: LiveCall, now_ms: int) -> None:
        """Its transcription is being subscribed."""
        known.text_wanted, known.text_since_ms = True, now_ms

    def silent(self, now_ms: int) -> int:
        """How many are subscribed and sent nothing for so long that they are not transcribed at all."""
        return sum(
            known.text_since_ms is not None and now_ms - known.text_since_ms > SILENT_AFTER_MS
            for known in self._live.values()
            if known.text_wanted
        )

    def unsubscribed(self, calls: Collection[str]) -> None:
        """There was no room for these."""
        for call in calls:
            if (known := self._live.get(call)) is not None:
                known.text_wanted = False

    def _end(self, call: str) -> None:
        self._live.pop(call, None)
        self._ended[call] = None
        if len(self._ended) > MAX_ENDED:
            del self._ended[next(iter(self._ended))]

    @staticmethod
    def _merged(older: CallFacts, newer: CallFacts) -> CallFacts:
        """As `updated_by`, but a name never stays with another id than its own."""
        merged = older.updated_by(newer)
        if newer.agent_id not in ("", older.agent_id) and not newer.agent_name:
            merged = replace(merged, agent_name=ANOTHER_AGENT)
        if newer.queue_id not in ("", older.queue_id) and not newer.queue_name:
            merged = replace(merged, queue_name=ANOTHER_QUEUE)
        return merged

    @staticmethod
    def _privacy(known: LiveCall, private: bool, now_ms: int) -> int | None:
        since = known.private_since_ms
        if private:
            known.private_since_ms = now_ms if since is None else since
            return None
        if since is None:
            return None
        known.private_since_ms = None
        known.private.append((since, now_ms))
        return now_ms - since


def _in_private(known: LiveCall, segment: Segment) -> bool:
    """Whatever arrives while the pause lasts, and whatever was said in one, however late it arrives."""
    if known.private_since_ms is not None:
        return True
    began = known.transcript.began_ms
    if began is None:
        return False
    start, end = began + segment.start_ms, began + segment.end_ms
    return any(start <= until + MARGIN_MS and end >= since - MARGIN_MS for since, until in known.private)
