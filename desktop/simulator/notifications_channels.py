"""The simulated Notifications API's channels: their life and limits, and what goes wrong with them."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field

from aiohttp import WSCloseCode, web

from desktop.protocols.notifications import (
    ANOTHER_CHANNEL,
    CHANNEL_LIFE_S,
    MAX_CHANNELS,
    MAX_TOPICS,
    TOKENS_REVOKED,
    encode_closing,
    encode_event,
    encode_heartbeat,
    encode_revoked,
)


@dataclass(slots=True)
class ChannelLimits:
    """As the platform has them; a test may make them smaller. Seconds on the part's clock."""

    life_s: float = CHANNEL_LIFE_S
    topics: int = MAX_TOPICS
    channels: int = MAX_CHANNELS
    refuse_beyond: int | None = None  # instead of evicting the oldest idle one: refuse with 400 from this many on


@dataclass(slots=True, eq=False)
class SimulatedChannel:
    """One channel; `queue` feeds its socket."""

    channel_id: str
    owner: str
    token: str
    renewed_at: float
    topics: dict[str, None] = field(default_factory=dict)
    socket: web.WebSocketResponse | None = None
    outbox: asyncio.Queue[str] = field(default_factory=asyncio.Queue)
    frozen: bool = False  # half open: nothing goes out, nothing is answered
    dialled: int = 0


class Channels:
    """All of them. `alive(token)` says whether the token that made a channel still counts."""

    def __init__(self, clock: Callable[[], float], alive: Callable[[str], bool], limits: ChannelLimits) -> None:
        self._clock = clock
        self._alive = alive
        self._limits = limits
        self._channels: dict[str, SimulatedChannel] = {}
        self.made = 0
        self.evicted = 0
        self.repeat_next = 0  # so many of the next events are sent twice
        self.delay_next = 0  # so many of the next events are kept back until `release`
        self._late: list[tuple[str, object]] = []

    def all(self) -> list[SimulatedChannel]:
        """Those that live."""
        return [channel for channel in tuple(self._channels.values()) if self.get(channel.channel_id) is not None]

    def create(self, owner: str, token: str) -> SimulatedChannel | None:
        """A new one; the 21st of the same user and client evicts the oldest idle one. None: refused."""
        mine = [channel for channel in self.all() if channel.owner == owner]
        if self._limits.refuse_beyond is not None and len(mine) >= self._limits.refuse_beyond:
            return None
        if len(mine) >= self._limits.channels:
            self.forget(next((channel for channel in mine if channel.socket is None), mine[0]))
            self.evicted += 1
        channel = SimulatedChannel(f"streaming-0-{secrets.token_hex(16)}", owner, token, self._clock())
        self._channels[channel.channel_id] = channel
        self.made += 1
        return channel

    def get(self, channel_id: str) -> SimulatedChannel | None:
        """None when it doesn't exist (any longer): 24 hours without a new subscription, token over, evicted."""
        channel = self._channels.get(channel_id)
        if channel is None:
            return None
        if self._clock() - channel.renewed_at > self._limits.life_s or not self._alive(channel.token):
            self.forget(channel)
            return None
        return channel

    def room_for(self, topics: dict[str, None]) -> bool:
        """Whether a channel may have these."""
        return len(topics) <= self._limits.topics

    def renew(self, channel: SimulatedChannel) -> None:
        """Subscribing renews the life."""
        channel.renewed_at = self._clock()

    def forget(self, channel: SimulatedChannel) -> None:
        """It is gone, and so is its socket."""
        self._channels.pop(channel.channel_id, None)
        _abort(channel)

    def publish(self, topic: str, body: object) -> None:
        """To every channel that subscribed it."""
        if self.delay_next > 0:
            self.delay_next -= 1
            self._late.append((topic, body))
            return
        times = 2 if self.repeat_next > 0 else 1
        self.repeat_next = max(0, self.repeat_next - 1)
        text = encode_event(topic, body, correlation_id=secrets.token_hex(8))
        for channel in self.all():
            if topic in channel.topics and channel.socket is not None:  # nobody keeps it for later
                for _ in range(times):
                    channel.outbox.put_nowait(text)

    def release(self) -> None:
        """Send what was kept back: late, and after what happened since."""
        late, self._late = self._late, []
        for topic, body in late:
            self.publish(topic, body)

    # ---- scripted faults

    def close_soon(self) -> None:
        """Maintenance: every socket is told to move."""
        self._say(lambda channel: encode_closing())

    def take(self) -> None:
        """Another channel took over: what every channel is told."""
        self._say(lambda channel: encode_revoked(channel.channel_id, ANOTHER_CHANNEL))

    def revoke(self) -> None:
        """The user's tokens were revoked: what every channel is told."""
        self._say(lambda channel: encode_revoked(channel.channel_id, TOKENS_REVOKED))

    def evict(self) -> None:
        """Every channel is forgotten, its socket cut."""
        for channel in self.all():
            self.forget(channel)

    def lose_topics(self) -> None:
        """Every channel forgets its subscriptions, silently."""
        for channel in self.all():
            channel.topics.clear()

    def freeze(self) -> None:
        """Half open: the sockets that are open now stay, and nothing passes through them."""
        for channel in self.all():
            channel.frozen = True

    def drop(self) -> None:
        """1006: every socket is cut, the channels stay."""
        for channel in self.all():
            _abort(channel)

    async def leave(self, code: int = WSCloseCode.GOING_AWAY) -> None:
        """1001, or another code, for every socket; the channels stay."""
        sockets = [channel.socket for channel in self.all() if channel.socket is not None]
        await asyncio.gather(*(socket.close(code=code) for socket in sockets))

    def beat(self) -> None:
        """The heartbeat of every 30 s."""
        self._say(lambda channel: encode_heartbeat())

    def _say(self, text: Callable[[SimulatedChannel], str]) -> None:
        for channel in self.all():
            channel.outbox.put_nowait(text(channel))


def _abort(channel: SimulatedChannel) -> None:
    socket, channel.socket = channel.socket, None
    request = getattr(socket, "_req", None)
    if request is not None and request.transport is not None:
        request.transport.abort()
