"""Operational events about AudioHook: which topics tell them, and what they say (genesys.md sections 1.6 and 2).

    GET /api/v2/notifications/availabletopics?expand=...   -> {"entities": [{id, description, requiresPermissions,
                                                                              schema}, ...]}
    GET /api/v2/usage/events/definitions                   -> {"entities": [{id: "AUDIOHOOK-0001", name,
                                                                              description}, ...]}
    v2.operations.events.{id}                              -> {eventEntity{id:"AUDIOHOOK-0001", name, description}, ...}

The form of `{id}` is not established (section 7), so it is read from what the organisation itself offers; where its
topics name no AudioHook, from its catalogue of events (usage:events:view), whose ids are then put into the topic.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

import msgspec

from desktop.domain.finding import Finding
from desktop.protocols.json_wire import read_json
from desktop.protocols.provisioning_setup import LAST_EVENT, event_finding

OFFERED_PATH: Final = "/api/v2/notifications/availabletopics"
OFFERED_QUERY: Final = "?expand=description,requiresPermissions,schema"
DEFINITIONS_PATH: Final = "/api/v2/usage/events/definitions"
DEFINITIONS_PERMISSION: Final = "usage:events:view"
OPERATIONS: Final = "v2.operations.events"
MAX_OPERATIONS_TOPICS: Final = 20
_ABOUT: Final = "audiohook"
_CODE: Final = re.compile(r"AUDIOHOOK-\d{1,6}(?!\d)")
_PLACEHOLDER: Final = re.compile(r"\{[^{}]*\}")


class OfferedTopic(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """One topic that the organisation offers. `schema` is the JSON of its events' schema."""

    id: str
    description: str | None = None
    requires_permissions: tuple[str, ...] | None = None
    schema: msgspec.Raw = msgspec.Raw(b"null")


class EventDefinition(msgspec.Struct, frozen=True, omit_defaults=True):
    """One entry of the catalogue of operational events."""

    id: str | None = None
    name: str | None = None
    description: str | None = None


class _Catalogue(msgspec.Struct):
    entities: tuple[EventDefinition, ...] | None = None


class _Offer(msgspec.Struct):
    entities: tuple[OfferedTopic, ...] | None = None


class _EventEntity(msgspec.Struct):
    id: str = ""


class _Event(msgspec.Struct, rename="camel"):
    event_entity: _EventEntity


_OFFER = msgspec.json.Decoder(_Offer)
_CATALOGUE = msgspec.json.Decoder(_Catalogue)
_EVENT = msgspec.json.Decoder(_Event)


def is_operations(topic: str) -> bool:
    """Whether operational events come by it."""
    return topic.startswith(OPERATIONS)


# ---- the console's role


def decode_operations_topics(body: bytes) -> Mapping[str, tuple[str, ...]]:
    """Of all topics offered those about AudioHook, ready to subscribe: id -> the permissions they are said to need.

    A placeholder is filled with each AUDIOHOOK-#### that the description or schema names; without any, the topic is
    left out. At most MAX_OPERATIONS_TOPICS. PeerBrokeProtocol names the field.
    """
    found: dict[str, tuple[str, ...]] = {}
    for topic in read_json(_OFFER, body, "available topics reply").entities or ():
        if is_operations(topic.id) and _ABOUT in f"{topic.id} {topic.description or ''}".lower():
            found |= dict.fromkeys(_filled(topic), topic.requires_permissions or ())
    return dict(list(found.items())[:MAX_OPERATIONS_TOPICS])


def decode_definitions(body: bytes) -> tuple[str, ...]:
    """The topics of the AudioHook events in the catalogue. At most MAX_OPERATIONS_TOPICS. PeerBrokeProtocol."""
    entries = read_json(_CATALOGUE, body, "operational event definitions").entities or ()
    codes = dict.fromkeys(entry.id for entry in entries if _CODE.fullmatch(entry.id or ""))
    return tuple(f"{OPERATIONS}.{code}" for code in codes)[:MAX_OPERATIONS_TOPICS]


def operation_finding(body: bytes) -> Finding | None:
    """An event's body in words, one subject per code; None when it isn't about AudioHook. PeerBrokeProtocol.

    Nothing that the platform wrote is passed on but the code, no conversation id either.
    """
    finding = event_finding(body)
    if finding is None:
        return None
    return replace(finding, subject=f"{LAST_EVENT} {read_json(_EVENT, body, 'operational event').event_entity.id}")


def _filled(topic: OfferedTopic) -> Iterator[str]:
    if _PLACEHOLDER.search(topic.id) is None:
        yield topic.id
        return
    said = f"{topic.description or ''} {bytes(topic.schema).decode(errors='replace')}"
    for code in dict.fromkeys(_CODE.findall(said)):
        yield _PLACEHOLDER.sub(code, topic.id)


# ---- the platform's role


def encode_offered(topics: Sequence[OfferedTopic]) -> bytes:
    """The reply to GET availabletopics."""
    return msgspec.json.encode(_Offer(tuple(topics)))


def encode_definitions(entries: Sequence[EventDefinition]) -> bytes:
    """The reply to GET usage/events/definitions."""
    return msgspec.json.encode(_Catalogue(tuple(entries)))


def operation_body(code: str, text: str, *, conversation: str, entity: str) -> dict[str, object]:
    """What an operational event says: `text` is the platform's own description, `entity` the integration's id."""
    return {
        "eventEntity": {"id": code, "name": "AudioHook integration error", "description": text},
        "entityType": "integration",
        "entityId": entity,
        "entityName": "AudioHook Monitor",
        "conversationId": conversation,
        "errorCode": code,
    }
