"""Ogg-Opus files (RFC 3533, RFC 7845): whole file to Opus packets and back, without decoding."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from desktop.domain.errors import DecodeFailed

GRANULE_RATE_HZ = 48_000
"""Granule positions, pre-skip and end trim always count at this rate (RFC 7845 section 4)."""

MAX_PACKET_SAMPLES = 5_760
"""120 ms at 48 kHz, the longest Opus packet (RFC 6716 section 3.2.5)."""

_MAGIC = b"OggS"
_HEADER = struct.Struct("<4sBBqIIIB")  # capture, version, type, granule, serial, sequence, crc, segments
_HEAD = struct.Struct("<8sBBHIhB")  # OpusHead: magic, version, channels, pre-skip, rate, gain, mapping family
_CONTINUED, _FIRST, _LAST = 1, 2, 4
_NO_PACKET_ENDS = -1
_PAGE_SAMPLES = GRANULE_RATE_HZ  # a page is closed after a second of sound (RFC 7845 section 3 advises at most that)
_BITS_REVERSED = bytes(int(f"{value:08b}"[::-1], 2) for value in range(256))


@dataclass(frozen=True, slots=True)
class OggOpus:
    """One Opus stream. `pre_skip` and `end_trim` are 48 kHz samples a player drops at start and end."""

    packets: tuple[bytes, ...]
    pre_skip: int  # 0..65535
    channels: int  # 1 or 2
    input_rate: int  # Hz of what was encoded, 0 = not told; the packets decode at any Opus rate
    end_trim: int = 0
    gain_q8: int = 0  # 1/256 dB, to be applied after decoding

    @property
    def samples(self) -> int:
        """Length as played, in 48 kHz samples."""
        return max(0, sum(map(packet_samples, self.packets)) - self.pre_skip - self.end_trim)


class _Page(NamedTuple):
    number: int  # position in the file, for error messages
    kind: int
    granule: int
    serial: int
    sequence: int
    lacing: bytes
    body: bytes


def packet_samples(packet: bytes) -> int:
    """Duration in 48 kHz samples, from the TOC byte (RFC 6716 section 3.1). Raises DecodeFailed."""
    if not packet:
        raise DecodeFailed("an Opus packet is empty; it needs at least its TOC byte")
    config, code = packet[0] >> 3, packet[0] & 3
    if config < 12:
        frame = (480, 960, 1_920, 2_880)[config & 3]
    elif config < 16:
        frame = (480, 960)[config & 1]
    else:
        frame = (120, 240, 480, 960)[config & 3]
    if code == 3 and len(packet) < 2:
        raise DecodeFailed("an Opus packet of several frames lacks its frame count byte")
    samples = frame * ((1, 2, 2)[code] if code < 3 else packet[1] & 0x3F)
    if not 0 < samples <= MAX_PACKET_SAMPLES:
        raise DecodeFailed(f"an Opus packet claims {samples / 48:g} ms; 2.5 to 120 ms is allowed")
    return samples


def read_packets(data: bytes) -> OggOpus:
    """Take the Opus stream out of a whole Ogg file.

    Pages of other streams multiplexed with it are passed over. A file that stops between two pages (its writer
    was killed) is read as far as it goes.

    Raises:
        DecodeFailed: not Ogg, no Opus stream, more than two channels, a second (chained) stream, a damaged,
            missing or cut-off page, an unfinished packet. The message names the page.
    """
    serial: int | None = None
    expected = 0
    granule = _NO_PACKET_ENDS
    ended = False
    whole: list[bytes] = []
    open_packet: list[bytes] | None = None
    for page in _pages(data):
        if serial is None:
            if not page.kind & _FIRST:
                break  # every stream begins before any stream goes on (RFC 3533 section 4)
            if not page.body.startswith(b"OpusHead"):
                continue
            serial = page.serial
            expected = page.sequence
        elif page.serial != serial:
            if ended and page.kind & _FIRST:
                raise DecodeFailed(f"Ogg page {page.number}: a second stream is chained on; split the file first")
            continue
        if ended:
            raise DecodeFailed(f"Ogg page {page.number}: the stream goes on after its last page")
        if page.sequence != expected:
            raise DecodeFailed(
                f"Ogg page {page.number}: sequence {page.sequence} where {expected} was due; a page is lost"
            )
        expected = (expected + 1) & 0xFFFFFFFF
        if bool(page.kind & _CONTINUED) != (open_packet is not None):
            raise DecodeFailed(f"Ogg page {page.number}: its continuation flag disagrees with the page before it")
        open_packet = _join(page, open_packet, whole)
        ended = bool(page.kind & _LAST)
        granule = page.granule if page.granule != _NO_PACKET_ENDS else granule
    if serial is None:
        raise DecodeFailed("no Opus stream in this Ogg file; convert it, e.g. with opusenc")
    if open_packet is not None:
        raise DecodeFailed("the file ends inside an Opus packet; it is cut off")
    return _assemble(whole, granule if ended else None)


def write_packets(
    packets: Sequence[bytes],
    *,
    pre_skip: int = 312,
    channels: int = 1,
    input_rate: int = 16_000,
    end_trim: int = 0,
    gain_q8: int = 0,
    serial: int = 1,
    vendor: str = "sidetone",
    comments: Sequence[str] = (),
) -> bytes:
    """Make a file that any Opus player opens. Same input, same bytes.

    `pre_skip` and `end_trim` are 48 kHz samples; `comments` are "NAME=value".

    Raises:
        ValueError: a number out of range, or a packet that is no Opus packet.
    """
    if channels not in (1, 2):
        raise ValueError(f"channels: {channels} can't be written; use 1 or 2")
    try:
        durations = [packet_samples(packet) for packet in packets]
        head = _HEAD.pack(b"OpusHead", 1, channels, pre_skip, input_rate, gain_q8, 0)
    except (DecodeFailed, struct.error) as problem:
        raise ValueError(str(problem)) from problem
    if not 0 <= end_trim <= max(0, sum(durations) - pre_skip):
        raise ValueError(f"end_trim: {end_trim} samples is more than is played")
    tags = [text.encode() for text in (vendor, *comments)]
    texts = [struct.pack("<I", len(text)) + text for text in tags]
    body = b"OpusTags" + texts[0] + struct.pack("<I", len(comments)) + b"".join(texts[1:])
    writer = _PageWriter(serial)
    writer.add(head, 0)
    writer.close_page(0)
    writer.add(body, 0)
    writer.close_page(0, last=not packets)
    position = page_start = 0
    for index, (packet, samples) in enumerate(zip(packets, durations, strict=True)):
        writer.add(packet, position)
        position += samples
        last = index == len(packets) - 1
        if last or position - page_start >= _PAGE_SAMPLES:
            writer.close_page(position - end_trim if last else position, last=last)
            page_start = position
    return bytes(writer.out)


class _PageWriter:
    """Packets to pages; a packet that needs more than the 255 segments of a page goes on in the next."""

    def __init__(self, serial: int) -> None:
        self.out = bytearray()
        self._serial = serial
        self._sequence = 0
        self._lacing = bytearray()
        self._body = bytearray()
        self._continued = False
        self._packet_ends = False

    def add(self, packet: bytes, before: int) -> None:
        """Append a packet; `before` is the granule position reached when it starts."""
        for start in range(0, len(packet) + 1, 255):
            if len(self._lacing) == 255:
                self.close_page(before if self._packet_ends else _NO_PACKET_ENDS)
                self._continued = start > 0
            piece = packet[start : start + 255]
            self._lacing.append(len(piece))
            self._body += piece
        self._packet_ends = True

    def close_page(self, granule: int, *, last: bool = False) -> None:
        kind = (_CONTINUED if self._continued else 0) | (0 if self._sequence else _FIRST) | (_LAST if last else 0)
        count = len(self._lacing)
        header = _HEADER.pack(_MAGIC, 0, kind, granule, self._serial, self._sequence, 0, count)
        page = header + self._lacing + self._body
        self.out += page[:22] + struct.pack("<I", page_crc(page)) + page[26:]
        self._sequence += 1
        self._lacing.clear()
        self._body.clear()
        self._continued = self._packet_ends = False


def page_crc(page: bytes) -> int:
    """CRC of a page whose checksum field is zero: polynomial 0x04c11db7, most significant bit first, no inversion.

    zlib's CRC-32 is the same polynomial mirrored and inverted, so mirroring its input and its result gives ours.
    """
    mirrored = zlib.crc32(page.translate(_BITS_REVERSED), 0xFFFFFFFF) ^ 0xFFFFFFFF
    return int.from_bytes(mirrored.to_bytes(4, "little").translate(_BITS_REVERSED), "big")


def _pages(data: bytes) -> Iterator[_Page]:
    if not data.startswith(_MAGIC):
        raise DecodeFailed("this is not an Ogg file (it does not begin with OggS)")
    offset = number = 0
    while offset < len(data):
        body_at = offset + _HEADER.size
        if body_at > len(data):
            raise DecodeFailed(f"Ogg page {number} is cut off inside its header")
        magic, version, kind, granule, serial, sequence, crc, segments = _HEADER.unpack_from(data, offset)
        if magic != _MAGIC or version != 0:
            raise DecodeFailed(f"Ogg page {number} does not begin as a page does; the file is damaged")
        lacing = data[body_at : body_at + segments]
        body_at += segments
        end = body_at + sum(lacing)
        if len(lacing) < segments or end > len(data):
            raise DecodeFailed(f"Ogg page {number} is cut off")
        if page_crc(data[offset : offset + 22] + bytes(4) + data[offset + 26 : end]) != crc:
            raise DecodeFailed(f"Ogg page {number} fails its checksum; the file is damaged")
        yield _Page(number, kind, granule, serial, sequence, lacing, data[body_at:end])
        offset = end
        number += 1


def _join(page: _Page, open_packet: list[bytes] | None, whole: list[bytes]) -> list[bytes] | None:
    """Append the packets that end on this page to `whole`; returns the pieces of one that goes on."""
    offset = 0
    for size in page.lacing:
        pieces = [] if open_packet is None else open_packet
        pieces.append(page.body[offset : offset + size])
        offset += size
        if size == 255:
            open_packet = pieces
        else:
            whole.append(b"".join(pieces))
            open_packet = None
    return open_packet


def _assemble(whole: list[bytes], end_granule: int | None) -> OggOpus:
    head = whole[0] if whole else b""
    if len(head) < _HEAD.size:
        raise DecodeFailed("OpusHead is too short; the file is damaged")
    _, version, channels, pre_skip, rate, gain, family = _HEAD.unpack_from(head)
    if version >> 4 != 0:
        raise DecodeFailed(f"OpusHead: version {version} is not known here; convert the file")
    if channels not in (1, 2) or family not in (0, 1):
        raise DecodeFailed(f"OpusHead: {channels} channels in mapping family {family}; use mono or stereo")
    if len(whole) < 2 or not whole[1].startswith(b"OpusTags"):
        raise DecodeFailed("OpusTags is missing; the file is damaged")
    packets = tuple(whole[2:])
    total = sum(map(packet_samples, packets))
    trim = 0 if end_granule is None else min(max(0, total - end_granule), total)
    return OggOpus(packets, pre_skip, channels, rate, trim, gain)
