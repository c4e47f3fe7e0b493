"""The simulated platform's sender of document C: posts scripted calls as Opus or PCMU, by the packet or streamed.

It behaves as edge case 1 says of the platform: sound that isn't taken waits, and what is 500 ms late is dropped. A 401
makes it ask for a newer token and send the same chunk again on the same connection (edge case 3).
"""

from __future__ import annotations

import asyncio
import ssl
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Final, Self

import aiohttp
import numpy as np
import numpy.typing as npt
from yarl import URL

from desktop.audio.g711 import linear
from desktop.audio.ogg import write_packets
from desktop.audio.opus import OpusDecoder
from desktop.domain.media import Codec, Party
from desktop.gateway.ingest_cipher import PayloadCipher
from desktop.protocols.ingest import BACKLOG_MS, IngestHead, MediaType, Packing, head_headers
from desktop.simulator.script import Channel, Script

USER_AGENT: Final = "GenesysCloud-AudioHook-Client"
PCMU_CHUNK_MS: Final = 100
_CODES: Final = np.arange(256, dtype=np.uint8)
_BY_VALUE: Final = _CODES[np.argsort(linear(_CODES.tobytes()), kind="stable")]
_VALUES: Final = linear(_BY_VALUE.tobytes()).astype(np.int32)
_EDGES: Final = (_VALUES[1:] + _VALUES[:-1]) // 2


@dataclass(slots=True)
class SenderCounts:
    """What became of the chunks."""

    sent: int = 0
    dropped: int = 0  # 500 ms late
    answers: Counter[int] = field(default_factory=Counter)  # by status
    round_trips_ms: list[float] = field(default_factory=list)
    refreshes: int = 0


def mu_law(samples: npt.NDArray[np.int16]) -> bytes:
    """G.711 mu-law, the nearest code of each sample."""
    return _BY_VALUE[np.searchsorted(_EDGES, samples.astype(np.int32))].tobytes()


def as_pcmu(channel: Channel) -> bytes:
    """A scripted channel as 8 kHz mu-law."""
    decoder = OpusDecoder()
    wide = np.concatenate([decoder.decode(packet) for packet in channel.packets])
    pairs = wide[: wide.size // 2 * 2].reshape(-1, 2).astype(np.int32)
    return mu_law((pairs.sum(axis=1) // 2).astype(np.int16))


class IngestClient:
    """`async with` it. `token(refresh)` gives the bearer token, None for none; `url` is the hook's destinationUrl."""

    def __init__(
        self,
        url: str,
        *,
        codec: Codec = Codec.OPUS,
        ssl_context: ssl.SSLContext | None = None,
        token: Callable[[bool], str] | None = None,
        encryption_key: str = "",
        wall_clock: Callable[[], float] = time.time,
    ) -> None:
        self._url = URL(url)
        self._media = MediaType(codec, Packing.BARE)
        self._ssl_context = ssl_context
        self._token = token
        self._cipher = PayloadCipher(encryption_key) if encryption_key else None
        self._wall_clock = wall_clock
        self._session: aiohttp.ClientSession | None = None
        self.counts = SenderCounts()

    async def __aenter__(self) -> Self:
        connector = aiohttp.TCPConnector(ssl=self._ssl_context if self._ssl_context is not None else True)
        self._session = aiohttp.ClientSession(connector=connector, headers={"User-Agent": USER_AGENT})
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, where: TracebackType | None
    ) -> None:
        if self._session is not None:
            await self._session.close()

    async def send(self, head: IngestHead, payload: bytes) -> tuple[int, float]:
        """One chunk; the status and how long to wait before the next (Retry-After, s)."""
        body = payload if self._cipher is None else self._cipher.seal(payload)
        self.counts.sent += 1
        began = time.perf_counter()
        status, wait_s = await self._request(head, body, refresh=False)
        if status == 401 and self._token is not None:
            self.counts.refreshes += 1
            status, wait_s = await self._request(head, body, refresh=True)
        self.counts.round_trips_ms.append((time.perf_counter() - began) * 1000)
        return status, wait_s

    async def play(self, script: Script, call: str, *, speed: float = 1.0, streamed: bool = False) -> None:
        """The whole call in real time, or `speed` times as fast, both channels at once."""
        async with asyncio.TaskGroup() as group:
            for channel in script.channels:
                way = self._stream(channel, call, speed) if streamed else self._post_all(channel, call, speed)
                group.create_task(way, name=f"post {channel.party.value}")

    async def _post_all(self, channel: Channel, call: str, speed: float) -> None:
        loop = asyncio.get_running_loop()
        began, at_ms = loop.time(), 0.0
        for seq, (payload, ms) in enumerate(self._chunks(channel)):
            due = began + at_ms / 1000 / speed
            at_ms += ms
            await asyncio.sleep(max(0.0, due - loop.time()))
            while True:
                if (loop.time() - due) * 1000 * speed > BACKLOG_MS + ms:
                    self.counts.dropped += 1
                    break
                status, wait_s = await self.send(self._head(call, channel.party, seq), payload)
                if status != 429:
                    break
                await asyncio.sleep(wait_s / speed)

    async def _stream(self, channel: Channel, call: str, speed: float) -> None:
        head = self._head(call, channel.party, None)
        pieces = self._pieces(channel)

        async def body() -> AsyncIterator[bytes]:
            for piece, ms in pieces:
                yield piece
                await asyncio.sleep(ms / 1000 / speed)

        await self._request(head, body(), refresh=False)

    def _chunks(self, channel: Channel) -> list[tuple[bytes, float]]:
        if self._media.codec is Codec.OPUS:
            return [(packet, channel.frame_ms) for packet in channel.packets]
        sound, size = as_pcmu(channel), PCMU_CHUNK_MS * 8
        return [(sound[at : at + size], len(sound[at : at + size]) / 8) for at in range(0, len(sound), size)]

    def _pieces(self, channel: Channel) -> list[tuple[bytes, float]]:
        """A stream's body, cut at no particular place."""
        if self._media.codec is Codec.PCMU:
            return self._chunks(channel)
        ogg = write_packets(channel.packets)
        count = max(1, round(len(channel.packets) * channel.frame_ms / PCMU_CHUNK_MS))
        size = -(-len(ogg) // count)
        return [(ogg[at : at + size], PCMU_CHUNK_MS) for at in range(0, len(ogg), size)]

    def _head(self, call: str, party: Party, seq: int | None) -> IngestHead:
        return IngestHead(self._media, call, party, seq, round(self._wall_clock() * 1000))

    async def _request(
        self, head: IngestHead, body: bytes | AsyncIterator[bytes], *, refresh: bool
    ) -> tuple[int, float]:
        assert self._session is not None, "use it with `async with`"
        headers = head_headers(head)
        if self._token is not None:
            headers["Authorization"] = f"Bearer {self._token(refresh)}"
        async with self._session.post(self._url, data=body, headers=headers) as response:
            await response.read()
            self.counts.answers[response.status] += 1
            return response.status, float(response.headers.get("Retry-After", "0"))
