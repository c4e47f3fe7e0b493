"""Settings of the real-time analytics socket (document B section 2)."""

from __future__ import annotations

from dataclasses import dataclass, field

from desktop.protocols.analytics import DEFAULT_FIELDS, DEFAULT_HEARTBEAT_S


@dataclass(frozen=True, slots=True)
class AnalyticsConfig:
    """One subscription. Durations in seconds."""

    name: str = field(metadata={"help": "What this connection is called on the screen"})
    base_url: str = field(metadata={"help": "https://api.<region>, or the socket's own wss address"})
    region: str = field(default="", metadata={"help": "Region label"})
    queue_ids: tuple[str, ...] = field(default=(), metadata={"help": "Only these queues; empty = all"})
    agent_ids: tuple[str, ...] = field(default=(), metadata={"help": "Only these agents; empty = all"})
    fields: tuple[str, ...] = field(default=DEFAULT_FIELDS, metadata={"help": "What each event shall tell"})
    heartbeat_s: int = field(default=DEFAULT_HEARTBEAT_S, metadata={"help": "Sign of life; at least 10"})
    open_timeout_s: float = field(default=5.0, metadata={"help": "How long a connection may take to open"})
    settle_s: float = field(default=1.0, metadata={"help": "How long the platform may take to refuse a subscription"})
    ping_every_s: float = field(default=7.0, metadata={"help": "How often the round trip is measured"})
    ping_timeout_s: float = field(default=10.0, metadata={"help": "How long the answer to that may take"})
    ask_again_s: float = field(default=60.0, metadata={"help": "How often to try again after a refusal"})
    healthy_after_s: float = field(default=30.0, metadata={"help": "A connection that lived this long was healthy"})
