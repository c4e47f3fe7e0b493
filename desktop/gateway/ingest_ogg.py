"""Ogg-Opus as it arrives, piece by piece, to Opus packets (RFC 3533, RFC 7845).

`desktop/audio/ogg.py` reads whole files and refuses damaged ones; a live stream goes on: what a damaged or missing page
held is dropped and counted, and reading continues at the next page.
"""

from __future__ import annotations

from typing import Final

from desktop.audio.ogg import page_crc

MAGIC: Final = b"OggS"
_HEADER: Final = 27
_MAX_PACKET: Final = 64 * 1024
_CONTINUED: Final = 1


class OggReader:
    """Feed it bytes, get packets. Only the first stream's; its two header packets are left out."""

    def __init__(self) -> None:
        self.damaged = 0  # pages that were dropped, and packets that lost a part
        self._bytes = bytearray()
        self._serial: bytes | None = None
        self._sequence = 0
        self._open = bytearray()
        self._unfinished = False

    def feed(self, piece: bytes) -> list[bytes]:
        """The packets that are complete now."""
        self._bytes += piece
        packets: list[bytes] = []
        while self._find_page():
            page = self._take_page()
            if page is None:
                break
            packets += self._packets_of(page)
        return packets

    def _find_page(self) -> bool:
        """Put the buffer's start on the next page's magic."""
        at = self._bytes.find(MAGIC)
        found = at >= 0
        if not found:  # the last bytes may be the beginning of the next one
            tails = (len(self._bytes) - n for n in (3, 2, 1) if self._bytes.endswith(MAGIC[:n]))
            at = next(tails, len(self._bytes))
        self._skip(at)
        return found

    def _skip(self, count: int) -> None:
        if count:
            self.damaged += 1
            del self._bytes[:count]

    def _take_page(self) -> bytes | None:
        """The first page, or None while it is incomplete. One that fails its checksum is passed over."""
        while True:
            page = self._page_at(0)
            if page is None:
                following = self._sound_page_behind()
                if following is None:
                    return None
                self._skip(following)  # what seemed to be incomplete was damaged
            elif _is_sound(page):
                del self._bytes[: len(page)]
                return page
            else:
                self._skip(len(MAGIC))
                if not self._find_page():
                    return None

    def _page_at(self, at: int) -> bytes | None:
        """As many bytes as the header there says; None if they are not all there yet."""
        body_at = at + _HEADER
        if len(self._bytes) < body_at:
            return None
        lacing = self._bytes[body_at : body_at + self._bytes[at + 26]]
        end = body_at + self._bytes[at + 26] + sum(lacing)
        return bytes(self._bytes[at:end]) if len(self._bytes) >= end else None

    def _sound_page_behind(self) -> int | None:
        at = self._bytes.find(MAGIC, len(MAGIC))
        while at > 0:
            page = self._page_at(at)
            if page is not None and _is_sound(page):
                return at
            at = self._bytes.find(MAGIC, at + len(MAGIC))
        return None

    def _packets_of(self, page: bytes) -> list[bytes]:
        serial, sequence = page[14:18], int.from_bytes(page[18:22], "little")
        if self._serial is None:
            self._serial, self._sequence = serial, sequence
        if serial != self._serial:
            return []
        if sequence != self._sequence:
            self.damaged += 1
        if sequence != self._sequence or not page[5] & _CONTINUED:
            self._unfinished = False
            self._open.clear()
        skipping = bool(page[5] & _CONTINUED) and not self._unfinished  # its beginning was lost
        self._sequence = (sequence + 1) & 0xFFFFFFFF
        packets: list[bytes] = []
        at = _HEADER + page[26]
        for size in page[_HEADER:at]:
            self._open += page[at : at + size]
            at += size
            self._unfinished = size == 255
            if self._unfinished:
                if len(self._open) > _MAX_PACKET:
                    skipping = True
                continue
            if not skipping and not self._open.startswith((b"OpusHead", b"OpusTags")):
                packets.append(bytes(self._open))
            skipping = False
            self._open.clear()
        if skipping:
            self._open.clear()
            self._unfinished = False
        return packets


def _is_sound(page: bytes) -> bool:
    return page_crc(page[:22] + bytes(4) + page[26:]) == int.from_bytes(page[22:26], "little")
