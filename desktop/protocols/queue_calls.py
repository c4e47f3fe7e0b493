"""A queue's voice calls, `v2.routing.queues.{id}.conversations.calls`, both roles (genesys.md section 2).

Each event is a call's whole state: everybody who takes or took part, the gone ones "disconnected" or "terminated".
Nothing in it says how new it is, but people only join and only leave: an event that knows fewer of either than an
earlier one is late (`QueueCall.progress`). The same people are in the REST reply for one conversation.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from desktop.domain.errors import PeerBrokeProtocol
from desktop.domain.facts import CallFacts, CallStage
from desktop.protocols.conversation import Participant, facts_about, is_held, read_conversation
from desktop.protocols.iso_time import from_epoch_ms

_OVER: Final = ("disconnected", "terminated")
_RINGING: Final = ("alerting", "dialing", "contacting", "offering", "scheduled")
_OUTSIDE: Final = ("customer", "external")
_MENUS: Final = ("ivr", "workflow")
_QUEUES: Final = ("acd",)
MAX_ID: Final = 200


@dataclass(frozen=True, slots=True)
class QueueCall:
    """One call as it stands. Carries nothing of the customer."""

    call: str
    facts: CallFacts
    over: bool
    progress: tuple[int, int]  # how many took part, how many of them have left; neither ever falls
    agent_participant: str = ""  # whom a supervisor can listen to; empty while no agent is connected
    private: bool = False  # a secure pause: what is said now must leave no text

    def later_than(self, progress: tuple[int, int]) -> bool:
        """False: an event that was overtaken by the one with `progress`."""
        return self.progress[0] >= progress[0] and self.progress[1] >= progress[1]


def decode_queue_call(body: bytes, what: str = "queue call") -> QueueCall:
    """An eventBody, or the reply of `GET /api/v2/conversations/{id}`. PeerBrokeProtocol names the field."""
    conversation = read_conversation(body, what)
    if not conversation.id or len(conversation.id) > MAX_ID:
        raise PeerBrokeProtocol(f"{what}: a conversation without a usable id - at `$.id`")
    people = conversation.participants or ()
    agent = _agent(people)
    over = _is_over(people)
    facts = facts_about(conversation, agent)
    return QueueCall(
        call=conversation.id,
        facts=replace(facts, stage=CallStage.WRAP_UP if over else _stage(people)),
        over=over,
        progress=(len(people), sum(_gone(person) for person in people)),
        agent_participant=(agent.id or "") if agent is not None and _connected(agent) else "",
        private=not over and any(_private(person) for person in people if not _gone(person)),
    )


def queue_call_body(
    call: str,
    facts: CallFacts,
    *,
    over: bool = False,
    private: bool = False,
    left: Sequence[str] = (),
    menu: bool = False,
    queues: int = 1,
) -> dict[str, object]:
    """The platform's side: the eventBody of a call with a customer, a queue and perhaps an agent.

    `left` are the ids of agents who had the call before; `menu`: it came through one; `queues`: how often it queued.
    """
    started = None if facts.started_at_ms is None else from_epoch_ms(facts.started_at_ms).isoformat()
    queue = {"id": facts.queue_id, "name": facts.queue_name} if facts.queue_id or facts.queue_name else None
    state = "terminated" if over else "connected"
    common = {
        "direction": facts.direction or None,
        "queue": queue,
        "connectedTime": started,
        "recordingState": "active",
    }
    in_menu, waits = facts.stage is CallStage.IVR, facts.stage in (CallStage.IVR, CallStage.QUEUED)
    queued = not over and not in_menu and (waits or not facts.agent_id)
    people: list[dict[str, object]] = [
        {"id": f"{call}-customer", "purpose": "customer", "state": state, "securePause": private, **common}
    ]
    if menu or in_menu:
        people.append({"id": f"{call}-ivr", "purpose": "ivr", "state": state if in_menu else "terminated", **common})
    for nth in range(0 if in_menu else queues):
        last = queued and nth == queues - 1
        people.append({"id": f"{call}-acd{nth or ''}", "purpose": "acd", "state": state if last else "terminated"})
        people[-1] |= common
    people += [
        {
            "id": participant_id(call, agent),
            "purpose": "agent",
            "state": "terminated",
            "disconnectType": "transfer",
            "user": {"id": agent},
            **common,
        }
        for agent in left
    ]
    if facts.agent_id and not waits:
        agent_state = "terminated" if over else "connected"
        if facts.stage is CallStage.TRANSFER and not over:
            agent_state = "alerting"
        people.append(
            {
                "id": participant_id(call, facts.agent_id),
                "purpose": "agent",
                "state": agent_state,
                "held": facts.stage is CallStage.HOLD,
                "user": {"id": facts.agent_id},
                "wrapup": {"code": facts.disposition} if facts.disposition else None,
                **common,
            }
        )
    if facts.stage is CallStage.CONFERENCE:
        people.append({"id": f"{call}-second", "purpose": "agent", "state": state, "user": {"id": "second"}, **common})
    return {"id": call, "participants": people, "recordingState": "ACTIVE"}


def participant_id(call: str, agent_id: str) -> str:
    """How the platform's side names an agent's part in a call."""
    return f"{call}-agent-{agent_id}"


def _states(person: Participant) -> tuple[str, ...]:
    if person.state is not None:
        return (person.state.lower(),)
    return tuple((leg.state or "").lower() for leg in person.calls or ())


def _gone(person: Participant) -> bool:
    states = _states(person)
    return all(state in _OVER for state in states) if states else person.end_time is not None


def _connected(person: Participant) -> bool:
    return "connected" in _states(person)


def _ringing(person: Participant) -> bool:
    return any(state in _RINGING for state in _states(person))


def _agent(people: Sequence[Participant]) -> Participant | None:
    """The last one who is connected, else for whom it rings, else who hasn't left, else the last at all."""
    agents = [person for person in people if person.agent][::-1]
    tests = (_connected, _ringing, lambda person: not _gone(person), lambda person: True)
    return next((person for test in tests for person in agents if test(person)), None)


def _is_over(people: Sequence[Participant]) -> bool:
    """Once everybody from outside has left; an internal call, once everybody has."""
    outside = [person for person in people if person.purpose in _OUTSIDE]
    deciding = outside or people
    return bool(deciding) and all(_gone(person) for person in deciding)


def _stage(people: Sequence[Participant]) -> CallStage:
    agents = [person for person in people if person.agent]
    connected = [person for person in agents if _connected(person)]
    barging = [person for person in people if person.barged_participant_id and _connected(person)]
    if len(connected) + len(barging) > 1:
        return CallStage.CONFERENCE
    ringing = any(_ringing(person) for person in agents)
    if ringing and (connected or any(_transferred(person) for person in agents)):
        return CallStage.TRANSFER
    if connected or ringing:  # what is said once it is taken shall be heard from its first word
        return CallStage.HOLD if any(is_held(person) for person in connected) else CallStage.CONNECTED
    return _wait(people)


def _wait(people: Sequence[Participant]) -> CallStage:
    """Nobody inside talks: a menu or a queue, if one has the call and nobody else is on it."""
    here = [person for person in people if _connected(person)]
    outside = [person for person in here if person.purpose in _OUTSIDE]
    inside = [person.purpose for person in here if person.purpose not in _OUTSIDE]
    if len(outside) > 1 or not all(purpose in (*_MENUS, *_QUEUES) for purpose in inside):
        return CallStage.CONNECTED
    if any(purpose in _QUEUES for purpose in inside):
        return CallStage.QUEUED
    return CallStage.IVR if inside else CallStage.CONNECTED


def _transferred(person: Participant) -> bool:
    kinds = (person.disconnect_type, *(leg.disconnect_type for leg in person.calls or ()))
    return _gone(person) and any("transfer" in (kind or "").lower() for kind in kinds)


def _private(person: Participant) -> bool:
    return person.secure_pause is True or any(leg.secure_pause is True for leg in person.calls or ())
