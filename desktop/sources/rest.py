"""REST with a bearer token: every status's meaning as an error that says who must act (genesys.md section 3).

Every request has its own session, so nothing stays open between them; redirects are not followed, since a token must
not travel. Errors carry neither the token nor anything else that the platform wrote, but for its code and permissions.
"""

from __future__ import annotations

import asyncio
import random
import ssl
import time
from collections.abc import Awaitable, Callable
from typing import Final, Literal

import aiohttp
import msgspec
from yarl import URL

from desktop.domain.errors import PeerBrokeProtocol, Rejected, SidetoneError, SignInNeeded, Throttled, Unreachable
from desktop.domain.ports import AccessToken
from desktop.protocols.backoff import Backoff, parse_retry_after
from desktop.protocols.platform_errors import PlatformError, decode_error
from desktop.sources.genesys_pace import Pace, reset_in_s
from desktop.sources.plainly import plainly
from desktop.sources.trust import check_base_url, route_to

MAX_BODY_BYTES: Final = 1024 * 1024
REQUEST_TIMEOUT_S: Final = 10.0
DEFAULT_RETRY_AFTER_S: Final = 1.0
ATTEMPTS: Final = 4
LONGEST_WAIT_S: Final = 20.0
SHORT_WAIT_S: Final = 3.0

NOT_SIGNED_IN: Final = "The platform does not accept the sign-in (401), even after renewing it. Sign in again."
NO_TOKEN: Final = "There is no usable access token. Sign in again."
NOT_TRUSTED: Final = "The server's certificate is not trusted"  # then why

SessionFactory = Callable[[], aiohttp.ClientSession]
Method = Literal["GET", "POST", "PUT", "DELETE", "HEAD"]


class Refused(Rejected):
    """A 4xx. `status` and `error.code` tell callers which one."""

    def __init__(self, message: str, status: int, error: PlatformError) -> None:
        super().__init__(message)
        self.status = status
        self.error = error


class NotFound(Refused):
    """404: nothing is there (any more), or the platform doesn't know this interface; the caller knows which."""


class RestClient:
    """`base_url` like https://api.mypurecloud.com; SettingInvalid if tokens must not be sent there.

    A passing refusal (429, 5xx) is tried again up to `attempts` times in all, unless the platform asks to wait longer
    than `longest_wait_s`. `sleep` and the running loop's clock must agree. `proxy` is http://host:port, or None for the
    system's. `pace`: shared by all who use the same token, since the platform counts per token.
    """

    def __init__(
        self,
        base_url: str,
        token: AccessToken,
        *,
        ssl_context: ssl.SSLContext | None = None,
        proxy: str | None = None,
        session_factory: SessionFactory | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        wall_clock: Callable[[], float] = time.time,
        jitter: Callable[[], float] = random.random,
        attempts: int = ATTEMPTS,
        longest_wait_s: float = LONGEST_WAIT_S,
        pace: Pace | None = None,
    ) -> None:
        self.base_url = check_base_url(base_url)
        self._token = token
        self._ssl_context = ssl_context
        self._route = route_to(self.base_url, proxy or "")
        self._session_factory = session_factory or self._new_session
        self._sleep = sleep
        self._wall_clock = wall_clock
        self._jitter = jitter
        self._attempts = max(1, attempts)
        self._longest_wait_s = longest_wait_s
        self._pace = pace or Pace()

    async def get(self, path: str, *, permission: str = "", max_bytes: int = MAX_BODY_BYTES) -> bytes:
        """The body of a 2xx reply. `path` is encoded already and begins with "/".

        SignInNeeded: nobody is signed in (401 even after a refresh). Refused (a Rejected): 4xx, among them NotFound.
        Throttled: wait `after_s`. Unreachable: try later. PeerBrokeProtocol: a reply without end.
        `permission` is named in a 403's sentence when the platform doesn't name one itself.
        """
        return await self._ask("GET", path, None, permission, max_bytes)

    async def post(
        self,
        path: str,
        body: object = None,
        *,
        permission: str = "",
        max_bytes: int = MAX_BODY_BYTES,
        repeatable: bool = True,
    ) -> bytes:
        """The same with a JSON body: bytes as they are, anything else encoded, None for none.

        `repeatable` False: a 5xx is not tried again, as the request may have been carried out, and a longer wait is
        told at once, as a person may be waiting.
        """
        return await self._ask("POST", path, body, permission, max_bytes, repeatable)

    async def put(self, path: str, body: object = None, *, permission: str = "") -> bytes:
        """As `post`."""
        return await self._ask("PUT", path, body, permission)

    async def delete(self, path: str, *, permission: str = "") -> bytes:
        """As `get`."""
        return await self._ask("DELETE", path, None, permission)

    async def head(self, path: str, *, permission: str = "") -> bool:
        """Whether it is there; errors as for `get`, but for NotFound."""
        try:
            await self._ask("HEAD", path, None, permission)
        except NotFound:
            return False
        return True

    async def _ask(
        self,
        method: Method,
        path: str,
        body: object,
        permission: str,
        max_bytes: int = MAX_BODY_BYTES,
        repeatable: bool = True,
    ) -> bytes:
        data = body if body is None or isinstance(body, bytes) else msgspec.json.encode(body)
        backoff = Backoff()
        for attempt in range(1, self._attempts + 1):
            try:
                return await self._signed(method, path, data, permission, max_bytes)
            except Throttled as problem:
                wait_s = backoff.after_failure(self._jitter(), retry_after_s=problem.after_s)
                held_s = min(problem.after_s, self._longest_wait_s)  # a longer one is told, not slept through
                self._pace.hold(asyncio.get_running_loop().time() + held_s)
                if attempt == self._attempts or problem.after_s > (
                    self._longest_wait_s if repeatable else SHORT_WAIT_S
                ):
                    raise
            except _Trouble:
                wait_s = backoff.after_failure(self._jitter())
                if attempt == self._attempts or not repeatable:
                    raise
            await self._sleep(wait_s)
        raise AssertionError("the last attempt returns or raises")  # pragma: no cover

    async def _signed(self, method: Method, path: str, data: bytes | None, permission: str, max_bytes: int) -> bytes:
        """One attempt; a token that is not accepted is renewed once."""
        for refresh in (False, True):
            token = (await self._token(refresh=refresh)).strip()
            if not token or not token.isascii() or not token.isprintable():
                raise SignInNeeded(NO_TOKEN)
            status, body = await self._request(method, path, data, token, permission, max_bytes)
            if status != 401:
                return body
        raise SignInNeeded(NOT_SIGNED_IN)

    async def _request(
        self, method: Method, path: str, data: bytes | None, token: str, permission: str, max_bytes: int
    ) -> tuple[int, bytes]:
        loop = asyncio.get_running_loop()
        if (wait_s := self._pace.reserve(loop.time())) > 0:
            await self._sleep(wait_s)
        headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
        if data is not None:
            headers["Content-Type"] = "application/json"
        url = URL(self.base_url + path, encoded=True)
        try:
            proxy = self._route.proxy
            async with (
                self._session_factory() as session,
                session.request(
                    method, url, data=data, headers=headers, proxy=proxy, allow_redirects=False
                ) as response,
            ):
                self._pace.heard(response.headers, loop.time())
                if 200 <= response.status < 300:
                    return response.status, await _bounded(response.content, max_bytes)
                if response.status == 401:
                    return 401, b""
                error = decode_error(await _error_body(response.content))
                raise self._meaning(response, error, permission)
        except aiohttp.ClientConnectorCertificateError as problem:
            raise Rejected(plainly(NOT_TRUSTED, problem)) from None
        except (TimeoutError, aiohttp.ClientError, OSError, ValueError) as problem:
            raise Unreachable(plainly("The platform does not answer", problem)) from None

    def _meaning(self, response: aiohttp.ClientResponse, error: PlatformError, permission: str) -> SidetoneError:
        wait_s = parse_retry_after(response.headers.get("Retry-After"), int(self._wall_clock() * 1000))
        code = f"{response.status}, {error.code}" if error.code else f"{response.status}"
        match response.status:
            case 403:
                return Refused(_not_allowed(error, permission), 403, error)
            case 404:
                return NotFound(f"The platform knows nothing at this address ({code}).", 404, error)
            case 429 | 503:
                if wait_s is None:
                    wait_s = reset_in_s(response.headers)
                sentence = f"The platform asks to wait ({response.status})."
                return Throttled(sentence, DEFAULT_RETRY_AFTER_S if wait_s is None else wait_s)
            case status if status >= 500 or status == 408:
                return _Trouble(f"The platform has a problem ({status}).")
            case status:
                return Refused(f"The platform refused the request ({code}). Check the settings.", status, error)

    def _new_session(self) -> aiohttp.ClientSession:
        connector = aiohttp.TCPConnector(ssl=self._ssl_context if self._ssl_context is not None else True)
        return aiohttp.ClientSession(connector=connector, timeout=aiohttp.ClientTimeout(total=REQUEST_TIMEOUT_S))


class _Trouble(Unreachable):
    """5xx or 408: somebody answers, and may do better in a moment."""


def _not_allowed(error: PlatformError, permission: str) -> str:
    named = error.permissions or ((permission,) if permission else ())
    if error.needs_person:
        return (
            "This needs a person's sign-in (403); the OAuth client's own token stands for nobody. Sign in as a person."
        )
    if not named:
        return "The sign-in lacks a permission for this (403). Ask an administrator which role gives it."
    return f"The sign-in lacks a permission (403). An administrator can grant {' or '.join(named)}."


async def _error_body(content: aiohttp.StreamReader) -> bytes:
    try:
        return await _bounded(content, MAX_BODY_BYTES)
    except PeerBrokeProtocol:
        return b""


async def _bounded(content: aiohttp.StreamReader, max_bytes: int) -> bytes:
    body = bytearray()
    async for chunk in content.iter_any():
        body += chunk
        if len(body) > max_bytes:
            raise PeerBrokeProtocol(f"reply: more than {max_bytes} bytes")
    return bytes(body)
