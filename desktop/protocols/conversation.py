"""The REST look-up of one interaction, `GET /api/v2/conversations/{id}` (document A, edge case 2), both roles.

Read are the real platform's two shapes: the conversation itself (participants with flat `queueId`, `queueName`,
`userId` and a `calls` list) and its call view and events (participants with `queue{id,name}`, `user{id,name}` and their
own `direction` and `state`). Everything is optional; what isn't there stays unknown. Who is on the call with whom is
told by protocols/queue_calls.py from the same people.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

import msgspec

from desktop.domain.facts import CallFacts, CallStage
from desktop.protocols.audio_connector import MAX_LABEL
from desktop.protocols.audio_subscription import DIRECTIONS
from desktop.protocols.iso_time import from_epoch_ms, to_epoch_ms
from desktop.protocols.json_wire import read_json

CONVERSATION_PATH: Final = "/api/v2/conversations/"
_AGENT_PURPOSES: Final = ("agent", "user")


class _Named(msgspec.Struct, omit_defaults=True):
    id: str | None = None
    name: str | None = None


class _Routing(msgspec.Struct, rename="camel", omit_defaults=True):
    queue: _Named | None = None
    skills: tuple[_Named, ...] | None = None


class Leg(msgspec.Struct, rename="camel", omit_defaults=True):
    """One participant's side of the call; the call view and events write it into the participant."""

    direction: str | None = None
    state: str | None = None
    held: bool | None = None
    secure_pause: bool | None = None
    disconnect_type: str | None = None


class _Wrapup(msgspec.Struct, omit_defaults=True):
    name: str | None = None
    code: str | None = None


class Participant(msgspec.Struct, rename="camel", omit_defaults=True):
    """Whoever takes or took part. `name` and `address` of customers are not passed on."""

    id: str | None = None
    purpose: str | None = None
    name: str | None = None
    start_time: datetime | None = None
    connected_time: datetime | None = None
    end_time: datetime | None = None
    direction: str | None = None
    state: str | None = None
    queue: _Named | None = None
    queue_id: str | None = None
    queue_name: str | None = None
    user: _Named | None = None
    user_id: str | None = None
    held: bool | None = None
    secure_pause: bool | None = None
    disconnect_type: str | None = None
    monitored_participant_id: str | None = None
    coached_participant_id: str | None = None
    barged_participant_id: str | None = None
    calls: tuple[Leg, ...] | None = None
    wrapup: _Wrapup | None = None
    conversation_routing_data: _Routing | None = None

    def __repr__(self) -> str:
        return "Participant(...)"

    @property
    def agent(self) -> bool:
        """Whether this is somebody who serves the customer; a supervisor who joined the call is not."""
        joined = self.monitored_participant_id or self.coached_participant_id or self.barged_participant_id
        return self.purpose in _AGENT_PURPOSES and not joined


class Conversation(msgspec.Struct, rename="camel", omit_defaults=True):
    """A conversation, or the event of one."""

    id: str | None = None
    start_time: datetime | None = None
    participants: tuple[Participant, ...] | None = None


_DECODER = msgspec.json.Decoder(Conversation)


def read_conversation(body: bytes, what: str = "conversation") -> Conversation:
    """The wire shape. PeerBrokeProtocol names the field."""
    return read_json(_DECODER, body, what)


def decode_conversation(body: bytes) -> CallFacts:
    """The labels of the conversation as it stands now. PeerBrokeProtocol names the field.

    The agent is the last participant of purpose "agent" or "user" who hasn't left (else the last one at all); the queue
    is the agent's, else the last that any participant names. The customer's name is not read.
    """
    conversation = read_conversation(body)
    agents = [person for person in conversation.participants or () if person.agent]
    agent = next((person for person in reversed(agents) if person.end_time is None), agents[-1] if agents else None)
    return facts_about(conversation, agent)


def facts_about(conversation: Conversation, agent: Participant | None) -> CallFacts:
    """The labels, given who the agent is."""
    people = conversation.participants or ()
    queue_id, queue_name = _queue(((agent,) if agent is not None else ()) + people[::-1])
    starts = [conversation.start_time] if conversation.start_time else [s for p in people if (s := _start(p))]
    return CallFacts(
        direction=_direction(people),
        agent_name=_cut(agent and (agent.name or (agent.user and agent.user.name))),
        agent_id=_cut(agent and (agent.user_id or (agent.user and agent.user.id))),
        queue_name=_cut(queue_name),
        queue_id=_cut(queue_id),
        skills=_skills(people),
        started_at_ms=min((to_epoch_ms(start) for start in starts), default=None),
        stage=CallStage.HOLD if agent is not None and is_held(agent) else CallStage.CONNECTED,
        disposition=_cut(agent and agent.wrapup and (agent.wrapup.name or agent.wrapup.code)),
    )


def encode_conversation(interaction_id: str, facts: CallFacts) -> bytes:
    """The same look-up as a gateway answers it, in the platform's shape."""
    started = None if facts.started_at_ms is None else from_epoch_ms(facts.started_at_ms)
    queue_id, queue_name = facts.queue_id or None, facts.queue_name or None
    call = Leg(facts.direction or None, "connected", facts.stage is CallStage.HOLD)
    skills = tuple(_Named(name=skill) for skill in facts.skills)
    people = [
        Participant(purpose="customer", start_time=started, queue_id=queue_id, queue_name=queue_name, calls=(call,)),
        Participant(
            purpose="acd",
            queue_id=queue_id,
            queue_name=queue_name,
            conversation_routing_data=_Routing(_Named(queue_id, queue_name), skills) if skills else None,
        ),
    ]
    if facts.agent_name or facts.agent_id:
        people.append(
            Participant(
                purpose="agent",
                name=facts.agent_name or None,
                user_id=facts.agent_id or None,
                queue_id=queue_id,
                queue_name=queue_name,
                calls=(call,),
                wrapup=_Wrapup(name=facts.disposition) if facts.disposition else None,
            )
        )
    return msgspec.json.encode(Conversation(interaction_id, started, tuple(people)))


def _start(person: Participant) -> datetime | None:
    return person.start_time or person.connected_time


def _queue(by_weight: tuple[Participant, ...]) -> tuple[str | None, str | None]:
    for person in by_weight:
        if person.queue_id or person.queue_name:
            return person.queue_id, person.queue_name
        if person.queue is not None and (person.queue.id or person.queue.name):
            return person.queue.id, person.queue.name
    return None, None


def _direction(people: tuple[Participant, ...]) -> str:
    """The customer's participant says it for the whole conversation; agents' legs may differ (consult calls)."""
    for person in sorted(people, key=lambda person: person.purpose not in ("customer", "external")):
        legs = (person.direction, *(call.direction for call in person.calls or ()))
        for direction in legs:
            if (direction or "").lower() in DIRECTIONS:
                return (direction or "").lower()
    return ""


def is_held(agent: Participant) -> bool:
    """Whether the participant, or one of its legs, is on hold."""
    return bool(agent.held) or any(call.held for call in agent.calls or ())


def _skills(people: tuple[Participant, ...]) -> tuple[str, ...]:
    for person in reversed(people):
        routing = person.conversation_routing_data
        if routing is not None and routing.skills:
            return tuple(skill.name[:MAX_LABEL] for skill in routing.skills if skill.name)
    return ()


def _cut(label: object) -> str:
    return label[:MAX_LABEL] if isinstance(label, str) else ""
