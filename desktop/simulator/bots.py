"""The simulated platform's bot side (document E), and the language engine behind it, with every fault of the document.

    GET  /api/v2/websocket                 the bot-events socket: Bearer header or ?token=, then `subscribe`
    GET  /api/v2/integrations/bots/{id}    a bot's health as the document asks for it
    GET  /api/v2/integrations/{id}         the same as Genesys Cloud answers it
    POST /nlp                              a language engine, as slow and as broken as `engine` says

What a customer says on the simulated floor arrives as an `intent` event on every subscribed socket.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter, deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from aiohttp import WSCloseCode, WSMsgType, web

from desktop.domain.errors import PeerBrokeProtocol
from desktop.domain.facts import CallFacts
from desktop.domain.media import Party
from desktop.protocols.bot_events import (
    BOT_PATH,
    DEFAULT_CHANNEL,
    INTEGRATION_PATH,
    SOCKET_PATH,
    ErrorMessage,
    Intent,
    Subscribe,
    Subscribed,
    decode_client_message,
    encode,
)
from desktop.simulator.bot_engine import SimulatedEngine
from desktop.simulator.script import Turn
from desktop.simulator.token_office import TokenOffice

ENGINE_PATH: Final = "/nlp"
MOST_WAITING: Final = 1_000
"""Messages that wait for one socket; the oldest goes."""


@dataclass(slots=True, eq=False)
class _Console:
    """One socket that is open."""

    request: web.Request
    socket: web.WebSocketResponse
    outgoing: asyncio.Queue[str | bytes | int] = field(default_factory=lambda: asyncio.Queue(MOST_WAITING))
    subscription: Subscribe | None = None

    def send(self, message: str | bytes | int) -> None:
        """A number closes with that code."""
        if self.outgoing.full():
            self.outgoing.get_nowait()
        self.outgoing.put_nowait(message)


class BotsPart:
    """A `Part` of the simulated platform.

    `bots`: id to "enabled", "disabled" or "gone"; change it while it runs. `offers_socket` and `offers_documents` False
    make it answer 404 as Genesys Cloud does, `offers_integrations` False as a platform of the documents does.
    `tick_s`: every so many seconds each socket gets an event by itself. `confirms`: `subscribe` is answered.
    """

    def __init__(
        self,
        office: TokenOffice,
        *,
        bots: Sequence[str] = ("bot-1",),
        tick_s: float | None = None,
        offers_socket: bool = True,
        offers_documents: bool = True,
        offers_integrations: bool = True,
        confirms: bool = True,
    ) -> None:
        self.bots = dict.fromkeys(bots, "enabled")
        self.engine = SimulatedEngine()
        self.offers_socket = offers_socket
        self.offers_documents = offers_documents
        self.offers_integrations = offers_integrations
        self.health_asked: Counter[str] = Counter()  # by path
        self.subscriptions: list[Subscribe] = []
        self.upgrades = 0
        self.refused_upgrades = 0
        self.said: list[object] = []  # what consoles sent besides subscriptions
        self._office = office
        self._tick_s = tick_s
        self._confirms = confirms
        self._consoles: set[_Console] = set()
        self._refusals: deque[tuple[int, dict[str, str]]] = deque()
        self._health_refusals: deque[tuple[int, dict[str, str]]] = deque()
        self._events = 0

    @property
    def connected(self) -> int:
        """Open sockets."""
        return len(self._consoles)

    @property
    def subscribed(self) -> int:
        """Open sockets that hear a channel."""
        return sum(console.subscription is not None for console in self._consoles)

    def routes(self) -> Iterable[web.RouteDef]:
        return (
            web.get(SOCKET_PATH, self._serve),
            web.get(BOT_PATH + "{bot}", self._bot),
            web.get(INTEGRATION_PATH + "{bot}", self._integration),
            web.post(ENGINE_PATH, self.engine.serve),
        )

    def moved(self, base_url: str) -> None:
        """It hands out no addresses."""

    async def cut(self) -> None:
        """Every line dies without a goodbye (1006)."""
        for console in self._consoles:
            _abort(console)

    async def close(self) -> None:
        self.engine.close()
        await self.cut()

    # what happens on the floor

    def appeared(self, call: str, facts: CallFacts, at_ms: int) -> None:
        """Bots hear of nobody who doesn't speak."""

    def changed(self, call: str, facts: CallFacts, at_ms: int) -> None:
        """Nor of agents."""

    def ended(self, call: str, at_ms: int) -> None:
        """Nor of the end."""

    def spoke(self, call: str, turn: Turn, at_ms: int) -> None:
        """What a customer says goes to the first bot that is enabled."""
        bot = next((bot for bot, state in self.bots.items() if state == "enabled"), None)
        if turn.party is Party.CUSTOMER and bot is not None:
            self._events += 1
            self.send(encode(Intent(call, bot, turn.text, id=f"event-{self._events}", timestamp=at_ms)))

    # faults

    def send(self, message: str | bytes) -> None:
        """To every subscribed socket, as it is: invalid JSON, a huge message."""
        for console in self._consoles:
            if console.subscription is not None:
                console.send(message)

    def say_goodbye(self, code: int = WSCloseCode.GOING_AWAY) -> None:
        """Close every socket with `code` (1001: maintenance)."""
        for console in self._consoles:
            console.send(int(code))

    def freeze(self) -> None:
        """The lines stay open and nothing comes or goes, pongs included: half-open sockets."""
        for console in self._consoles:
            if console.request.transport is not None:
                console.request.transport.pause_reading()
            console.subscription = None

    def refuse_upgrades(self, status: int, times: int = 1, headers: dict[str, str] | None = None) -> None:
        """Answer the next upgrades with `status`."""
        self._refusals.extend([(status, headers or {})] * times)

    def refuse_health(self, status: int, times: int = 1, headers: dict[str, str] | None = None) -> None:
        """Answer the next health requests with `status` (429)."""
        self._health_refusals.extend([(status, headers or {})] * times)

    # serving

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        self.upgrades += 1
        status, headers = self._refusals.popleft() if self._refusals else (self._upgrade_status(request), {})
        if status != 101:
            self.refused_upgrades += 1
            return web.json_response({"status": status}, status=status, headers=headers)
        socket = web.WebSocketResponse(timeout=0.2, max_msg_size=64 * 1024)
        await socket.prepare(request)
        console = _Console(request, socket)
        self._consoles.add(console)
        try:
            async with asyncio.TaskGroup() as group:
                speaking = group.create_task(self._speak(console), name="bot socket: speaking")
                await self._listen(console)
                speaking.cancel()
        finally:
            self._consoles.discard(console)
        return socket

    def _upgrade_status(self, request: web.Request) -> int:
        if not self.offers_socket:
            return 404
        token = request.query.get("token")
        grant = self._office.grant(token) if token else self._office.bearer(request.headers.get("Authorization"))
        return 101 if grant is not None else 401

    async def _listen(self, console: _Console) -> None:
        async for message in console.socket:
            if message.type is not WSMsgType.TEXT:
                continue
            try:
                subscribe = decode_client_message(message.data)
            except PeerBrokeProtocol:
                console.send(encode(ErrorMessage("400", "not understood")))
                continue
            if subscribe is None:
                self.said.append(message.data)
                continue
            self.subscriptions.append(subscribe)
            console.subscription = subscribe
            if self._confirms:
                console.send(encode(Subscribed(subscribe.channel, subscribe.id)))

    async def _speak(self, console: _Console) -> None:
        with contextlib.suppress(ConnectionError):
            while True:
                message: str | bytes | int | None = None
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(self._tick_s):
                        message = await console.outgoing.get()
                match message:
                    case None if console.subscription is not None:
                        self._events += 1
                        tick = {"type": "tick", "channel": DEFAULT_CHANNEL, "id": f"event-{self._events}"}
                        await console.socket.send_json(tick)
                    case str():
                        await console.socket.send_str(message)
                    case bytes():
                        await console.socket.send_bytes(message)
                    case int():
                        await console.socket.close(code=message)
                        return

    async def _bot(self, request: web.Request) -> web.Response:
        return self._health(request, self.offers_documents, lambda state: {"enabled": state == "enabled"})

    async def _integration(self, request: web.Request) -> web.Response:
        def body(state: str) -> dict[str, object]:
            on = state == "enabled"
            return {
                "intendedState": "ENABLED" if on else "DISABLED",
                "reportedState": {"code": "ACTIVE" if on else "INACTIVE", "effective": "Active" if on else "Inactive"},
            }

        return self._health(request, self.offers_integrations, body)

    def _health(self, request: web.Request, offered: bool, body: Callable[[str], dict[str, object]]) -> web.Response:
        self.health_asked[request.path] += 1
        if self._health_refusals:
            status, headers = self._health_refusals.popleft()
            return web.json_response({"status": status}, status=status, headers=headers)
        if self._office.bearer(request.headers.get("Authorization")) is None:
            return web.json_response({"code": "bad.credentials", "status": 401}, status=401)
        state = self.bots.get(request.match_info["bot"], "gone")
        if not offered or state == "gone":
            return web.json_response({"code": "not.found", "status": 404}, status=404)
        return web.json_response({"id": request.match_info["bot"], "name": "A bot", **body(state)})


def _abort(console: _Console) -> None:
    transport = console.request.transport
    if isinstance(transport, asyncio.WriteTransport):
        transport.abort()
