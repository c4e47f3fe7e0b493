"""Opens the bot-events socket: token in the header, ping 20 s / pong 10 s, subscription; and says why it can't (E).

A refused upgrade (401) gets a renewed token at once and is refused for good only after that. Redirects are not
followed, since the token must not travel.
"""

from __future__ import annotations

import contextlib
import logging
import ssl
from collections.abc import Callable
from typing import Final
from urllib.parse import urlsplit

from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.frames import CloseCode

from desktop.domain.errors import (
    NotOffered,
    Rejected,
    SettingInvalid,
    SidetoneError,
    SignInNeeded,
    Unreachable,
)
from desktop.domain.finding import Remedy
from desktop.domain.ports import AccessToken
from desktop.protocols.bot_events import Subscribe, encode
from desktop.sources.dialling import Straight, dialling, upgrade_refused
from desktop.sources.rest import NO_TOKEN
from desktop.sources.trust import is_loopback, route_to

MAX_MESSAGE_BYTES: Final = 1024 * 1024
USER_AGENT: Final = "Sidetone"

NOT_SIGNED_IN: Final = (
    "The bot socket does not accept the sign-in (401), even after renewing it: it is expired, invalid or lacks "
    "integration:bot:read. Sign in again."
)
NOT_ALLOWED: Final = "The sign-in may not open the bot socket (403). An administrator can grant integration:bot:read."
NOT_OFFERED: Final = (
    "This address offers no bot-events socket (404). Genesys Cloud itself has none: its live conversations come by the "
    "Notifications API, and the bots' health is still watched here. Use a notifications connection instead."
)

# websockets writes the upgrade's headers, and with them the token, at DEBUG
_WIRE_LOG = logging.getLogger("desktop.sources.bot_socket.wire")
_WIRE_LOG.setLevel(logging.WARNING)


class BotSocket:
    """`url` like wss://api.<region>/api/v2/websocket; SettingInvalid if tokens must not be sent there."""

    def __init__(
        self,
        url: str,
        token: AccessToken,
        subscribe: Subscribe,
        *,
        open_timeout_s: float,
        ping_interval_s: float,
        ping_timeout_s: float,
        ssl_context: ssl.SSLContext | None,
        proxy: str,
        wall_clock: Callable[[], float],
    ) -> None:
        check_socket_url(url)
        self._url = url
        self._token = token
        self._subscribe = encode(subscribe)
        self._open_timeout_s = open_timeout_s
        self._ping_interval_s = ping_interval_s
        self._ping_timeout_s = ping_timeout_s
        self._ssl_context = ssl_context
        self._route = route_to(url, proxy)
        self._wall_clock = wall_clock

    async def open(self) -> ClientConnection:
        """A connection that has sent its subscription (the document waits for no answer). Only SidetoneErrors."""
        try:
            try:
                socket = await self._dial(await self._bearer(refresh=False))
            except InvalidStatus as refused:
                if refused.response.status_code != 401:
                    raise
                socket = await self._dial(await self._bearer(refresh=True))
        except InvalidStatus as refused:
            raise self._meaning(refused) from None
        try:
            await socket.send(self._subscribe)
        except ConnectionClosed as closed:
            raise loss(closed) from None
        except BaseException:
            await self.close(socket)
            raise
        return socket

    async def close(self, socket: ClientConnection) -> None:
        """With a goodbye, if the peer takes it within the close time-out."""
        with contextlib.suppress(ConnectionClosed):
            await socket.close()

    async def _bearer(self, refresh: bool) -> str:
        token = (await self._token(refresh=refresh)).strip()
        if not token or not token.isascii() or not token.isprintable():
            raise SignInNeeded(NO_TOKEN)
        return f"Bearer {token}"

    async def _dial(self, bearer: str) -> ClientConnection:
        proxy = self._route.websockets
        with dialling("The bot socket", proxy):
            return await Straight(
                self._url,
                additional_headers={"Authorization": bearer},
                ssl=(self._ssl_context or True) if self._url.startswith("wss:") else None,
                proxy=proxy,
                max_size=MAX_MESSAGE_BYTES,
                open_timeout=self._open_timeout_s,
                ping_interval=self._ping_interval_s,
                ping_timeout=self._ping_timeout_s,
                close_timeout=0.5,
                user_agent_header=USER_AGENT,
                logger=_WIRE_LOG,
            )

    def _meaning(self, refused: InvalidStatus) -> SidetoneError:
        match refused.response.status_code:
            case 401:
                return SignInNeeded(NOT_SIGNED_IN)
            case 403:
                return Rejected(NOT_ALLOWED)
            case 404:
                return NotOffered(NOT_OFFERED, Remedy.USE_NOTIFICATIONS)
            case _:
                return upgrade_refused("The bot socket", refused, self._wall_clock())


def check_socket_url(url: str) -> None:
    """SettingInvalid for anything but wss:// (ws:// on this machine); never repeats the address."""
    hint = "Write it like wss://api.mypurecloud.com/api/v2/websocket"
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise SettingInvalid("base_url", "not an address", hint) from None
    if not host or parts.scheme not in ("ws", "wss") or parts.username or parts.fragment:
        raise SettingInvalid("base_url", "not a WebSocket address", hint)
    if parts.scheme == "ws" and not is_loopback(host):
        raise SettingInvalid("base_url", "a socket without TLS would show the access token to the network", "Use wss")


def loss(closed: ConnectionClosed) -> Unreachable:
    """What a lost connection means, and what to do if it happens again (document E, "ConnectionClosed: 1006")."""
    if closed.rcvd is not None:
        return Unreachable(f"The platform closed the connection ({closed.rcvd.code}).")
    if closed.sent is not None and closed.sent.code == CloseCode.INTERNAL_ERROR:
        return Unreachable("The platform stopped answering; the line was open at this end only.")
    if closed.sent is not None and closed.sent.code == CloseCode.MESSAGE_TOO_BIG:
        return Unreachable("The platform sent a message that is too large.")
    return Unreachable(
        "The connection was lost without a goodbye (1006). If this happens again, check that the firewall lets "
        "WebSockets out on port 443, or ping more often than the line's idle limit."
    )
