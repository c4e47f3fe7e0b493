"""Plays the platform's real-time analytics socket (document B), with everything that may be wrong with it.

Checks the bearer token, takes the subscription with its filters and fields, answers heartbeats and tells what happens
on the floor. Like the real thing it lists no calls that began before the subscription. `Analysis` says what the
platform is able to score, `AnalyticsFaults` what goes wrong; both may be changed at any moment.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec
from aiohttp import WSMsgType, web

from desktop.domain.errors import PeerBrokeProtocol
from desktop.domain.facts import CallFacts
from desktop.protocols.analytics import (
    ANALYTICS_PATH,
    MIN_HEARTBEAT_S,
    PERMISSION,
    EventRequest,
    Heartbeat,
    Subscribe,
    decode_client_message,
    error_message,
    heartbeat_message,
    subscribed_message,
)
from desktop.protocols.analytics_event import event_body, label_of
from desktop.simulator.analytics_faults import Analysis, AnalyticsFaults
from desktop.simulator.script import Turn
from desktop.simulator.token_office import TokenOffice

__all__ = ["Analysis", "AnalyticsFaults", "AnalyticsPart"]

MAX_WAITING: Final = 1_000
"""Messages that wait for a slow console; beyond it the oldest is dropped."""
IDLE_S: Final = 60.0
"""How long a console that asked for no heartbeat is borne; one that did, for three of them."""

Sentiment = tuple[float | None, str | None] | None


@dataclass(slots=True, eq=False)
class _Console:
    """One connection."""

    token: str
    request: web.Request
    socket: web.WebSocketResponse
    waiting: asyncio.Queue[str] = field(default_factory=lambda: asyncio.Queue(MAX_WAITING))
    wants: tuple[EventRequest, ...] = ()
    frozen: bool = False
    over: asyncio.Event = field(default_factory=asyncio.Event)

    def put(self, text: str) -> None:
        if self.waiting.full():
            self.waiting.get_nowait()
        self.waiting.put_nowait(text)


@dataclass(slots=True)
class _Scored:
    """What was scored of one call so far."""

    facts: CallFacts
    scores: int = 0
    last: Sentiment = None
    state: str = "connected"


class AnalyticsPart:
    """A `Part` of the simulated platform. `requests`, `beats` and `connections` tell what consoles did."""

    def __init__(
        self, office: TokenOffice, analysis: Analysis | None = None, faults: AnalyticsFaults | None = None
    ) -> None:
        self.office = office
        self.analysis = analysis or Analysis()
        self.faults = faults or AnalyticsFaults()
        self.requests: list[Subscribe] = []
        self.beats = 0
        self.connections = 0
        self._consoles: set[_Console] = set()
        self._calls: dict[str, _Scored] = {}
        self._timers: set[asyncio.TimerHandle] = set()
        self._told = 0

    @property
    def open_now(self) -> int:
        """Consoles that are connected."""
        return len(self._consoles)

    def routes(self) -> Iterable[web.RouteDef]:
        return [web.get(ANALYTICS_PATH, self._serve)]

    def moved(self, base_url: str) -> None:
        """It hands out no addresses."""

    async def cut(self) -> None:
        """1006: every connection's TCP is gone without a goodbye."""
        for console in list(self._consoles):
            console.over.set()
            if console.request.transport is not None:
                console.request.transport.abort()

    async def dismiss(self, code: int = 1001, reason: str = "going away") -> None:
        """Close every connection with a goodbye."""
        for console in list(self._consoles):
            console.over.set()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(1.0):
                    await console.socket.close(code=code, message=reason.encode())

    def freeze(self) -> None:
        """Half-open: neither read nor write, nor close, whoever is connected now."""
        for console in self._consoles:
            console.frozen = True
            if isinstance(console.request.transport, asyncio.Transport):
                console.request.transport.pause_reading()

    async def close(self) -> None:
        for timer in self._timers:
            timer.cancel()
        self._timers.clear()
        await self.cut()

    def appeared(self, call: str, facts: CallFacts, at_ms: int) -> None:
        self._calls[call] = _Scored(facts)
        self._tell(call, facts, "connected", at_ms, None)

    def changed(self, call: str, facts: CallFacts, at_ms: int) -> None:
        known = self._calls.setdefault(call, _Scored(facts))
        known.facts, known.state = facts, facts.stage.value
        self._tell(call, facts, known.state, at_ms, None)

    def spoke(self, call: str, turn: Turn, at_ms: int) -> None:
        """A turn without a score of its own tells nothing."""
        known = self._calls.get(call)
        if known is None or turn.score is None:
            return
        known.scores += 1
        known.last = self._sentiment(known, turn.score)
        self._tell(call, known.facts, known.state, at_ms, known.last)

    def ended(self, call: str, at_ms: int) -> None:
        known = self._calls.pop(call, None)
        if known is None:
            return
        self._tell(call, known.facts, "ended", at_ms, None)
        wait_s = self.faults.late_score_s
        if wait_s is not None and known.last is not None:
            self._later(wait_s, call, known, at_ms + round(wait_s * 1000))

    def tell(self, text: str) -> None:
        """Anything at all, to every console."""
        for console in self._consoles:
            console.put(text)

    def _later(self, wait_s: float, call: str, known: _Scored, at_ms: int) -> None:
        def arrive() -> None:
            self._timers.discard(timer)
            self._tell(call, known.facts, "ended", at_ms, known.last)

        timer = asyncio.get_running_loop().call_later(wait_s, arrive)
        self._timers.add(timer)

    def _sentiment(self, known: _Scored, score: float) -> Sentiment:
        analysis = self.analysis
        if not analysis.licensed or not analysis.analyses.get(known.facts.queue_id, True):
            return None, None
        if analysis.masked_after is not None and known.scores > analysis.masked_after:
            return None, None
        if known.facts.queue_id in analysis.wrong_language:
            score = 0.0
        return score, label_of(score)

    def _tell(self, call: str, facts: CallFacts, state: str, at_ms: int, sentiment: Sentiment) -> None:
        self._told += 1
        for console in self._consoles:
            wanted = next((want for want in console.wants if _admits(want, facts)), None)
            if wanted is None:
                continue
            body = event_body(
                call,
                facts,
                state,
                sentiment=sentiment,
                fields=wanted.fields,
                at_ms=at_ms,
                event_id=f"event-{self._told}",
            )
            for _ in range(1 + self.faults.duplicates):
                console.put(msgspec.json.encode(body).decode())

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        if not self.faults.offered:
            return _denied(404, "not.found")
        header = request.headers.get("Authorization")
        grant = self.office.bearer(header)
        if grant is None:
            return _denied(401, "bad.credentials")
        if not grant.may(PERMISSION):
            return _denied(403, "missing.any.permissions")
        self.connections += 1
        socket = web.WebSocketResponse(max_msg_size=256 * 1024)
        await socket.prepare(request)
        console = _Console((header or "").partition(" ")[2].strip(), request, socket)
        self._consoles.add(console)
        try:
            async with asyncio.TaskGroup() as console_group:
                speaking = console_group.create_task(self._speak(console), name="analytics console")
                await self._listen(console)
                speaking.cancel()
        finally:
            self._consoles.discard(console)
        return socket

    async def _listen(self, console: _Console) -> None:
        """Until the console leaves, is inactive for too long, or the platform lets go of it."""
        patience_s = IDLE_S
        while not console.socket.closed:
            try:
                message = await console.socket.receive(timeout=patience_s)
            except TimeoutError:
                if console.frozen:
                    await console.over.wait()
                    return
                await console.socket.close(code=1001, message=b"inactive")
                return
            if message.type is not WSMsgType.TEXT:
                if message.type in (WSMsgType.BINARY, WSMsgType.PING, WSMsgType.PONG):
                    continue
                return
            patience_s = self._heard(console, message.data, patience_s)

    def _heard(self, console: _Console, text: str, patience_s: float) -> float:
        try:
            message: Any = decode_client_message(text)
        except PeerBrokeProtocol as problem:
            console.put(error_message(400, str(problem)))
            return patience_s
        if isinstance(message, Heartbeat):
            self.beats += 1
            if self.faults.answers_heartbeats:
                console.put(heartbeat_message())
        elif isinstance(message, Subscribe):
            self.requests.append(message)
            if message.heartbeat is not None and message.heartbeat < MIN_HEARTBEAT_S:
                console.put(error_message(429, "the heartbeat is too frequent", 30))
                return patience_s
            console.wants = message.events
            if self.faults.confirms:
                console.put(subscribed_message())
            return IDLE_S if message.heartbeat is None else message.heartbeat * 3.0
        return patience_s

    async def _speak(self, console: _Console) -> None:
        with contextlib.suppress(ConnectionError):
            while True:
                text = await console.waiting.get()
                if console.frozen:
                    return
                if self.office.grant(console.token) is None:
                    beat = text == heartbeat_message() and self.faults.beats_after_expiry
                    if self.faults.silent_after_expiry and not beat:
                        continue
                    text = text if beat else error_message(401, "the token has expired")
                await console.socket.send_str(text)


def _admits(want: EventRequest, facts: CallFacts) -> bool:
    filters = want.filters
    return (
        want.type == "conversation"
        and filters.queue_id in (None, facts.queue_id)
        and filters.agent_id in (None, facts.agent_id)
    )


def _denied(status: int, code: str) -> web.Response:
    return web.json_response({"status": status, "code": code, "message": "refused"}, status=status)
