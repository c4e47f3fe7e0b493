"""What every engine's stream begins with: blocks to frames, frames to the gate, utterances kept until heard."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from desktop.domain.media import Party, PcmBlock
from desktop.domain.speech import Attention, SpeechActivity
from desktop.recognition.framing import FRAME_MS, Break, Frame, Framer
from desktop.recognition.gate import Gate, GateSettings, Utterance

_ALL = 1_000_000
_LIVE_NS = 60_000_000_000  # sound was received so recently, or its stamps are of another clock
_STALL_NS = 1_500_000_000  # no audio for so long ends an utterance, so that a silent link keeps no decoder


@dataclass(slots=True)
class Counters:
    """What a recogniser has done since it was loaded."""

    utterances: int = 0
    discarded_noises: int = 0
    engine_errors: int = 0
    dropped_ms: float = 0.0  # speech never heard because all decoders were busy for too long


@dataclass(frozen=True, slots=True)
class StreamSettings:
    """How a stream listens."""

    gate: GateSettings
    partial_interval_ms: int
    max_waiting_ms: int
    max_backlog_ms: float = 30_000.0


class Ears:
    """One party's sound up to the engine: nothing is handed on while nobody speaks.

    Overflow: beyond `max_backlog_ms` of sound, unlistened or waiting to be heard, the oldest is dropped. Speech of a
    live call that came more than `max_waiting_ms` ago is given up, so that what is heard is always recent; of sound
    with other stamps than the clock's, a recording's, so many ms may wait. An engine asks `overdue` about the
    utterance it is hearing and lets it `skip` ahead. All of it counts in `lost_ms` and `Counters.dropped_ms`.
    """

    def __init__(
        self, call: str, party: Party, settings: StreamSettings, counters: Counters, clock: Callable[[], int]
    ) -> None:
        self._call, self._party = call, party
        self._settings, self._counters, self._clock = settings, counters, clock
        self._framer = Framer(settings.max_backlog_ms)
        self._gate = Gate(settings.gate)
        self._waiting: deque[Utterance] = deque()
        self._fed_ns = 0
        self._live = False
        self.lost_ms = 0.0
        self.attention = Attention.WORDS
        """An utterance that begins under PRESENCE is noticed and not kept; PHRASES is up to the engine."""

    @property
    def backlog_ms(self) -> float:
        """Audio fed that the gate has not seen, and speech that no engine has begun with."""
        return self._framer.backlog_ms + self._waiting_ms

    @property
    def _waiting_ms(self) -> float:
        return sum(len(utterance.pending) for utterance in self._waiting) * FRAME_MS

    def feed(self, block: PcmBlock) -> None:
        """Keep a block for `listen`. Raises ValueError when its rate is not 16 kHz."""
        dropped = self._framer.dropped_ms
        self._framer.push(block)
        self.lose(self._framer.dropped_ms - dropped)
        self._fed_ns = self._clock()
        self._live = 0 <= self._fed_ns - block.received_ns < _LIVE_NS

    def end(self) -> None:
        """What has been fed ends here."""
        self._framer.end()

    def listen(self) -> list[SpeechActivity]:
        """Take in all that came; who spoke in it."""
        if self._gate.busy and self._clock() - self._fed_ns > _STALL_NS:
            self._framer.end()
        self._give_up_old()
        for item in self._framer.pull(_ALL):  # who speaks is cheap to know, and only known speech can be given up
            if isinstance(item, Break):
                self._gate.close()
            else:
                self._hear(item)
        stretches = [
            SpeechActivity(self._call, self._party, round(a.start_ms), round(a.end_ms), a.open)
            for a in self._gate.activities
        ]
        self._gate.activities.clear()
        return stretches

    def waits(self) -> bool:
        """Whether an utterance with sound waits for an engine."""
        while self._waiting and self._waiting[0].closed and not self._waiting[0].pending:
            self._waiting.popleft()  # all of it was dropped
        return bool(self._waiting) and bool(self._waiting[0].pending)  # without sound nobody knows when it begins

    def has(self, ms: float) -> bool:
        """Whether the next utterance is there with so much of its sound, or to its end. Only while one `waits`."""
        first = self._waiting[0]
        return first.closed or len(first.pending) * FRAME_MS >= ms

    def take(self) -> Utterance:
        """The next utterance, which goes on growing until it is `closed`. Only while one `waits`."""
        return self._waiting.popleft()

    def overdue(self, pending: Sequence[Frame]) -> bool:
        """Whether words would come too late: this waits of what the engine is hearing, beside the rest."""
        return bool(pending) and self._late(self._waiting_ms + len(pending) * FRAME_MS, pending[0].received_ns)

    def skip(self, rest: Utterance) -> None:
        """Give up the rest of what the engine was hearing; what is still being said waits as an utterance anew."""
        self.lose(len(rest.pending) * FRAME_MS)
        rest.pending.clear()
        if not rest.closed:
            self._waiting.appendleft(rest)

    def give_up(self) -> None:
        """What waits will never be heard."""
        self.lose(self._waiting_ms)
        self.forget()

    def forget(self) -> None:
        """Let go of what waits; what is still being said of it is not kept."""
        for utterance in self._waiting:
            utterance.pending = deque(maxlen=0)  # the gate goes on appending
        self._waiting.clear()

    def lose(self, ms: float) -> None:
        """So much will never be heard."""
        self.lost_ms += ms
        self._counters.dropped_ms += ms

    def _hear(self, frame: Frame) -> None:
        discarded = self._gate.discarded
        utterance = self._gate.hear(frame)
        self._counters.discarded_noises += self._gate.discarded - discarded
        if utterance is not None:
            self._counters.utterances += 1
            if self.attention is Attention.PRESENCE:
                utterance.pending = deque(maxlen=0)  # the gate goes on appending
            else:
                self._waiting.append(utterance)
        self._give_up_old()

    def _give_up_old(self) -> None:
        while self.waits() and (pending := self._waiting[0].pending):
            if not self._late(self._waiting_ms, pending[0].received_ns):
                return
            self.lose(len(pending) * FRAME_MS)
            pending.clear()

    def _late(self, waiting_ms: float, since_ns: int) -> bool:
        if not self._live:
            return waiting_ms > self._settings.max_waiting_ms
        old = self._clock() - since_ns > self._settings.max_waiting_ms * 1_000_000
        return old or waiting_ms > self._settings.max_backlog_ms
