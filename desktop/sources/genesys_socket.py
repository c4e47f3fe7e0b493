"""One streaming socket of one notification channel: opening it, hearing it, and noticing that it is dead.

The address is a secret, so it is trusted only where the platform lives, and neither an error nor a log shows it.
"""

from __future__ import annotations

import asyncio
import contextlib
import enum
import logging
import ssl
import time
from collections.abc import Callable
from typing import Final, Protocol, assert_never
from urllib.parse import urlsplit

from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed, InvalidStatus

from desktop.domain.errors import PeerBrokeProtocol, Throttled, Unreachable
from desktop.protocols.backoff import parse_retry_after
from desktop.protocols.notifications import (
    PING,
    TOKENS_REVOKED,
    Event,
    Heartbeat,
    Pong,
    Result,
    Revoked,
    SocketClosing,
    Unknown,
    decode_socket_message,
)
from desktop.sources.dialling import Straight, dialling
from desktop.sources.trust import is_loopback, route_to

MAX_MESSAGE_BYTES: Final = 1024 * 1024
YIELD_EVERY: Final = 32
"""Messages taken in a row before others on the loop get their turn."""

# websockets writes the upgrade's address at DEBUG
_WIRE_LOG = logging.getLogger("desktop.sources.genesys_socket.wire")
_WIRE_LOG.setLevel(logging.WARNING)


class Outcome(enum.Enum):
    """Why a socket is not heard any longer."""

    CLOSING = "the platform will close it within a minute"
    LOST = "the connection was lost"
    SILENT = "nothing was heard for too long"
    TAKEN = "another channel took its place"
    REVOKED = "the sign-in was revoked"


class Hearer(Protocol):
    """Whom a socket tells. Must not wait."""

    def on_event(self, event: Event) -> None: ...

    def on_round_trip(self, ms: float) -> None: ...

    def on_complaint(self, detail: str) -> None: ...


class ChannelGone(Unreachable):
    """The platform doesn't know the channel any longer: a new one is needed."""


def check_connect_uri(uri: str, streaming_url: str) -> bool:
    """Whether the address is on this machine. PeerBrokeProtocol unless it is on `streaming_url`'s host, over TLS."""
    try:
        parts, home = urlsplit(uri), urlsplit(streaming_url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise PeerBrokeProtocol("channel reply: not an address - at `$.connectUri`") from None
    if not host or parts.scheme not in ("ws", "wss") or parts.username or parts.fragment:
        raise PeerBrokeProtocol("channel reply: not a WebSocket address - at `$.connectUri`")
    local = is_loopback(host)
    if local and is_loopback(home.hostname or ""):
        return True
    if host != home.hostname:
        raise PeerBrokeProtocol("channel reply: not on the organisation's streaming host - at `$.connectUri`")
    if parts.scheme != "wss":
        raise PeerBrokeProtocol("channel reply: a stream without TLS - at `$.connectUri`")
    return local


class Dialler:
    """Opens sockets; SettingInvalid if `proxy` is none.

    `silence_s`: how long nothing may be heard; `ping_every_s`: how often it is asked for a sign.
    """

    def __init__(
        self,
        streaming_url: str,
        *,
        ssl_context: ssl.SSLContext | None = None,
        proxy: str | None = None,
        open_timeout_s: float = 10.0,
        ping_every_s: float = 15.0,
        silence_s: float = 36.0,
        wall_clock: Callable[[], float] = time.time,
    ) -> None:
        self._streaming_url = streaming_url
        self._ssl_context = ssl_context
        self._route = route_to(streaming_url, proxy or "")
        self._open_timeout_s = open_timeout_s
        self._ping_every_s = ping_every_s
        self._silence_s = silence_s
        self._wall_clock = wall_clock

    async def dial(self, uri: str) -> StreamSocket:
        """Open it. ChannelGone, Unreachable, Throttled, Rejected, PeerBrokeProtocol."""
        check_connect_uri(uri, self._streaming_url)
        try:
            proxy = self._route.websockets
            with dialling("The stream", proxy):
                connection = await Straight(
                    uri,
                    ssl=(self._ssl_context or True) if uri.startswith("wss:") else None,
                    compression=None,
                    proxy=proxy,
                    max_size=MAX_MESSAGE_BYTES,
                    open_timeout=self._open_timeout_s,
                    ping_interval=None,  # our own is the health check: the platform answers {"message": "ping"}
                    close_timeout=0.5,
                    user_agent_header="Sidetone",
                    logger=_WIRE_LOG,
                )
        except InvalidStatus as refused:
            raise self._refused(refused) from None
        return StreamSocket(connection, self._ping_every_s, self._silence_s)

    def _refused(self, refused: InvalidStatus) -> Unreachable | Throttled:
        status, headers = refused.response.status_code, refused.response.headers
        wait_s = parse_retry_after(headers.get("Retry-After"), int(self._wall_clock() * 1000))
        if wait_s is not None:
            return Throttled(f"The stream asks to wait ({status}).", wait_s)
        if 400 <= status < 500 and status not in (408, 429):
            return ChannelGone(f"The stream doesn't know the channel any longer ({status}).")
        return Unreachable(f"The stream did not open ({status}).")


class StreamSocket:
    """An open socket."""

    def __init__(self, connection: ClientConnection, ping_every_s: float, silence_s: float) -> None:
        self._connection = connection
        self._ping_every_s = ping_every_s
        self._silence_s = silence_s
        self._pinged_at: float | None = None
        self.close_code = 0

    async def hear(self, hearer: Hearer, until: asyncio.Event) -> Outcome | None:
        """Tell `hearer` what comes, until the socket is no good any longer (why), or `until` is set (None)."""
        async with asyncio.TaskGroup() as group:
            reader = group.create_task(self._read(hearer), name="channel reader")
            pings = group.create_task(self._pings(), name="channel pings")
            stop = group.create_task(until.wait(), name="channel stop")
            try:
                await asyncio.wait({reader, stop}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for task in (reader, pings, stop):
                    task.cancel()
        return reader.result() if reader.done() and not reader.cancelled() else None

    async def drain(self, hearer: Hearer, at_most_s: float) -> None:
        """Take what had already arrived, after its successor was opened, and close it."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(at_most_s):
                while await self._read(hearer, system=False) is Outcome.CLOSING:
                    pass
        await self.close()

    async def close(self) -> None:
        """Say goodbye."""
        await self._connection.close()

    async def _read(self, hearer: Hearer, *, system: bool = True) -> Outcome:
        turns = 0
        while True:
            try:
                async with asyncio.timeout(self._silence_s):
                    message = await self._connection.recv()
            except TimeoutError:
                return Outcome.SILENT
            except ConnectionClosed as closed:
                self.close_code = closed.rcvd.code if closed.rcvd is not None else 1006
                return Outcome.LOST
            outcome = self._take(message, hearer)
            if outcome is not None and (system or outcome is Outcome.CLOSING):
                return outcome
            turns += 1
            if turns % YIELD_EVERY == 0:
                await asyncio.sleep(0)

    def _take(self, message: str | bytes, hearer: Hearer) -> Outcome | None:
        try:
            heard = decode_socket_message(message)
        except PeerBrokeProtocol as problem:
            hearer.on_complaint(str(problem))
            return None
        match heard:
            case Event():
                hearer.on_event(heard)
            case Pong():
                if self._pinged_at is not None:
                    hearer.on_round_trip((asyncio.get_running_loop().time() - self._pinged_at) * 1000)
                    self._pinged_at = None
            case SocketClosing():
                return Outcome.CLOSING
            case Revoked(reason):
                return Outcome.REVOKED if reason == TOKENS_REVOKED else Outcome.TAKEN
            case Heartbeat() | Result() | Unknown():
                pass
            case _:  # pragma: no cover
                assert_never(heard)
        return None

    async def _pings(self) -> None:
        """The platform's own kind, which it answers itself; a line that is open at this end only shows by silence."""
        loop = asyncio.get_running_loop()
        with contextlib.suppress(ConnectionClosed):  # the reader sees it as well
            while True:
                self._pinged_at = loop.time()
                await self._connection.send(PING)
                await asyncio.sleep(self._ping_every_s)
