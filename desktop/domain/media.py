"""Sound on its way in: encoded frames as a peer sent them, PCM blocks as a recogniser hears them."""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:  # arrays are only named here; the domain imports no library
    import numpy as np
    import numpy.typing as npt

PIPELINE_RATE_HZ = 16_000
"""The one rate that recognition, voice activity and every block use."""


class Party(enum.Enum):
    """Whose voice a channel carries."""

    CUSTOMER = "customer"
    AGENT = "agent"
    MIXED = "mixed"


class Codec(enum.Enum):
    """How a frame's payload is encoded."""

    OPUS = "opus"
    PCMU = "pcmu"


class EncodedFrame(NamedTuple):
    """One complete codec frame of one channel, exactly as received (document A section 3)."""

    link: str  # which connection brought it
    call: str  # interaction id
    party: Party
    codec: Codec
    seq: int | None  # per (call, party); None when the peer numbers nothing (a bare Opus packet)
    at_ms: int | None  # capture time, ms since the Unix epoch on the peer's clock; None as above
    payload: bytes
    received_ns: int  # monotonic_ns when the socket handed it over


class PcmBlock(NamedTuple):
    """Decoded speech: int16 mono at `rate_hz`, placed on the call's own time line."""

    call: str
    party: Party
    at_ms: int  # since the call's first audio
    rate_hz: int
    samples: npt.NDArray[np.int16]  # shape (n,)
    received_ns: int
    decoded_ns: int
    concealed_ms: float  # how much of this block was invented for lost frames
