"""A client of the speech-analytics service (document D): a scripted call's sound as one mono stream, answers kept."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from urllib.parse import urlencode

import numpy as np
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from desktop.audio.opus import OpusDecoder
from desktop.protocols.speech_stream import (
    API_KEY_PARAMETER,
    BYTES_PER_MS,
    CHUNK_MS,
    DOCUMENT_MEDIA,
    Analysis,
    Close,
    Closed,
    ErrorMessage,
    Event,
    Open,
    Opened,
    OpenParameters,
    ServiceMessage,
    decode_service_message,
    encode,
    transcript_of,
)
from desktop.simulator.script import Script

ANSWER_S = 60.0
_WIRE_LOG = logging.getLogger(__name__)
_WIRE_LOG.setLevel(logging.INFO)  # below it the library tells the address, which holds the key


@dataclass(slots=True)
class Answers:
    """What the service said, in order."""

    messages: list[ServiceMessage] = field(default_factory=list)
    close_code: int | None = None

    @property
    def opened(self) -> Opened | None:
        """The answer to `open`, once it is there."""
        return next((message for message in self.messages if isinstance(message, Opened)), None)

    @property
    def closed(self) -> Closed | None:
        """The answer to `close`, once it is there."""
        return next((message for message in self.messages if isinstance(message, Closed)), None)

    @property
    def errors(self) -> list[ErrorMessage]:
        """What was refused or lost."""
        return [message for message in self.messages if isinstance(message, ErrorMessage)]

    @property
    def texts(self) -> list[str]:
        """The transcripts as they came, empty ones left out."""
        found = (transcript_of(message) for message in self.messages if isinstance(message, Event))
        return [entity.value for entity in found if entity is not None and entity.value]

    @property
    def analysis(self) -> Analysis | None:
        """The newest one."""
        newest = None
        for message in self.messages:
            if isinstance(message, Event):
                newest = message.parameters.analysis or newest
        return newest


@dataclass(frozen=True, slots=True)
class SpeechClient:
    """`url` is the service's WebSocket address without its query. `speed` 1 sends in real time, 0 as fast as it can."""

    url: str
    api_key: str = field(repr=False)
    language: str | None = None
    partials: bool = False
    speed: float = 1.0
    chunk_bytes: int = CHUNK_MS * BYTES_PER_MS

    async def stream(
        self, session_id: str, pcm: bytes, *, on_message: Callable[[ServiceMessage], None] = lambda message: None
    ) -> Answers:
        """A whole session: open, all the sound, close, everything that is answered."""
        async with self.session(session_id, on_message) as (socket, answers, ended):
            await self.send(socket, pcm)
            await socket.send(encode(Close(session_id, 2)))
            async with asyncio.timeout(ANSWER_S):
                await ended.wait()
        return answers

    async def cut(self, session_id: str, pcm: bytes) -> Answers:
        """A session whose connection breaks without a word after the sound."""
        async with self.session(session_id) as (socket, answers, _):
            await self.send(socket, pcm)
            socket.transport.abort()
        return answers

    @contextlib.asynccontextmanager
    async def session(
        self, session_id: str, on_message: Callable[[ServiceMessage], None] = lambda message: None
    ) -> AsyncIterator[tuple[ClientConnection, Answers, asyncio.Event]]:
        """The socket, what is answered, and its end; the service has answered `open`."""
        address = f"{self.url}?{urlencode({API_KEY_PARAMETER: self.api_key})}"
        answers, ready, ended = Answers(), asyncio.Event(), asyncio.Event()

        async def listen(socket: ClientConnection) -> None:
            with contextlib.suppress(ConnectionClosed):
                async for text in socket:
                    message = decode_service_message(text)
                    answers.messages.append(message)
                    on_message(message)
                    ready.set()
            answers.close_code = socket.close_code
            ready.set()
            ended.set()

        async with (
            connect(address, compression=None, proxy=None, logger=_WIRE_LOG) as socket,
            asyncio.TaskGroup() as group,
        ):
            listener = group.create_task(listen(socket), name="speech client listener")
            parameters = OpenParameters((DOCUMENT_MEDIA,), self.language, self.partials)
            await socket.send(encode(Open(session_id, parameters)))
            async with asyncio.timeout(ANSWER_S):
                await ready.wait()
            try:
                yield socket, answers, ended
            finally:
                listener.cancel()

    async def send(self, socket: ClientConnection, pcm: bytes) -> None:
        """The sound in chunks, each when it is due."""
        loop = asyncio.get_running_loop()
        started = loop.time()
        for at in range(0, len(pcm), self.chunk_bytes):
            if self.speed:
                due = started + (at + self.chunk_bytes) / BYTES_PER_MS / 1000 / self.speed
                await asyncio.sleep(max(0.0, due - loop.time()))
            await socket.send(pcm[at : at + self.chunk_bytes])


def mono_mix(script: Script) -> bytes:
    """All parties of a scripted call in one channel: PCM16, little-endian, 16 kHz."""
    channels = []
    for channel in script.channels:
        decoder = OpusDecoder()
        channels.append(np.concatenate([decoder.decode(packet) for packet in channel.packets]).astype(np.int32))
    mix = np.zeros(max(map(len, channels), default=0), np.int32)
    for samples in channels:
        mix[: len(samples)] += samples
    return np.clip(mix, -32768, 32767).astype("<i2").tobytes()
