"""The bot-events source: a WebSocket that stays up, measured, with the language engine kept off it (document E).

The life of `run`: connect with the token in the Authorization header, subscribe, take messages; on loss wait 2 s,
doubling up to 60 s, and begin again. When the token is renewed, a person asks, or nothing was heard for long, the next
socket is opened and subscribed before the last one is given up, so no message is missed. Messages that a language
engine could answer go to `Forwarder`; nothing is sent back to the platform: a supervisor's console answers no callers.

The socket and the server's refusals are in bot_socket.py.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import ssl
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Final

from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed
from websockets.frames import CloseCode

from desktop.domain.errors import NotOffered, Rejected, SidetoneError, Throttled
from desktop.domain.events import Complaint, LinkChanged, LinkMeasured, LinkState, PeerComplaint, SourceEvent
from desktop.domain.finding import Remedy
from desktop.domain.ports import AccessToken, Deliver, LanguageEngine
from desktop.protocols.bot_events import DEFAULT_CHANNEL, reconnect_delay_s, subscription
from desktop.sources.bot_forwarding import Forwarder
from desktop.sources.bot_health import BotHealthWatch
from desktop.sources.bot_inbox import BotInbox
from desktop.sources.bot_latency import LatencyWatch
from desktop.sources.bot_socket import BotSocket, loss
from desktop.sources.genesys_listener import first_of
from desktop.sources.pulse import measured

YIELD_EVERY: Final = 32


@dataclass(frozen=True, slots=True)
class BotEventsConfig:
    """One bot-events connection. Durations in seconds."""

    name: str = field(metadata={"help": "What this connection is called on the screen"})
    url: str = field(metadata={"help": "wss://api.<region>/api/v2/websocket"})
    region: str = field(default="", metadata={"help": "Region label"})
    channel: str = field(default=DEFAULT_CHANNEL, metadata={"help": "What to subscribe to"})
    channel_id: str = field(default="", metadata={"help": "Id sent with the subscription; empty = none"})
    open_timeout_s: float = field(default=10.0, metadata={"help": "How long a connection may take to open"})
    ping_interval_s: float = field(default=20.0, metadata={"help": "How often to check that the socket is alive"})
    ping_timeout_s: float = field(default=10.0, metadata={"help": "How long the answer to that may take"})
    measure_every_s: float = field(default=10.0, metadata={"help": "How often the round trip is measured"})
    healthy_after_s: float = field(default=30.0, metadata={"help": "A connection that lived this long was healthy"})
    quiet_after_s: float = field(default=300.0, metadata={"help": "After so long without a message, look closer"})
    ask_again_s: float = field(default=60.0, metadata={"help": "How often to try again after a refusal"})
    waiting: int = field(default=256, metadata={"help": "How many messages may wait for the language engine"})
    workers: int = field(default=4, metadata={"help": "How many messages the engine answers at a time"})


class BotEventsSource:
    """Implements `Source`. SettingInvalid from the constructor names the setting. It never learns of calls.

    `clock` in seconds, only forward; on a loop with virtual time it must be the loop's.
    """

    def __init__(
        self,
        config: BotEventsConfig,
        token: AccessToken,
        *,
        engine: LanguageEngine | None = None,
        health: BotHealthWatch | None = None,
        ssl_context: ssl.SSLContext | None = None,
        proxy: str = "",
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        clock: Callable[[], float] = time.monotonic,
        jitter: Callable[[], float] = random.random,
        wall_clock: Callable[[], float] = time.time,
    ) -> None:
        self._config = config
        self._token = token
        self._health = health
        self._engine = engine
        self._sleep = sleep
        self._clock = clock
        self._jitter = jitter
        self._door = BotSocket(
            config.url,
            token,
            subscription(config.channel, config.channel_id),
            open_timeout_s=config.open_timeout_s,
            ping_interval_s=config.ping_interval_s,
            ping_timeout_s=config.ping_timeout_s,
            ssl_context=ssl_context,
            proxy=proxy,
            wall_clock=wall_clock,
        )
        self._watch = LatencyWatch(config.name, clock)
        self._forwarder = Forwarder(config.name, engine, self._watch, config.waiting) if engine is not None else None
        self._acted = asyncio.Event()
        self._move = asyncio.Event()
        self._attempt = 0
        self._live_since: float | None = None
        self._inbox = BotInbox(config.name, self._watch, self._forwarder, clock, config.quiet_after_s)
        self._next: ClientConnection | None = None
        self._opening = False
        self.drops = 0  # connections lost while they were live (the document's drop_count)

    @property
    def name(self) -> str:
        return self._config.name

    @property
    def unknown_messages(self) -> int:
        """How many messages were of a type without a meaning here."""
        return self._inbox.unknown_messages

    def retry(self) -> None:
        """A person doesn't want to wait: try again now; a live connection is replaced by a fresh one."""
        self._acted.set()
        self._move.set()

    async def run(self, deliver: Deliver) -> None:
        """Until cancelled: connect, hear, reconnect; then the engine is closed. Delivers LinkChanged at every step."""
        try:
            async with asyncio.TaskGroup() as group:
                if self._forwarder is not None:
                    for number in range(self._config.workers):
                        group.create_task(self._forwarder.work(deliver), name=f"{self.name}: engine {number}")
                if self._health is not None:
                    group.create_task(self._health.run(deliver), name=f"{self.name}: bot health")
                await self._stay_connected(deliver)
        except BaseExceptionGroup as problems:
            raise first_of(problems) from None
        except asyncio.CancelledError:  # only then will nothing more come; a bug is its keeper's to tell
            self._tell(deliver, LinkState.CLOSED)
            raise
        finally:
            if self._engine is not None:
                await self._engine.close()

    async def _stay_connected(self, deliver: Deliver) -> None:
        while True:
            self._live_since = None
            self._tell(deliver, LinkState.CONNECTING)
            try:
                await self._live_on(await self._door.open(), deliver)
            except NotOffered as problem:  # no deploy in sight: ask rarely
                await self._refused(deliver, problem, self._config.ask_again_s * 10)
            except Rejected as problem:
                await self._refused(deliver, problem, self._config.ask_again_s)
            except Throttled as problem:
                await self._wait(deliver, str(problem), problem.after_s)
            except SidetoneError as problem:
                await self._wait(deliver, str(problem), None)

    async def _live_on(self, socket: ClientConnection, deliver: Deliver) -> None:
        """This socket and those that follow it without a break; ends with a SidetoneError once one is lost."""
        try:
            self._live_since = self._clock()
            self._tell(deliver, LinkState.LIVE)
            while True:
                problem = await self._hear_one(socket, deliver)
                if self._next is None:
                    self.drops += 1
                    raise problem
                socket, self._next = self._next, None
                self._tell(deliver, LinkState.LIVE)
        finally:
            await self._door.close(socket)
            if self._next is not None:
                await self._door.close(self._next)
                self._next = None

    async def _hear_one(self, socket: ClientConnection, deliver: Deliver) -> SidetoneError:
        """One socket to its end, by loss or because `_next` is open and subscribed."""
        self._move.clear()
        self._inbox.socket_begins()
        async with asyncio.TaskGroup() as group:
            helpers = [
                group.create_task(self._renewal(), name=f"{self.name}: token"),
                group.create_task(self._silence(deliver), name=f"{self.name}: silence"),
                group.create_task(self._watch.notice_stalls(deliver), name=f"{self.name}: stalls"),
                group.create_task(self._successor(socket), name=f"{self.name}: successor"),
            ]
            problem = await self._hear(socket, deliver)
            if self._opening:  # the next one may be there in a moment
                await asyncio.wait(helpers[-1:], timeout=self._config.open_timeout_s)
            for helper in helpers:
                helper.cancel()
        return problem

    async def _hear(self, socket: ClientConnection, deliver: Deliver) -> SidetoneError:
        def tell(event: SourceEvent) -> None:
            if isinstance(event, LinkMeasured):
                self._watch.measured(deliver, event.measure, event.ms)

        turns = 0
        every_s = self._config.measure_every_s
        try:
            async with measured(socket, self.name, tell, asyncio.get_running_loop().time, every_s):
                while True:
                    self._inbox.take(await socket.recv(), deliver)
                    turns += 1
                    if turns % YIELD_EVERY == 0:
                        await asyncio.sleep(0)
        except ConnectionClosed as closed:
            if closed.sent is not None and closed.sent.code == CloseCode.MESSAGE_TOO_BIG:
                detail = "a message is larger than this console takes; ask for smaller ones on the platform"
                deliver(PeerComplaint(self.name, Complaint.FRAME_TOO_LARGE, detail))
            return loss(closed)

    async def _renewal(self) -> None:
        await self._renewed()
        self._move.set()

    async def _renewed(self) -> None:
        with contextlib.suppress(SidetoneError):
            await self._token.renewed()
            return
        await asyncio.Event().wait()  # nobody can say when; a refused token is found by itself

    async def _successor(self, socket: ClientConnection) -> None:
        """Once there is a reason to move: open the next socket, then let go of this one."""
        attempt = 0
        await self._move.wait()
        while self._next is None:
            self._opening = True
            try:
                self._next = await self._door.open()
            except SidetoneError:  # this socket still works; if it doesn't, `_hear` ends
                self._opening = False
                await self._sleep(reconnect_delay_s(attempt, self._jitter()))
                attempt += 1
            finally:
                self._opening = False
        self._inbox.overlap_begins()
        await self._door.close(socket)

    async def _silence(self, deliver: Deliver) -> None:
        """A socket that answers pings may be dead all the same (step 3): say so and take a fresh one."""
        while True:
            left_s = self._inbox.quiet_in_s()
            if left_s <= 0:
                break
            await asyncio.sleep(left_s)
        self._inbox.quiet(deliver, None if self._health is None else self._health.enabled)
        self._move.set()

    async def _wait(self, deliver: Deliver, why: str, retry_after_s: float | None) -> None:
        if self._live_since is not None and self._clock() - self._live_since >= self._config.healthy_after_s:
            self._attempt = 0
        wait_s = reconnect_delay_s(self._attempt, self._jitter(), retry_after_s)
        self._attempt += 1
        self._tell(deliver, LinkState.RETRYING, why, wait_s)
        await self._sleep_until_acted(wait_s)

    async def _refused(self, deliver: Deliver, problem: Rejected, ask_again_s: float) -> None:
        self._tell(deliver, LinkState.REFUSED, str(problem), action=problem.remedy)
        await self._sleep_until_acted(ask_again_s, or_renewed=True)
        self._attempt = 0

    async def _sleep_until_acted(self, seconds: float, or_renewed: bool = False) -> None:
        """Cut short by `retry`; after a refusal also by a new token."""
        self._acted.clear()

        async def nap() -> None:
            await self._sleep(seconds)

        async with asyncio.TaskGroup() as group:
            waits = [group.create_task(nap(), name=f"{self.name}: wait")]
            waits.append(group.create_task(_done(self._acted.wait()), name=f"{self.name}: retry"))
            if or_renewed:
                waits.append(group.create_task(self._renewed(), name=f"{self.name}: sign-in"))
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            for wait in waits:
                wait.cancel()

    def _tell(
        self,
        deliver: Deliver,
        state: LinkState,
        detail: str = "",
        retry_in_s: float | None = None,
        action: Remedy | None = None,
    ) -> None:
        config = self._config
        deliver(LinkChanged(config.name, config.region, state, detail, retry_in_s, config.channel_id, False, action))


async def _done(waiting: Awaitable[object]) -> None:
    await waiting
