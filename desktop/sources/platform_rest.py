"""The platform's REST side of the Audio Connector: discovery and look-up (document A section 1).

Nothing is cached, and nothing is tried twice: the source asks again before every connection and waits by itself.
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable
from typing import Final
from urllib.parse import quote

from desktop.domain.errors import NotOffered, Rejected
from desktop.domain.facts import CallFacts
from desktop.domain.finding import Remedy
from desktop.domain.ports import AccessToken
from desktop.protocols.audio_connector import DISCOVERY_PATH, Discovery, decode_discovery
from desktop.protocols.conversation import CONVERSATION_PATH, decode_conversation
from desktop.sources.genesys_pace import Pace
from desktop.sources.rest import (
    DEFAULT_RETRY_AFTER_S,
    MAX_BODY_BYTES,
    NO_TOKEN,
    NOT_SIGNED_IN,
    NOT_TRUSTED,
    REQUEST_TIMEOUT_S,
    NotFound,
    RestClient,
    SessionFactory,
)

__all__ = (
    "DEFAULT_RETRY_AFTER_S",
    "MAX_BODY_BYTES",
    "NOT_OFFERED",
    "NOT_SIGNED_IN",
    "NOT_TRUSTED",
    "NO_TOKEN",
    "REQUEST_TIMEOUT_S",
    "PlatformRest",
    "SessionFactory",
)

NOT_OFFERED: Final = (
    "This address does not offer live audio to consoles (404). Genesys Cloud itself has no such interface: it sends "
    "live audio by AudioHook to a listener of yours. Connect to a Sidetone gateway instead, or set up AudioHook."
)


class PlatformRest:
    """`base_url` like https://api.mypurecloud.com; SettingInvalid if tokens must not be sent there.

    `pace`: shared by all who use the same token.
    """

    def __init__(
        self,
        base_url: str,
        token: AccessToken,
        ssl_context: ssl.SSLContext | None = None,
        session_factory: SessionFactory | None = None,
        wall_clock: Callable[[], float] = time.time,
        *,
        proxy: str | None = None,
        pace: Pace | None = None,
    ) -> None:
        self._rest = RestClient(
            base_url,
            token,
            ssl_context=ssl_context,
            proxy=proxy,
            session_factory=session_factory,
            wall_clock=wall_clock,
            attempts=1,
            pace=pace,
        )

    async def discover(self) -> Discovery:
        """Where to connect now. The URI may be used once: ask again before every connection.

        Unreachable and Throttled: try again. Rejected: a person must act; NotOffered: the real platform's way is named.
        PeerBrokeProtocol: not a discovery reply.
        """
        try:
            return decode_discovery(await self._rest.get(DISCOVERY_PATH, permission="audioconnector:manage"))
        except NotFound:
            raise NotOffered(NOT_OFFERED, Remedy.USE_AUDIOHOOK) from None

    async def conversation(self, interaction_id: str) -> CallFacts:
        """What the platform knows about an interaction; errors as for `discover`, Rejected also if it is unknown."""
        if interaction_id in (".", ".."):
            raise Rejected("not an interaction id")
        path = CONVERSATION_PATH + quote(interaction_id, safe="")
        return decode_conversation(await self._rest.get(path, permission="conversation:communication:view"))
