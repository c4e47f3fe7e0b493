"""What hearing costs: seconds of a processor core, as workers measure them and as plans reckon with them."""

from __future__ import annotations

from dataclasses import dataclass

from desktop.domain.speech import Attention


@dataclass(frozen=True, slots=True)
class Work:
    """What calls of one attention took of a worker. Seconds of sound and speech count per party."""

    attention: Attention | None  # None: it has just changed, so their cost says nothing about it
    cpu_s: float  # voice activity and recognition
    audio_s: float  # sound taken in
    speech_s: float  # speech in it, counted when a stretch has ended


@dataclass(frozen=True, slots=True)
class Spent:
    """How a worker spent a stretch of time."""

    span_s: float  # wall clock
    busy_s: float  # of it, not waiting for sound
    cpu_s: float  # of it, on a processor
    decode_cpu_s: float  # of that, taking frames in and decoding them
    calls: int  # whose sound came in
    work: tuple[Work, ...]


@dataclass(frozen=True, slots=True)
class Costs:
    """What calls cost, in seconds of one core of this machine; others that use it make every second count for more."""

    call: float  # per second of call, whoever speaks: receiving, decoding, who speaks when
    words: float  # per second of speech, besides, when it is heard in words
    talk: float  # seconds of speech per second of call, all parties together
    phrases: float | None = None  # per second of speech that is watched for phrases; None: the engine spots none
