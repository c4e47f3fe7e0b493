"""The AudioHook listener: the platform dials in, one TLS WebSocket per call, and its sound becomes source events.

    GET <path>?anything   WebSocket upgrade with Audiohook-* headers, X-API-KEY and an HTTP message signature

Refusals are 401, all of them after the same time, so that they tell nothing. `deliver` is called on the loop and must
not block. A session that fails costs itself only. All methods belong to the loop that serves the routes.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
import time
from collections.abc import Callable, Iterable
from typing import Final, assert_never

from aiohttp import web

from desktop.domain.events import Complaint, LinkChanged, LinkState
from desktop.domain.ports import Deliver
from desktop.domain.speech import Segment
from desktop.gateway.audiohook_calls import Conversations
from desktop.gateway.audiohook_config import (
    Attempt,
    AudioHookConfig,
    AudioHookStats,
    CallInfo,
    Keys,
    Usage,
)
from desktop.gateway.audiohook_door import Admission, Door
from desktop.gateway.audiohook_journal import Journal
from desktop.gateway.audiohook_socket import AudioHookSocket
from desktop.protocols import audiohook_effects as effects
from desktop.protocols.audiohook_session import AudioHookSession
from desktop.protocols.audiohook_states import State

HARD_LIMIT: Final = 256 * 1024
"""A message beyond this ends the connection before it is read to its end; 64,000 is what the protocol allows."""
_LOG = logging.getLogger(__name__)


class AudioHookListener:
    """`clock` monotonic seconds, `wall_clock` Unix seconds. Mount `routes()`, then call `listening()`."""

    def __init__(
        self,
        config: AudioHookConfig,
        keys: Keys,
        deliver: Deliver,
        *,
        clock: Callable[[], float] = time.monotonic,
        wall_clock: Callable[[], float] = time.time,
    ) -> None:
        self._config, self._deliver = config, deliver
        self._clock, self._wall_clock = clock, wall_clock
        self._door = Door(config, keys, clock, wall_clock)
        self.stats = AudioHookStats()
        self._calls = Conversations(config, self.stats, deliver, clock, wall_clock)
        self._sockets: dict[int, AudioHookSocket] = {}
        self._serials = itertools.count(1)
        self._journal = Journal(config.name, self.stats, deliver, clock, wall_clock)
        self._empty = asyncio.Event()
        self._empty.set()
        self._refusals_waiting = 0
        self._done_s = (0.0, 0.0)
        self._draining = False

    def routes(self) -> Iterable[web.RouteDef]:
        """What to mount."""
        return [web.get(self._config.path, self._connect, allow_head=False)]

    def listening(self, detail: str = "Waiting for the platform to connect.") -> None:
        """The port is open."""
        self._link(LinkState.LIVE, detail)

    @property
    def last_probe(self) -> Attempt | None:
        """How the platform's latest test of the connection went."""
        return self._journal.last_probe

    @property
    def last_refusal(self) -> Attempt | None:
        """The latest connection that was not let in, with the signature base that was checked."""
        return self._journal.last_refusal

    @property
    def last_call(self) -> Attempt | None:
        """The latest session of a call, or one that never opened."""
        return self._journal.last_call

    @property
    def sessions(self) -> int:
        """Connected now."""
        return len(self._sockets)

    @property
    def usage(self) -> Usage:
        """What was streamed and what was saved since the start."""
        now_s = self._clock()
        both = [self._done_s, *(socket.session.pauses.seconds(now_s) for socket in self._sockets.values())]
        return Usage(sum(streamed for streamed, _ in both), sum(saved for _, saved in both))

    def calls(self) -> tuple[CallInfo, ...]:
        """All live calls."""
        return self._calls.infos()

    def watch(self, conversation: str, on: bool) -> None:
        """Pause the call's stream while nobody watches it; paused time is not billed. Idempotent."""
        self._calls.watch(conversation, on)

    def talking(self, conversation: str, on: bool) -> None:
        """Pause the call's stream while nobody talks: menu, queue, hold. Independent of `watch`."""
        self._calls.talking(conversation, on)

    def transcribed(self, segment: Segment) -> None:
        """Offer a segment to the platform as an event, within its limits and as `config.transcripts` says."""
        self._calls.transcribed(segment)

    def ask_reconnect(self, info: str = "") -> None:
        """Ask every session to move to a new connection."""
        for socket in tuple(self._sockets.values()):
            socket.perform(socket.session.reconnect(info))

    async def drain(self, timeout_s: float) -> bool:
        """Take no more sessions, ask all to move away; True once they have."""
        self._draining = True
        self.ask_reconnect("this listener goes away")
        try:
            async with asyncio.timeout(timeout_s):
                await self._empty.wait()
        except TimeoutError:
            return False
        return True

    async def close(self) -> None:
        """Say 1001 to who is left, which the platform takes as a network failure and retries elsewhere. Idempotent."""
        closing = not self._draining or bool(self._sockets)
        self._draining = True
        await asyncio.gather(*(s.goodbye(self._config.close_timeout_s) for s in tuple(self._sockets.values())))
        self._calls.close()
        if closing:
            self._link(LinkState.CLOSED, "")

    # the door

    async def _connect(self, request: web.Request) -> web.StreamResponse:
        began_s = self._clock()
        if request.headers.get("Upgrade", "").lower() != "websocket":
            self.stats.not_upgrades += 1
            return web.Response(status=426, text="AudioHook speaks WebSocket here.", headers={"Upgrade": "websocket"})
        if self._draining or len(self._sockets) >= self._config.max_sessions:
            self.stats.turned_away += 1
            return web.Response(status=503, headers={"Retry-After": "5"})
        admission = await self._door.judge(request)
        if admission.unreadable:
            self.stats.turned_away += 1
            self._journal.refused(admission.check)
            return web.Response(status=503, headers={"Retry-After": "5"})
        if not admission.check.ok:
            self.stats.refused += 1
            self._journal.refused(admission.check)
            await self._sleep_out(began_s)
            return web.Response(status=401)
        return await self._session(request, admission)

    async def _sleep_out(self, began_s: float) -> None:
        if self._refusals_waiting >= self._config.max_refusals_waiting:
            return
        self._refusals_waiting += 1
        try:
            await asyncio.sleep(max(0.0, began_s + self._config.refuse_after_s - self._clock()))
        finally:
            self._refusals_waiting -= 1

    async def _session(self, request: web.Request, admission: Admission) -> web.StreamResponse:
        response = web.WebSocketResponse(compress=False, max_msg_size=HARD_LIMIT, timeout=2.0, decode_text=False)
        await response.prepare(request)
        transport = request.transport
        if transport is None:  # gone within the upgrade
            return response
        self.stats.connections += 1
        session = AudioHookSession(admission.session, admission.organization, self._calls.greet, self._clock())
        serial = next(self._serials)
        socket = AudioHookSocket(
            serial, admission.session, admission.check, response, session, self, self._clock, transport.abort
        )
        self._sockets[serial] = socket
        self._empty.clear()
        try:
            await socket.serve()
        except Exception as problem:
            self.stats.crashed += 1
            _LOG.error("an AudioHook session failed: %s", type(problem).__name__)
            transport.abort()
        finally:
            self._gone(socket)
        return response

    # what a session does

    def handle(self, socket: AudioHookSocket, effect: effects.Effect, received_ns: int) -> None:
        """One effect of a session, in order."""
        match effect:
            case effects.Began():
                self._began(socket, effect)
            case effects.SoundHeard():
                self.stats.sounds += 1
                self.stats.samples += effect.samples
                if socket.call:
                    self._calls.sound(socket, effect, received_ns)
            case effects.SoundSkipped():
                if socket.call:
                    self._calls.skipped(socket, effect)
            case effects.PauseTold():
                if socket.call:
                    self._calls.paused(socket.call)
            case effects.LanguageTold(language):
                if socket.call:
                    self._calls.language(socket.call, language)
            case effects.ClientComplained(code):
                self.stats.client_errors += 1
                self.stats.throttled += code == 429
                self._journal.complain(socket, Complaint.BAD_MESSAGE, f"error: the platform reports code {code}")
            case effects.Faulty(what, detail):
                self._journal.complain(socket, what, detail)
            case effects.DigitPressed():
                self.stats.digits += 1
            case effects.Over(reason):
                self._over(socket, reason)
            case effects.PlaybackTold() | effects.Send() | effects.Cut():
                pass  # nothing is played here; the socket sends and cuts by itself
            case _:
                assert_never(effect)

    def ticked(self, socket: AudioHookSocket) -> None:
        """About once a second."""
        if socket.call:
            self._calls.paused(socket.call, remind=True)

    def _began(self, socket: AudioHookSocket, began: effects.Began) -> None:
        if began.probe:
            return
        self._journal.opened(socket)
        self._calls.began(socket, began)
        if began.media is None:
            detail = "open: offers no 8 kHz PCMU of known channels, so no sound comes - at `$.parameters.media`"
            self._journal.complain(socket, Complaint.BAD_MESSAGE, detail)

    def _over(self, socket: AudioHookSocket, reason: str) -> None:
        if socket.call:
            self._calls.left(socket, reason)
            socket.call = ""
        elif socket.session.probe and not socket.fault:
            self._journal.probed(socket)
        else:
            self._journal.failed(socket)

    def _gone(self, socket: AudioHookSocket) -> None:
        """The connection is over, however it ended."""
        del self._sockets[socket.serial]
        if not self._sockets:
            self._empty.set()
        session, counts = socket.session, socket.session.counts
        session.pauses.ended(self._clock())
        streamed_s, saved_s = session.pauses.seconds(self._clock())
        self._done_s = (self._done_s[0] + streamed_s, self._done_s[1] + saved_s)
        self.stats.empty_frames += counts.empty
        self.stats.odd_frames += counts.odd
        self.stats.slow_readers += socket.slow
        self.stats.broken += session.broken
        if session.state is not State.CLOSED:
            self.stats.lost += 1
            if socket.call:
                self._calls.left(socket, "lost")
            elif session.state is not State.WAITING or socket.fault:
                self._journal.failed(socket)

    def _link(self, state: LinkState, detail: str) -> None:
        self._deliver(LinkChanged(self._config.name, "", state, detail, relists=False))
