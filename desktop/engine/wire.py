"""What the hub and a worker process say to each other: length-prefixed MessagePack over a socket pair."""

from __future__ import annotations

import msgspec

from desktop.domain.events import AudioGap
from desktop.domain.load import Spent
from desktop.domain.media import EncodedFrame, Party
from desktop.domain.speech import (
    Attention,
    EngineNotice,
    EngineTrouble,
    PhraseHeard,
    Segment,
    ServiceAnalysis,
    SpeechActivity,
)

PREFIX_BYTES = 4
LARGEST_MESSAGE = 16 * 1024 * 1024


class Resume(msgspec.Struct, frozen=True, array_like=True):
    """Where a party's lane goes on after its worker was replaced."""

    party: Party
    position_ms: int
    next_segment: int


class Open(msgspec.Struct, frozen=True, tag=True, array_like=True):
    """Start hearing a call; `base_ms` is the capture time that is 0 on its own time line."""

    call: str
    base_ms: int
    language: str
    resume: list[Resume]
    attention: Attention = Attention.WORDS


class Frames(msgspec.Struct, frozen=True, tag=True, array_like=True):
    """Encoded frames in arrival order, of any calls."""

    frames: list[EncodedFrame]


class Watch(msgspec.Struct, frozen=True, tag=True, array_like=True):
    """Phrases to spot by themselves from now on, on all calls."""

    phrases: list[str]


class Attend(msgspec.Struct, frozen=True, tag=True, array_like=True):
    """How much of a call to hear from everybody's next utterance on."""

    call: str
    attention: Attention


class Flush(msgspec.Struct, frozen=True, tag=True, array_like=True):
    """The call ended: finish its words."""

    call: str


class Close(msgspec.Struct, frozen=True, tag=True, array_like=True):
    """Free the call."""

    call: str


class Stop(msgspec.Struct, frozen=True, tag=True, array_like=True):
    """Exit."""


class Ready(msgspec.Struct, frozen=True, tag=True, array_like=True):
    """The recogniser is loaded."""

    engine: str
    load_ms: float
    notice: EngineNotice | None = None


class Refused(msgspec.Struct, frozen=True, tag=True, array_like=True):
    """The recogniser can't be loaded, and the process ends; what is wrong and what to do, in words for people."""

    problem: str


class Heard(msgspec.Struct, frozen=True, tag=True, array_like=True):
    """Results, in the order they were made."""

    segments: list[Segment]
    activity: list[SpeechActivity]
    gaps: list[AudioGap]
    phrases: list[PhraseHeard]
    analyses: list[ServiceAnalysis] = []


class LanePulse(msgspec.Struct, frozen=True, array_like=True):
    """How one party of one call is doing; counts are since the last pulse."""

    call: str
    party: Party
    position_ms: int  # decoded so far
    backlog_ms: float  # decoded, not yet heard
    concealed: int
    lost: int
    corrupt: int
    duplicate: int
    reordered: int


class Pulse(msgspec.Struct, frozen=True, tag=True, array_like=True):
    """A worker's heartbeat, a few times a second."""

    rss_mb: float
    lanes: list[LanePulse]
    decode_ms: list[float]  # socket to decoded, a sample of the blocks since the last pulse
    spent: Spent  # since the last pulse
    trouble: EngineTrouble | None = None
    spots_phrases: bool = False
    alike: dict[str, bool] = {}  # calls of which this has changed: both channels carry the same sound


class Trouble(msgspec.Struct, frozen=True, tag=True, array_like=True):
    """A call broke inside the worker; only the error's kind travels, never its text."""

    call: str
    kind: str


ToWorker = Open | Frames | Watch | Attend | Flush | Close | Stop
FromWorker = Ready | Refused | Heard | Pulse | Trouble

_encoder = msgspec.msgpack.Encoder()
to_worker = msgspec.msgpack.Decoder(ToWorker)
from_worker = msgspec.msgpack.Decoder(FromWorker)


def packed(message: ToWorker | FromWorker) -> bytes:
    """A message with its length in front."""
    body = _encoder.encode(message)
    return len(body).to_bytes(PREFIX_BYTES, "big") + body
