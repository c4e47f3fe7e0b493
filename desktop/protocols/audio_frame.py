"""Sidetone's frame header, version 1, for the binary messages that document A (section 3) leaves open.

Document A says that a binary WebSocket message "includes a header with metadata followed by the Opus payload" and that
large frames are fragmented over messages, but gives no layout. This is ours. All integers are big-endian.

    offset  size  field
    0       4     magic, the ASCII letters "STAF"
    4       1     version, 1
    5       1     flags: bit 0 (0x01) first fragment, bit 1 (0x02) last fragment,
                  bits 2-7 the fragment's number within its frame, from 0, modulo 64
    6       1     channel: 0 mixed, 1 customer, 2 agent
    7       1     header length H: all header bytes, so the payload starts at offset H; 21 + N or more
    8       4     sequence: counts complete frames per (interaction, channel), modulo 2**32
    12      8     capture time of the frame's first sample, ms since the Unix epoch on the sender's clock
    20      1     N, bytes of the interaction id, 1..64
    21      N     interaction id, UTF-8
    H       ..    the Opus packet (RFC 6716), or this fragment's part of it, at least one byte

An unfragmented frame is its own first and last fragment (flags 0x03). Fragments of one frame repeat the header with the
same sequence and capture time and follow one another in order; fragments of different interactions or channels may
interleave. The number in bits 2-7 lets a reader see that a middle fragment is missing.

Later versions may append fields after the interaction id and raise H; they must not change what is above, so a
version 1 reader reads them all and skips what it doesn't know. A change that breaks this needs another magic.

A message that doesn't begin with the magic is a *bare* Opus packet. The two can't be confused: "ST" read as Opus
announces 20 frames of 40 ms, which RFC 6716 R5 forbids (at most 120 ms), so no valid packet begins like that.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Final, NamedTuple

from desktop.domain.errors import PeerBrokeProtocol
from desktop.domain.media import Party

MAGIC: Final = b"STAF"
VERSION: Final = 1
MAX_ID_BYTES: Final = 64
MAX_HEADER_BYTES: Final = 255
SEQUENCE_MODULUS: Final = 1 << 32
FRAGMENT_MODULUS: Final = 64

_FIXED = struct.Struct(">4sBBBBIQB")
_FIRST: Final = 0x01
_LAST: Final = 0x02
_CHANNELS: Final = (Party.MIXED, Party.CUSTOMER, Party.AGENT)


@dataclass(frozen=True, slots=True)
class AudioFrame:
    """One complete frame to send. `sequence` 0..2**32-1, `captured_ms` since the Unix epoch."""

    call: str
    party: Party
    sequence: int
    captured_ms: int
    payload: bytes


class ParsedFrame(NamedTuple):
    """One message with our header: a whole frame (`first` and `last`), or a fragment of one."""

    call: str
    party: Party
    sequence: int
    captured_ms: int
    first: bool
    last: bool
    fragment: int  # number within the frame, modulo 64
    payload: bytes


class BareOpus(NamedTuple):
    """A message without our header: an Opus packet that names no interaction."""

    payload: bytes


def header_bytes(call: str) -> int:
    """How long the header of a message about `call` is."""
    return _FIXED.size + len(call.encode())


def pack(frame: AudioFrame) -> bytes:
    """The one message that carries `frame` whole. ValueError if a field doesn't fit the layout."""
    return _message(frame, _FIRST | _LAST, 0, frame.payload)


def split(frame: AudioFrame, max_message_bytes: int) -> list[bytes]:
    """The messages that carry `frame`, each at most `max_message_bytes` long, header included.

    ValueError if not even one payload byte fits beside the header.
    """
    room = max_message_bytes - header_bytes(frame.call)
    if room < 1:
        raise ValueError(f"max_message_bytes: {max_message_bytes} leaves no room for sound beside the header")
    parts = [frame.payload[at : at + room] for at in range(0, len(frame.payload), room)]
    if len(parts) <= 1:
        return [pack(frame)]
    final = len(parts) - 1
    return [
        _message(frame, (_FIRST if number == 0 else 0) | (_LAST if number == final else 0), number, part)
        for number, part in enumerate(parts)
    ]


def _message(frame: AudioFrame, ends: int, number: int, part: bytes) -> bytes:
    name = frame.call.encode()
    if not 1 <= len(name) <= MAX_ID_BYTES:
        raise ValueError(f"call: {len(name)} bytes, the header takes 1 to {MAX_ID_BYTES}")
    if not 0 <= frame.sequence < SEQUENCE_MODULUS:
        raise ValueError("sequence: the header takes 32 bits")
    if not 0 <= frame.captured_ms < 1 << 64:
        raise ValueError("captured_ms: the header takes 64 bits, and no time before 1970")
    if not part:
        raise ValueError("payload: an Opus packet has at least one byte")
    flags = ends | (number % FRAGMENT_MODULUS) << 2
    length = _FIXED.size + len(name)
    channel = _CHANNELS.index(frame.party)
    fixed = _FIXED.pack(MAGIC, VERSION, flags, channel, length, frame.sequence, frame.captured_ms, len(name))
    return fixed + name + part


def parse(message: bytes) -> ParsedFrame | BareOpus:
    """Read one binary message. PeerBrokeProtocol names the header field that is wrong."""
    if not message.startswith(MAGIC):
        return BareOpus(message)
    if len(message) < _FIXED.size:
        raise PeerBrokeProtocol(f"frame header: truncated after {len(message)} of {_FIXED.size} bytes")
    _, version, flags, channel, length, sequence, captured_ms, id_bytes = _FIXED.unpack_from(message)
    if version < VERSION:
        raise PeerBrokeProtocol(f"frame header version: {version}, this reader knows {VERSION} and what extends it")
    if channel >= len(_CHANNELS):
        raise PeerBrokeProtocol(f"frame header channel: {channel}, expected 0 mixed, 1 customer or 2 agent")
    if not 1 <= id_bytes <= MAX_ID_BYTES:
        raise PeerBrokeProtocol(f"frame header interaction id: {id_bytes} bytes, expected 1 to {MAX_ID_BYTES}")
    if length < _FIXED.size + id_bytes:
        raise PeerBrokeProtocol(f"frame header length: {length} does not cover the interaction id")
    if length >= len(message):
        raise PeerBrokeProtocol(f"frame: truncated, {len(message)} bytes hold no payload after {length} of header")
    try:
        call = message[_FIXED.size : _FIXED.size + id_bytes].decode()
    except UnicodeDecodeError:
        raise PeerBrokeProtocol("frame header interaction id: not valid UTF-8") from None
    return ParsedFrame(
        call,
        _CHANNELS[channel],
        sequence,
        captured_ms,
        bool(flags & _FIRST),
        bool(flags & _LAST),
        flags >> 2,
        message[length:],
    )
