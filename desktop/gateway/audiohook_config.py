"""How the AudioHook listener is set up, what it counts, and what it tells about sign-ons, probes and calls."""

from __future__ import annotations

import enum
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from desktop.domain.listener import TranscriptsBack

Keys = Callable[[str], bytes | Awaitable[bytes | None] | None]
"""The decoded client secret of an API key; None: unknown key; b"": unsigned connections are welcome."""


@dataclass(frozen=True, slots=True)
class AudioHookConfig:
    """Durations in seconds unless named otherwise."""

    name: str  # the link's name
    path: str = "/audiohook"
    public_host: str = ""  # "host[:port]" that the platform dials, if a proxy or tunnel changes the Host header
    organizations: frozenset[str] = frozenset()  # ids that may connect; empty: all that have a key
    languages: tuple[str, ...] = ()  # told if the platform asks
    transcripts: TranscriptsBack = TranscriptsBack.OFF  # what `transcribed` sends
    start_paused: bool = False  # a call's sound waits until somebody watches it
    discard_replayed: bool = True  # after a reconnect, ask for no sound that was heard before
    max_sessions: int = 2_000
    max_refusals_waiting: int = 500  # beyond it the refused get their answer at once
    refuse_after_s: float = 0.5
    keys_within_s: float = 2.0
    linger_s: float = 35.0  # the platform keeps 30 s of sound for a reconnect
    max_piece_ms: int = 200  # frames are handed over as received, longer ones in pieces
    close_timeout_s: float = 2.0


@dataclass(slots=True)
class AudioHookStats:
    """Counts since the start."""

    connections: int = 0  # upgraded
    refused: int = 0  # 401
    turned_away: int = 0  # 503: draining, full, or the keys can't be read
    not_upgrades: int = 0
    probes: int = 0
    calls: int = 0
    sounds: int = 0  # binary messages
    samples: int = 0  # per channel
    replayed_samples: int = 0  # heard before, or from a second session of the same call
    frames: int = 0  # handed over
    empty_frames: int = 0
    odd_frames: int = 0
    complaints: int = 0
    client_errors: int = 0  # the platform's `error` messages
    throttled: int = 0  # of these, 429
    lost: int = 0  # connections that ended without a goodbye
    broken: int = 0  # sessions ended because the platform broke the protocol
    crashed: int = 0  # sessions that an error of ours cost
    slow_readers: int = 0
    digits: int = 0


class AttemptKind(enum.Enum):
    """What a connection turned out to be."""

    PROBE = "probe"
    CALL = "call"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try of the platform to use this listener, for the panel of the set-up."""

    at_ms: int  # this machine's wall clock, Unix epoch
    kind: AttemptKind
    ok: bool
    text: str  # a sentence: what happened, what to do
    where: str = ""  # the header or component that differed, if it can be told
    opened_ms: float | None = None  # from `open` to `opened`
    signature_base: str = field(default="", repr=False)  # what was checked; holds the API key, never a secret


@dataclass(frozen=True, slots=True)
class CallInfo:
    """A live call as the listener has it."""

    call: str
    language: str
    sessions: int
    opened_ms: float | None  # of its latest session
    private: bool
    saving: bool
    rtt_ms: float | None  # measured by the platform
    drift_samples: int  # between the platform's position and ours


@dataclass(frozen=True, slots=True)
class Usage:
    """Seconds of sessions since the start: streamed, which cost money, and paused by us, which don't."""

    streamed_s: float
    saved_s: float
