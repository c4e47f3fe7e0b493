"""Asks the platform whether a call still goes on (document B's scope read:conversations), after a socket was away."""

from __future__ import annotations

from urllib.parse import quote

from desktop.domain.errors import PeerBrokeProtocol
from desktop.protocols.conversation import CONVERSATION_PATH
from desktop.protocols.queue_calls import decode_queue_call
from desktop.sources.rest import NotFound, RestClient

PERMISSION = "conversation:communication:view"


class StillLive:
    """Callable: True or False as the platform says, None when it doesn't know. Other errors as `RestClient.get`.

    A 404 means that the call is gone only once another call was found: else nobody knows this address at all.
    """

    def __init__(self, rest: RestClient) -> None:
        self._rest = rest
        self._offered = False

    async def __call__(self, call: str) -> bool | None:
        if call in (".", ".."):
            return None
        try:
            body = await self._rest.get(CONVERSATION_PATH + quote(call, safe=""), permission=PERMISSION)
            over = decode_queue_call(body, "conversation").over
        except NotFound:
            return False if self._offered else None
        except PeerBrokeProtocol:
            return None
        self._offered = True
        return not over
