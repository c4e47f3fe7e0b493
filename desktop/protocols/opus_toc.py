"""What an Opus packet says about itself: duration and framing (RFC 6716 sections 3.1 to 3.4).

Document A section 3: "Always inspect the Opus header to determine the actual frame size." The decoder's own errors
don't detect a truncated packet, so requirements R1 to R7 of section 3.4 are checked here as far as lengths show them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from desktop.domain.errors import PeerBrokeProtocol

MAX_FRAME_BYTES: Final = 1275
MAX_PACKET_MS: Final = 120.0

_SILK_MS: Final = (10.0, 20.0, 40.0, 60.0)
_HYBRID_MS: Final = (10.0, 20.0)
_CELT_MS: Final = (2.5, 5.0, 10.0, 20.0)
_FRAME_MS: Final = _SILK_MS * 3 + _HYBRID_MS * 2 + _CELT_MS * 4
"""Duration of one frame by TOC configuration number 0..31 (table 2)."""


@dataclass(frozen=True, slots=True)
class OpusPacket:
    """The shape of one packet: `frames` frames of `frame_ms` each, 2.5 to 60 ms."""

    frame_ms: float
    frames: int
    stereo: bool

    @property
    def duration_ms(self) -> float:
        """2.5 to 120 ms."""
        return self.frame_ms * self.frames


def inspect(packet: bytes) -> OpusPacket:
    """Read the table of contents and check the framing. PeerBrokeProtocol names the rule that is broken."""
    if not packet:
        raise PeerBrokeProtocol("Opus packet: empty (RFC 6716 R1)")
    toc = packet[0]
    match toc & 0x03:
        case 0:
            frames = 1
            _check_frame(len(packet) - 1)
        case 1:
            frames = 2
            _check_equal_pair(len(packet) - 1)
        case 2:
            frames = 2
            _check_unequal_pair(packet)
        case _:
            frames = _check_counted(packet)
    return OpusPacket(_FRAME_MS[toc >> 3], frames, bool(toc & 0x04))


def _check_frame(size: int) -> None:
    if size > MAX_FRAME_BYTES:
        raise PeerBrokeProtocol(f"Opus packet: a frame of {size} bytes, at most {MAX_FRAME_BYTES} (RFC 6716 R2)")


def _check_equal_pair(size: int) -> None:
    if size % 2:
        raise PeerBrokeProtocol("Opus packet: two equal frames in an odd number of bytes (RFC 6716 R3)")
    _check_frame(size // 2)


def _check_unequal_pair(packet: bytes) -> None:
    first, at = _frame_length(packet, 1, "R4")
    rest = len(packet) - at - first
    if rest < 0:
        raise PeerBrokeProtocol("Opus packet: the first of two frames is truncated (RFC 6716 R4)")
    _check_frame(rest)


def _check_counted(packet: bytes) -> int:
    """Code 3, section 3.2.5: count byte, padding, and lengths if the frames are of variable size. Returns the count."""
    if len(packet) < 2:
        raise PeerBrokeProtocol("Opus packet: no frame count (RFC 6716 R6, R7)")
    count = packet[1] & 0x3F
    if count == 0:
        raise PeerBrokeProtocol("Opus packet: no frames (RFC 6716 R5)")
    if _FRAME_MS[packet[0] >> 3] * count > MAX_PACKET_MS:
        raise PeerBrokeProtocol("Opus packet: longer than 120 ms (RFC 6716 R5)")
    at, padding = _padding(packet) if packet[1] & 0x40 else (2, 0)
    sound = len(packet) - at - padding
    if sound < 0:
        raise PeerBrokeProtocol("Opus packet: more padding than bytes (RFC 6716 R6, R7)")
    if packet[1] & 0x80:
        _check_variable(packet, at, padding, count)
    else:
        if sound % count:
            raise PeerBrokeProtocol("Opus packet: equal frames don't fill it evenly (RFC 6716 R6)")
        _check_frame(sound // count)
    return count


def _padding(packet: bytes) -> tuple[int, int]:
    """Where the sound's lengths or bytes start, and how many bytes of padding end the packet."""
    at, padding = 2, 0
    while True:
        if at >= len(packet):
            raise PeerBrokeProtocol("Opus packet: truncated padding length (RFC 6716 R6, R7)")
        step = packet[at]
        at += 1
        if step < 255:
            return at, padding + step
        padding += 254


def _check_variable(packet: bytes, at: int, padding: int, count: int) -> None:
    named = 0
    for _ in range(count - 1):
        size, at = _frame_length(packet, at, "R7")
        named += size
    last = len(packet) - padding - at - named
    if last < 0:
        raise PeerBrokeProtocol("Opus packet: frames longer than the packet (RFC 6716 R7)")
    _check_frame(last)


def _frame_length(packet: bytes, at: int, rule: str) -> tuple[int, int]:
    """Section 3.2.1: one byte 0..251, or two: 4 * second + first. Returns the length and where it ended."""
    if at >= len(packet):
        raise PeerBrokeProtocol(f"Opus packet: truncated frame length (RFC 6716 {rule})")
    first = packet[at]
    if first < 252:
        return first, at + 1
    if at + 1 >= len(packet):
        raise PeerBrokeProtocol(f"Opus packet: truncated frame length (RFC 6716 {rule})")
    return 4 * packet[at + 1] + first, at + 2
