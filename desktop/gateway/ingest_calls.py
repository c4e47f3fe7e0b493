"""The calls that document C's chunks belong to: which channels they have, what waits of each, when they are over."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Final

from desktop.domain.events import CallEnded, FactsLearned, LinkFound
from desktop.domain.facts import CallFacts
from desktop.domain.finding import Finding, Level
from desktop.domain.media import Codec, Party
from desktop.domain.ports import Deliver
from desktop.gateway.ingest_config import IngestConfig
from desktop.gateway.ingest_format import FormatWatch
from desktop.protocols.ingest import CONVERSATION_HEADER, IngestHead

FORMAT: Final = "Audio format"
CONVERSATION: Final = "Conversation"
JUMP_MS: Final = 1_000.0
"""Above what a platform buffers (500 ms) and networks delay."""


@dataclass(slots=True, eq=False)
class Stream:
    """One channel of one call."""

    call: str
    party: Party
    watch: FormatWatch
    backlog_ms: float = 0.0  # acknowledged and not delivered yet
    room: asyncio.Event = field(default_factory=asyncio.Event)  # set whenever something was delivered
    next_ms: float | None = None  # when the next chunk's sound should begin, if nothing is missing

    def place(self, sent_at_ms: int, ms: float) -> int:
        """When a chunk's sound was captured. Chunks are sent by fits and starts, so the sum of what came before counts,
        unless the sender's clock says that more than JUMP_MS are missing or too many.
        """
        at_ms = float(sent_at_ms)
        if self.next_ms is not None and abs(at_ms - self.next_ms) <= JUMP_MS:
            at_ms = self.next_ms
        self.next_ms = at_ms + ms
        return round(at_ms)


@dataclass(slots=True)
class _Call:
    heard_at_s: float
    streams: dict[Party, Stream] = field(default_factory=dict)
    bodies: int = 0  # streamed bodies that are open
    finished: bool = False  # the last of them came to its end


class CallBook:
    """`clock` in seconds, only forward."""

    def __init__(self, config: IngestConfig, deliver: Deliver, clock: Callable[[], float]) -> None:
        self._config, self._deliver, self._clock = config, deliver, clock
        self._calls: dict[str, _Call] = {}
        self._unnamed: dict[Hashable, str] = {}
        self._count = 0
        self.streams = 0

    @property
    def live(self) -> tuple[str, ...]:
        """Their ids."""
        return tuple(self._calls)

    def stream(self, head: IngestHead, connection: Hashable, now_ms: int) -> Stream | None:
        """The channel that a body belongs to; a new one if need be. None: there are too many."""
        call_id = head.call or self._name_for(connection)
        call = self._calls.get(call_id)
        stream = None if call is None else call.streams.get(head.party)
        if stream is None:
            if self.streams >= self._config.max_streams:
                return None
            if call is None:
                call = self._calls[call_id] = _Call(self._clock())
                started_ms = now_ms if head.sent_at_ms is None else head.sent_at_ms
                self._deliver(FactsLearned(self._config.link, call_id, CallFacts(started_at_ms=started_ms)))
            stream = call.streams[head.party] = Stream(call_id, head.party, FormatWatch(head.media.codec))
            self.streams += 1
        elif stream.watch.declared is not head.media.codec:
            stream.watch = FormatWatch(head.media.codec)
        self.heard(stream)
        return stream

    def heard(self, stream: Stream) -> None:
        """Something came."""
        call = self._calls.get(stream.call)
        if call is not None:
            call.heard_at_s, call.finished = self._clock(), False

    def opened(self, stream: Stream) -> None:
        """A streamed body begins."""
        self._calls[stream.call].bodies += 1

    def closed(self, stream: Stream, *, finished: bool) -> None:
        """It came to its end, or (not `finished`) was cut."""
        call = self._calls.get(stream.call)
        if call is not None:
            call.heard_at_s = self._clock()
            call.bodies -= 1
            call.finished = finished and call.bodies == 0

    def end_idle(self) -> None:
        """Calls that nothing comes for are over; the document has no message for that."""
        now = self._clock()
        for call_id, call in list(self._calls.items()):
            patience_s = self._config.finished_end_s if call.finished else self._config.idle_end_s
            if call.bodies == 0 and now - call.heard_at_s >= patience_s:
                self._end(call_id, "no more audio")

    def end_all(self, reason: str) -> None:
        """The listener stops."""
        for call_id in list(self._calls):
            self._end(call_id, reason)

    def _end(self, call_id: str, reason: str) -> None:
        self.streams -= len(self._calls.pop(call_id).streams)
        for connection in [where for where, name in self._unnamed.items() if name == call_id]:
            del self._unnamed[connection]
        self._deliver(CallEnded(self._config.link, call_id, reason))

    def _name_for(self, connection: Hashable) -> str:
        if connection not in self._unnamed:
            if not self._count:
                self._deliver(LinkFound(self._config.link, _unnamed()))
            self._count += 1
            self._unnamed[connection] = f"unnamed-{self._count}"
        return self._unnamed[connection]


def format_finding(declared: Codec, believed: Codec, *, heard: bool) -> Finding:
    """Edge case 2, named. `heard` False: it can't be decoded the way it comes."""
    if believed is declared:
        return Finding(FORMAT, Level.PASS, f"The platform sends {_named(declared)}, as its Content-Type says.")
    text = f"The platform says {_named(declared)} and sends what looks like {_named(believed)}."
    if heard:
        text += " It is decoded as what it looks like."
        level = Level.WARN
    else:
        text += " Until that is put right it is not listened to, as it would be noise."
        level = Level.FAIL
    remedy = f"Delete the hook and create it anew with format {believed.name}; a hook's format can't be changed."
    return Finding(FORMAT, level, text, remedy)


def _named(codec: Codec) -> str:
    return "audio/opus" if codec is Codec.OPUS else "audio/PCMU"


def _unnamed() -> Finding:
    text = f"The platform does not say which call its audio belongs to ({CONVERSATION_HEADER}); "
    return Finding(
        CONVERSATION,
        Level.WARN,
        text + "each of its connections counts as a call of its own.",
        "Have the sender add the header, or use AudioHook, which names every conversation.",
    )
