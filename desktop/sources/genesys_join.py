"""Joining a call: listen, coach, barge in; the platform rings the supervisor's own phone (genesys.md section 3)."""

from __future__ import annotations

from typing import Final
from urllib.parse import quote

from desktop.domain.errors import Rejected
from desktop.domain.finding import Remedy
from desktop.domain.intents import Join
from desktop.protocols.conversation import CONVERSATION_PATH
from desktop.protocols.queue_calls import QueueCall, decode_queue_call
from desktop.sources.rest import NotFound, Refused, RestClient

NO_PERSON: Final = (
    "Joining a call rings your own phone, and this connection is signed in as a service, not as a person. "
    "Sign in as yourself to listen, coach or barge in."
)
OVER: Final = "This call is already over."
NOBODY_ON_IT: Final = "No agent is on this call at the moment, so there is nobody to listen to yet."
NOT_READY: Final = (
    "The platform can't ring you now{code}. In Genesys Cloud, choose a phone (station), set your status to Available, "
    "and end any other call."
)


class JoinDesk:
    """`has_person` False: the token is a service's own (client credentials)."""

    def __init__(self, rest: RestClient, *, has_person: bool) -> None:
        self._rest = rest
        self._has_person = has_person

    async def join(self, call: str, participant: str, how: Join) -> None:
        """Returns once it rings. `participant`: the connected agent's, "" if it has to be asked for.

        Rejected says why not; Throttled, Unreachable and PeerBrokeProtocol as from REST.
        """
        if not self._has_person:
            raise Rejected(NO_PERSON, Remedy.SIGN_IN)
        if not participant:
            participant = await self._agent_of(call)
        path = f"/api/v2/conversations/calls/{_q(call)}/participants/{_q(participant)}/{how.value}"
        try:
            await self._rest.post(path, permission=f"conversation:call:{how.value}", repeatable=False)
        except NotFound:
            raise Rejected(OVER) from None
        except Refused as problem:
            raise _explained(problem) from None

    async def ask(self, call: str) -> QueueCall:
        """The call as it stands now. NotFound when it is over."""
        body = await self._rest.get(CONVERSATION_PATH + _q(call), permission="conversation:communication:view")
        return decode_queue_call(body, "conversation")

    async def _agent_of(self, call: str) -> str:
        try:
            found = await self.ask(call)
        except NotFound:
            raise Rejected(OVER) from None
        if found.over:
            raise Rejected(OVER)
        if not found.agent_participant:
            raise Rejected(NOBODY_ON_IT)
        return found.agent_participant


def _explained(problem: Refused) -> Rejected:
    if problem.error.needs_person:
        return Rejected(NO_PERSON, Remedy.SIGN_IN)
    if problem.status in (400, 409, 422):
        code = problem.error.code
        return Rejected(NOT_READY.format(code=f" ({code})" if code else ""))
    return problem


def _q(identifier: str) -> str:
    """An id as one path segment; ids that would walk up the path are nobody's."""
    if identifier in (".", "..", ""):
        raise Rejected(OVER)
    return quote(identifier, safe="")
