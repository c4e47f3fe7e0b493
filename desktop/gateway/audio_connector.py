"""The Audio Connector interface that consoles dial (document A sections 1, 2 and 4), one port for everything.

    GET /api/v2/audioconnector/connections             Bearer token -> {uri, connectionId, region, expiresIn}
    GET /api/v2/audioconnector/connections?token=...   WebSocket upgrade, with the one-time token of that uri
    GET /api/v2/conversations/{id}                     Bearer token -> the look-up of edge case 2

Whoever has calls (the simulator, a listener) publishes them here; every attached console gets what it subscribed to.
All methods belong to the loop that `start` ran on. Publishing never waits: each console has its own bounded outbox.
"""

from __future__ import annotations

import asyncio
import hmac
import secrets
import ssl
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from aiohttp import web

from desktop.domain.events import PauseReason
from desktop.domain.media import Party
from desktop.gateway.config import GatewayConfig, GatewayStats, InteractionInfo
from desktop.gateway.console import Console, LiveInteraction
from desktop.gateway.outbox import Outbox
from desktop.gateway.passes import Passes
from desktop.gateway.replies import error_reply
from desktop.protocols.audio_connector import DISCOVERY_PATH, Discovery, InteractionEnded, InteractionPaused, encode
from desktop.protocols.audio_frame import MAX_ID_BYTES, AudioFrame, pack, split
from desktop.protocols.conversation import CONVERSATION_PATH, encode_conversation


@dataclass(frozen=True, slots=True)
class _Denial:
    status: int
    retry_after_s: float | None


class AudioConnectorGateway:
    """Serves any number of consoles. `clock` in seconds, monotonic (expiry of connection tokens)."""

    def __init__(
        self,
        config: GatewayConfig,
        *,
        ssl_context: ssl.SSLContext | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        if not config.access_token:
            raise ValueError("access_token: empty, everybody would be let in")
        self._config = config
        self._ssl_context = ssl_context
        self._passes = Passes(config.token_life_s, clock)
        self._floor: dict[str, LiveInteraction] = {}
        self._consoles: set[Console] = set()
        self._denials: list[_Denial] = []
        self._subscribed = asyncio.Event()
        self._runner: web.AppRunner | None = None
        self.stats = GatewayStats()

    @property
    def consoles(self) -> int:
        """Attached now."""
        return len(self._consoles)

    @property
    def subscriptions(self) -> int:
        """Held now, over all consoles."""
        return sum(console.subscriptions for console in self._consoles)

    @property
    def frames_dropped(self) -> int:
        """Frames that slow consoles did not get."""
        return self.stats.frames_dropped + sum(console.frames_dropped for console in self._consoles)

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> str:
        """Listen; returns the REST base, e.g. "http://127.0.0.1:43127". Port 0 takes a free one."""
        if self._runner is not None:
            raise RuntimeError("the gateway is already listening")
        app = web.Application()
        app.add_routes(self.routes())
        # no access log: request lines hold connection tokens
        runner = web.AppRunner(app, access_log=None, handle_signals=False, shutdown_timeout=2.0)
        await runner.setup()
        self._runner = runner
        try:
            await web.TCPSite(runner, host, port, ssl_context=self._ssl_context).start()
        except BaseException:
            await self.close()
            raise
        bound = runner.addresses[0]
        shown = f"[{bound[0]}]" if ":" in bound[0] else bound[0]
        return f"{'http' if self._ssl_context is None else 'https'}://{shown}:{bound[1]}"

    def routes(self) -> Iterable[web.RouteDef]:
        """To be served beside others on one port, instead of `start`."""
        return (
            web.get(DISCOVERY_PATH, self._connections, allow_head=False),
            web.get(CONVERSATION_PATH + "{id}", self._conversation, allow_head=False),
        )

    async def close(self) -> None:
        """Send consoles away (1001) and stop listening. May be called twice."""
        runner, self._runner = self._runner, None
        await self.drop_connections(1001)
        if runner is not None:
            await runner.cleanup()
        self._floor.clear()

    async def subscribed(self) -> None:
        """Wait until some console is subscribed."""
        await self._subscribed.wait()

    # publishing

    def announce(
        self, interaction: InteractionInfo, *, withhold_metadata: bool = False, hide_from_lookup: bool = False
    ) -> None:
        """An interaction began. `withhold_metadata`: no `interaction` message until `reveal` (late metadata)."""
        if not 1 <= len(interaction.interaction_id.encode()) <= MAX_ID_BYTES:
            raise ValueError(f"interaction_id: 1 to {MAX_ID_BYTES} bytes")
        live = LiveInteraction(interaction.interaction_id, interaction.facts, withhold_metadata, hide_from_lookup)
        self._floor[interaction.interaction_id] = live
        self._changed(live)

    def update(self, interaction: InteractionInfo) -> None:
        """Something about a live interaction changed: agent, queue, state, disposition. KeyError if it isn't live."""
        live = self._floor[interaction.interaction_id]
        live.facts = interaction.facts
        self._changed(live)

    def reveal(self, interaction_id: str) -> None:
        """Send the metadata that was withheld. KeyError if it isn't live."""
        live = self._floor[interaction_id]
        live.withheld = live.hidden = False
        self._changed(live)

    def send_frame(
        self,
        interaction_id: str,
        party: Party,
        seq: int,
        capture_ms: int,
        payload: bytes,
        *,
        max_message_bytes: int | None = None,
    ) -> None:
        """One Opus packet; `seq` per (interaction, party), `capture_ms` since the Unix epoch.

        `max_message_bytes` fragments this one frame, where the configuration does not say so for all.
        """
        live = self._floor.get(interaction_id)
        if live is None or PauseReason.PRIVACY.value in live.pauses:
            self.stats.stray_frames += 1
            return
        self.stats.frames_published += 1
        frame = AudioFrame(interaction_id, party, seq, capture_ms, payload)
        limit = max_message_bytes or self._config.max_message_bytes
        parts = (pack(frame),) if limit is None else tuple(split(frame, limit))
        for console in self._consoles:
            console.frame(interaction_id, parts)

    def send_raw(self, message: bytes) -> None:
        """A binary message as it is to every subscribed console: bare Opus packets, or faults."""
        for console in self._consoles:
            console.anything(message)

    def pause(self, interaction_id: str, paused: bool, why: PauseReason) -> None:
        """Its sound is paused on purpose, or goes on. Does nothing if it isn't live."""
        live = self._floor.get(interaction_id)
        if live is None:
            return
        message = InteractionPaused(interaction_id, paused, why.value)
        live.pauses.pop(why.value, None)
        if paused:
            live.pauses[why.value] = message
        for console in self._consoles:
            console.interaction_paused(interaction_id, message)

    def watched(self, interaction_id: str) -> bool:
        """Whether any console hears this interaction."""
        return any(console.watches(interaction_id) for console in self._consoles)

    def end(self, interaction_id: str, reason: str = "", disposition: str = "") -> None:
        """The interaction is over. Does nothing if it isn't live."""
        if self._floor.pop(interaction_id, None) is not None:
            message = InteractionEnded(interaction_id, reason or None, disposition or None)
            for console in self._consoles:
                console.interaction_ended(interaction_id, message)

    def _changed(self, live: LiveInteraction) -> None:
        for console in self._consoles:
            console.interaction_changed(live)

    # faults on demand

    async def drop_connections(self, code: int | None = None) -> None:
        """End every console's connection with this close code, or (None) cut it without a goodbye."""
        if code is None:
            for console in self._consoles:
                console.abort()
            return
        async with asyncio.TaskGroup() as group:
            for console in self._consoles:
                group.create_task(console.close(code), name="console goodbye")

    def deny_discovery(self, status: int, retry_after: float | None = None, times: int = 1) -> None:
        """Answer the next `times` discoveries with this error status."""
        self._denials += [_Denial(status, retry_after)] * times

    # serving

    async def _connections(self, request: web.Request) -> web.StreamResponse:
        if request.headers.get("Upgrade", "").lower() == "websocket":
            return await self._stream(request)
        return self._discover(request)

    def _discover(self, request: web.Request) -> web.Response:
        self.stats.discoveries += 1
        if self._denials:
            self.stats.discoveries_denied += 1
            denial = self._denials.pop(0)
            return error_reply(denial.status, denial.retry_after_s)
        if not self._bears_token(request):
            self.stats.discoveries_denied += 1
            return error_reply(401)
        token = self._passes.issue()
        if token is None:
            return error_reply(429, retry_after_s=5)
        secure = self._config.secure(request) if self._config.secure else self._ssl_context is not None
        base = self._config.public_url or f"{'wss' if secure else 'ws'}://{request.host}"
        reply = Discovery(
            uri=f"{base}{DISCOVERY_PATH}?token={token}",
            connection_id=f"conn-{secrets.token_hex(8)}",
            region=self._config.region,
            expires_in=int(self._config.token_life_s),
        )
        return web.Response(text=encode(reply), content_type="application/json")

    async def _conversation(self, request: web.Request) -> web.Response:
        if not self._bears_token(request):
            return error_reply(401)
        live = self._floor.get(request.match_info["id"])
        if live is None or live.hidden:
            return error_reply(404)
        body = encode_conversation(live.interaction_id, live.facts)
        return web.Response(body=body, content_type="application/json")

    def _bears_token(self, request: web.Request) -> bool:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        given, accepts = token.strip(), self._config.accepts
        right = hmac.compare_digest(given.encode("utf-8", "replace"), self._config.access_token.encode())
        return scheme.lower() == "bearer" and (right or (accepts is not None and accepts(given)))

    async def _stream(self, request: web.Request) -> web.StreamResponse:
        if not self._passes.redeem(request.query.get("token", "")):
            self.stats.upgrades_refused += 1
            return error_reply(401)
        if len(self._consoles) >= self._config.max_consoles:
            self.stats.upgrades_refused += 1
            return error_reply(503, retry_after_s=30)
        socket = web.WebSocketResponse(
            heartbeat=self._config.heartbeat_s, compress=False, max_msg_size=64 * 1024, timeout=2.0
        )
        await socket.prepare(request)
        outbox = Outbox(self._config.max_queued_frames, self._config.max_queued_messages)
        transport = request.transport
        if transport is None:  # gone within the upgrade
            return socket
        console = Console(
            socket, self._floor, outbox, self._config.max_subscriptions, self._count_subscriptions, transport.abort
        )
        self._consoles.add(console)
        self.stats.connections += 1
        try:
            await console.serve()
        finally:
            self._consoles.discard(console)
            self.stats.frames_dropped += console.frames_dropped
            self._count_subscriptions()
        return socket

    def _count_subscriptions(self) -> None:
        if self.subscriptions:
            self._subscribed.set()
        else:
            self._subscribed.clear()
