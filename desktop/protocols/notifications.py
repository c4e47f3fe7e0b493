"""The Notifications API's grammar, both roles: channels, topics, and what the socket says (genesys.md section 2).

    POST /api/v2/notifications/channels                          -> {connectUri, id, expires}
    PUT|POST /api/v2/notifications/channels/{id}/subscriptions   <- [{"id": topic}, ...]   ?ignoreErrors=true
    socket                                                       -> {topicName, version?, eventBody, metadata?}

A channel's address is a secret: whoever has it hears what the channel hears. It is in no repr.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import msgspec

from desktop.protocols.json_wire import read_json

CHANNELS_PATH: Final = "/api/v2/notifications/channels"
METADATA_TOPIC: Final = "channel.metadata"
CLOSING_TOPIC: Final = "v2.system.socket_closing"
REVOKED_TOPIC: Final = "v2.system.token_revoked."
UNSUBSCRIBED_TOPIC: Final = "v2.system.no_longer_subscribed."
ANOTHER_CHANNEL: Final = "another_channel_subscribed"
TOKENS_REVOKED: Final = "user_tokens_revoked"
HEARTBEAT_TEXT: Final = "WebSocket Heartbeat"
MAX_TOPICS: Final = 1000
"""Per channel; beyond it the platform answers 400."""
MAX_CHANNELS: Final = 20
"""Per user and OAuth client; the 21st evicts the oldest idle one."""
CHANNEL_LIFE_S: Final = 86_400.0
"""Subscribing again renews it."""


class Channel(msgspec.Struct, frozen=True, rename="camel"):
    """The reply to creating a channel."""

    connect_uri: str
    id: str
    expires: datetime | None = None

    def __repr__(self) -> str:
        return "Channel(...)"


class Topic(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """One topic of a request or a reply; with `ignoreErrors=true` a reply says how it stands with each."""

    id: str
    state: str | None = None  # "Permitted" | "Rejected"; absent counts as permitted
    rejection_reason: str | None = None
    missing_permissions: tuple[str, ...] | None = None

    @property
    def permitted(self) -> bool:
        """Whether events of it will come."""
        return (self.state or "").lower() != "rejected"


class _Listing(msgspec.Struct, omit_defaults=True):
    entities: tuple[Topic, ...] | None = None


class _Metadata(msgspec.Struct):
    correlation_id: str | None = msgspec.field(name="CorrelationId", default=None)


class _Incoming(msgspec.Struct, rename="camel"):
    topic_name: str | None = None
    event_body: msgspec.Raw = msgspec.Raw(b"null")
    metadata: _Metadata | None = None
    result: str | None = None
    status: str | None = None
    correlation_id: str | None = None


class _MetadataBody(msgspec.Struct):
    message: str | None = None


class _SystemBody(msgspec.Struct, rename="camel"):
    channel_id: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """About every 30 s."""


@dataclass(frozen=True, slots=True)
class Pong:
    """The answer to our ping."""


@dataclass(frozen=True, slots=True)
class SocketClosing:
    """Maintenance: open the same channel again within 60 s."""


@dataclass(frozen=True, slots=True)
class Revoked:
    """The channel lost its right to hear: `reason` is ANOTHER_CHANNEL, TOKENS_REVOKED, or something newer."""

    reason: str


@dataclass(frozen=True, slots=True)
class Event:
    """What a topic told. `body` is the JSON of `eventBody`, to be read by the topic's own grammar."""

    topic: str
    body: bytes
    correlation_id: str = ""


@dataclass(frozen=True, slots=True)
class Result:
    """The answer to subscribing within the socket: "200", "400", or "404" for a channel that is gone."""

    code: str
    correlation_id: str = ""


@dataclass(frozen=True, slots=True)
class Unknown:
    """Well formed, and nothing that this version knows."""


SocketMessage = Heartbeat | Pong | SocketClosing | Revoked | Event | Result | Unknown


class ClientMessage(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """What a console says: `message` is "ping" or "subscribe"."""

    message: str
    topics: tuple[str, ...] | None = None
    correlation_id: str | None = None


_CHANNEL = msgspec.json.Decoder(Channel)
_REPLY = msgspec.json.Decoder(_Listing | tuple[Topic, ...])
_TOPICS = msgspec.json.Decoder(tuple[Topic, ...])
_INCOMING = msgspec.json.Decoder(_Incoming)
_METADATA = msgspec.json.Decoder(_MetadataBody | None)
_SYSTEM = msgspec.json.Decoder(_SystemBody | None)
_CLIENT = msgspec.json.Decoder(ClientMessage)

PING: Final = msgspec.json.encode(ClientMessage("ping")).decode()


# ---- topics


def subscriptions_path(channel_id: str) -> str:
    """`channel_id` must be quoted for a path. A refused topic is then told instead of refusing all of them."""
    return f"{CHANNELS_PATH}/{channel_id}/subscriptions?ignoreErrors=true"


def queue_topic(queue_id: str) -> str:
    """Every voice call of a queue, its whole state each time."""
    return f"v2.routing.queues.{queue_id}.conversations.calls"


def transcription_topic(call: str) -> str:
    """The live text of one conversation."""
    return f"v2.conversations.{call}.transcription"


def queue_of(topic: str) -> str:
    """The queue id of a `queue_topic`, else ""."""
    return _inner(topic, "v2.routing.queues.", ".conversations.calls")


def conversation_of(topic: str) -> str:
    """The conversation id of a `transcription_topic`, else ""."""
    return _inner(topic, "v2.conversations.", ".transcription")


def _inner(topic: str, start: str, end: str) -> str:
    inner = topic.removeprefix(start).removesuffix(end)
    return inner if topic == start + inner + end and "." not in inner else ""


# ---- the console's role


def decode_channel(body: bytes) -> Channel:
    """The reply to POST channels. PeerBrokeProtocol names the field."""
    return read_json(_CHANNEL, body, "channel reply")


def encode_topics(topics: Iterable[str]) -> bytes:
    """The body of PUT and POST subscriptions."""
    return msgspec.json.encode([{"id": topic} for topic in topics])


def decode_subscriptions(body: bytes) -> tuple[Topic, ...]:
    """The reply to PUT and POST subscriptions, `{"entities": [...]}` or the list alone. PeerBrokeProtocol."""
    reply = read_json(_REPLY, body, "subscription reply")
    return (reply.entities or ()) if isinstance(reply, _Listing) else reply


def decode_socket_message(text: bytes | str) -> SocketMessage:
    """What a console hears. PeerBrokeProtocol names the field."""
    incoming = read_json(_INCOMING, text, "notification")
    topic = incoming.topic_name
    if topic is None:
        return Unknown() if incoming.result is None else Result(incoming.result, incoming.correlation_id or "")
    body = bytes(incoming.event_body)
    lower = topic.lower()
    if lower == METADATA_TOPIC:
        told = read_json(_METADATA, body, METADATA_TOPIC)
        return Pong() if told is not None and (told.message or "").lower() == "pong" else Heartbeat()
    if lower == CLOSING_TOPIC:
        return SocketClosing()
    if lower.startswith((REVOKED_TOPIC, UNSUBSCRIBED_TOPIC)):
        why = read_json(_SYSTEM, body, "system notification")
        reason = (why.reason or "") if why is not None else ""
        return Revoked(reason or (TOKENS_REVOKED if lower.startswith(REVOKED_TOPIC) else ANOTHER_CHANNEL))
    if lower.startswith("v2.system."):
        return Unknown()
    return Event(topic, body, (incoming.metadata and incoming.metadata.correlation_id) or "")


# ---- the platform's role


def encode_channel(channel: Channel) -> bytes:
    """The reply to POST channels."""
    return msgspec.json.encode(channel)


def decode_topics(body: bytes) -> tuple[str, ...]:
    """What a console subscribes to. PeerBrokeProtocol names the field."""
    return tuple(topic.id for topic in read_json(_TOPICS, body, "subscription request"))


def encode_subscriptions(topics: Sequence[Topic]) -> bytes:
    """The reply to PUT and POST subscriptions."""
    return msgspec.json.encode(_Listing(tuple(topics)))


def decode_client_message(text: bytes | str) -> ClientMessage:
    """What a console says in the socket. PeerBrokeProtocol names the field."""
    return read_json(_CLIENT, text, "message")


def encode_event(topic: str, body: object, *, correlation_id: str = "") -> str:
    """What a topic told; `body` is anything that can be JSON."""
    message: dict[str, object] = {"topicName": topic, "version": "2", "eventBody": body}
    if correlation_id:
        message["metadata"] = {"CorrelationId": correlation_id}
    return msgspec.json.encode(message).decode()


def encode_heartbeat() -> str:
    """Every 30 s."""
    return _metadata(HEARTBEAT_TEXT)


def encode_pong() -> str:
    """The answer to a console's ping."""
    return _metadata("pong")


def encode_closing() -> str:
    """This socket will close within 60 s."""
    message = {"topicName": CLOSING_TOPIC, "eventBody": {"message": "The socket will be closed"}}
    return msgspec.json.encode(message).decode()


def encode_revoked(channel_id: str, reason: str) -> str:
    """The channel lost its right to hear."""
    prefix = REVOKED_TOPIC if reason == TOKENS_REVOKED else UNSUBSCRIBED_TOPIC
    body = {"channelId": channel_id, "systemTopicType": prefix.split(".")[2], "reason": reason, "message": reason}
    return msgspec.json.encode({"topicName": prefix + channel_id, "eventBody": body}).decode()


def encode_result(code: str, correlation_id: str = "") -> str:
    """The answer to subscribing within the socket."""
    status = {"200": "subscribed"}.get(code, "error")
    return msgspec.json.encode({"result": code, "status": status, "correlationId": correlation_id}).decode()


def _metadata(text: str) -> str:
    return msgspec.json.encode({"topicName": METADATA_TOPIC, "eventBody": {"message": text}}).decode()
