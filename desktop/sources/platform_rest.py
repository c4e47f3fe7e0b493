"""The platform's REST side of the Audio Connector: discovery and look-up, with a status's meaning as an error.

Document A section 1. Nothing is cached, and every request has its own session, so nothing stays open between them.
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable
from typing import Final
from urllib.parse import quote, urlsplit

import aiohttp
from yarl import URL

from desktop.domain.errors import PeerBrokeProtocol, Rejected, Throttled, Unreachable
from desktop.domain.facts import CallFacts
from desktop.domain.ports import AccessToken
from desktop.protocols.audio_connector import DISCOVERY_PATH, Discovery, decode_discovery
from desktop.protocols.backoff import parse_retry_after
from desktop.protocols.conversation import CONVERSATION_PATH, decode_conversation
from desktop.sources.trust import check_base_url, is_loopback

MAX_BODY_BYTES: Final = 1024 * 1024
REQUEST_TIMEOUT_S: Final = 10.0
DEFAULT_RETRY_AFTER_S: Final = 1.0

NOT_OFFERED: Final = (
    "This address does not offer live audio to consoles (404). Genesys Cloud itself has no such interface: it sends "
    "live audio by AudioHook to a listener of yours. Connect to a Sidetone gateway instead, or set up AudioHook."
)
NOT_SIGNED_IN: Final = "The platform does not accept the sign-in (401), even after renewing it. Sign in again."
NO_TOKEN: Final = "There is no usable access token. Sign in again."
NOT_ALLOWED: Final = "The user may not open audio streams (403). An administrator can grant audioconnector:manage."
NOT_TRUSTED: Final = "The server's certificate is not trusted. Check the address, or the machine's certificates."

SessionFactory = Callable[[], aiohttp.ClientSession]


class PlatformRest:
    """`base_url` like https://api.mypurecloud.com; SettingInvalid if tokens must not be sent there."""

    def __init__(
        self,
        base_url: str,
        token: AccessToken,
        ssl_context: ssl.SSLContext | None = None,
        session_factory: SessionFactory | None = None,
        wall_clock: Callable[[], float] = time.time,
    ) -> None:
        self._base_url = check_base_url(base_url)
        self._token = token
        self._ssl_context = ssl_context
        self._session_factory = session_factory or self._new_session
        self._wall_clock = wall_clock

    async def discover(self) -> Discovery:
        """Where to connect now. The URI may be used once: ask again before every connection.

        Unreachable and Throttled: try again. Rejected: a person must act. PeerBrokeProtocol: not a discovery reply.
        """
        return decode_discovery(await self._get(DISCOVERY_PATH))

    async def conversation(self, interaction_id: str) -> CallFacts:
        """What the platform knows about an interaction; errors as for `discover`, Rejected also if it is unknown."""
        if interaction_id in (".", ".."):
            raise Rejected("not an interaction id")
        return decode_conversation(await self._get(CONVERSATION_PATH + quote(interaction_id, safe="")))

    async def _get(self, path: str) -> bytes:
        for refresh in (False, True):
            token = (await self._token(refresh=refresh)).strip()
            if not token or not token.isascii() or not token.isprintable():
                raise Rejected(NO_TOKEN)
            status, body = await self._request(path, token)
            if status != 401:
                return body
        raise Rejected(NOT_SIGNED_IN)

    async def _request(self, path: str, token: str) -> tuple[int, bytes]:
        headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
        url = URL(self._base_url + path, encoded=True)
        try:
            async with (
                self._session_factory() as session,
                session.get(url, headers=headers, allow_redirects=False) as response,
            ):
                if response.status not in (200, 401):
                    raise self._meaning(response)
                return response.status, await _bounded(response.content)
        except aiohttp.ClientConnectorCertificateError:
            raise Rejected(NOT_TRUSTED) from None
        except (TimeoutError, aiohttp.ClientError, OSError) as problem:
            raise Unreachable("The platform does not answer.") from problem

    def _meaning(self, response: aiohttp.ClientResponse) -> Rejected | Throttled | Unreachable:
        wait_s = parse_retry_after(response.headers.get("Retry-After"), int(self._wall_clock() * 1000))
        match response.status:
            case 403:
                return Rejected(NOT_ALLOWED)
            case 404:
                return Rejected(NOT_OFFERED)
            case 429 | 503:
                sentence = f"The platform asks to wait ({response.status})."
                return Throttled(sentence, DEFAULT_RETRY_AFTER_S if wait_s is None else wait_s)
            case status if status >= 500 or status == 408:
                return Unreachable(f"The platform has a problem ({status}).")
            case status:
                return Rejected(f"The platform refused to name a stream ({status}). Check the address in the settings.")

    def _new_session(self) -> aiohttp.ClientSession:
        connector = aiohttp.TCPConnector(ssl=self._ssl_context if self._ssl_context is not None else True)
        return aiohttp.ClientSession(
            connector=connector,
            timeout=aiohttp.ClientTimeout(total=REQUEST_TIMEOUT_S),
            trust_env=not is_loopback(urlsplit(self._base_url).hostname or ""),
        )


async def _bounded(content: aiohttp.StreamReader) -> bytes:
    body = bytearray()
    async for chunk in content.iter_any():
        body += chunk
        if len(body) > MAX_BODY_BYTES:
            raise PeerBrokeProtocol(f"reply: more than {MAX_BODY_BYTES} bytes")
    return bytes(body)
