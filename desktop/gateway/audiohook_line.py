"""One conversation's time line over all of its AudioHook sessions: every sample once, in order, with holes told.

Positions are samples of 8 kHz on the call's line, which is the first session's. A session that continues another one
shares its line, so replayed sound is known by its position. A session that continues none (a retry, a second
integration) is laid on the line by the clock when its turn comes; of several sessions one is heard at a time.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

from desktop.domain.events import AudioArrived, AudioGap
from desktop.domain.media import Codec, EncodedFrame, Party
from desktop.protocols.audiohook_effects import SoundHeard, SoundSkipped
from desktop.protocols.audiohook_media import RATE_HZ

STALLED_S: Final = 3.0
MAX_PAST: Final = 20
_PER_MS: Final = RATE_HZ // 1000


@dataclass(slots=True)
class _Leg:
    session: str
    parties: tuple[Party, ...]
    offset: int | None  # call position minus session position; None: not on the line yet


class CallLine:
    """`epoch_ms`: wall clock at position 0; `serial`: the number of a session's connection; `now_s` is monotonic."""

    def __init__(self, link: str, call: str, epoch_ms: int, max_piece_ms: int) -> None:
        self.link, self.call, self.epoch_ms = link, call, epoch_ms
        self._piece = max(1, max_piece_ms) * _PER_MS
        self._legs: dict[int, _Leg] = {}
        self._past: OrderedDict[str, int] = OrderedDict()  # sessions that were heard -> their offset
        self._leader: int | None = None
        self._first: int | None = None
        self._heard_to: int | None = None
        self._heard_at_s = 0.0
        self._seq = {Party.CUSTOMER: 0, Party.AGENT: 0}
        self.replayed = 0  # samples that were not handed over because they had been, or were another session's

    @property
    def legs(self) -> int:
        """Sessions connected now."""
        return len(self._legs)

    def heard_to(self, continues: tuple[str, ...]) -> int | None:
        """Up to where a session that continues these need not send, on its own time line; None if we don't know."""
        offset = self._offset_of(continues)
        return None if offset is None or self._heard_to is None else self._heard_to - offset

    def joined(
        self, serial: int, session: str, parties: tuple[Party, ...], continues: tuple[str, ...], position: int
    ) -> None:
        """A session opened at this position."""
        offset = self._offset_of(continues)
        if offset is None and self._heard_to is None and not self._legs:
            offset = 0
        self._legs[serial] = _Leg(session, parties, offset)
        if self._leader is None or self._legs[self._leader].session in continues:
            self._leader = serial

    def left(self, serial: int) -> None:
        """A session is over."""
        leg = self._legs.pop(serial)
        if leg.offset is not None:
            self._past[leg.session] = leg.offset
            if len(self._past) > MAX_PAST:
                self._past.popitem(last=False)
        if self._leader == serial:
            self._leader = next(reversed(self._legs), None)

    def sound(self, serial: int, heard: SoundHeard, now_s: float, received_ns: int) -> list[AudioArrived | AudioGap]:
        """What is new of it."""
        leg = self._legs[serial]
        if not self._leads(serial, now_s):
            self.replayed += heard.samples
            return []
        start = self._place(leg, heard.start, heard.samples, now_s)
        fresh_from = start if self._heard_to is None else max(start, self._heard_to)
        skip = min(fresh_from - start, heard.samples)
        self.replayed += skip
        if skip == heard.samples:
            return []
        out: list[AudioArrived | AudioGap] = []
        if self._heard_to is not None and start > self._heard_to:
            out.extend(self._gap(leg, self._heard_to, start, "sound is missing between two sessions"))
        if self._first is None:
            self._first = start
        for at in range(skip, heard.samples, self._piece):
            until = min(at + self._piece, heard.samples)
            for party, payload in heard.channels:
                frame = self._frame(party, start + at, payload[at:until], received_ns)
                out.append(AudioArrived(frame))
        self._heard_to, self._heard_at_s = start + heard.samples, now_s
        return out

    def skipped(self, serial: int, told: SoundSkipped) -> list[AudioGap]:
        """A hole that the client announced; what we have heard of it before is none."""
        leg = self._legs[serial]
        if serial != self._leader or leg.offset is None:
            return []
        start, end = told.start + leg.offset, told.start + leg.offset + told.samples
        begin = start if self._heard_to is None else max(start, self._heard_to)
        if begin >= end:
            return []
        self._heard_to = end
        return [] if told.on_purpose else self._gap(leg, begin, end, "the platform left sound out")

    def session_ms(self, serial: int) -> int:
        """What to add to a time of the call (ms since its first sound) to get the session's."""
        return ((self._first or 0) - (self._legs[serial].offset or 0)) // _PER_MS

    def leader(self) -> int | None:
        """The session that is heard now."""
        return self._leader

    def _offset_of(self, continues: tuple[str, ...]) -> int | None:
        live = {leg.session: leg.offset for leg in self._legs.values()}
        known = (live.get(session, self._past.get(session)) for session in reversed(continues))
        return next((offset for offset in known if offset is not None), None)

    def _leads(self, serial: int, now_s: float) -> bool:
        if serial == self._leader:
            return True
        if self._heard_to is not None and now_s - self._heard_at_s > STALLED_S:
            self._leader = serial
            return True
        return False

    def _place(self, leg: _Leg, start: int, samples: int, now_s: float) -> int:
        if leg.offset is None:
            at = 0
            if self._heard_to is not None:
                silent = round((now_s - self._heard_at_s) * RATE_HZ) - samples
                at = self._heard_to + max(0, silent)
            leg.offset = at - start
        return start + leg.offset

    def _gap(self, leg: _Leg, start: int, end: int, why: str) -> list[AudioGap]:
        at_ms = None if self._first is None else (start - self._first) // _PER_MS
        return [AudioGap(self.call, party, at_ms, (end - start) / _PER_MS, why) for party in leg.parties]

    def _frame(self, party: Party, position: int, payload: bytes, received_ns: int) -> EncodedFrame:
        seq = self._seq[party]
        self._seq[party] = seq + 1
        at_ms = self.epoch_ms + position // _PER_MS
        return EncodedFrame(self.link, self.call, party, Codec.PCMU, seq, at_ms, payload, received_ns)
