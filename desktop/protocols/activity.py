"""The activity query, both roles: every live call with agent and queue in one request (genesys.md section 3).

`POST /api/v2/analytics/conversations/activity/query`. Numbers and names of customers that the reply carries (`ani`,
`dnis`, `participantName`) are not read.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import msgspec

from desktop.domain.facts import CallFacts
from desktop.protocols.audio_connector import MAX_LABEL
from desktop.protocols.audio_subscription import DIRECTIONS
from desktop.protocols.iso_time import from_epoch_ms
from desktop.protocols.json_wire import read_json

ACTIVITY_PATH: Final = "/api/v2/analytics/conversations/activity/query"
ACTIVITY_PERMISSION: Final = "analytics:queueObservation:view"
METRICS: Final = ("oInteracting", "oAlerting", "oWaiting")
MAX_QUEUES_IN_FILTER: Final = 100
"""More queues than that are filtered by the console."""


class _Entity(msgspec.Struct, rename="camel", omit_defaults=True):
    conversation_id: str | None = None
    activity_date: datetime | None = None
    queue_id: str | None = None
    user_id: str | None = None
    direction: str | None = None
    metric: str | None = None
    media_type: str | None = None


class _Group(msgspec.Struct, rename="camel", omit_defaults=True):
    queue_id: str | None = None


class _Result(msgspec.Struct, omit_defaults=True):
    group: _Group | None = None
    entities: tuple[_Entity, ...] | None = None


class _Reply(msgspec.Struct, omit_defaults=True):
    results: tuple[_Result, ...] | None = None
    truncated: bool | None = None


class _Predicate(msgspec.Struct):
    dimension: str | None = None
    value: str | None = None


class _Clause(msgspec.Struct):
    predicates: tuple[_Predicate, ...] | None = None


class _Filter(msgspec.Struct):
    clauses: tuple[_Clause, ...] | None = None
    predicates: tuple[_Predicate, ...] | None = None


class _Query(msgspec.Struct):
    filter: _Filter | None = None


@dataclass(frozen=True, slots=True)
class Activity:
    """The live calls of the moment. `truncated`: there are more, so what is missing has not ended.

    `waiting`: of these calls those that only wait in a queue, as far as the queues asked for tell; somebody may talk in
    them all the same.
    """

    calls: Mapping[str, CallFacts]
    truncated: bool = False
    waiting: frozenset[str] = frozenset()


_REPLY = msgspec.json.Decoder(_Reply)
_QUERY = msgspec.json.Decoder(_Query)
_WEIGHT: Final = {"oInteracting": 3, "oAlerting": 2, "oWaiting": 1}


def encode_query(queue_ids: Sequence[str] = ()) -> bytes:
    """The request for all voice calls, of these queues only unless there are none or too many to name."""
    clause: dict[str, object] = {"type": "and", "predicates": [_predicate("mediaType", "voice")]}
    if 0 < len(queue_ids) <= MAX_QUEUES_IN_FILTER:
        clause["clauses"] = [{"type": "or", "predicates": [_predicate("queueId", queue) for queue in queue_ids]}]
    return msgspec.json.encode(
        {
            "metrics": [{"metric": metric, "details": True} for metric in METRICS],
            "groupBy": ["queueId"],
            "filter": clause,
        }
    )


def decode_activity(body: bytes) -> Activity:
    """The reply. A call that is named several times gets its labels from who talks, else from whom it rings for.

    `started_at_ms` is not among the facts: an entity's date is that of its latest activity. PeerBrokeProtocol.
    """
    reply = read_json(_REPLY, body, "activity reply")
    best: dict[str, tuple[int, CallFacts]] = {}
    for result in reply.results or ():
        group_queue = (result.group and result.group.queue_id) or ""
        for entity in result.entities or ():
            call = entity.conversation_id
            if not call or (entity.media_type or "voice").lower() != "voice":
                continue
            weight = _WEIGHT.get(entity.metric or "", 0) + (4 if entity.user_id else 0)
            if call not in best or weight > best[call][0]:
                best[call] = (weight, _facts(entity, group_queue))
    waiting = frozenset(call for call, (weight, _) in best.items() if weight == _WEIGHT["oWaiting"])
    return Activity({call: facts for call, (_, facts) in best.items()}, bool(reply.truncated), waiting)


def decode_query(body: bytes) -> tuple[str, ...]:
    """The platform's side: the queues asked for; empty for all. PeerBrokeProtocol names the field."""
    query = read_json(_QUERY, body, "activity query")
    clauses = (query.filter.clauses or ()) if query.filter is not None else ()
    predicates = [predicate for clause in clauses for predicate in clause.predicates or ()]
    return tuple(p.value for p in predicates if p.dimension == "queueId" and p.value)


def encode_activity(calls: Iterable[tuple[str, CallFacts]], *, truncated: bool = False) -> bytes:
    """The reply as the platform writes it: one group per queue."""
    groups: dict[str, list[_Entity]] = {}
    for call, facts in calls:
        started = None if facts.started_at_ms is None else from_epoch_ms(facts.started_at_ms)
        entity = _Entity(
            conversation_id=call,
            activity_date=started,
            queue_id=facts.queue_id or None,
            user_id=facts.agent_id or None,
            direction=facts.direction or None,
            metric=METRICS[0] if facts.agent_id else METRICS[2],
            media_type="voice",
        )
        groups.setdefault(facts.queue_id, []).append(entity)
    results = tuple(_Result(_Group(queue or None), tuple(entities)) for queue, entities in groups.items())
    return msgspec.json.encode(_Reply(results, truncated))


def _facts(entity: _Entity, group_queue: str) -> CallFacts:
    direction = (entity.direction or "").lower()
    return CallFacts(
        direction=direction if direction in DIRECTIONS else "",
        agent_id=(entity.user_id or "")[:MAX_LABEL],
        queue_id=(entity.queue_id or group_queue)[:MAX_LABEL],
    )


def _predicate(dimension: str, value: str) -> dict[str, str]:
    return {"type": "dimension", "dimension": dimension, "operator": "matches", "value": value}
