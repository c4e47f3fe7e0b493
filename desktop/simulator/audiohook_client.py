"""The platform's side of AudioHook v2: a client that dials, signs, opens, streams and judges every answer strictly.

It writes its JSON by hand, so that it can't share a mistake with the listener's grammar. No task of its own: whoever
waits (`expect`, `listen`, `play`) also answers what the server says: pause, resume, disconnect. What the server does
wrong is collected in `violations`, as the platform's own validator would find it.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import time
import uuid
from collections.abc import Mapping, Sequence
from typing import Any, Final

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from desktop.simulator.audiohook_client_dial import HONEST, USER_AGENT, Hook, Tampering, headers_of

RATE: Final = 8_000
NULL_ID: Final = "00000000-0000-0000-0000-000000000000"
STEREO: Final = {"type": "audio", "format": "PCMU", "channels": ["external", "internal"], "rate": RATE}
SWAPPED: Final = {**STEREO, "channels": ["internal", "external"]}
EXTERNAL: Final = {**STEREO, "channels": ["external"]}
INTERNAL: Final = {**STEREO, "channels": ["internal"]}
OFFERS: Final = (STEREO, EXTERNAL, INTERNAL)
PING_EVERY_S: Final = 5.0
MAX_BYTES: Final = 64_000
SERVER_TYPES: Final = {
    *("opened", "pong", "closed", "disconnect", "pause", "resume", "updated", "reconnect", "event"),
}
_DURATION: Final = re.compile(r"PT(\d*\.)?\d+S")

Message = dict[str, Any]


def duration(samples: int) -> str:
    """Un-rounded seconds."""
    return f"PT{samples / RATE:.7f}".rstrip("0").rstrip(".") + "S"


class AudioHookClient:
    """One session. `position` is in samples of the call's time line; `received` holds every text message."""

    def __init__(
        self,
        hook: Hook,
        conversation: str = "",
        *,
        session: str = "",
        media: Sequence[Mapping[str, Any]] = OFFERS,
        position: int = 0,
        continued: Sequence[Mapping[str, Any]] = (),
    ) -> None:
        self.hook = hook
        self.conversation = conversation or str(uuid.uuid4())
        self.session = session or str(uuid.uuid4())
        self.media, self.continued = list(media), list(continued)
        self.position = position
        self.channels: tuple[str, ...] = ()  # of the media that the server chose
        self.seq = self.server_seq = 0
        self.received: list[Message] = []
        self.violations: list[str] = []
        self.private = self.server_paused = self.started_paused = False
        self.missed = 0  # samples not sent since the pause began
        self.rtts: list[float] = []
        self.opened_s: float | None = None  # from sending `open` to `opened`
        self.close_code: int | None = None
        self._socket: ClientConnection | None = None
        self._pings: dict[int, float] = {}

    # the connection

    async def connect(self, tampering: Tampering = HONEST) -> None:
        """Upgrade; websockets' InvalidStatus if the server refuses."""
        await self.connect_with(headers_of(self.hook, self.session, tampering))

    async def connect_with(self, headers: Mapping[str, str]) -> None:
        """Upgrade with exactly these headers."""
        where: dict[str, Any] = {}
        if self.hook.host is not None:
            where = {"host": self.hook.host[0], "port": self.hook.host[1]}
        self._socket = await connect(
            self.hook.uri,
            additional_headers=headers,
            user_agent_header=USER_AGENT,
            ssl=self.hook.ssl_context,
            compression=None,
            ping_interval=None,
            proxy=None,
            close_timeout=2,
            max_size=MAX_BYTES,
            **where,
        )

    def vanish(self) -> None:
        """The network is gone: no goodbye of any kind."""
        if self._socket is not None:
            self._socket.transport.abort()

    async def hang_up(self) -> None:
        """Close the connection, as the client does after `closed`."""
        if self._socket is not None:
            await self._socket.close()

    # what it says

    async def open(self, **extra: Any) -> Message:
        """Say `open`, wait for `opened`; returns its parameters."""
        started = time.perf_counter()
        await self.say("open", self.open_parameters(**extra))
        opened = (await self.expect("opened"))["parameters"]
        self.opened_s = time.perf_counter() - started
        media = opened.get("media")
        self._judge(isinstance(media, list) and len(media) <= 1, "opened: media is not one offer or none")
        self._judge(all(offer in self.media for offer in media), "opened: the offer was changed")
        self.channels = tuple(media[0]["channels"]) if media else ()
        self.started_paused = self.server_paused = bool(opened.get("startPaused", False))
        if "discardTo" in opened:
            to = round(float(opened["discardTo"][2:-1]) * RATE)
            await self.discard(max(0, to - self.position))
        return dict(opened)

    def open_parameters(self, **extra: Any) -> Message:
        """Of an ordinary `open`; `extra` replaces or adds."""
        probe = self.conversation == NULL_ID
        shown = "" if probe else "+15550100"
        participant = {
            "id": NULL_ID if probe else str(uuid.uuid4()),
            "ani": shown,
            "aniName": "" if probe else "A Caller",
            "dnis": "" if probe else "+15550199",
        }
        parameters: Message = {
            "organizationId": self.hook.organization,
            "conversationId": self.conversation,
            "participant": participant,
            "media": self.media,
            "language": "en-US",
        }
        if self.continued:
            parameters["continuedSessions"] = self.continued
        return parameters | extra

    async def say(self, kind: str, parameters: Mapping[str, Any], **envelope: Any) -> None:
        """A message with the next number; `envelope` replaces or adds fields."""
        self.seq += 1
        if kind == "ping":
            self._pings[self.seq] = time.perf_counter()
        message: Message = {
            "version": "2",
            "type": kind,
            "id": self.session,
            "seq": self.seq,
            "serverseq": self.server_seq,
            "position": duration(self.position),
            "parameters": parameters,
        }
        await self.raw(json.dumps(message | envelope))

    async def raw(self, message: str | bytes) -> None:
        """Anything."""
        assert self._socket is not None
        await self._socket.send(message)

    async def sound(self, payload: bytes) -> None:
        """One binary frame."""
        await self.raw(payload)
        self.position += len(payload) // max(1, len(self.channels))

    async def ping(self) -> None:
        """With the round trip of the previous one; `pong` is checked when it comes."""
        rtt = {"rtt": f"PT{self.rtts[-1]:.9f}S"} if self.rtts else {}
        await self.say("ping", rtt)

    async def secure_pause(self) -> None:
        """The flow pauses: what is said now is private."""
        self.private = True
        await self.say("paused", {})

    async def secure_resume(self) -> None:
        """The flow goes on; sound only flows if the server doesn't pause either."""
        self.private = False
        if not self.server_paused:
            await self._resumed()

    async def discard(self, samples: int) -> None:
        """Sound that is not sent, and told so."""
        start, self.position = self.position, self.position + samples
        await self.say("discarded", {"start": duration(start), "discarded": duration(samples)})

    async def update(self, language: str) -> None:
        """Another language."""
        await self.say("update", {"language": language})
        await self.expect("updated")

    async def close(self, reason: str = "end") -> None:
        """Say `close`, wait for `closed`, close the connection."""
        await self.say("close", {"reason": reason})
        await self.expect("closed")
        await self.hang_up()

    def successor(self, replay_ms: int) -> AudioHookClient:
        """The session that goes on from this one over a new connection, the last `replay_ms` once more."""
        mine = {"id": self.session, "serverseq": self.server_seq, "clientseq": self.seq}
        position = max(0, self.position - replay_ms * RATE // 1000)
        return AudioHookClient(
            self.hook, self.conversation, media=self.media, position=position, continued=[*self.continued, mine]
        )

    # what it hears

    async def expect(self, kind: str, within_s: float = 10.0) -> Message:
        """The next message of this type; others are answered on the way. TimeoutError, ConnectionClosed."""
        async with asyncio.timeout(within_s):
            while True:
                message = await self._hear()
                if message["type"] == kind:
                    return message

    async def listen(self, seconds: float) -> None:
        """Answer the server for a while."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while True:
                    await self._hear()

    async def until_closed(self, within_s: float = 15.0) -> int | None:
        """Until the server drops the connection: the close code, None for a bare TCP end."""
        async with asyncio.timeout(within_s):
            while self.close_code is None:
                with contextlib.suppress(ConnectionClosed):
                    await self._hear()
        return self.close_code

    async def _hear(self) -> Message:
        assert self._socket is not None
        try:
            text = await self._socket.recv()
        except ConnectionClosed as closed:
            self.close_code = closed.rcvd.code if closed.rcvd is not None else 1006
            raise
        message: Message = json.loads(text)
        self._check(message, len(text))
        self.received.append(message)
        self.server_seq = message["seq"]
        await self._answer(message)
        return message

    async def _answer(self, message: Message) -> None:
        match message["type"]:
            case "pong":
                sent = self._pings.pop(message["clientseq"], None)
                self._judge(sent is not None, "pong: not the number of a ping")
                self.rtts.append(time.perf_counter() - (sent or 0.0))
            case "pause":
                self.server_paused = True
                await self.say("paused", {})
            case "resume":
                self.server_paused = False
                if not self.private:
                    await self._resumed()
            case "disconnect":
                await self.say("close", {"reason": "disconnect"})
            case _:
                pass

    async def _resumed(self) -> None:
        start, self.missed, missed = self.position, 0, self.missed
        self.position += missed
        await self.say("resumed", {"start": duration(start), "discarded": duration(missed)})

    def _check(self, message: Message, size: int) -> None:
        kind = message.get("type")
        self._judge(message.get("version") == "2", f"{kind}: version")
        self._judge(kind in SERVER_TYPES, f"{kind}: no such type")
        self._judge(message.get("id") == self.session, f"{kind}: id")
        self._judge(message.get("seq") == self.server_seq + 1, f"{kind}: seq")
        self._judge(0 <= message.get("clientseq", -1) <= self.seq, f"{kind}: clientseq")
        self._judge(isinstance(message.get("parameters"), dict), f"{kind}: parameters are mandatory")
        self._judge(size <= MAX_BYTES, f"{kind}: too large")
        told = message.get("parameters", {}).get("discardTo", "PT0S")
        self._judge(_DURATION.fullmatch(told) is not None, f"{kind}: discardTo")

    def _judge(self, good: bool, what: str) -> None:
        if not good:
            self.violations.append(what)
