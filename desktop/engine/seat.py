"""What the pool knows of one call: which worker has it, what it was sent, and how far it has been heard."""

from __future__ import annotations

from dataclasses import dataclass, field

from desktop.audio.lane import CLOCK_TRUST_MS
from desktop.domain.media import EncodedFrame, Party
from desktop.domain.speech import Attention
from desktop.engine.slot import WorkerSlot

UNANSWERED_MS = 1_000  # sound sent and not yet taken in counts as lag from here on; less is on its way
FULL_MS = 3_000  # a worker that is so far behind gets no more sound until it has taken in what it has
FULL_PULSES = 4  # one that has just been loading catches up before


@dataclass(slots=True)
class Seat:
    """A call that a worker hears: enough to move it to another one."""

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
        if not self.slot.ready or party not in self.heard_ms:  # loading, or just loaded
            return min(behind, self.slot.waiting_ms)  # what came before has been dropped
        return behind if behind - backlog > UNANSWERED_MS else backlog
