"""The real-time analytics WebSocket's messages (document B sections 2 and 3), both roles, as typed values.

The document gives the subscription and what an event's payload holds. The rest is ours, in the same style, and read
leniently: anything unknown is an Unknown, not an error.

    console -> platform  {"action": "subscribe", "events": [{"type", "filters", "fields"}], "heartbeat": 30}
                         {"action": "heartbeat"}                                    every `heartbeat` seconds
    platform -> console  {"type": "subscribed"}  {"type": "heartbeat"}
                         {"type": "error", "code", "message", "retryAfter"?}
                         {"type": "conversation", "conversationId", "agentId", "state", "sentiment": {..}, ..}
                         {"events": [{"type": "conversation", ..}, ..]}             several at once

What an event says about sentiment is in `analytics_event.py`.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from desktop.domain.errors import PeerBrokeProtocol, SettingInvalid
from desktop.protocols.analytics_event import ConversationEvent, read_event
from desktop.protocols.backoff import MAX_RETRY_AFTER_S
from desktop.protocols.json_wire import read_json

ANALYTICS_PATH: Final = "/api/v2/analytics/websocket"
PERMISSION: Final = "analytics:realtime"

SCORE: Final = "sentiment.score"
STATE: Final = "state"
DEFAULT_FIELDS: Final = (SCORE, "sentiment.label", STATE)

DEFAULT_HEARTBEAT_S: Final = 30
MIN_HEARTBEAT_S: Final = 10
MAX_HEARTBEAT_S: Final = 300
MAX_ENTRIES: Final = 200
MAX_REASON: Final = 200


class Filters(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """Whose conversations; what is left out admits all."""

    queue_id: str | None = None
    agent_id: str | None = None


class EventRequest(msgspec.Struct, frozen=True):
    """One kind of events. What isn't among `fields` is left out of every event (section 2, field selection)."""

    type: str = "conversation"
    filters: Filters = Filters()
    fields: tuple[str, ...] = DEFAULT_FIELDS


class Subscribe(msgspec.Struct, frozen=True, tag_field="action", tag="subscribe"):
    """Section 2. `heartbeat` in seconds; absent, the platform closes the connection as inactive."""

    events: tuple[EventRequest, ...]
    heartbeat: int | None = None


class Heartbeat(msgspec.Struct, frozen=True, tag_field="action", tag="heartbeat"):
    """The console is still there; from the platform: so is it."""


@dataclass(frozen=True, slots=True)
class Subscribed:
    """The subscription is in force."""


@dataclass(frozen=True, slots=True)
class Events:
    """What one message tells of conversations; `problems` are those of its parts that could not be read."""

    events: tuple[ConversationEvent, ...]
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Refusal:
    """An error message. `reason` is the platform's own text, printable and cut."""

    code: str
    reason: str
    retry_after_s: float | None = None

    @property
    def expired(self) -> bool:
        """The token is no longer accepted."""
        return self.code in _EXPIRED

    @property
    def throttled(self) -> bool:
        """Asking again later helps."""
        return self.code in _THROTTLED or self.retry_after_s is not None

    @property
    def forbidden(self) -> bool:
        """A permission is missing."""
        return self.code in _FORBIDDEN


@dataclass(frozen=True, slots=True)
class Unknown:
    """A well-formed message that this version doesn't know."""


ServerMessage = Subscribed | Heartbeat | Events | Refusal | Unknown
ClientMessage = Subscribe | Heartbeat | Unknown

_EXPIRED = frozenset(("401", "unauthorized", "token_expired", "token.expired", "bad.credentials", "expired"))
_THROTTLED = frozenset(("429", "503", "too.many.requests", "rate_limited", "rate.limit.exceeded"))
_FORBIDDEN = frozenset(("403", "forbidden", "missing.any.permissions", "missing.permissions"))
_ALIVE = frozenset(("heartbeat", "pong", "ping"))
_ACCEPTED = frozenset(("subscribed", "subscribe"))


class _Head(msgspec.Struct, rename="camel"):
    action: str | None = None
    type: str | None = None
    events: list[Any] | None = None


class _Error(msgspec.Struct, rename="camel"):
    code: str | int = ""
    status: str | int = ""
    message: str = ""
    retry_after: int | float | None = None


_HEAD = msgspec.json.Decoder(_Head)
_ERROR = msgspec.json.Decoder(_Error)
_ANY = msgspec.json.Decoder()
_SUBSCRIBE = msgspec.json.Decoder(Subscribe)


def subscribe_to(
    queue_ids: Sequence[str] = (),
    agent_ids: Sequence[str] = (),
    fields: Sequence[str] = DEFAULT_FIELDS,
    heartbeat_s: int | None = DEFAULT_HEARTBEAT_S,
) -> Subscribe:
    """The subscription for these queues and agents, one entry for each combination; none of either: all.

    `heartbeat_s` None means the default, as one is always sent. SettingInvalid names the setting and the reason.
    """
    heartbeat = DEFAULT_HEARTBEAT_S if heartbeat_s is None else heartbeat_s
    _check_heartbeat(heartbeat)
    if not fields or not all(field.strip() for field in fields):
        raise SettingInvalid("fields", "is empty or holds an empty name", f"Use {', '.join(DEFAULT_FIELDS)}")
    if not all(queue_ids) or not all(agent_ids):
        raise SettingInvalid("queue_ids", "or agent_ids holds an empty id", "Leave it out to hear everybody")
    pairs = itertools.product(dict.fromkeys(queue_ids) or (None,), dict.fromkeys(agent_ids) or (None,))
    wanted = tuple(dict.fromkeys(fields))
    entries = tuple(EventRequest(filters=Filters(queue, agent), fields=wanted) for queue, agent in pairs)
    if len(entries) > MAX_ENTRIES:
        raise SettingInvalid(
            "queue_ids",
            f"with agent_ids make {len(entries)} combinations, more than {MAX_ENTRIES}",
            "Name fewer, or queues only",
        )
    return Subscribe(entries, heartbeat)


def decode_server_message(text: bytes | str) -> ServerMessage:
    """What a console hears. PeerBrokeProtocol names the field."""
    head = read_json(_HEAD, text, "message")
    if head.events is not None:
        return _batch(head.events)
    kind = (head.action or head.type or "").lower()
    if kind in _ALIVE:
        return Heartbeat()
    if kind in _ACCEPTED:
        return Subscribed()
    if kind == "error":
        return _refusal(text)
    if kind not in ("", "conversation"):
        return Unknown()
    body = read_json(_ANY, text, "event")
    if not kind and not ({"conversationId", "agentId"} & body.keys()):
        return Unknown()
    return Events((read_event(body),))


def decode_client_message(text: bytes | str) -> ClientMessage:
    """What the platform hears. PeerBrokeProtocol names the field."""
    kind = (read_json(_HEAD, text, "message").action or "").lower()
    if kind == "subscribe":
        return read_json(_SUBSCRIBE, text, kind)
    return Heartbeat() if kind == "heartbeat" else Unknown()


def encode(message: Subscribe | Heartbeat) -> str:
    """JSON text of a console's message."""
    return msgspec.json.encode(message).decode()


def subscribed_message() -> str:
    """The platform's confirmation."""
    return '{"type":"subscribed"}'


def heartbeat_message() -> str:
    """The platform's answer to a heartbeat."""
    return '{"type":"heartbeat"}'


def error_message(code: str | int, message: str, retry_after_s: float | None = None) -> str:
    """The platform refuses something."""
    body: dict[str, object] = {"type": "error", "code": code, "message": message}
    if retry_after_s is not None:
        body["retryAfter"] = retry_after_s
    return msgspec.json.encode(body).decode()


def _check_heartbeat(heartbeat_s: int) -> None:
    if heartbeat_s < MIN_HEARTBEAT_S:
        raise SettingInvalid(
            "heartbeat_s",
            f"is {heartbeat_s} s, and below {MIN_HEARTBEAT_S} s the platform's gateway limits the connection's rate",
            f"Use {DEFAULT_HEARTBEAT_S}, the recommended value",
        )
    if heartbeat_s > MAX_HEARTBEAT_S:
        raise SettingInvalid(
            "heartbeat_s",
            f"is {heartbeat_s} s, and beyond {MAX_HEARTBEAT_S} s the platform closes the connection as inactive",
            f"Use {DEFAULT_HEARTBEAT_S}, the recommended value",
        )


def _batch(bodies: list[Any]) -> Events:
    events: list[ConversationEvent] = []
    problems: list[str] = []
    for number, body in enumerate(bodies):
        if isinstance(body, dict) and body.get("type") not in (None, "conversation"):
            continue
        try:
            events.append(read_event(body))
        except PeerBrokeProtocol as problem:
            problems.append(f"{problem} of `$.events[{number}]`")
    return Events(tuple(events), tuple(problems))


def _refusal(text: bytes | str) -> Refusal:
    error = read_json(_ERROR, text, "error")
    reason = "".join(character for character in error.message[:MAX_REASON] if character.isprintable())
    wait_s = error.retry_after  # an integer may be too large for a float
    retry_after = None if wait_s is None else float(min(max(0.0, wait_s), MAX_RETRY_AFTER_S))
    return Refusal(str(error.code or error.status).lower()[:MAX_REASON], reason, retry_after)
