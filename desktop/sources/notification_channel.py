"""The one manager of an organisation's notification channels: whoever wants topics shares it (genesys.md section 2).

A channel takes 1,000 topics, so more are opened as needed; a user and OAuth client may have 20, so nobody opens one of
their own. The first listener's task does the work for all of them; when it leaves, the next one takes over.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from desktop.domain.errors import Rejected, SidetoneError, SignInNeeded, Throttled, Unreachable
from desktop.domain.events import LinkState
from desktop.domain.finding import Finding, Level
from desktop.domain.ports import AccessToken
from desktop.protocols.notifications import MAX_TOPICS, Event
from desktop.sources.genesys_channel import ChannelLife, ChannelState
from desktop.sources.genesys_listener import Audience, Listener, first_of
from desktop.sources.genesys_room import TOPICS, TRY_AGAIN_S, Room
from desktop.sources.genesys_socket import Dialler
from desktop.sources.rest import Refused, RestClient

RENEW_AFTER_S: Final = 23 * 3600.0
CHANNELS_AT_MOST: Final = 4
"""Of the 20 that all programs of the same user and client share."""
SETTLE_EVERY_S: Final = 1.0
SWEEP_EVERY_S: Final = 15.0


class ChannelManager(Audience):
    """Share one among all that use the same organisation and sign-in."""

    def __init__(
        self,
        rest: RestClient,
        token: AccessToken,
        dialler: Dialler,
        *,
        max_topics: int = MAX_TOPICS,
        max_channels: int = CHANNELS_AT_MOST,
        renew_after_s: float = RENEW_AFTER_S,
        settle_every_s: float = SETTLE_EVERY_S,
        sweep_every_s: float = SWEEP_EVERY_S,
        again_after_s: float = TRY_AGAIN_S,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        super().__init__()
        self._rest = rest
        self._token = token
        self._dialler = dialler
        self._max_topics = max_topics
        self._room = Room(max_channels, again_after_s)
        self._renew_after_s = renew_after_s
        self._settle_every_s = settle_every_s
        self._sweep_every_s = sweep_every_s
        self._sleep = sleep
        self._jitter = jitter
        self._wanted: dict[str, list[Listener]] = {}
        self._home: dict[str, ChannelLife] = {}
        self._channels: list[ChannelLife] = []
        self._group: asyncio.TaskGroup | None = None
        self._lived: set[ChannelLife] = set()  # those that were live once: since then their loss is the link's
        self._missed = True  # something may have been told while nobody heard
        self._lead = asyncio.Lock()
        self._changed = asyncio.Event()

    @property
    def channels(self) -> int:
        """How many there are now."""
        return len(self._channels)

    def want(self, listener: Listener, topic: str) -> bool:
        """Hear this from now on. False: there is no room for another topic."""
        wanting = self._wanted.get(topic)
        if wanting is not None:
            if listener not in wanting:
                wanting.append(listener)
            return True
        channel = self._with_room()
        if channel is None:
            return False
        self._wanted[topic] = [listener]
        self._home[topic] = channel
        channel.topics[topic] = None
        self._changed.set()
        return True

    def drop(self, listener: Listener, topic: str) -> None:
        """Not any longer."""
        wanting = self._wanted.get(topic, [])
        if listener in wanting:
            wanting.remove(listener)
            if not wanting:
                del self._wanted[topic]
                self._home.pop(topic).topics.pop(topic, None)

    def hurry(self) -> None:
        """Somebody doesn't want to wait for the next attempt."""
        for channel in self._channels:
            channel.hurry()

    def release(self, listener: Listener) -> None:
        """Drop everything that it wants."""
        for topic in [topic for topic, wanting in self._wanted.items() if listener in wanting]:
            self.drop(listener, topic)

    async def run(self, listener: Listener) -> None:
        """Serve `listener` until cancelled; its topics are dropped then. Rejected, SignInNeeded: a person must act."""
        self._listeners.append(listener)
        try:
            if self._lead.locked() and self._all_live():
                listener.on_link(LinkState.LIVE)
            async with self._lead:
                await self._work()
        finally:
            self._listeners.remove(listener)
            self.release(listener)

    async def _work(self) -> None:
        if not self._channels:
            self._with_room()
        try:
            async with asyncio.TaskGroup() as group:
                self._group = group
                for channel in self._channels:
                    self._start(channel)
                group.create_task(self._settle(), name="topics")
                group.create_task(self._watch_token(), name="token watch")
        except BaseExceptionGroup as problems:
            raise first_of(problems) from None
        finally:
            self._group = None
            self._missed = True

    # ---- channels

    def _with_room(self) -> ChannelLife | None:
        for channel in self._channels:
            if len(channel.topics) < channel.capacity:
                return channel
        if len(self._channels) >= self._room.channels:
            return None
        channel = ChannelLife(
            self._rest,
            self._token,
            self._dialler,
            self,
            capacity=self._max_topics,
            renew_after_s=self._renew_after_s,
            sleep=self._sleep,
            jitter=self._jitter,
        )
        self._channels.append(channel)
        self._start(channel)
        return channel

    def _start(self, channel: ChannelLife) -> None:
        if self._group is not None:
            self._group.create_task(self._run(channel), name="channel")

    async def _run(self, channel: ChannelLife) -> None:
        """A further channel that is refused costs its own topics; the first one costs the link."""
        try:
            await channel.run()
        except SignInNeeded:
            raise
        except Rejected as problem:
            if channel is self._channels[0]:
                raise
            self._channels.remove(channel)
            self._lived.discard(channel)
            self._found(self._room.channel_refused(len(self._channels), problem, _now()))
            self._rehouse(channel, tuple(channel.topics))

    def _hope_anew(self) -> None:
        """Let `want` find out whether the platform takes more by now."""
        self._room.forget()
        for channel in self._channels:
            channel.capacity = self._max_topics

    def _rehouse(self, channel: ChannelLife, topics: Sequence[str]) -> None:
        """Find another channel for these, or tell that there is none."""
        homeless = []
        for topic in topics:
            channel.topics.pop(topic, None)
            listeners = self._wanted.pop(topic, [])
            self._home.pop(topic, None)
            housed = [self.want(listener, topic) for listener in listeners]
            if not all(housed):
                homeless.append(topic)
        for listener in tuple(self._listeners):
            if homeless:
                listener.on_no_room(homeless)

    async def _settle(self) -> None:
        """Tell the platform which topics are wanted: new ones soon, unwanted ones now and then."""
        while True:
            sweep = False
            try:
                async with asyncio.timeout(self._sweep_every_s):
                    await self._changed.wait()
            except TimeoutError:
                sweep = True
            await self._sleep(self._settle_every_s)
            if self._room.due(_now()):
                self._hope_anew()
            self._changed.clear()
            for channel in tuple(self._channels):
                await self._settle_one(channel, sweep)

    async def _settle_one(self, channel: ChannelLife, sweep: bool) -> None:
        before = channel.capacity
        try:
            await channel.settle(removals=sweep)
        except SignInNeeded:
            raise
        except Refused as problem:
            if channel.capacity < before:
                self._found(self._room.topics_refused(channel.capacity, problem, _now()))
                self._rehouse(channel, tuple(channel.topics)[channel.capacity :])
            else:
                self._found(Finding(TOPICS, Level.WARN, str(problem), "The topics are asked for again later."))
        except Throttled as problem:
            self._changed.set()
            await self._sleep(problem.after_s)
        except Unreachable:
            self._changed.set()
            await self._sleep(self._settle_every_s)
        except SidetoneError as problem:
            self.on_complaint(str(problem))

    async def _watch_token(self) -> None:
        """A channel dies with the token that made it: be on a new one before."""
        while True:
            await self._token.renewed()
            with contextlib.suppress(Throttled, Unreachable):
                await self._token(refresh=False)
            for channel in self._channels:
                channel.move()
            await asyncio.sleep(0)

    # ---- what channels tell

    def on_state(self, channel: ChannelLife, detail: str = "", retry_in_s: float | None = None) -> None:
        """One state for all: live when every channel is. A further channel's first steps are not the link's."""
        counts = self._counts(channel)
        self._missed |= counts and channel.state is not ChannelState.LIVE
        match channel.state:
            case ChannelState.LIVE:
                came_back = bool(self._lived)
                self._lived.add(channel)
                if channel is not self._channels[0] and (news := self._room.channel_given()) is not None:
                    self._found(news)
                if self._missed and self._all_live():
                    self._missed = False
                    if came_back:
                        self._hope_anew()
                    self._link(LinkState.LIVE)
            case ChannelState.WAITING if counts:
                self._link(LinkState.RETRYING, detail, retry_in_s)
            case ChannelState.CONNECTING if counts:
                self._link(LinkState.CONNECTING)
            case _:
                pass

    def _counts(self, channel: ChannelLife) -> bool:
        return channel is self._channels[0] or channel in self._lived

    def _all_live(self) -> bool:
        return bool(self._channels) and all(c.state is ChannelState.LIVE for c in self._channels if self._counts(c))

    def on_event(self, event: Event) -> None:
        for listener in tuple(self._wanted.get(event.topic, ())):
            listener.on_event(event)


def _now() -> float:
    return asyncio.get_running_loop().time()
