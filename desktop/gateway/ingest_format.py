"""Whether a stream's bytes are what its Content-Type says (document C, edge case 2: "unintelligible noise or static").

Evidence is taken from the bytes alone. Mu-law speech, read as samples, changes little from one to the next; compressed
bytes read the same way are white noise, and every Opus packet passes the rules of RFC 6716, which PCMU does not.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from desktop.audio.g711 import linear
from desktop.domain.errors import PeerBrokeProtocol
from desktop.domain.media import Codec
from desktop.protocols.opus_toc import inspect

PAYLOADS: Final = 10
BYTES: Final = 800
STREAM_BYTES: Final = 4096
_SMOOTH: Final = 0.35  # correlation of neighbouring samples; speech at 8 kHz has 0.6 to 0.95
_QUIET: Final = 600.0  # comfort noise is rough as well, but never as loud as compressed bytes (about 9000)
_UNIFORM: Final = 7.8  # bits per byte over STREAM_BYTES; loud noise in mu-law stays below 7.6
_MOSTLY: Final = 0.8
_OFTEN: Final = 0.2


def sounds_like_pcmu(sample: bytes) -> bool:
    """Whether at least a hundred mu-law samples could be telephone sound."""
    wave = linear(sample).astype(np.float64)
    wave -= wave.mean()
    power = float(np.mean(wave * wave))
    if power <= _QUIET * _QUIET:
        return True
    return float(np.mean(wave[1:] * wave[:-1])) / power > _SMOOTH


def looks_compressed(sample: bytes) -> bool:
    """Whether the bytes are spread evenly, as only compressed or encrypted ones are. STREAM_BYTES or more."""
    shares = np.bincount(np.frombuffer(sample, np.uint8), minlength=256) / len(sample)
    shares = shares[shares > 0]
    return float(-np.sum(shares * np.log2(shares))) > _UNIFORM and not sounds_like_pcmu(sample)


def valid_opus(payload: bytes) -> bool:
    """Whether it passes the rules of an Opus packet."""
    try:
        inspect(payload)
    except PeerBrokeProtocol:
        return False
    return True


class FormatWatch:
    """One channel's belief about its format; `believed` is what the payloads should be decoded as."""

    def __init__(self, declared: Codec) -> None:
        self.declared = declared
        self.believed = declared
        self.told = declared  # what the last finding said
        self._sample = bytearray()
        self._payloads = 0
        self._valid = 0
        self._kinds: dict[int, int] = {}

    def hear_packet(self, payload: bytes) -> Codec:
        """A body of known length. Changes its mind on evidence from PAYLOADS payloads."""
        if payload:
            self._sample += payload[:BYTES]
            self._payloads += 1
            self._valid += valid_opus(payload)
            self._kinds[payload[0] >> 3] = self._kinds.get(payload[0] >> 3, 0) + 1
        if self._payloads >= PAYLOADS and len(self._sample) >= BYTES:
            self._judge()
        return self.believed

    def hear_stream(self, piece: bytes) -> bool:
        """A piece of a PCMU stream without packets; False while its bytes can't be PCMU."""
        self._sample += piece
        if len(self._sample) >= STREAM_BYTES:
            self.believed = Codec.OPUS if looks_compressed(bytes(self._sample)) else Codec.PCMU
            self._sample.clear()
        return self.believed is Codec.PCMU

    def _judge(self) -> None:
        smooth = sounds_like_pcmu(bytes(self._sample))
        if self._valid == self._payloads and max(self._kinds.values()) >= _MOSTLY * self._payloads and not smooth:
            self.believed = Codec.OPUS
        elif smooth and self._payloads - self._valid >= _OFTEN * self._payloads:
            self.believed = Codec.PCMU
        self._sample.clear()
        self._kinds.clear()
        self._payloads = self._valid = 0
