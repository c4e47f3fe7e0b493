"""The speech-analytics service (document D, service side): a WebSocket path of the gateway's one port.

    GET <path>?x-api-key=KEY[&language=en]      WebSocket upgrade, one session per connection

    401 without a key that is known, 426 without an upgrade, 503 when it is full or shutting down.

The whole request line is a secret: serve it without an access log.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from aiohttp import web

from desktop.domain.media import Party
from desktop.domain.speech import Segment, Trace
from desktop.gateway.results import ResultsFolder
from desktop.gateway.results_row import Judgement
from desktop.gateway.speech_service_config import Ears, SpeechServiceConfig, SpeechServiceStats
from desktop.gateway.speech_service_mouth import CLOSE_TIMEOUT_S
from desktop.gateway.speech_service_session import SHUT_DOWN, Means, SpeechSession
from desktop.gateway.speech_service_words import MakeAnalyst, Redact
from desktop.protocols.speech_stream import API_KEY_PARAMETER, LANGUAGE_PARAMETER

RETRY_AFTER_S: Final = "30"
SHORTEST_KEY: Final = 16


class SpeechService:
    """Any of `api_keys` lets in. `results_folder` is made when needed and used by this process alone."""

    def __init__(
        self,
        config: SpeechServiceConfig,
        api_keys: Sequence[str],
        ears: Ears,
        results_folder: Path,
        *,
        make_analyst: MakeAnalyst,
        redact: Redact,
    ) -> None:
        if not api_keys or any(len(key) < SHORTEST_KEY for key in api_keys):
            raise ValueError(f"api_keys: at least one, each of {SHORTEST_KEY} or more characters")
        self._config = config
        self._keys = [_digest(key) for key in api_keys]
        self._make_analyst = make_analyst
        self._sessions: set[SpeechSession] = set()
        self._places_taken = 0
        self._empty = asyncio.Event()
        self._closing = False
        self.stats = SpeechServiceStats()
        self._results = ResultsFolder(
            results_folder,
            retention_days=config.retention_days,
            max_mb=config.max_results_mb,
            judge=self._judge,
        )
        self._means = Means(config, ears, make_analyst, redact, self._results, self.stats)

    def routes(self) -> Iterable[web.RouteDef]:
        """What to mount."""
        return (web.get(self._config.path, self._connect, allow_head=False),)

    @property
    def sessions(self) -> int:
        """Connected now."""
        return len(self._sessions)

    async def start(self) -> None:
        """Complete what a crash left on disk. OSError when the folder can't be used."""
        await asyncio.to_thread(self._results.tidy)

    async def close(self) -> None:
        """Let nobody in any more; finish every session, its results included, within a bound. May be called twice."""
        self._closing = True
        for session in tuple(self._sessions):
            session.end(SHUT_DOWN)
        if self._places_taken:
            try:
                async with asyncio.timeout(self._config.finish_timeout_s + 2 * CLOSE_TIMEOUT_S):
                    await self._empty.wait()
            except TimeoutError:
                for session in tuple(self._sessions):
                    session.abort()

    async def _connect(self, request: web.Request) -> web.StreamResponse:
        if not self._knows(request.query.getall(API_KEY_PARAMETER, [])):
            self.stats.keys_refused += 1
            return _refusal(401, f"The API key is missing or not known. Pass it in the address: ?{API_KEY_PARAMETER}=…")
        if request.headers.get("Upgrade", "").lower() != "websocket":
            return _refusal(426, "This is a WebSocket address.", {"Upgrade": "websocket"})
        if self._closing or self._places_taken >= self._config.max_sessions:
            self.stats.sessions_refused += 1
            return _refusal(503, "The service takes no more sessions now.", {"Retry-After": RETRY_AFTER_S})
        self._places_taken += 1
        self._empty.clear()
        try:
            return await self._serve(request)
        finally:
            self._places_taken -= 1
            if not self._places_taken:
                self._empty.set()

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        socket = web.WebSocketResponse(
            compress=False,
            max_msg_size=self._config.max_message_bytes,
            timeout=CLOSE_TIMEOUT_S,
        )
        await socket.prepare(request)
        transport = request.transport
        if transport is None:  # gone within the upgrade
            return socket
        session = SpeechSession(socket, transport, request.query.get(LANGUAGE_PARAMETER, ""), self._means)
        self._sessions.add(session)
        if self._closing:
            session.end(SHUT_DOWN)
        try:
            await session.serve()
        finally:
            self._sessions.discard(session)
        return socket

    def _knows(self, offered: Sequence[str]) -> bool:
        """Takes as long for any key, known or not."""
        digest = _digest(offered[0] if len(offered) == 1 else "")
        matches = [hmac.compare_digest(digest, key) for key in self._keys]
        return any(matches)

    def _judge(self, texts: Sequence[str]) -> Judgement | None:
        analyst = self._make_analyst()
        for number, text in enumerate(texts):
            analyst.hear(Segment("", Party.MIXED, number, 0, text, 0, 0, True, "", 0.0, (), Trace()))
        return analyst.analysis()


def _digest(key: str) -> bytes:
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).digest()


def _refusal(status: int, message: str, headers: dict[str, str] | None = None) -> web.Response:
    return web.json_response({"status": status, "message": message}, status=status, headers=headers)
