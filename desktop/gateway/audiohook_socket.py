"""The socket of one AudioHook session: what comes in goes to its state machine, what that wants is done in order.

Messages for the client leave before anything else is done about what it said, so that `opened` waits for nothing.
The client closes the connection; it is cut only when the client doesn't, doesn't read, or falls silent.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import Callable
from typing import Final, Protocol

from aiohttp import WSMsgType, web

from desktop.protocols.audiohook_effects import Began, Cut, Effect, Send
from desktop.protocols.audiohook_session import AudioHookSession
from desktop.protocols.http_signature_check import SignatureCheck

TICK_S: Final = 1.0
YIELD_EVERY: Final = 32
"""Messages taken in a row before other sessions get their turn."""
MAX_UNSENT: Final = 1_000
MAX_WRITE_S: Final = 10.0


class Owner(Protocol):
    """Whoever the session belongs to. Effects come in order; what it raises costs this session."""

    def handle(self, socket: AudioHookSocket, effect: Effect, received_ns: int) -> None: ...

    def ticked(self, socket: AudioHookSocket) -> None:
        """About once a second."""
        ...


class AudioHookSocket:
    """One connection; `serial` tells it from all others."""

    def __init__(
        self,
        serial: int,
        session_id: str,
        check: SignatureCheck,
        socket: web.WebSocketResponse,
        session: AudioHookSession,
        owner: Owner,
        clock: Callable[[], float],
        cut: Callable[[], None],
    ) -> None:
        self.serial, self.session_id, self.check = serial, session_id, check
        self.session = session
        self.call = ""  # once it is open, unless it is a probe
        self.opened_ms: float | None = None
        self.slow = False
        self.complaints = 0
        self.fault = ""  # the latest complaint
        self._socket, self._owner, self._clock, self._cut = socket, owner, clock, cut
        self._outbox: deque[str] = deque()
        self._writing_since_s: float | None = None
        self._wake = asyncio.Event()
        self._gone = asyncio.Event()

    async def serve(self) -> None:
        """Until the connection ends."""
        async with asyncio.TaskGroup() as group:
            timer = group.create_task(self._keep_time(), name="audiohook timer")
            try:
                await self._read()
            finally:
                timer.cancel()
                self._gone.set()

    def perform(self, effects: list[Effect]) -> None:
        """From outside of the session's own messages: they are sent soon."""
        self._queue(effects)
        self._wake.set()
        self._hand_over(effects, 0)

    async def goodbye(self, timeout_s: float) -> None:
        """Close with 1001, within a bound."""
        try:
            async with asyncio.timeout(timeout_s):
                await self._socket.close(code=1001)
        except (TimeoutError, ConnectionError):
            self._cut()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout_s):
                await self._gone.wait()

    def cut(self) -> None:
        """Drop the connection."""
        self._cut()

    async def _read(self) -> None:
        turns = 0
        async for message in self._socket:
            received_ns, now_s = time.monotonic_ns(), self._clock()
            if message.type is WSMsgType.BINARY:
                effects = self.session.hear_sound(message.data, now_s)
            elif message.type is WSMsgType.TEXT:
                effects = self.session.hear(message.data, now_s)
            else:
                continue
            if self._queue(effects):
                await self._flush()
                if self.opened_ms is None and any(isinstance(effect, Began) for effect in effects):
                    self.opened_ms = (time.monotonic_ns() - received_ns) / 1e6
            self._hand_over(effects, received_ns)
            turns += 1
            if turns % YIELD_EVERY == 0:
                await asyncio.sleep(0)

    async def _keep_time(self) -> None:
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(TICK_S):
                    await self._wake.wait()
            self._wake.clear()
            now_s = self._clock()
            if self._writing_since_s is not None:
                if now_s - self._writing_since_s > MAX_WRITE_S:
                    self.slow = True
                    self._cut()
                continue
            effects = self.session.tick(now_s)
            self._queue(effects)
            await self._flush()
            self._hand_over(effects, 0)
            self._owner.ticked(self)

    def _queue(self, effects: list[Effect]) -> bool:
        found = False
        for effect in effects:
            if isinstance(effect, Send):
                found = True
                self._outbox.append(effect.text)
        if len(self._outbox) > MAX_UNSENT:
            self.slow = True
            self._cut()
        return found

    def _hand_over(self, effects: list[Effect], received_ns: int) -> None:
        for effect in effects:
            if isinstance(effect, Cut):
                self._cut()
            elif not isinstance(effect, Send):
                self._owner.handle(self, effect, received_ns)

    async def _flush(self) -> None:
        if self._writing_since_s is not None:  # whoever is at it sends these too
            return
        self._writing_since_s = self._clock()
        try:
            while self._outbox:
                await self._socket.send_str(self._outbox.popleft())
        except ConnectionError:
            self._outbox.clear()  # the reader sees the end as well
        finally:
            self._writing_since_s = None
