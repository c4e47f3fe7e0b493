"""How one Audio Connector connection is set up, and what a refused upgrade means."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from websockets.exceptions import InvalidStatus

from desktop.domain.errors import SidetoneError, Throttled, Unreachable
from desktop.protocols.audio_subscription import AudioSubscription
from desktop.protocols.backoff import parse_retry_after


@dataclass(frozen=True, slots=True)
class AudioConnectorConfig:
    """One region's connection. Durations in seconds."""

    name: str = field(metadata={"help": "What this connection is called on the screen"})
    base_url: str = field(metadata={"help": "Where to ask for the stream: https://api.<region>, or a Sidetone gateway"})
    region: str = field(default="", metadata={"help": "Region label until the platform names its own"})
    subscription: AudioSubscription = field(
        default=AudioSubscription(sample_rate=16_000), metadata={"help": "Which interactions to hear, and how"}
    )
    open_timeout_s: float = field(default=10.0, metadata={"help": "How long a connection may take to open"})
    confirm_timeout_s: float = field(default=10.0, metadata={"help": "How long a subscription may stay unanswered"})
    ping_interval_s: float = field(default=20.0, metadata={"help": "How often to check that the stream is alive"})
    ping_timeout_s: float = field(default=20.0, metadata={"help": "How long the answer to that may take"})
    measure_every_s: float = field(default=10.0, metadata={"help": "How often to measure the round trip"})
    proxy: str = field(default="", metadata={"help": "http://host:port; empty = the system's"})
    ask_again_s: float = field(default=60.0, metadata={"help": "How often to try again after a refusal"})
    healthy_after_s: float = field(default=30.0, metadata={"help": "A connection that lived this long was healthy"})


def upgrade_refused(refused: InvalidStatus) -> SidetoneError:
    """An upgrade answered with a status. 401 means that the connection token was used or too old: ask REST again."""
    response = refused.response
    wait_s = parse_retry_after(response.headers.get("Retry-After"), int(time.time() * 1000))
    if wait_s is not None:
        return Throttled(f"The stream asks to wait ({response.status_code}).", wait_s)
    return Unreachable(f"The stream did not open ({response.status_code}).")
