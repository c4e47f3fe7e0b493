"""Sessions with a speech service (document D) on a thread of their own: dialled, spoken, dialled again."""

from __future__ import annotations

import asyncio
import contextlib
import random
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Final

from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from desktop.domain.errors import PeerBrokeProtocol
from desktop.domain.speech import EngineTrouble, Result
from desktop.protocols.backoff import Backoff
from desktop.protocols.speech_conversation import SpeechConversation, Stage
from desktop.recognition.speech_service_access import HANG_UP_S, Access, NotOpened, Standing

OPENED_S: Final = 10.0
GOODBYE_S: Final = 1.0
LONGEST_WAIT_S: Final = 8.0
"""Between attempts: speech is kept for 30 s only."""
LOOK_S: Final = 1.0
MAX_BROKEN: Final = 20
MAX_RESULTS: Final = 500
"""Results that nobody took; then the service is not listened to until there is room."""
KEY_CODES: Final = (1008, 3000, 3003, 4001, 4003, 4401, 4403)
CHOSEN_CODES: Final = (1000, 1002, 1003, 1007, 1008)


class Line:
    """One party's session. `talk` and `results` are touched under `lock` only, from the loop and from who feeds."""

    def __init__(self, talk: SpeechConversation, access: Access | None, standing: Standing, clock: Callable[[], int]):
        self.lock = threading.Lock()
        self.talk = talk
        self.results: deque[Result] = deque()
        self._access, self._standing, self._clock = access, standing, clock
        self._wake, self._room = asyncio.Event(), asyncio.Event()
        self._life: asyncio.Timeout | None = None
        self._closing = False

    async def run(self) -> None:
        """Until the conversation is over."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(None) as self._life:
                if self._closing:
                    self.end()
                await self._sessions()

    @property
    def crowded(self) -> bool:
        """Whether results must be taken before more is heard."""
        return len(self.results) > MAX_RESULTS

    def look(self) -> None:
        """There is something to send, or room for results."""
        self._wake.set()
        self._room.set()

    def end(self) -> None:
        """The conversation was closed: a bounded time for the goodbye."""
        self._room.set()
        self._closing = True
        if self._life is not None and not self._life.expired():
            self._life.reschedule(asyncio.get_running_loop().time() + GOODBYE_S)
        self._wake.set()

    @property
    def _over(self) -> bool:
        return self.talk.stage is Stage.OVER

    async def _sessions(self) -> None:
        backoff = Backoff()
        while not self._over:
            self._wake.clear()
            if self._access is None or not self.talk.wants_connection or not self._standing.admits():
                await self._pause(LOOK_S)
                continue
            began_s, after_s = time.monotonic(), None
            try:
                again = await self._session(self._access)
            except NotOpened as problem:
                self._standing.failed(problem.trouble)
                again, after_s = False, problem.after_s
            except Exception:  # whatever it is, it costs this attempt; its text may hold the address
                self._standing.failed(EngineTrouble.UNREACHABLE)
                again = False
            if not again:
                wait_s = backoff.after_failure(random.random(), time.monotonic() - began_s)
                await self._wait(max(min(wait_s, LONGEST_WAIT_S), after_s or 0.0))

    async def _wait(self, seconds: float) -> None:
        """Before the next attempt; shorter when another party's succeeds, or this one's call is over."""
        now_s = time.monotonic()
        until_s = now_s + seconds
        while not self._over and self._standing.opened_s < now_s and (left_s := until_s - time.monotonic()) > 0:
            self._wake.clear()
            await self._pause(min(left_s, LOOK_S))

    async def _pause(self, seconds: float) -> None:
        """Until something is to be done, or so long."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._wake.wait()

    async def _session(self, access: Access) -> bool:
        """One connection's life; True: call again at once. NotOpened."""
        socket = await access.dial()
        by_choice = False
        try:
            with self.lock:
                if self._over:
                    return False
                first = self.talk.open()
            async with asyncio.TaskGroup() as group:
                writer = group.create_task(self._write(socket, first), name="speech session writer")
                by_choice = await self._read(socket)
                writer.cancel()
        finally:
            with self.lock:
                if self.talk.stage not in (Stage.IDLE, Stage.OVER):
                    self.results += self.talk.lost(by_choice=by_choice)
            await hang_up(socket)
        if self.talk.opened or self.talk.asks_again or self._over:
            return self.talk.asks_again
        by_key = socket.close_code in KEY_CODES and self.talk.trouble is None
        raise NotOpened(EngineTrouble.KEY_REFUSED if by_key else self.talk.trouble or EngineTrouble.NO_ANSWER)

    async def _write(self, socket: ClientConnection, message: str | bytes | None) -> None:
        with contextlib.suppress(ConnectionClosed):  # the reader sees it as well
            while True:
                if message is None:
                    await self._pause(LOOK_S)
                else:
                    await socket.send(message)
                self._wake.clear()
                with self.lock:
                    message = self.talk.send(self._clock())

    async def _read(self, socket: ClientConnection) -> bool:
        """Hear the service until one of both ends it; True: the service did, and not by accident."""
        broken = 0
        try:
            async with asyncio.timeout(OPENED_S) as patience:
                async for data in socket:
                    broken += not self._heard(data)
                    if self.talk.stage is Stage.STREAMING and patience.when() is not None:
                        patience.reschedule(None)
                        self._standing.opened()
                        self._wake.set()
                    if self.talk.stage in (Stage.IDLE, Stage.OVER) or broken > MAX_BROKEN:
                        return broken > MAX_BROKEN
                    while self.crowded:
                        self._room.clear()
                        await self._room.wait()
        except TimeoutError:
            return True
        except ConnectionClosed:
            pass
        return socket.close_code in CHOSEN_CODES

    def _heard(self, data: bytes | str) -> bool:
        """False for what no client of document D understands."""
        if isinstance(data, bytes):
            return False
        try:
            with self.lock:
                self.results += self.talk.hear(data, self._clock())
        except PeerBrokeProtocol:
            return False
        return True


async def hang_up(socket: ClientConnection) -> None:
    """With a goodbye, if the service takes it in time."""
    try:
        async with asyncio.timeout(HANG_UP_S):
            await socket.close()
    except (TimeoutError, ConnectionClosed):
        socket.transport.abort()


class Exchange:
    """The thread on which all lines of a recogniser run; started with the first."""

    def __init__(self) -> None:
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._group: asyncio.TaskGroup | None = None
        self._over: asyncio.Event | None = None

    def start(self, line: Line) -> None:
        """Run it from now on."""
        if self._thread is None:
            ready = threading.Event()
            self._thread = threading.Thread(target=self._run, args=(ready,), name="speech service", daemon=True)
            self._thread.start()
            ready.wait()
        self.tell(lambda: self._begin(line))

    def tell(self, what: Callable[[], None]) -> None:
        """Do it on the loop, soon."""
        if self._loop is not None:
            with contextlib.suppress(RuntimeError):  # it is closed
                self._loop.call_soon_threadsafe(what)

    def close(self) -> None:
        """Lines must have been told to end; waits for their goodbyes."""
        if self._thread is not None and self._over is not None:
            self.tell(self._over.set)
            self._thread.join(2 * GOODBYE_S)

    def _run(self, ready: threading.Event) -> None:
        asyncio.run(self._serve(ready))

    async def _serve(self, ready: threading.Event) -> None:
        self._loop, self._over = asyncio.get_running_loop(), asyncio.Event()
        async with asyncio.TaskGroup() as self._group:
            ready.set()
            await self._over.wait()

    def _begin(self, line: Line) -> None:
        assert self._group is not None
        self._group.create_task(line.run(), name="speech session")
