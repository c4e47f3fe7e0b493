"""The simulated Notifications API's channels over REST and their streaming sockets."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Final

from aiohttp import WSMsgType, web

from desktop.domain.errors import PeerBrokeProtocol
from desktop.protocols.notifications import (
    CHANNELS_PATH,
    Channel,
    Topic,
    conversation_of,
    decode_client_message,
    decode_topics,
    encode_channel,
    encode_heartbeat,
    encode_pong,
    encode_result,
    encode_subscriptions,
    queue_of,
)
from desktop.protocols.operations import OPERATIONS
from desktop.simulator.notifications_channels import Channels, SimulatedChannel
from desktop.simulator.notifications_script import NotificationsScript, answer, guarded, refusal
from desktop.simulator.token_office import Grant, TokenOffice

STREAM_PATH: Final = "/channels/"
TEXT_PERMISSION: Final = "conversation:transcription:view"
QUEUE_PERMISSION: Final = "routing:queue:view"
OPERATIONS_PERMISSION: Final = "usage:events:view"


class StreamDesk:
    """`base_url` is where the platform listens."""

    def __init__(self, office: TokenOffice, channels: Channels, script: NotificationsScript) -> None:
        self.base_url = ""
        self._office = office
        self._channels = channels
        self._script = script

    def routes(self) -> Iterable[web.RouteDef]:
        """Of the part."""
        channel = CHANNELS_PATH + "/{channel}"
        return (
            web.post(CHANNELS_PATH, guarded(self._office, self._create)),
            web.head(channel, guarded(self._office, self._head)),
            web.put(channel + "/subscriptions", guarded(self._office, self._subscribe)),
            web.post(channel + "/subscriptions", guarded(self._office, self._subscribe)),
            web.get(channel + "/subscriptions", guarded(self._office, self._list)),
            web.delete(channel + "/subscriptions", guarded(self._office, self._clear)),
            web.get(STREAM_PATH + "{channel}", self._stream),
        )

    async def _create(self, request: web.Request, grant: Grant) -> web.StreamResponse:
        token = request.headers["Authorization"].partition(" ")[2].strip()
        channel = self._channels.create(grant.user or "client", token)
        if channel is None:
            return refusal(400, "notifications.channel.limit")
        expires = datetime.now(UTC) + timedelta(days=1)
        address = f"ws{self.base_url.removeprefix('http')}{STREAM_PATH}{channel.channel_id}"
        return answer(encode_channel(Channel(self._script.connect_uri or address, channel.channel_id, expires)))

    async def _head(self, request: web.Request, grant: Grant) -> web.StreamResponse:
        return answer(b"") if self._find(request) is not None else refusal(404, "not.found")

    async def _list(self, request: web.Request, grant: Grant) -> web.StreamResponse:
        channel = self._find(request)
        if channel is None:
            return refusal(404, "not.found")
        return answer(encode_subscriptions([Topic(topic) for topic in channel.topics]))

    async def _clear(self, request: web.Request, grant: Grant) -> web.StreamResponse:
        channel = self._find(request)
        if channel is None:
            return refusal(404, "not.found")
        channel.topics.clear()
        return answer(b"", 204)

    async def _subscribe(self, request: web.Request, grant: Grant) -> web.StreamResponse:
        channel = self._find(request)
        if channel is None:
            return refusal(404, "not.found")
        try:
            asked = decode_topics(await request.read())
        except PeerBrokeProtocol:
            return refusal(400, "bad.request")
        results = [self._judged(topic, grant) for topic in asked]
        if request.query.get("ignoreErrors") != "true":
            missing = {name for topic in results for name in topic.missing_permissions or ()}
            if missing:  # one refused topic, and nothing is subscribed
                return refusal(403, "missing.any.permissions", *sorted(missing))
        permitted = dict.fromkeys(topic.id for topic in results if topic.permitted)
        topics = permitted if request.method == "PUT" else {**channel.topics, **permitted}
        if not self._channels.room_for(topics):
            return refusal(400, "notifications.too.many.topics")
        channel.topics = topics
        self._channels.renew(channel)
        return answer(encode_subscriptions(results))

    def _judged(self, topic: str, grant: Grant) -> Topic:
        needs = QUEUE_PERMISSION if queue_of(topic) else TEXT_PERMISSION if conversation_of(topic) else ""
        needs = OPERATIONS_PERMISSION if topic.startswith(f"{OPERATIONS}.") else needs
        if not needs or topic in self._script.unknown:
            return Topic(topic, "Rejected", "unknown topic")
        if grant.may(needs):
            return Topic(topic, "Permitted")
        return Topic(topic, "Rejected", "missing permissions", (needs,))

    def _find(self, request: web.Request) -> SimulatedChannel | None:
        return self._channels.get(request.match_info["channel"])

    # ---- the socket

    async def _stream(self, request: web.Request) -> web.StreamResponse:
        channel = self._find(request)
        if channel is None:
            return refusal(404, "not.found")
        socket = web.WebSocketResponse(autoping=False)
        await socket.prepare(request)
        channel.dialled += 1
        channel.socket, previous = socket, channel.socket
        channel.frozen = False
        async with asyncio.TaskGroup() as group:
            if previous is not None:  # one socket per channel: the second one kicks the first
                group.create_task(self._kick(previous), name="kick")
            writer = group.create_task(self._write(channel, socket), name="notifications")
            await self._read(channel, socket)
            writer.cancel()
        if channel.socket is socket:
            channel.socket = None
        return socket

    @staticmethod
    async def _kick(socket: web.WebSocketResponse) -> None:
        await socket.close(code=1000)

    async def _read(self, channel: SimulatedChannel, socket: web.WebSocketResponse) -> None:
        async for message in socket:
            if channel.frozen:
                continue
            if message.type is WSMsgType.PING:
                await socket.pong(message.data)
            elif message.type is WSMsgType.TEXT:
                await self._said(channel, socket, message.data)

    async def _said(self, channel: SimulatedChannel, socket: web.WebSocketResponse, text: str) -> None:
        try:
            said = decode_client_message(text)
        except PeerBrokeProtocol:
            return
        if said.message == "ping":
            await socket.send_str(encode_pong())
        elif said.message == "subscribe":
            grant = self._office.grant(channel.token)
            topics = [topic for topic in said.topics or () if grant and self._judged(topic, grant).permitted]
            code = "200" if len(topics) == len(said.topics or ()) else "400"
            if code == "200":
                channel.topics |= dict.fromkeys(topics)
            await socket.send_str(encode_result(code, said.correlation_id or ""))

    async def _write(self, channel: SimulatedChannel, socket: web.WebSocketResponse) -> None:
        while channel.socket is socket and not socket.closed:
            try:
                async with asyncio.timeout(self._script.heartbeat_s):
                    text = await channel.outbox.get()
            except TimeoutError:
                text = encode_heartbeat()
            if channel.frozen:
                continue
            if channel.socket is not socket:  # kicked meanwhile: the next socket tells it
                channel.outbox.put_nowait(text)
                return
            try:
                await socket.send_str(text)
            except (ConnectionError, RuntimeError):
                return
