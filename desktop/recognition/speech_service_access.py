"""How a speech service (document D) is reached: the key in the address, and what it means when nothing opens.

The document wants the API key in the query, so the address is in no log, error or trace.
"""

from __future__ import annotations

import logging
import ssl
import time
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlencode, urlsplit

from websockets.asyncio.client import ClientConnection
from websockets.exceptions import InvalidStatus

from desktop.domain.errors import Rejected, SettingInvalid, SidetoneError
from desktop.domain.speech import EngineTrouble
from desktop.protocols.backoff import parse_retry_after
from desktop.protocols.speech_stream import API_KEY_PARAMETER
from desktop.sources.dialling import Straight, dialling
from desktop.sources.trust import Route, client_context, is_loopback, route_to

CONNECT_S: Final = 10.0
HANG_UP_S: Final = 0.5
REFUSED_S: Final = 60.0
"""A person has to act: until then one attempt a minute for all parties together."""
MAX_MESSAGE_BYTES: Final = 1024 * 1024
KEY_STATUS: Final = (401, 403)
BUSY_STATUS: Final = (429, 503)
LONGEST_WAIT_S: Final = 300.0  # a service may ask for a day, but calls go on meanwhile
RETRIED: Final = (EngineTrouble.UNREACHABLE, EngineTrouble.BUSY, EngineTrouble.NO_ANSWER)
USER_AGENT: Final = "Sidetone"

# at DEBUG websockets writes the request line, and with it the key
_WIRE_LOG = logging.getLogger("desktop.recognition.speech_service.wire")
_WIRE_LOG.setLevel(logging.WARNING)


class NotOpened(Exception):
    """No session came about. `after_s`: the service asks to wait so long."""

    def __init__(self, trouble: EngineTrouble, after_s: float | None = None) -> None:
        super().__init__(trouble.name)
        self.trouble, self.after_s = trouble, after_s


@dataclass(frozen=True, slots=True)
class Access:
    """How the service is reached. `url` has no query; plain ws:// is for this machine only."""

    url: str
    api_key: str = field(repr=False)
    route: Route = field(repr=False)
    ssl_context: ssl.SSLContext | None = field(repr=False)

    async def dial(self) -> ClientConnection:
        """A connection; NotOpened says why not."""
        try:
            proxy = self.route.websockets
        except SidetoneError:
            raise NotOpened(EngineTrouble.BAD_SETTINGS) from None
        try:
            with dialling("The speech service", proxy):
                return await Straight(
                    f"{self.url}?{urlencode({API_KEY_PARAMETER: self.api_key})}",
                    ssl=self.ssl_context,
                    proxy=proxy,
                    compression=None,
                    max_size=MAX_MESSAGE_BYTES,
                    open_timeout=CONNECT_S,
                    close_timeout=HANG_UP_S,
                    user_agent_header=USER_AGENT,
                    logger=_WIRE_LOG,
                )
        except InvalidStatus as refused:
            raise _meaning(refused) from None
        except Rejected:
            raise NotOpened(EngineTrouble.NOT_TRUSTED) from None
        except SidetoneError:
            raise NotOpened(EngineTrouble.UNREACHABLE) from None


def _meaning(refused: InvalidStatus) -> NotOpened:
    status = refused.response.status_code
    if status in KEY_STATUS:
        return NotOpened(EngineTrouble.KEY_REFUSED)
    if status in BUSY_STATUS:
        wait_s = parse_retry_after(refused.response.headers.get("Retry-After"), time.time_ns() // 1_000_000)
        return NotOpened(EngineTrouble.BUSY, None if wait_s is None else min(wait_s, LONGEST_WAIT_S))
    return NotOpened(EngineTrouble.UNREACHABLE if status >= 500 or status == 408 else EngineTrouble.NOT_A_SERVICE)


class Standing:
    """What all sessions of a recogniser know about their service. Used on the loop, `trouble` from everywhere."""

    def __init__(self, trouble: EngineTrouble | None = None) -> None:
        self.trouble = trouble
        self.opened_s = 0.0  # monotonic, the newest session
        self._hold_until_s = 0.0

    def admits(self) -> bool:
        """Whether to ask the service now."""
        if self.trouble is None or self.trouble in RETRIED:
            return True
        if time.monotonic() < self._hold_until_s:
            return False
        self._hold_until_s = time.monotonic() + REFUSED_S
        return True

    def failed(self, trouble: EngineTrouble) -> None:
        """A session did not come about."""
        self.trouble = trouble
        self._hold_until_s = time.monotonic() + REFUSED_S

    def opened(self) -> None:
        """One did."""
        self.trouble, self.opened_s = None, time.monotonic()


def access_to(url: str, api_key: str, proxy: str = "", ca_file: str = "") -> Access:
    """`proxy` "": the system's. `ca_file`: further authorities, PEM. SettingInvalid names what can't be used."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        host, parts = "", urlsplit("")
    allowed = parts.scheme == "wss" or (parts.scheme == "ws" and is_loopback(host))
    if not (host and allowed) or parts.query or parts.fragment or parts.username:
        raise SettingInvalid("recognition.service_url", "is not an encrypted address", "Write it like wss://host/path.")
    context = client_context(ca_file) if parts.scheme == "wss" else None
    return Access(url, api_key, route_to(url, proxy), context)
