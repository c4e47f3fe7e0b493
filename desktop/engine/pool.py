"""The worker processes: calls are sticky to one of them, and carried over when it dies."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence

from desktop.domain.events import AudioGap
from desktop.domain.media import EncodedFrame
from desktop.domain.speech import Attention, EngineNotice, EngineTrouble, Segment, Trace
from desktop.domain.updates import EngineHealth
from desktop.engine.analyser import MakeRecogniser
from desktop.engine.seat import UNANSWERED_MS, Seat
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

_LOG = logging.getLogger(__name__)

GIVEN_UP_AFTER = 3  # starts of a worker that failed in a row; it is tried again, but gets calls last


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
        self._seats: dict[str, Seat] = {}
        self.slots = [WorkerSlot(i, make_recogniser, self._message, self._died, self._started) for i in range(size)]
        self.phrases: list[str] = []
        """To spot by themselves, on all calls."""
        self.rss_mb: dict[int, float] = {}
        self._troubles: dict[int, EngineTrouble | None] = {}
        self._notices: dict[int, EngineNotice | None] = {}
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
        self._notices.clear()
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
        self.phrases = list(phrases)
        for slot in self.slots:
            slot.send(Watch(self.phrases))

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
        """Whether sound of it has come, and a worker has taken it in."""
        seat = self._seats.get(call)
        return seat is not None and bool(seat.heard_ms)

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
        notice = next(filter(None, self._notices.values()), None)
        late = max(lag.values(), default=0.0)
        return EngineHealth(self.ready, len(self.slots), self.restarts, late, lag, note, notice)

    def __len__(self) -> int:
        return len(self._seats)

    def _seat(self, frame: EncodedFrame, language: str) -> Seat:
        slot = min(self.slots, key=lambda s: (s.failures >= GIVEN_UP_AFTER, len(s.calls), s.index))
        seat = self._seats[frame.call] = Seat(slot, frame.at_ms or 0, frame.received_ns, language)
        seat.attention = self.admit(frame.call, slot.index)
        slot.calls.add(frame.call)
        slot.send(self._order(frame.call, seat))
        return seat

    def _order(self, call: str, seat: Seat) -> Open:
        parties = seat.heard_ms.keys() | seat.next_segment.keys()
        resume = [Resume(p, seat.heard_ms.get(p, 0), seat.next_segment.get(p, 0)) for p in parties]
        return Open(call, seat.base_ms, seat.language, resume, seat.attention)

    def _message(self, index: int, message: FromWorker) -> None:
        if isinstance(message, Ready):
            self.engine, self._refusal = message.engine, ""
            if message.notice is not None and message.notice not in self._notices.values():
                _LOG.warning("%s", message.notice.in_full)
            self._notices[index] = message.notice
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

    def _take_back(self, call: str, seat: Seat) -> None:
        """Half an utterance that nobody will finish: a final without words removes it from the screen."""
        for party, start in seat.open_ms.items():
            last = seat.next_segment[party] - 1
            nothing = Segment(call, party, last, 0, "", start, start, True, seat.language, 0.0, (), Trace())
            self._deliver(Heard([nothing], [], [], []))
        seat.open_ms.clear()

    def _started(self, index: int) -> list[ToWorker]:
        calls = [self._order(call, self._seats[call]) for call in self.slots[index].calls]
        return [Watch(self.phrases), *calls]
