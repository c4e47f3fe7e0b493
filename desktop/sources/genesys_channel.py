"""One notification channel's life: created, subscribed, heard, moved and renewed (genesys.md section 2).

create -> open the socket -> subscribe -> hear            the socket first, so that nothing told is missed
socket_closing, token renewed ............ the next socket is opened before the old one is given up
23 hours .................................. the same topics are subscribed again, which renews the 24 hours
lost, silent .............................. wait as `Backoff` says; HEAD says whether the channel still lives
another channel, revoked, 404 ............. a new channel
"""

from __future__ import annotations

import asyncio
import enum
import math
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, Protocol
from urllib.parse import quote

from desktop.domain.errors import PeerBrokeProtocol, Rejected, SidetoneError, Throttled, Unreachable
from desktop.domain.ports import AccessToken, FreshToken
from desktop.protocols.backoff import Backoff
from desktop.protocols.notifications import (
    CHANNELS_PATH,
    Channel,
    Topic,
    decode_channel,
    decode_subscriptions,
    encode_topics,
    subscriptions_path,
)
from desktop.sources.genesys_findings import NO_SUCH_INTERFACE, TOO_MANY
from desktop.sources.genesys_socket import ChannelGone, Dialler, Hearer, Outcome, StreamSocket
from desktop.sources.rest import NotFound, Refused, RestClient
from desktop.sources.waiting import pause

DRAIN_S: Final = 1.0


class ChannelState(enum.Enum):
    """Where a channel stands."""

    NEW = "new"
    CONNECTING = "connecting"
    LIVE = "live"
    WAITING = "waiting"


class Owner(Hearer, Protocol):
    """Whom a channel belongs to. Must not wait."""

    def on_state(self, channel: ChannelLife, detail: str = "", retry_in_s: float | None = None) -> None: ...

    def on_topics(self, results: Sequence[Topic]) -> None: ...


class _Move(enum.Enum):
    RENEW = "subscribe again"
    REDIAL = "another socket of the same channel"
    FRESH = "another channel"


class ChannelLife:
    """`topics` are assigned by the owner; `settle` tells the platform what changed. `run` ends by an error only."""

    def __init__(
        self,
        rest: RestClient,
        token: AccessToken,
        dialler: Dialler,
        owner: Owner,
        *,
        capacity: int,
        renew_after_s: float,
        sleep: Callable[[float], Awaitable[None]],
        jitter: Callable[[], float],
    ) -> None:
        self.state = ChannelState.NEW
        self.topics: dict[str, None] = {}
        self.capacity = capacity
        self._rest = rest
        self._token = token
        self._dialler = dialler
        self._owner = owner
        self._renew_after_s = renew_after_s
        self._sleep = sleep
        self._jitter = jitter
        self._backoff = Backoff()
        self._channel: Channel | None = None
        self._subscribed: set[str] = set()
        self._requests = asyncio.Lock()
        self._moving = asyncio.Event()
        self._hurried = asyncio.Event()
        self._renew_at = math.inf
        self._live_since: float | None = None

    def move(self) -> None:
        """Go over to a new channel: the token that made this one is about to end, or the platform forgot it."""
        self._moving.set()

    def hurry(self) -> None:
        """Somebody doesn't want to wait for the next attempt."""
        self._hurried.set()

    async def run(self) -> None:
        """Until cancelled. Rejected (SignInNeeded among them): a person must act."""
        try:
            while True:
                self._tell(ChannelState.CONNECTING)
                self._live_since = None
                try:
                    await self._once()
                except Rejected:
                    raise
                except Throttled as problem:
                    await self._wait(str(problem), problem.after_s)
                except SidetoneError as problem:
                    await self._wait(str(problem), None)
        finally:
            self.state = ChannelState.NEW

    async def settle(self, *, removals: bool) -> None:
        """Subscribe what is new; with `removals`, or for want of room, also give up what isn't wanted any longer.

        Throttled, Unreachable: call again later. Refused: the platform won't have more topics, `capacity` is lower now.
        """
        async with self._requests:
            if self.state is not ChannelState.LIVE or self._channel is None:
                return  # everything is subscribed when it comes back
            new = [topic for topic in self.topics if topic not in self._subscribed]
            full = len(self._subscribed) + len(new) > self.capacity
            try:
                if (removals or full) and not self._subscribed <= self.topics.keys():
                    await self._put(self._channel)
                elif new:
                    reply = await self._rest.post(self._path(self._channel), encode_topics(new))
                    self._subscribed.update(new)
                    self._owner.on_topics(decode_subscriptions(reply))
            except NotFound:
                self.move()
            except Refused as problem:
                if problem.status in (400, 413, 422):
                    self.capacity = min(self.capacity, max(1, len(self._subscribed & self.topics.keys())))
                raise

    # ---- from connecting to the end of it

    async def _once(self) -> None:
        socket = await self._open()
        self._live_since = asyncio.get_running_loop().time()
        self._tell(ChannelState.LIVE)
        await self._attend(socket)

    async def _open(self) -> StreamSocket:
        """The known channel if it still lives, else a new one; everything is subscribed (again) on it."""
        if self._channel is not None and not await self._alive(self._channel):
            self._channel = None
        if self._channel is None:
            self._channel = await self._create()
        try:
            return await self._join(self._channel)
        except ChannelGone:
            self._channel = None
            raise

    async def _alive(self, channel: Channel) -> bool:
        try:
            return await self._rest.head(f"{CHANNELS_PATH}/{quote(channel.id, safe='')}")
        except Refused:
            return False

    async def _create(self) -> Channel:
        self._moving.clear()  # the newest token makes it
        try:
            return decode_channel(await self._rest.post(CHANNELS_PATH, repeatable=False))
        except NotFound:
            raise Rejected(NO_SUCH_INTERFACE) from None
        except Refused as problem:
            if problem.status in (400, 409, 422):
                raise Rejected(TOO_MANY.format(code=problem.error.code or problem.status)) from None
            raise

    async def _join(self, channel: Channel) -> StreamSocket:
        """Its socket open and its topics subscribed. ChannelGone if the platform doesn't know it."""
        socket = await self._dialler.dial(channel.connect_uri)
        try:
            async with self._requests:
                await self._put(channel)
        except NotFound:
            await socket.close()
            raise ChannelGone("The platform doesn't know the channel any longer (404).") from None
        except BaseException:
            await socket.close()
            raise
        return socket

    async def _put(self, channel: Channel) -> None:
        """All topics at once; this also renews the channel's life."""
        wanted = tuple(self.topics)
        if wanted or self._subscribed:
            reply = await self._rest.put(self._path(channel), encode_topics(wanted))
            self._subscribed = set(wanted)
            self._owner.on_topics(decode_subscriptions(reply))
        self._renew_at = asyncio.get_running_loop().time() + self._renew_after_s

    # ---- while it is heard

    async def _attend(self, socket: StreamSocket) -> None:
        """Hear it, moving to another socket as needed; ends by an error that says why it is over."""
        loop = asyncio.get_running_loop()
        backoff = Backoff()
        move: _Move | None = None
        try_at = math.inf
        try:
            while True:
                match await self._hear(socket, min(self._renew_at, try_at)):
                    case Outcome.CLOSING:
                        move = move or _Move.REDIAL
                    case None if self._moving.is_set():
                        self._moving.clear()
                        move = _Move.FRESH
                    case None:
                        move = move or _Move.RENEW
                    case outcome:
                        await self._over(outcome, socket)
                try:
                    following = await self._moved(move)
                except (ChannelGone, NotFound):
                    wait_s = backoff.after_failure(self._jitter()) if move is _Move.FRESH else 0.0
                    move, try_at = _Move.FRESH, loop.time() + wait_s
                    continue
                except (Throttled, Unreachable, PeerBrokeProtocol) as problem:
                    after_s = problem.after_s if isinstance(problem, Throttled) else None
                    try_at = loop.time() + backoff.after_failure(self._jitter(), retry_after_s=after_s)
                    continue
                if following is not None:
                    socket, previous = following, socket
                    await previous.drain(self._owner, DRAIN_S)
                move, try_at = None, math.inf
        finally:
            await socket.close()

    async def _hear(self, socket: StreamSocket, until: float) -> Outcome | None:
        try:
            async with asyncio.timeout_at(until if until < math.inf else None):
                return await socket.hear(self._owner, self._moving)
        except TimeoutError:
            return None

    async def _moved(self, move: _Move | None) -> StreamSocket | None:
        channel = self._channel
        match move:
            case _Move.RENEW if channel is not None:
                async with self._requests:
                    await self._put(channel)
                return None
            case _Move.REDIAL if channel is not None:
                return await self._dialler.dial(channel.connect_uri)
            case _:
                fresh = await self._create()
                socket = await self._join(fresh)
                self._channel = fresh
                return socket

    async def _over(self, outcome: Outcome, socket: StreamSocket) -> None:
        """Always raises."""
        match outcome:
            case Outcome.LOST:
                raise Unreachable(f"The connection was lost ({socket.close_code}).")
            case Outcome.SILENT:
                raise Unreachable("The connection went silent.")
            case Outcome.TAKEN:
                self._channel = None
                raise Unreachable("Another program took the channel's place; a new one is opened.")
            case Outcome.REVOKED:
                self._channel = None
                if isinstance(self._token, FreshToken):  # whether it still counts, the next request tells
                    await self._token.freshened()
                else:
                    await self._token(refresh=True)
                raise Unreachable("The sign-in was revoked, and renewed.")
            case Outcome.CLOSING:  # pragma: no cover
                raise AssertionError("answered by moving")

    async def _wait(self, why: str, retry_after_s: float | None) -> None:
        live_for_s = 0.0 if self._live_since is None else asyncio.get_running_loop().time() - self._live_since
        wait_s = self._backoff.after_failure(self._jitter(), live_for_s, retry_after_s)
        self._hurried.clear()
        self._tell(ChannelState.WAITING, why, wait_s)
        await pause(self._sleep, wait_s, self._hurried)

    def _tell(self, state: ChannelState, detail: str = "", retry_in_s: float | None = None) -> None:
        self.state = state
        self._owner.on_state(self, detail, retry_in_s)

    @staticmethod
    def _path(channel: Channel) -> str:
        return subscriptions_path(quote(channel.id, safe=""))
