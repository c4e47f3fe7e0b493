"""One stretch of an analytics link: from a first socket, over to the next whenever needed, until all is lost.

Document B, edge case 2. A socket is followed by another one before it is closed (make before break) when the token was
renewed, or when nothing was heard for 2.5 heartbeats: after a token's expiry the platform rejects silently. It may
still answer heartbeats then; so when nothing was told of known live calls for 10 heartbeats, a new socket makes sure.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from typing import Final, NoReturn

from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from desktop.domain.errors import SidetoneError, SignInNeeded
from desktop.domain.events import LinkMeasured, Measure
from desktop.domain.ports import Deliver
from desktop.protocols.analytics import Heartbeat, encode, subscribe_to
from desktop.protocols.backoff import Backoff
from desktop.sources.analytics_config import AnalyticsConfig
from desktop.sources.analytics_dial import Dial, Renew
from desktop.sources.analytics_inbox import AnalyticsInbox, Lost
from desktop.sources.analytics_upkeep import StillLive, hang_up, measure, settle_doubts

SILENT_BEATS: Final = 2.5
EVENTLESS_BEATS: Final = 10
ECHO_S: Final = 5.0
YIELD_EVERY: Final = 32
"""Messages taken in a row before others on the loop get their turn (a window, if it is a Qt loop)."""
WAS_SILENT: Final = "The platform had gone silent, as it does when a sign-in has expired. Connected anew."
_REAUTHENTICATE = frozenset((1001, 1006, 1008))


class AnalyticsStream:
    """`open`, `hear` until it raises, `close` in any case. `moved` is told why when another socket has taken over."""

    def __init__(
        self,
        config: AnalyticsConfig,
        dial: Dial,
        inbox: AnalyticsInbox,
        still_live: StillLive | None,
        clock: Callable[[], float],
        jitter: Callable[[], float],
        deliver: Deliver,
        moved: Callable[[str], None],
    ) -> None:
        self._config = config
        self._dial = dial
        self._inbox = inbox
        self._still_live = still_live
        self._clock = clock
        self._jitter = jitter
        self._deliver = deliver
        self._moved = moved
        self._socket: ClientConnection | None = None
        self._following: ClientConnection | None = None  # open already, read as soon as its predecessor is closed
        self._verdict: SidetoneError | None = None  # why we gave the socket up ourselves
        self._note = ""

    async def open(self, renew: Renew) -> None:
        """The first socket; errors as for `Dial.open`, and what the platform says to the subscription."""
        self._socket = await self._subscribed(renew)

    async def hear(self) -> NoReturn:
        """Hand over what arrives until the connection is lost, which is always a SidetoneError."""
        while True:
            assert self._socket is not None
            await self._serve(self._socket)
            await hang_up(self._socket)
            self._socket, self._following = self._following, None
            self._inbox.echoes.end(self._clock() + ECHO_S)
            self._moved(self._note)

    async def close(self) -> None:
        """Leave nothing open."""
        for socket in (self._socket, self._following):
            if socket is not None:
                await hang_up(socket)
        self._socket = self._following = None

    async def _subscribed(self, renew: Renew) -> ClientConnection:
        """An open socket. The platform need not confirm the subscription; it may refuse it within `settle_s`."""
        config = self._config
        request = encode(subscribe_to(config.queue_ids, config.agent_ids, config.fields, config.heartbeat_s))
        socket = await self._dial.open(renew)
        try:
            await socket.send(request)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(config.settle_s):
                    while not self._inbox.stands(socket):
                        self._inbox.take(socket, await socket.recv(), settling=True)
        except ConnectionClosed as closed:
            raise _loss(closed) from None
        except BaseException:
            await hang_up(socket)
            raise
        self._inbox.heard_at = self._clock()
        return socket

    async def _serve(self, socket: ClientConnection) -> None:
        """Hear this socket until another one follows it; a SidetoneError if it is lost."""
        problem: SidetoneError | None = None
        moving = asyncio.Lock()
        helpers = {
            "heartbeat": self._beat(socket),
            "ping": self._measure(socket),
            "silence": self._mind_silence(socket, moving),
            "renewal": self._mind_renewal(socket, moving),
            "doubts": settle_doubts(self._inbox.calls, self._still_live, self._clock, self._deliver, self._inbox.asked),
        }
        async with asyncio.TaskGroup() as serving_group:
            tasks = [
                serving_group.create_task(work, name=f"{self._config.name} {what}") for what, work in helpers.items()
            ]
            try:
                await self._read(socket)
            except SidetoneError as error:
                problem = error
            finally:
                for task in tasks:
                    task.cancel()
        if self._following is None and problem is not None:
            raise problem

    async def _read(self, socket: ClientConnection) -> None:
        turns = 0
        try:
            while True:
                self._inbox.take(socket, await socket.recv())
                turns += 1
                if turns % YIELD_EVERY == 0:
                    await asyncio.sleep(0)
        except ConnectionClosed as closed:
            raise self._verdict or _loss(closed) from None

    async def _beat(self, socket: ClientConnection) -> None:
        text = encode(Heartbeat())
        with contextlib.suppress(ConnectionClosed):  # the reader sees it too
            while True:
                await asyncio.sleep(self._config.heartbeat_s)
                await socket.send(text)

    async def _measure(self, socket: ClientConnection) -> None:
        name = self._config.name
        async for round_trip_ms in measure(socket, self._config.ping_every_s, self._config.ping_timeout_s):
            if round_trip_ms is None:
                self._give_up(socket, Lost("The platform stopped answering.", Renew.TRY))
            else:
                self._deliver(LinkMeasured(name, Measure.ROUND_TRIP, round_trip_ms))
                self._deliver(LinkMeasured(name, Measure.HANDLING, self._inbox.slowest_ms()))

    async def _mind_silence(self, socket: ClientConnection, moving: asyncio.Lock) -> None:
        """A platform that answers pings and nothing else may have rejected the token (edge case 2)."""
        inbox, beat_s = self._inbox, self._config.heartbeat_s
        while True:
            now = self._clock()
            if now - inbox.heard_at >= SILENT_BEATS * beat_s * inbox.patience:
                suspicious = inbox.silent()
                if suspicious:
                    inbox.calls.doubt()
                try:
                    await self._move(socket, Renew.TRY, moving, WAS_SILENT if suspicious else "")
                except SidetoneError as problem:
                    if suspicious:
                        return self._give_up(socket, problem)
            elif inbox.calls.live and now - inbox.told_at >= EVENTLESS_BEATS * beat_s * inbox.quiet_patience:
                inbox.eventless()
                try:
                    await self._move(socket, Renew.NO, moving, "")
                except SignInNeeded as problem:
                    return self._give_up(socket, problem)
                except SidetoneError:
                    pass  # the stream is kept; the token may be fine
            await asyncio.sleep(beat_s / 4)

    async def _mind_renewal(self, socket: ClientConnection, moving: asyncio.Lock) -> None:
        """Nobody misses an event because a token was renewed."""
        backoff = Backoff()
        try:
            await self._dial.token.renewed()
        except SidetoneError:
            return  # who keeps the token says so; the stream lives until it is cut
        while self._following is None:
            try:
                await self._move(socket, Renew.NO, moving, "")
            except SidetoneError:
                await asyncio.sleep(backoff.after_failure(self._jitter()))

    async def _move(self, old: ClientConnection, renew: Renew, moving: asyncio.Lock, note: str) -> None:
        async with moving:
            self._inbox.echoes.begin(old)
            self._following = await self._subscribed(renew)
            self._note = note
            await old.close()  # the reader takes what is still under way, then sees the end

    def _give_up(self, socket: ClientConnection, why: SidetoneError) -> None:
        self._verdict = why
        socket.transport.abort()


def _loss(closed: ConnectionClosed) -> Lost:
    code = closed.rcvd.code if closed.rcvd is not None else 1006
    renew = Renew.TRY if code in _REAUTHENTICATE or code >= 3000 else Renew.NO
    return Lost(f"The connection was lost ({code}).", renew)
