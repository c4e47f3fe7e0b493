"""How the Audio Connector gateway is set up, what it is told about an interaction, and what it counts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from aiohttp import web

from desktop.domain.facts import CallFacts


@dataclass(frozen=True, slots=True)
class GatewayConfig:
    """`access_token` is what consoles must bear, unless `accepts` knows theirs. Durations in seconds."""

    access_token: str = field(repr=False)
    accepts: Callable[[str], bool] | None = None
    secure: Callable[[web.Request], bool] | None = None  # whether a console came by TLS, where others serve the routes
    region: str = "local"
    public_url: str = ""  # "wss://host[:port]" behind a proxy; else the address that the console asked at
    token_life_s: float = 3600.0
    max_consoles: int = 100
    max_subscriptions: int = 10
    max_message_bytes: int | None = None  # fragment frames beyond this
    max_queued_frames: int = 2000  # per console; about 2.5 s of 16 two-channel calls
    max_queued_messages: int = 10_000
    heartbeat_s: float = 20.0


@dataclass(frozen=True, slots=True)
class InteractionInfo:
    """An interaction and what may be told about it."""

    interaction_id: str
    facts: CallFacts = field(default_factory=CallFacts)


@dataclass(slots=True)
class GatewayStats:
    """Counts since the start."""

    discoveries: int = 0
    discoveries_denied: int = 0
    upgrades_refused: int = 0
    connections: int = 0
    frames_published: int = 0
    frames_dropped: int = 0  # by consoles that have left; `AudioConnectorGateway.frames_dropped` counts all
    stray_frames: int = 0  # for interactions that are not announced, or ended
