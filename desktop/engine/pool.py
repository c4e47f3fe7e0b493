"""The worker processes: calls are sticky to one of them, and carried over when it dies."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from desktop.audio.lane import CLOCK_TRUST_MS
from desktop.domain.events import AudioGap
from desktop.domain.media import EncodedFrame, Party
from desktop.domain.speech import Attention, EngineTrouble, Segment, Trace
from desktop.domain.updates import EngineHealth
from desktop.engine.analyser import MakeRecogniser
from desktop.engine.slot import WorkerSlot
from desktop.engine.wire import (
    Attend,
    Close,
    Flush,
    FromWorker,
    Heard,
    Open,
    Pulse,
    Ready,
    Refused,
    Resume,
    ToWorker,
    Trouble,
    Watch,
)

UNANSWERED_MS = 1_000  # sound sent and not yet taken in counts as lag from here on; less is on its way
FULL_MS = 3_000  # a worker that is so far behind gets no more sound until it has taken in what it has
FULL_PULSES = 4  # one that has just been loading catches up before
GIVEN_UP_AFTER = 3  # starts of a worker that failed in a row; it is tried again, but gets calls last


@dataclass(slots=True)
class _Seat:
    """What is known here of a call that a worker hears, enough to move it."""

    slot: WorkerSlot
    base_ms: int
    first_ns: int
    language: str
    heard_ms: dict[Party, int] = field(default_factory=dict)  # by the last pulse
    sent_ms: dict[Party, int] = field(default_factory=dict)
    next_segment: dict[Party, int] = field(default_factory=dict)
    open_ms: dict[Party, int] = field(default_factory=dict)  # where an utterance began that is not yet final
    backlog_ms: dict[Party, float] = field(default_factory=dict)
    full: dict[Party, int] = field(default_factory=dict)  # pulses in a row in which sound was not even taken in
    refused: set[Party] = field(default_factory=set)  # whose newest sound was not sent
    from_ms: dict[Party, int] = field(default_factory=dict)  # where it goes on after sound that was not sent
    attention: Attention = Attention.WORDS
    over: bool = False  # flushed: nothing more is expected

    def place(self, frame: EncodedFrame) -> int:
        """ms on the call's time line: the sender's clock where it can be trusted, else when the frame came."""
        arrived = (frame.received_ns - self.first_ns) // 1_000_000
        sent = arrived if frame.at_ms is None else frame.at_ms - self.base_ms
        return sent if abs(sent - arrived) < CLOCK_TRUST_MS else arrived

    def admits(self, frame: EncodedFrame) -> bool:
        """Whether the worker gets this one: not while it is full of what came before, unless that was long ago."""
        party, at_ms = frame.party, self.place(frame)
        if self.full.get(party, 0) >= FULL_PULSES:
            if at_ms - self.sent_ms.get(party, 0) < FULL_MS:
                self.refused.add(party)
                return False
            self.full[party] = 0
        if party in self.refused:
            self.refused.discard(party)
            self.from_ms[party] = at_ms
        self.sent_ms[party] = at_ms
        return True

    def lag_ms(self) -> float:
        """Sound that came and that nobody has heard yet, the worst party's."""
        return max((self._behind(party) for party in self.sent_ms), default=0.0)

    def fill(self, party: Party, position_ms: int) -> None:
        """The worker has taken in so much: whether it may get more. Calls in words may wait longer than others."""
        waits = self.sent_ms.get(party, 0) - max(position_ms, self.from_ms.get(party, 0))
        full = waits > (FULL_MS if self.attention is Attention.WORDS else FULL_MS / 2)
        self.full[party] = self.full.get(party, 0) + 1 if full else 0

    def _behind(self, party: Party) -> float:
        backlog = self.backlog_ms.get(party, 0.0)
        behind: float = self.sent_ms[party] - max(self.heard_ms.get(party, 0), self.from_ms.get(party, 0))
        if not self.slot.ready:
            return min(behind, self.slot.waiting_ms)  # what came before has been dropped
        return behind if behind - backlog > UNANSWERED_MS else backlog


class WorkerPool:
    """`deliver` gets every worker's messages; `on_gap` gets sound that was lost with a worker.

    `chosen` is the name of an engine that somebody chose and can choose otherwise, "" for the one that comes along.
    """

    def __init__(
        self,
        size: int,
        make_recogniser: MakeRecogniser,
        deliver: Callable[[FromWorker], None],
        on_gap: Callable[[AudioGap], None],
        chosen: str = "",
    ) -> None:
        self._deliver = deliver
        self._on_gap = on_gap
        self._chosen = chosen
        self._refusal = ""  # why the recogniser can't be loaded, if it said so
        self._seats: dict[str, _Seat] = {}
        self.slots = [WorkerSlot(i, make_recogniser, self._message, self._died, self._started) for i in range(size)]
        self._phrases: list[str] = []
        self.rss_mb: dict[int, float] = {}
        self._troubles: dict[int, EngineTrouble | None] = {}
        self.engine = ""
        self.admit: Callable[[str, int], Attention] = lambda call, worker: Attention.WORDS
        """How much to hear of a call that begins on a worker."""

    async def run(self) -> None:
        """Keep all workers alive; cancel to stop them."""
        try:
            async with asyncio.TaskGroup() as group:
                for slot in self.slots:
                    group.create_task(slot.run(), name=f"worker {slot.index}")
        finally:
            await asyncio.gather(*(slot.stop() for slot in self.slots))

    def use(self, make_recogniser: MakeRecogniser, chosen: str | None = None, language: str | None = None) -> None:
        """Another engine hears from now on. Calls go on: what was half heard is lost, what comes meanwhile waits.

        `chosen`: what a person calls it, if that changes as well; `language`: of the calls that go on, likewise.
        """
        if language is not None:
            for seat in self._seats.values():
                seat.language = language
        self._refusal, self._chosen = "", self._chosen if chosen is None else chosen
        for slot in self.slots:
            slot.use(make_recogniser)

    @property
    def ready(self) -> int:
        """Workers with a loaded recogniser."""
        return sum(slot.ready for slot in self.slots)

    @property
    def restarts(self) -> int:
        """Processes that had to be replaced."""
        return sum(slot.restarts for slot in self.slots)

    def feed(self, frame: EncodedFrame, language: str) -> bool:
        """Give a frame to its call's worker; False when it was dropped: the worker is far behind, or its queue full."""
        seat = self._seats.get(frame.call)
        if seat is None:
            seat = self._seat(frame, language)
        seat.over = False
        return seat.admits(frame) and seat.slot.feed(frame)

    def watch(self, phrases: Sequence[str]) -> None:
        """Phrases to spot by themselves from now on; replaces the ones before."""
        self._phrases = list(phrases)
        for slot in self.slots:
            slot.send(Watch(self._phrases))

    def flush(self, call: str) -> None:
        """The call ended: finish its words."""
        if (seat := self._seats.get(call)) is not None:
            seat.over = True
            seat.slot.send(Flush(call), after_frames=True)

    def attend(self, call: str, attention: Attention, worker: int) -> None:
        """Hear so much of a call, on this worker. What another one has not heard of it yet is lost and told."""
        seat = self._seats[call]
        seat.attention = attention
        if seat.slot.index == worker:
            seat.slot.send(Attend(call, attention))
            return
        self._take_back(call, seat)
        seat.slot.calls.discard(call)
        seat.slot.send(Close(call))
        for party, sent in seat.sent_ms.items():
            heard = seat.heard_ms.get(party, 0)
            if sent - heard > UNANSWERED_MS:
                self._on_gap(AudioGap(call, party, heard, float(sent - heard), "not heard in time"))
            seat.heard_ms[party] = sent
        seat.backlog_ms.clear()
        seat.full.clear()
        seat.slot = self.slots[worker]
        seat.slot.calls.add(call)
        seat.slot.send(self._order(call, seat))

    def placed(self) -> list[tuple[str, int, Attention]]:
        """Calls that go on: who hears each, and how much of it."""
        return [(call, seat.slot.index, seat.attention) for call, seat in self._seats.items() if not seat.over]

    def lag_of(self, worker: int) -> float:
        """How late the words of this worker's calls are just now, in ms."""
        seats = (self._seats[call] for call in self.slots[worker].calls)
        return max((seat.lag_ms() for seat in seats if seat.attention is Attention.WORDS), default=0.0)

    def tick(self) -> None:
        """About once a second."""
        for slot in self.slots:
            slot.tick()

    def close(self, call: str) -> None:
        """Free the call everywhere."""
        if (seat := self._seats.pop(call, None)) is not None:
            seat.slot.calls.discard(call)
            seat.slot.send(Close(call))

    def hears(self, call: str) -> bool:
        """Whether sound of it has come."""
        return call in self._seats

    def position_ms(self, call: str) -> int:
        """How far the call has been heard on its own time line."""
        seat = self._seats.get(call)
        return max(seat.heard_ms.values(), default=0) if seat else 0

    def health(self) -> EngineHealth:
        """How the workers do, and per call the ms of its sound that wait to be heard (the worst party's)."""
        lag = {call: seat.lag_ms() for call, seat in self._seats.items()}
        note = "" if self.ready == len(self.slots) else "Recogniser: loading"
        if trouble := next(filter(None, self._troubles.values()), None):
            note = f"Recogniser: {trouble.value}"
        if self._refusal:
            note = f"Recogniser: {self._refusal.rstrip('.')}. Calls are listed without words."
        elif any(slot.failures >= GIVEN_UP_AFTER for slot in self.slots):
            remedy = "Choose another model or engine." if self._chosen else "Reinstall Sidetone."
            note = f"Recogniser: {self._chosen or 'it'} does not start, calls are listed without words. {remedy}"
        return EngineHealth(self.ready, len(self.slots), self.restarts, max(lag.values(), default=0.0), lag, note)

    def __len__(self) -> int:
        return len(self._seats)

    def _seat(self, frame: EncodedFrame, language: str) -> _Seat:
        slot = min(self.slots, key=lambda s: (s.failures >= GIVEN_UP_AFTER, len(s.calls), s.index))
        seat = self._seats[frame.call] = _Seat(slot, frame.at_ms or 0, frame.received_ns, language)
        seat.attention = self.admit(frame.call, slot.index)
        slot.calls.add(frame.call)
        slot.send(self._order(frame.call, seat))
        return seat

    def _order(self, call: str, seat: _Seat) -> Open:
        parties = seat.heard_ms.keys() | seat.next_segment.keys()
        resume = [Resume(p, seat.heard_ms.get(p, 0), seat.next_segment.get(p, 0)) for p in parties]
        return Open(call, seat.base_ms, seat.language, resume, seat.attention)

    def _message(self, index: int, message: FromWorker) -> None:
        if isinstance(message, Ready):
            self.engine, self._refusal = message.engine, ""
        elif isinstance(message, Refused):
            self._refusal = message.problem
        elif isinstance(message, Pulse):
            self.rss_mb[index] = message.rss_mb
            self._troubles[index] = message.trouble
            for lane in message.lanes:
                if (seat := self._seats.get(lane.call)) is not None and seat.slot.index == index:
                    seat.backlog_ms[lane.party] = lane.backlog_ms
                    seat.fill(lane.party, lane.position_ms)
                    seat.heard_ms[lane.party] = max(0, round(lane.position_ms - lane.backlog_ms))
        elif isinstance(message, Heard):
            for segment in message.segments:
                if (seat := self._seats.get(segment.call)) is not None:
                    seat.next_segment[segment.party] = segment.segment_id + 1
                    if segment.is_final:
                        seat.open_ms.pop(segment.party, None)
                    else:
                        seat.open_ms[segment.party] = segment.start_ms
        elif isinstance(message, Trouble) and (seat := self._seats.get(message.call)) is not None:
            self._take_back(message.call, seat)
            seat.slot.send(self._order(message.call, seat))  # a fresh analyser takes the broken one's place
        self._deliver(message)

    def _died(self, index: int) -> None:
        """Tell what was lost with the process; `_started` opens its calls in the next one."""
        slot = self.slots[index]
        self.rss_mb.pop(index, None)
        self._troubles.pop(index, None)
        for call in slot.calls:
            seat = self._seats[call]
            seat.backlog_ms.clear()
            seat.full.clear()
            opened = dict(seat.open_ms)
            self._take_back(call, seat)
            for party, sent in seat.sent_ms.items():
                heard = seat.heard_ms.get(party, 0)
                heard = min(heard, opened.get(party, heard))  # an unfinished utterance is lost whole
                if sent > heard:
                    self._on_gap(AudioGap(call, party, heard, float(sent - heard), "recogniser restarted"))
                    seat.heard_ms[party] = sent

    def _take_back(self, call: str, seat: _Seat) -> None:
        """Half an utterance that nobody will finish: a final without words removes it from the screen."""
        for party, start in seat.open_ms.items():
            last = seat.next_segment[party] - 1
            nothing = Segment(call, party, last, 0, "", start, start, True, seat.language, 0.0, (), Trace())
            self._deliver(Heard([nothing], [], [], []))
        seat.open_ms.clear()

    def _started(self, index: int) -> list[ToWorker]:
        calls = [self._order(call, self._seats[call]) for call in self.slots[index].calls]
        return [Watch(self._phrases), *calls]
