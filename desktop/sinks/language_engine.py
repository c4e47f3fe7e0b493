"""Forwards bot messages to an external language engine over HTTP, NICE Cognigy style (document E).

The document's cures for high latency are all here: only the necessary fields are sent, gzip where the engine takes it,
no blocking call, answers cached for a while. A time limit and a circuit breaker keep a sick engine from costing more
than that. Nothing that is sent, answered or keyed is ever logged.
"""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import ipaddress
import json
import ssl
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

import aiohttp
from yarl import URL

from desktop.domain.bots import EngineAnswer, EngineOutcome
from desktop.domain.errors import SettingInvalid
from desktop.protocols.circuit import COOL_DOWN_S, FAILURES, Circuit, CircuitState

MAX_ANSWER_BYTES: Final = 256 * 1024
DATA_FIELDS: Final = ("type", "botId", "intent", "language")
"""What the engine gets of a message besides its text and its conversation, if it is there and short."""
MAX_FIELD: Final = 200

ApiKey = Callable[[], Awaitable[str | None]]


@dataclass(frozen=True, slots=True)
class LanguageEngineConfig:
    """One engine. Durations in seconds."""

    url: str = field(metadata={"help": "Where to post messages: https://…; http on this machine only"})
    timeout_s: float = field(default=2.0, metadata={"help": "How long an answer may take"})
    gzip_above: int = field(default=1_024, metadata={"help": "Bodies of more bytes are compressed"})
    cache_s: float = field(default=300.0, metadata={"help": "How long an answer may be used again; 0 = never"})
    cache_size: int = field(default=512, metadata={"help": "How many answers are kept"})
    failures: int = field(default=FAILURES, metadata={"help": "Failures in a row until the engine is left alone"})
    cool_down_s: float = field(default=COOL_DOWN_S, metadata={"help": "For how long"})
    api_key_header: str = field(default="X-API-Key", metadata={"help": "Header that carries the key, if there is one"})


class HttpLanguageEngine:
    """Implements `LanguageEngine`. SettingInvalid from the constructor names the setting.

    `api_key` reads the key from where it is kept; one that was accepted is not read again until it is refused. `clock`
    in seconds, only forward. A closed engine opens again when it is asked.
    """

    def __init__(
        self,
        config: LanguageEngineConfig,
        *,
        api_key: ApiKey | None = None,
        ssl_context: ssl.SSLContext | None = None,
        proxy: str = "",
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._config = config
        self._local = check_engine_url(config.url)
        self._api_key = api_key
        self._ssl_context = ssl_context
        self._proxy = None if self._local else proxy or None  # the environment is not asked: it has netrc in it
        self._clock = clock
        self._circuit = Circuit(config.failures, config.cool_down_s)
        self._cache = _Cache(config.cache_s, config.cache_size)
        self._key: str | None = None
        self._plain = False
        self._session: aiohttp.ClientSession | None = None

    @property
    def circuit(self) -> CircuitState:
        """Whether the engine is asked at the moment."""
        return self._circuit.state(self._clock())

    async def answer(self, message: Mapping[str, object]) -> EngineAnswer:
        """One message; never raises but CancelledError. See `EngineOutcome` for what can come of it."""
        now_s = self._clock()
        key = question_key(message)
        cached = self._cache.get(key, now_s)
        if cached is not None:
            return EngineAnswer(EngineOutcome.CACHED, 0.0, cached.body)
        ticket = self._circuit.admit(now_s)
        if ticket is None:
            return EngineAnswer(EngineOutcome.SKIPPED, 0.0)
        try:
            outcome, body = await self._ask(json.dumps(engine_request(message), separators=(",", ":")).encode())
        except BaseException:
            self._circuit.abandoned(ticket)
            raise
        ended_s = self._clock()
        if outcome is EngineOutcome.ANSWERED:
            self._circuit.succeeded(ticket)
            self._cache.put(key, body, ended_s)
        else:
            self._circuit.failed(ticket, ended_s)
        return EngineAnswer(outcome, (ended_s - now_s) * 1000, body)

    async def close(self) -> None:
        """Give up the connections. `answer` opens new ones."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    async def _ask(self, data: bytes) -> tuple[EngineOutcome, object]:
        try:
            async with asyncio.timeout(self._config.timeout_s):
                compress = len(data) > self._config.gzip_above and not self._plain
                status, body = await self._post(data, compress)
                if status == 415 and compress:
                    self._plain = True  # from now on
                    status, body = await self._post(data, compress=False)
                if not 200 <= status < 300:
                    return EngineOutcome.FAILED, None
                return EngineOutcome.ANSWERED, json.loads(body) if body.strip() else None
        except TimeoutError:
            return EngineOutcome.LATE, None
        except (aiohttp.ClientError, OSError, ValueError, RecursionError):
            return EngineOutcome.FAILED, None

    async def _post(self, data: bytes, compress: bool) -> tuple[int, bytes]:
        """Status and body of one request. The key goes to this address only: redirects are not followed."""
        headers = {"Content-Type": "application/json", "Accept": "application/json", "Accept-Encoding": "gzip"}
        key = self._key
        if key is None and self._api_key is not None:
            key = await self._api_key()
        if key:
            headers[self._config.api_key_header] = key
        if compress:
            headers["Content-Encoding"] = "gzip"
            data = gzip.compress(data, compresslevel=1, mtime=0)
        async with self._open().post(
            URL(self._config.url, encoded=True), data=data, headers=headers, proxy=self._proxy, allow_redirects=False
        ) as response:
            body = bytearray()
            async for chunk in response.content.iter_any():
                body += chunk
                if len(body) > MAX_ANSWER_BYTES:
                    raise ValueError("an answer without end")
            self._key = None if response.status in (401, 403) else key
            return response.status, bytes(body)

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            connector = aiohttp.TCPConnector(ssl=self._ssl_context if self._ssl_context is not None else True)
            self._session = aiohttp.ClientSession(
                connector=connector,
                cookie_jar=aiohttp.DummyCookieJar(),
                skip_auto_headers=("User-Agent",),
                headers={"User-Agent": "Sidetone"},
            )
        return self._session


@dataclass(frozen=True, slots=True)
class _Kept:
    body: object
    until_s: float


class _Cache:
    """Answers for `life_s`, the least recently used goes first. None is an answer too, hence `_Kept`."""

    def __init__(self, life_s: float, size: int) -> None:
        self._life_s = life_s
        self._size = size if life_s > 0 else 0
        self._kept: OrderedDict[bytes, _Kept] = OrderedDict()

    def get(self, key: bytes | None, now_s: float) -> _Kept | None:
        kept = self._kept.get(key) if key is not None else None
        if key is None or kept is None:
            return None
        if now_s >= kept.until_s:
            del self._kept[key]
            return None
        self._kept.move_to_end(key)
        return kept

    def put(self, key: bytes | None, body: object, now_s: float) -> None:
        if key is None or not self._size:
            return
        self._kept[key] = _Kept(body, now_s + self._life_s)
        self._kept.move_to_end(key)
        while len(self._kept) > self._size:
            self._kept.popitem(last=False)


def engine_request(message: Mapping[str, object]) -> dict[str, object]:
    """Only the necessary fields, as Cognigy's REST endpoint names them: userId, sessionId, text, data.

    A conversation is one user's session; fields that are missing, empty or not a string are left out, and so are all
    but the text if they are too long.
    """
    conversation = _text(message, "conversationId")
    named = {"userId": conversation, "sessionId": conversation, "text": _text(message, "text", None)}
    request: dict[str, object] = {name: value for name, value in named.items() if value}
    data = {name: value for name in DATA_FIELDS if (value := _text(message, name))}
    if data:
        request["data"] = data
    return request


def question_key(message: Mapping[str, object]) -> bytes | None:
    """The same for the same question to the same bot, whoever asks; None if there is no question in it."""
    said = (_text(message, "text", None) or "").strip().casefold()
    asked = [_text(message, name) or "" for name in ("channel", "botId", "language", "intent")]
    if not said and not asked[-1]:
        return None
    return hashlib.sha256(json.dumps([*asked, said]).encode()).digest()


def _text(message: Mapping[str, object], name: str, most: int | None = MAX_FIELD) -> str | None:
    value = message.get(name)
    return value if isinstance(value, str) and value and (most is None or len(value) <= most) else None


def check_engine_url(url: str) -> bool:
    """Whether the engine is on this machine. SettingInvalid for anything but https:// (http:// on this machine)."""
    hint = "Write it like https://endpoint.example.com/…"
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        raise SettingInvalid("engine_url", "not an address", hint) from None
    if not host or parts.scheme not in ("http", "https") or parts.username or parts.fragment:
        raise SettingInvalid("engine_url", "not an address", hint)
    local = _is_loopback(host)
    if parts.scheme == "http" and not local:
        raise SettingInvalid("engine_url", "plain http would show what callers say to the network", "Use https")
    return local


def _is_loopback(host: str) -> bool:
    try:
        return host.lower() == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
