"""Document C's bodies to codec payloads: one packet, some samples, or a stream of either."""

from __future__ import annotations

from typing import Final, NamedTuple

from desktop.domain.errors import PeerBrokeProtocol
from desktop.domain.media import Codec
from desktop.gateway.ingest_format import FormatWatch, valid_opus
from desktop.gateway.ingest_ogg import MAGIC, OggReader
from desktop.protocols.ingest import PCMU_BYTES_PER_MS, MediaType, Packing
from desktop.protocols.opus_toc import inspect

PIECE_MS: Final = 100
SHORTEST_MS: Final = 20
LONGEST_BODY_MS: Final = 10_000.0
"""In one body of known length: tiny Opus packets could name hours in 64 kB."""


class Payload(NamedTuple):
    """What a decoder takes, and how long it lasts."""

    codec: Codec
    data: bytes
    ms: float


_SIGNALLING: Final = (b"INVITE ", b"SIP/2.0 ", b"OPTIONS ", b"v=0\r\n")
_TOO_EARLY: Final = (
    "body: SIP signalling instead of sound; in the flow, place Stream directly behind Connect, not before it"
)


def whole_body(media: MediaType, watch: FormatWatch, body: bytes) -> list[Payload]:
    """A body of known length. PeerBrokeProtocol names what is wrong with it."""
    if body.startswith(_SIGNALLING):  # section 3, the trap of option A
        raise PeerBrokeProtocol(_TOO_EARLY)
    if media.packing is Packing.OGG or body.startswith(MAGIC):
        reader = OggReader()
        packets = [_opus(packet) for packet in reader.feed(body)]
        if not packets or reader.damaged:
            raise PeerBrokeProtocol("body: not Ogg-Opus, or damaged; send whole pages")
        if sum(packet.ms for packet in packets) > LONGEST_BODY_MS:
            raise PeerBrokeProtocol("body: more than 10 s of sound; send it as a stream of unknown length")
        return packets
    if media.channels == 2:
        return _interleaved(body)
    believed = watch.hear_packet(body)
    if believed is Codec.OPUS:
        if media.codec is Codec.PCMU and not valid_opus(body):  # no longer what it was taken for
            return [_pcmu(body)]
        return [_opus(body)]
    return [_pcmu(body)]


class BodyReader:
    """A streamed body, piece by piece. `gaps` counts what was damaged and left out."""

    def __init__(self, media: MediaType, watch: FormatWatch) -> None:
        self._media, self._watch = media, watch
        self._ogg: OggReader | None = OggReader() if media.packing is Packing.OGG else None
        self._bytes = bytearray()
        self._begun = False
        self._gaps = 0
        self.unheard = False  # its bytes are no PCMU: nothing of it is passed on

    @property
    def gaps(self) -> int:
        """Damaged pages and packets so far."""
        return self._gaps + (0 if self._ogg is None else self._ogg.damaged)

    def feed(self, piece: bytes) -> list[Payload]:
        """What is complete now. PeerBrokeProtocol if there is no way to tell packets apart."""
        self._bytes += piece
        if not self._begun:
            if len(self._bytes) < len(MAGIC):
                return []
            self._begun = True
            if self._bytes.startswith(MAGIC):
                self._ogg = self._ogg or OggReader()
            elif self._media.codec is Codec.OPUS and self._ogg is None:
                raise PeerBrokeProtocol(
                    "body: a stream of Opus packets without Ogg around them; send Ogg-Opus, or one packet per request"
                )
        return self._ogg_packets() if self._ogg is not None else self._samples(SHORTEST_MS)

    def finish(self) -> list[Payload]:
        """The body ended: what is left of it."""
        if self._ogg is not None or self._media.codec is Codec.OPUS:
            return []
        return self._samples(0)

    def _ogg_packets(self) -> list[Payload]:
        assert self._ogg is not None
        found: list[Payload] = []
        for packet in self._ogg.feed(bytes(self._bytes)):
            try:
                found.append(_opus(packet))
            except PeerBrokeProtocol:
                self._gaps += 1
        self._bytes.clear()
        if found:
            self._watch.believed = Codec.OPUS
        return found

    def _samples(self, shortest_ms: int) -> list[Payload]:
        channels = self._media.channels
        found: list[Payload] = []
        while len(self._bytes) >= max(channels, shortest_ms * PCMU_BYTES_PER_MS * channels):
            size = min(len(self._bytes) // channels, PIECE_MS * PCMU_BYTES_PER_MS) * channels
            piece = bytes(self._bytes[:size])
            del self._bytes[:size]
            if channels == 2:
                found += _interleaved(piece)
            elif self._watch.hear_stream(piece):
                found.append(_pcmu(piece))
        self.unheard = channels == 1 and self._watch.believed is not Codec.PCMU
        return found


def _opus(packet: bytes) -> Payload:
    return Payload(Codec.OPUS, packet, inspect(packet).duration_ms)


def _pcmu(samples: bytes) -> Payload:
    return Payload(Codec.PCMU, samples, len(samples) / PCMU_BYTES_PER_MS)


def _interleaved(samples: bytes) -> list[Payload]:
    """External, internal."""
    if len(samples) % 2:
        raise PeerBrokeProtocol("body: half a sample; two channels need an even number of bytes")
    return [_pcmu(samples[0::2]), _pcmu(samples[1::2])]
