"""Opens the analytics socket: its address, the bearer token in the handshake, a refused handshake's meaning.

Document B section 2 (authentication, handshake) and edge case 2 (re-authentication).
"""

from __future__ import annotations

import asyncio
import enum
import logging
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from websockets.asyncio.client import ClientConnection
from websockets.exceptions import InvalidStatus

from desktop.domain.errors import (
    NotOffered,
    PeerBrokeProtocol,
    Rejected,
    SettingInvalid,
    SidetoneError,
    SignInNeeded,
)
from desktop.domain.finding import Remedy
from desktop.domain.ports import AccessToken, FreshToken
from desktop.protocols.analytics import ANALYTICS_PATH, PERMISSION
from desktop.sources.dialling import Straight, dialling, upgrade_refused
from desktop.sources.trust import Route, check_base_url, check_stream_uri

MAX_MESSAGE_BYTES: Final = 256 * 1024
CLOSE_TIMEOUT_S: Final = 0.5
RENEW_WITHIN_S: Final = 2.0
"""How long a precautionary renewal may take: the stream has to be back within 5 s."""

NOT_OFFERED: Final = (
    "Genesys Cloud has no such socket (404): only some platforms offer real-time analytics this way. "
    "Use Genesys notifications instead: they list the live calls and bring their text."
)
NOT_SIGNED_IN: Final = "The platform does not accept the sign-in (401), even after renewing it. Sign in again."
NO_TOKEN: Final = "There is no usable access token. Sign in again."
NOT_ALLOWED: Final = f"The sign-in may not read real-time analytics (403). An administrator can grant it {PERMISSION}."

# websockets writes the handshake's headers, and with them the access token, at DEBUG
_WIRE_LOG = logging.getLogger("desktop.sources.analytics_socket.wire")
_WIRE_LOG.setLevel(logging.WARNING)


class Renew(enum.Enum):
    """What to do about the access token before connecting."""

    NO = "no"
    TRY = "try"  # re-authenticate, but an outage of the sign-in doesn't keep a good token from being used
    MUST = "must"  # the last one was not accepted


def stream_address(base_url: str) -> str:
    """The socket's address for https://api.<region>; a wss address is kept.

    SettingInvalid if a token must not be sent there: plain text goes to this machine only.
    """
    if not base_url.startswith(("ws:", "wss:")):
        base_url = "ws" + check_base_url(base_url).removeprefix("http") + ANALYTICS_PATH
    try:
        check_stream_uri(base_url)
    except PeerBrokeProtocol:
        hint = f"Write it like https://api.mypurecloud.com, or wss://...{ANALYTICS_PATH}"
        raise SettingInvalid("base_url", "not an address with TLS", hint) from None
    return base_url


@dataclass(frozen=True, slots=True)
class Dial:
    """How to reach one platform."""

    uri: str
    token: AccessToken
    ssl_context: ssl.SSLContext | None
    route: Route
    open_timeout_s: float
    wall_clock: Callable[[], float]

    async def open(self, renew: Renew) -> ClientConnection:
        """An open socket; the caller closes it. A token that isn't accepted is renewed once.

        Unreachable and Throttled: try again. SignInNeeded, NotOffered, Rejected: a person must act.
        """
        try:
            return await self._connect(await self._token(renew))
        except _NotAccepted:
            # the one that this task was given last is renewed, which needn't be what another task had renewed before
            token = await self._token(Renew.MUST)
        try:
            return await self._connect(token)
        except _NotAccepted:
            raise SignInNeeded(NOT_SIGNED_IN) from None

    async def _token(self, renew: Renew) -> str:
        try:
            async with asyncio.timeout(RENEW_WITHIN_S if renew is Renew.TRY else None):
                if renew is Renew.TRY and isinstance(self.token, FreshToken):  # a lost connection proves nothing
                    token = await self.token.freshened()
                else:
                    token = await self.token(refresh=renew is not Renew.NO)
        except (SidetoneError, TimeoutError):
            if renew is not Renew.TRY:
                raise
            token = await self.token(refresh=False)
        token = token.strip()
        if not token or not token.isascii() or not token.isprintable():
            raise SignInNeeded(NO_TOKEN)
        return token

    async def _connect(self, token: str) -> ClientConnection:
        proxy = self.route.websockets
        try:
            with dialling("The analytics socket", proxy):
                return await Straight(
                    self.uri,
                    additional_headers={"Authorization": f"Bearer {token}"},
                    ssl=(self.ssl_context or True) if self.uri.startswith("wss:") else None,
                    compression=None,
                    proxy=proxy,
                    max_size=MAX_MESSAGE_BYTES,
                    open_timeout=self.open_timeout_s,
                    ping_interval=None,  # the source measures by pings of its own
                    close_timeout=CLOSE_TIMEOUT_S,
                    user_agent_header="Sidetone",
                    logger=_WIRE_LOG,
                )
        except InvalidStatus as refused:
            raise self._meaning(refused) from None

    def _meaning(self, refused: InvalidStatus) -> SidetoneError:
        match refused.response.status_code:
            case 401:
                return _NotAccepted()
            case 403:
                return Rejected(NOT_ALLOWED)
            case 404:
                return NotOffered(NOT_OFFERED, Remedy.USE_NOTIFICATIONS)
            case _:
                return upgrade_refused("The analytics socket", refused, self.wall_clock())


class _NotAccepted(SidetoneError):
    """401."""
