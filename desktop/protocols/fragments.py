"""Joins fragments into frames within bounds (document A section 3, "track fragment boundaries").

At most one frame per (interaction, channel) is under way: fragments of a frame follow one another, so a newer sequence
means that the rest of the older one will never come. Whatever is given up is reported, never silently lost.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple

from desktop.domain.events import Complaint
from desktop.domain.media import Party
from desktop.protocols.audio_frame import FRAGMENT_MODULUS, SEQUENCE_MODULUS, ParsedFrame

MAX_FRAME_BYTES: Final = 64 * 1024
MAX_PARTIAL: Final = 256


class JoinedFrame(NamedTuple):
    """A complete frame and the number of messages it came in."""

    call: str
    party: Party
    sequence: int
    captured_ms: int
    payload: bytes
    fragments: int


@dataclass(frozen=True, slots=True)
class Grievance:
    """Something was given up: FRAGMENT_LOST or FRAME_TOO_LARGE, and whose it was."""

    what: Complaint
    call: str
    detail: str


@dataclass(slots=True)
class _Partial:
    sequence: int
    captured_ms: int
    parts: list[bytes]
    size: int
    next_fragment: int
    spoiled: bool = False  # given up and reported; the rest of it is swallowed quietly


_NOTHING_WRONG: Final[tuple[Grievance, ...]] = ()


class FrameAssembler:
    """Reassembly for one connection. Bounds: bytes of one frame, frames under way."""

    def __init__(self, max_frame_bytes: int = MAX_FRAME_BYTES, max_partial: int = MAX_PARTIAL) -> None:
        self._max_frame_bytes = max_frame_bytes
        self._max_partial = max_partial
        self._partial: dict[tuple[str, Party], _Partial] = {}

    def __len__(self) -> int:
        """Frames under way."""
        return len(self._partial)

    def add(self, message: ParsedFrame) -> tuple[JoinedFrame | None, tuple[Grievance, ...]]:
        """Take one message; returns the frame it completes, if any, and what had to be given up."""
        key = (message.call, message.party)
        under_way = self._partial.get(key)
        if message.first:
            given_up = self._abandon(key, under_way)
            if message.last:
                return self._whole(message, given_up)
            return None, given_up + self._begin(key, message)
        if under_way is None:
            return None, (_lost(message.call, "the first fragment of a frame is missing"),)
        if under_way.sequence != message.sequence:
            newer = (message.sequence - under_way.sequence) % SEQUENCE_MODULUS < SEQUENCE_MODULUS // 2
            given_up = self._abandon(key, under_way) if newer else _NOTHING_WRONG
            return None, (*given_up, _lost(message.call, "the first fragment of a frame is missing"))
        return self._continue(key, under_way, message)

    def forget(self, call: str) -> None:
        """The interaction ended: free what is under way for it."""
        for party in Party:
            self._partial.pop((call, party), None)

    def give_up(self) -> tuple[Grievance, ...]:
        """The connection is gone: report everything that was under way and start afresh."""
        lost = tuple(
            _lost(call, "the connection ended within a frame")
            for (call, _), partial in self._partial.items()
            if not partial.spoiled
        )
        self._partial.clear()
        return lost

    def _whole(
        self, message: ParsedFrame, given_up: tuple[Grievance, ...]
    ) -> tuple[JoinedFrame | None, tuple[Grievance, ...]]:
        if len(message.payload) > self._max_frame_bytes:
            return None, (*given_up, self._too_large(message.call))
        frame = JoinedFrame(
            message.call, message.party, message.sequence, message.captured_ms, message.payload, fragments=1
        )
        return frame, given_up

    def _begin(self, key: tuple[str, Party], message: ParsedFrame) -> tuple[Grievance, ...]:
        crowded_out = _NOTHING_WRONG
        if len(self._partial) >= self._max_partial:
            oldest = next(iter(self._partial))
            crowded_out = self._abandon(oldest, self._partial[oldest])
        partial = _Partial(message.sequence, message.captured_ms, [], 0, next_fragment=0)
        self._partial[key] = partial
        return crowded_out + self._take(partial, message)

    def _continue(
        self, key: tuple[str, Party], partial: _Partial, message: ParsedFrame
    ) -> tuple[JoinedFrame | None, tuple[Grievance, ...]]:
        wrong = self._take(partial, message)
        if not message.last:
            return None, wrong
        del self._partial[key]
        if partial.spoiled:
            return None, wrong
        payload = b"".join(partial.parts)
        call, party = key
        return JoinedFrame(call, party, partial.sequence, partial.captured_ms, payload, len(partial.parts)), wrong

    def _take(self, partial: _Partial, message: ParsedFrame) -> tuple[Grievance, ...]:
        if partial.spoiled:
            return _NOTHING_WRONG
        if message.fragment != partial.next_fragment:
            partial.spoiled = True
            partial.parts.clear()
            return (_lost(message.call, "a fragment within a frame is missing"),)
        partial.size += len(message.payload)
        if partial.size > self._max_frame_bytes:
            partial.spoiled = True
            partial.parts.clear()
            return (self._too_large(message.call),)
        partial.parts.append(message.payload)
        partial.next_fragment = (partial.next_fragment + 1) % FRAGMENT_MODULUS
        return _NOTHING_WRONG

    def _abandon(self, key: tuple[str, Party], partial: _Partial | None) -> tuple[Grievance, ...]:
        if partial is None:
            return _NOTHING_WRONG
        del self._partial[key]
        if partial.spoiled:
            return _NOTHING_WRONG
        return (_lost(key[0], "the last fragment of a frame is missing"),)

    def _too_large(self, call: str) -> Grievance:
        detail = f"frame: more than {self._max_frame_bytes} bytes; an Opus packet is far smaller"
        return Grievance(Complaint.FRAME_TOO_LARGE, call, detail)


def _lost(call: str, detail: str) -> Grievance:
    return Grievance(Complaint.FRAGMENT_LOST, call, detail)
