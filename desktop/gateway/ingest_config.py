"""How document C's ingest is set up, and what it counts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from desktop.protocols.ingest import BACKLOG_MS, DEFAULT_PATH


@dataclass(frozen=True, slots=True)
class IngestConfig:
    """Durations in seconds unless named otherwise.

    `accepts` judges a bearer token (in constant time); None lets in whoever gets through the allow-list and mutual TLS.
    `encryption_key` as in `encryptionKey` of the hook; SettingInvalid from IngestPart if it is none.
    """

    link: str = "ingest"
    region: str = ""
    path: str = DEFAULT_PATH
    accepts: Callable[[str], bool] | None = field(default=None, repr=False)
    encryption_key: str = field(default="", repr=False)
    backlog_ms: float = BACKLOG_MS  # per channel of a call
    max_streams: int = 1_000  # channels at once
    idle_end_s: float = 30.0  # a call ends when nothing came for so long
    finished_end_s: float = 2.0  # the same once all of its streamed bodies came to their end
    body_timeout_s: float = 10.0  # a body of known length must be there
    stream_timeout_s: float = 60.0  # a streamed body must send something


@dataclass(slots=True)
class IngestStats:
    """Counts since the start."""

    chunks: int = 0  # bodies of known length that were acknowledged
    streams: int = 0  # streamed bodies that were acknowledged
    probes: int = 0  # health checks: GET, HEAD and empty POST
    frames: int = 0  # delivered
    throttled: int = 0  # 429: backlog
    held_back: int = 0  # times that reading of a streamed body waited for the backlog
    unauthorised: int = 0  # 401
    refused: int = 0  # 400, 408, 413, 415
    full: int = 0  # 503: too many channels at once, or closing
    mismatched: int = 0  # channels whose bytes are of another format than declared
    broken_streams: int = 0  # streamed bodies that were cut
