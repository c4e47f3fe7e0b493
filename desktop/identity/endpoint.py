"""Asks the token endpoint over HTTPS and says in words what went wrong.

Every request has its own session, so nothing stays open between them. Redirects are not followed: a secret goes only
where the settings say. Nothing that is logged or raised holds a token, a secret, or text of the peer.
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable
from typing import Final

import aiohttp
from yarl import URL

from desktop.domain.errors import PeerBrokeProtocol, Rejected, SidetoneError, Throttled, Unreachable
from desktop.identity.config import SignInConfig
from desktop.identity.sentences import CAN_NOT_ASK
from desktop.protocols.backoff import parse_retry_after
from desktop.protocols.oauth import (
    ME_PATH,
    AuthorizationCode,
    Body,
    ClientCredentials,
    Grant,
    RefreshToken,
    TokenDoor,
    TokenReply,
    decode_token_reply,
    token_call,
)
from desktop.protocols.oauth_errors import MAX_BODY, read_refusal
from desktop.sources.trust import route_to

REQUEST_TIMEOUT_S: Final = 10.0
RETRY_AFTER_CAP_S: Final = 300.0
"""The longest that a Retry-After is believed: a mistaken day must not lock the sign-in."""
DEFAULT_RETRY_AFTER_S: Final = 1.0

NOT_TRUSTED: Final = (
    "The sign-in server's certificate is not trusted. Check the address, or name your company's authority (ca_file)."
)
NO_ANSWER: Final = "The sign-in server does not answer. Check the network, the proxy and the region."
PROXY_PASSWORD: Final = "The proxy asks for a name and a password (407). Put them into HTTPS_PROXY."
NOT_A_REPLY: Final = (
    "The sign-in server's answer can't be read ({problem}). Is a network's own sign-in page in between?"
)
REDIRECTED: Final = (
    "The sign-in server sends us elsewhere ({status}). Check the login address, or the network's sign-in."
)
NOT_A_HOST: Final = "The sign-in server's address is not a host name. Check the region, or the login address."
NO_CLIENT: Final = "There is no client id in the settings. Enter the one of your OAuth client."


class GrantRefused(Rejected):
    """What we showed (a secret, a code, a refresh token) is not taken: 400, 401 or 403."""


class _TryAnother(Exception):
    """This door is not the one; `elsewhere` False: the same place, written differently."""

    def __init__(self, meaning: SidetoneError, *, elsewhere: bool) -> None:
        super().__init__()
        self.meaning = meaning
        self.elsewhere = elsewhere


class TokenEndpoint:
    """`wall_clock` in seconds since the epoch, for Retry-After dates."""

    def __init__(
        self,
        config: SignInConfig,
        ssl_context: ssl.SSLContext | None = None,
        wall_clock: Callable[[], float] = time.time,
    ) -> None:
        self._config = config
        self._ssl_context = ssl_context
        self._wall_clock = wall_clock
        self._door: TokenDoor | None = None  # the one that answered

    async def ask(self, grant: Grant, client_secret: str = "") -> TokenReply:
        """A new token.

        Rejected says what a person has to change (400, 401, 403); Throttled and Unreachable: try again later.
        """
        if not self._config.client_id:
            raise Rejected(NO_CLIENT)
        doors = [self._door] if self._door else _in_order(self._config.doors, grant)
        told: SidetoneError = Unreachable(NO_ANSWER)
        first = True
        while doors:
            door = doors.pop(0)
            try:
                reply = await self._post(door, grant, client_secret)
            except _TryAnother as other:
                told = other.meaning if first or not other.elsewhere else told
                first = False
                doors = [left for left in doors if (left.url == door.url) is not other.elsewhere]
            else:
                self._door = door
                return reply
        raise told

    async def alive(self, access_token: str) -> bool | None:
        """Whether the platform still takes the token; None if it has no way to be asked. Unreachable: ask later."""
        if not self._config.has_token_resource:
            return None
        match await self._me("HEAD", access_token):
            case 200 | 204:
                return True
            case 401:
                return False
            case 404 | 405 | 501:  # a gateway that passes on other paths only
                return None
            case _:
                raise Unreachable(CAN_NOT_ASK)

    async def revoke(self, access_token: str) -> None:
        """Give the token back, if the platform lets us and answers."""
        await self._me("DELETE", access_token)

    async def _me(self, method: str, access_token: str) -> int:
        """The status; 0 when there is none to be had."""
        if not self._config.has_token_resource:
            return 0
        url = URL(self._config.api + ME_PATH, encoded=True)
        headers = {"Authorization": f"Bearer {access_token}"}
        try:
            async with (
                self._session(self._config.api) as session,
                session.request(method, url, headers=headers, allow_redirects=False) as response,
            ):
                return response.status
        except (TimeoutError, aiohttp.ClientError, OSError, ValueError, Rejected):
            return 0

    async def _post(self, door: TokenDoor, grant: Grant, client_secret: str) -> TokenReply:
        call = token_call(grant, self._config.client_id, client_secret, door.body)
        try:
            async with (
                self._session(door.url) as session,
                session.post(
                    URL(door.url, encoded=True), data=call.body, headers=call.headers, allow_redirects=False
                ) as response,
            ):
                body = await response.content.read(MAX_BODY)
                while len(body) < MAX_BODY and (more := await response.content.read(MAX_BODY - len(body))):
                    body += more
                if response.status == 200:
                    return decode_token_reply(body)
                raise self._meaning(response.status, response.headers.get("Retry-After"), body, grant)
        except PeerBrokeProtocol as problem:
            raise Unreachable(NOT_A_REPLY.format(problem=problem)) from None
        except aiohttp.ClientConnectorCertificateError:
            raise Rejected(NOT_TRUSTED) from None
        except aiohttp.ClientHttpProxyError as problem:
            if problem.status == 407:
                raise Rejected(PROXY_PASSWORD) from None
            raise Unreachable(f"The proxy does not let the sign-in through ({problem.status}).") from None
        except (aiohttp.ClientConnectorError, TimeoutError):
            raise _TryAnother(Unreachable(NO_ANSWER), elsewhere=True) from None
        except UnicodeError:  # a label that is empty or too long
            raise Rejected(NOT_A_HOST) from None
        except (aiohttp.ClientError, OSError, ValueError):  # their words may hold the address or headers
            raise Unreachable(NO_ANSWER) from None

    def _meaning(self, status: int, retry_after: str | None, body: bytes, grant: Grant) -> Exception:
        if status == 429 or (status == 503 and retry_after):
            wait_s = parse_retry_after(retry_after, int(self._wall_clock() * 1000))
            wait_s = DEFAULT_RETRY_AFTER_S if wait_s is None else min(wait_s, RETRY_AFTER_CAP_S)
            return Throttled(f"The sign-in server asks to wait ({status}).", wait_s)
        if status >= 500 or status == 408:
            return Unreachable(f"The sign-in server has a problem ({status}).")
        if status < 400:
            return Unreachable(REDIRECTED.format(status=status))
        refusal = read_refusal(status, body)
        kind = GrantRefused if status in (400, 401, 403) else Rejected
        meaning = kind(refusal.sentence(_named(grant)))
        if refusal.misread:
            return _TryAnother(meaning, elsewhere=False)
        return _TryAnother(meaning, elsewhere=True) if status in (404, 405) and not refusal.code else meaning

    def _session(self, address: str) -> aiohttp.ClientSession:
        route = route_to(address, self._config.proxy)
        return aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(ssl=self._ssl_context if self._ssl_context is not None else True),
            timeout=aiohttp.ClientTimeout(total=REQUEST_TIMEOUT_S),
            proxy=route.proxy,
            cookie_jar=aiohttp.DummyCookieJar(),
        )


def _in_order(doors: tuple[TokenDoor, ...], grant: Grant) -> list[TokenDoor]:
    """JSON is document B's way for client credentials; the other grants are forms wherever they are known."""
    if isinstance(grant, ClientCredentials):
        return list(doors)
    return [door for door in doors if door.body is Body.FORM]


def _named(grant: Grant) -> str:
    """What the platform's administration calls it."""
    match grant:
        case ClientCredentials():
            return "Client Credentials"
        case AuthorizationCode() | RefreshToken():
            return "Code Authorization with PKCE"
