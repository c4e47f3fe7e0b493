"""The Audio Connector source: one multiplexed connection of one region (document A sections 1 to 4).

The life of `run`: ask REST for the stream's address (fresh every time, never kept), connect without the OAuth token,
subscribe, hand over what arrives; on loss wait as `Backoff` says and begin again with REST, so that a region that moved
is found (edge cases 1 and 3). A refusal ends the attempts until a person changes something (`modify`, `retry`).

It starts no task, so a cancelled `run` leaves none behind, and it needs nothing of its loop but sockets and timers.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
import ssl
import time
from collections.abc import Awaitable, Callable
from typing import Final

from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed, InvalidStatus

from desktop.domain.errors import PeerBrokeProtocol, Rejected, SidetoneError, Throttled, Unreachable
from desktop.domain.events import Complaint, LinkChanged, LinkState
from desktop.domain.facts import CallFacts
from desktop.domain.finding import Remedy
from desktop.domain.ports import AccessToken, Deliver
from desktop.protocols.audio_connector import encode
from desktop.protocols.audio_subscription import Filters
from desktop.protocols.backoff import MAX_RETRY_AFTER_S, Backoff
from desktop.protocols.subscription_state import (
    ChangeRefused,
    Reply,
    SubscriptionActive,
    SubscriptionOver,
    SubscriptionRefused,
    SubscriptionState,
    Unexpected,
)
from desktop.sources.audio_connector_config import AudioConnectorConfig, upgrade_refused
from desktop.sources.audio_inbox import AudioInbox
from desktop.sources.dialling import Straight, dialling
from desktop.sources.platform_rest import PlatformRest, SessionFactory
from desktop.sources.pulse import measured
from desktop.sources.trust import check_stream_uri, route_to
from desktop.sources.waiting import pause

MAX_MESSAGE_BYTES: Final = 256 * 1024
YIELD_EVERY: Final = 32
"""Messages taken in a row before others on the loop get their turn (a window, if it is a Qt loop)."""
MAX_LOOK_UPS: Final = 4

# websockets writes the upgrade's address, and with it the connection token, at DEBUG
_WIRE_LOG = logging.getLogger("desktop.sources.audio_connector.wire")
_WIRE_LOG.setLevel(logging.WARNING)


class AudioConnectorSource:
    """Implements `Source` and `FactsDirectory`. SettingInvalid from the constructor names the setting."""

    def __init__(
        self,
        config: AudioConnectorConfig,
        token: AccessToken,
        *,
        ssl_context: ssl.SSLContext | None = None,
        session_factory: SessionFactory | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        clock: Callable[[], float] = time.monotonic,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._config = config
        self._ssl_context = ssl_context
        self._rest = PlatformRest(config.base_url, token, ssl_context, session_factory, proxy=config.proxy or None)
        self._subscription = SubscriptionState(config.subscription)
        self._sleep = sleep
        self._clock = clock
        self._jitter = jitter
        self._backoff = Backoff(config.healthy_after_s)
        self._acted = asyncio.Event()
        self._look_ups = asyncio.Semaphore(MAX_LOOK_UPS)
        self._look_up_again_at = 0.0
        self._region = ""
        self._moved_from = ""
        self._socket: ClientConnection | None = None
        self._live_since: float | None = None

    @property
    def name(self) -> str:
        return self._config.name

    @property
    def subscription_id(self) -> str:
        """Empty while no subscription is held."""
        return self._subscription.subscription_id

    @property
    def region(self) -> str:
        """The region that the platform named last, else the configured label."""
        return self._region or self._config.region

    async def modify(self, filters: Filters) -> None:
        """Hear these interactions instead; kept over reconnects. SettingInvalid leaves everything as it was.

        The outcome arrives as LinkChanged, or as a complaint if the peer refuses. Also ends a refusal.
        """
        self._subscription.want(filters)
        self._acted.set()
        await self._request()

    async def unsubscribe(self) -> None:
        """Hear nothing, stay connected; `modify` subscribes again."""
        self._subscription.want(None)
        await self._request()

    def retry(self) -> None:
        """A person has done something about a refusal: try again now."""
        self._acted.set()

    async def look_up(self, call: str) -> CallFacts | None:
        """Ask REST about an interaction (edge case 2). None if it isn't known or can't be asked now; never raises."""
        async with self._look_ups:
            if self._clock() < self._look_up_again_at:
                return None
            try:
                return await self._rest.conversation(call)
            except Throttled as problem:
                self._look_up_again_at = self._clock() + problem.after_s
            except SidetoneError:
                pass
            return None

    async def run(self, deliver: Deliver) -> None:
        """Until cancelled: connect, hear, reconnect. Delivers LinkChanged at every step."""
        try:
            while True:
                self._acted.clear()
                self._tell(deliver, LinkState.CONNECTING)
                try:
                    await self._live_once(deliver)
                except Rejected as problem:
                    await self._wait_for_a_person(deliver, problem)
                except Throttled as problem:
                    await self._wait(deliver, str(problem), problem.after_s)
                except SidetoneError as problem:
                    await self._wait(deliver, str(problem), None)
        except asyncio.CancelledError:  # only then will nothing more come; a bug is its keeper's to tell
            self._tell(deliver, LinkState.CLOSED)
            raise

    async def _live_once(self, deliver: Deliver) -> None:
        """One connection from discovery to its end, which is always a SidetoneError."""
        self._live_since = None
        inbox = AudioInbox(self._config.name, deliver)
        try:
            discovery = await self._rest.discover()
            check_stream_uri(discovery.uri)
            if self._config.base_url.startswith("https:") and not discovery.uri.startswith("wss:"):
                raise PeerBrokeProtocol("discovery reply: a stream without TLS - at `$.uri`")
        except PeerBrokeProtocol as problem:
            inbox.complain(Complaint.BAD_MESSAGE, str(problem))
            raise
        self._note_region(discovery.region)
        try:
            async with await self._dial(discovery.uri) as socket:
                self._socket = socket
                async with measured(socket, self.name, deliver, self._clock, self._config.measure_every_s):
                    await self._hear(socket, inbox, deliver)
        except ConnectionClosed as closed:
            code = closed.rcvd.code if closed.rcvd is not None else 1006
            raise Unreachable(f"The connection was lost ({code}).") from None
        finally:
            self._socket = None
            self._subscription.disconnected()
            inbox.lost()
            if self._live_since is not None:  # what a person did until now was about something else
                self._acted.clear()

    async def _dial(self, uri: str) -> ClientConnection:
        proxy = route_to(uri, self._config.proxy).websockets
        try:
            with dialling("The stream", proxy):
                return await Straight(
                    uri,
                    ssl=(self._ssl_context or True) if uri.startswith("wss:") else None,
                    compression=None,  # sound doesn't shrink, and 40 kB per connection stay free
                    proxy=proxy,
                    max_size=MAX_MESSAGE_BYTES,
                    open_timeout=self._config.open_timeout_s,
                    ping_interval=self._config.ping_interval_s,
                    ping_timeout=self._config.ping_timeout_s,
                    close_timeout=0.5,  # a goodbye that waits behind unread sound is not worth more
                    user_agent_header="Sidetone",
                    logger=_WIRE_LOG,
                )
        except InvalidStatus as refused:
            raise upgrade_refused(refused) from None

    async def _hear(self, socket: ClientConnection, inbox: AudioInbox, deliver: Deliver) -> None:
        if self._subscription.wanted is None:
            self._now_live(deliver, "Connected, but nothing is subscribed.")
        else:
            await self._request()
            try:
                async with asyncio.timeout(self._config.confirm_timeout_s):
                    while self._live_since is None:
                        await self._take(await socket.recv(), inbox, deliver)
            except TimeoutError:
                raise Unreachable("The platform did not answer the subscription.") from None
        turns = 0
        while True:
            await self._take(await socket.recv(), inbox, deliver)
            turns += 1
            if turns % YIELD_EVERY == 0:
                await asyncio.sleep(0)

    async def _take(self, message: str | bytes, inbox: AudioInbox, deliver: Deliver) -> None:
        if isinstance(message, bytes):
            inbox.sound(message, time.monotonic_ns())
            return
        reply = inbox.text(message)
        if reply is not None:
            self._answered(reply, inbox, deliver)
            await self._request()

    def _answered(self, reply: Reply, inbox: AudioInbox, deliver: Deliver) -> None:
        match self._subscription.hear(reply):
            case SubscriptionActive():
                self._now_live(deliver)
            case SubscriptionOver():
                self._now_live(deliver, "Connected, but nothing is subscribed.")
            case SubscriptionRefused(reason, retry_after_s):
                inbox.complain(Complaint.SUBSCRIPTION_REJECTED, "the platform rejected the subscription")
                if retry_after_s is not None:
                    wait_s = min(max(0.0, retry_after_s), MAX_RETRY_AFTER_S)
                    raise Throttled(f"The platform asks to subscribe later: {reason}", wait_s)
                raise Rejected(f"The platform rejected the subscription: {reason}")
            case ChangeRefused(reason):
                inbox.complain(Complaint.SUBSCRIPTION_REJECTED, "the change was rejected; the filters stay as before")
                self._now_live(deliver, f"The change was rejected, the filters stay as before: {reason}")
            case Unexpected(detail):
                inbox.complain(Complaint.BAD_MESSAGE, detail)

    async def _request(self) -> None:
        """Send what the subscription's wish needs next, if anything."""
        socket = self._socket
        if socket is None:
            return
        request = self._subscription.next_request()
        if request is not None:
            with contextlib.suppress(ConnectionClosed):  # the receive loop sees it too, and run begins from the wish
                await socket.send(encode(request))

    def _now_live(self, deliver: Deliver, detail: str = "") -> None:
        if self._live_since is None:
            self._live_since = self._clock()
        if self._moved_from:
            detail = f"The region moved from {self._moved_from} to {self._region}. {detail}".rstrip()
            self._moved_from = ""
        self._tell(deliver, LinkState.LIVE, detail)

    def _note_region(self, region: str | None) -> None:
        """Edge case 3: the platform names the region of each connection; a fail-over shows as a different one."""
        if region and region[:64] != self._region:
            self._moved_from, self._region = self._region, region[:64]

    async def _wait(self, deliver: Deliver, why: str, retry_after_s: float | None) -> None:
        live_for_s = 0.0 if self._live_since is None else self._clock() - self._live_since
        wait_s = self._backoff.after_failure(self._jitter(), live_for_s, retry_after_s)
        self._tell(deliver, LinkState.RETRYING, why, wait_s)
        await pause(self._sleep, wait_s, self._acted)

    async def _wait_for_a_person(self, deliver: Deliver, problem: Rejected) -> None:
        self._tell(deliver, LinkState.REFUSED, str(problem), action=problem.remedy)
        with contextlib.suppress(TimeoutError):  # a token or permission that was renewed elsewhere is found by itself
            async with asyncio.timeout(self._config.ask_again_s):
                await self._acted.wait()
        self._backoff.reset()

    def _tell(
        self,
        deliver: Deliver,
        state: LinkState,
        detail: str = "",
        retry_in_s: float | None = None,
        action: Remedy | None = None,
    ) -> None:
        name, subscription = self._config.name, self._subscription.subscription_id
        deliver(LinkChanged(name, self.region, state, detail, retry_in_s, subscription, action=action))
