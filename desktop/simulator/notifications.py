"""The simulated organisation's Notifications API: channels, topics, live list, live text, joining (genesys.md 2, 3).

One Part: REST and the streaming socket on the platform's own port. Faults are in `channels` (socket_closing, revoked,
evicted, cut, frozen, repeated, late) and in the fields of `NotificationsScript`; 429 storms are the platform's.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

from aiohttp import WSMsgType, web

from desktop.domain.errors import PeerBrokeProtocol
from desktop.domain.facts import CallFacts
from desktop.protocols.activity import ACTIVITY_PATH, ACTIVITY_PERMISSION, decode_query, encode_activity
from desktop.protocols.entity_pages import encode_page
from desktop.protocols.notifications import (
    CHANNELS_PATH,
    Channel,
    Topic,
    conversation_of,
    decode_client_message,
    decode_topics,
    encode_channel,
    encode_pong,
    encode_result,
    encode_subscriptions,
    queue_of,
    queue_topic,
    transcription_topic,
)
from desktop.protocols.platform_errors import MISSING_PERMISSIONS, encode_error
from desktop.simulator.notifications_calls import SimulatedCall
from desktop.simulator.notifications_channels import ChannelLimits, Channels, SimulatedChannel
from desktop.simulator.script import Turn
from desktop.simulator.token_office import Grant, TokenOffice

STREAM_PATH: Final = "/channels/"
TEXT_PERMISSION: Final = "conversation:transcription:view"
QUEUE_PERMISSION: Final = "routing:queue:view"
_CALL: Final = "/api/v2/conversations/calls/{call}/participants/{participant}/{how:monitor|coach|barge}"


@dataclass(slots=True)
class NotificationsScript:
    """What the part does from now on; change it while it runs."""

    heartbeat_s: float = 30.0
    text_delay_s: float = 0.3  # from the end of a turn to its final words
    partials: int = 2
    station: bool = True  # False: the supervisor has chosen no phone
    truncated: bool = False  # the activity query leaves calls out
    member_of: tuple[str, ...] | None = None  # the queues of routing/queues/me; None: all of them
    connect_uri: str = ""  # instead of its own


@dataclass(frozen=True, slots=True)
class Ringing:
    """A supervisor's phone that was made to ring."""

    user: str
    call: str
    participant: str
    how: str


@dataclass(slots=True)
class _Live:
    calls: dict[str, SimulatedCall] = field(default_factory=dict)
    queues: dict[str, str] = field(default_factory=dict)
    users: dict[str, str] = field(default_factory=dict)


class NotificationsPart:
    """Implements `Part`. `clock` in seconds, only forward (channels' life); `queues` and `users`: id -> name.

    Queues and agents of calls that appear are added by themselves.
    """

    def __init__(
        self,
        office: TokenOffice,
        *,
        queues: Mapping[str, str] | None = None,
        users: Mapping[str, str] | None = None,
        script: NotificationsScript | None = None,
        limits: ChannelLimits | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.script = script or NotificationsScript()
        self.channels = Channels(clock, lambda token: office.grant(token) is not None, limits or ChannelLimits())
        self.ringing: list[Ringing] = []
        self.requests: list[str] = []  # "POST /api/v2/...", newest last
        self._office = office
        self._live = _Live(queues=dict(queues or {}), users=dict(users or {}))
        self._base_url = ""
        self._timers: set[asyncio.TimerHandle] = set()

    # ---- Audience

    def appeared(self, call: str, facts: CallFacts, at_ms: int) -> None:
        """A call began, or is under way."""
        self._learn(facts)
        self._live.calls[call] = SimulatedCall(call, facts, facts.started_at_ms or at_ms)
        self._tell(call)
        self.channels.publish(transcription_topic(call), self._live.calls[call].status())

    def changed(self, call: str, facts: CallFacts, at_ms: int) -> None:
        """Hold, transfer, wrap-up."""
        if (known := self._live.calls.get(call)) is not None:
            self._learn(facts)
            known.changed(facts)
            self._tell(call)

    def secure(self, call: str, on: bool) -> None:
        """A secure pause begins or ends."""
        self._live.calls[call].private = on
        self._tell(call)

    def spoke(self, call: str, turn: Turn, at_ms: int) -> None:
        """Partials first, the final after the delay."""
        if (known := self._live.calls.get(call)) is None:
            return
        messages = list(known.text(turn, self.script.partials))
        for nth, message in enumerate(messages, 1):
            self._later(self.script.text_delay_s * nth / len(messages), transcription_topic(call), message)

    def ended(self, call: str, at_ms: int) -> None:
        """The call is over; its last words may still come."""
        if (known := self._live.calls.pop(call, None)) is not None:
            if known.facts.queue_id:
                self.channels.publish(queue_topic(known.facts.queue_id), known.body(over=True))
            self._later(self.script.text_delay_s, transcription_topic(call), known.status(ended=True))

    def _tell(self, call: str) -> None:
        known = self._live.calls[call]
        if known.facts.queue_id:
            self.channels.publish(queue_topic(known.facts.queue_id), known.body())

    def _learn(self, facts: CallFacts) -> None:
        if facts.queue_id:
            self._live.queues.setdefault(facts.queue_id, facts.queue_name or facts.queue_id)
        if facts.agent_id:
            self._live.users.setdefault(facts.agent_id, facts.agent_name)

    def _later(self, after_s: float, topic: str, body: object) -> None:
        def tell() -> None:
            self._timers.discard(timer)
            self.channels.publish(topic, body)

        if after_s <= 0:
            self.channels.publish(topic, body)
            return
        timer = asyncio.get_running_loop().call_later(after_s, tell)
        self._timers.add(timer)

    # ---- Part

    def routes(self) -> Iterable[web.RouteDef]:
        channel = CHANNELS_PATH + "/{channel}"
        return (
            web.post(CHANNELS_PATH, self._with_grant(self._create)),
            web.head(channel, self._with_grant(self._head)),
            web.put(channel + "/subscriptions", self._with_grant(self._subscribe)),
            web.post(channel + "/subscriptions", self._with_grant(self._subscribe)),
            web.get(channel + "/subscriptions", self._with_grant(self._subscriptions)),
            web.delete(channel + "/subscriptions", self._with_grant(self._unsubscribe)),
            web.get(STREAM_PATH + "{channel}", self._stream),
            web.post(ACTIVITY_PATH, self._with_grant(self._activity)),
            web.get("/api/v2/routing/queues", self._with_grant(self._queues)),
            web.get("/api/v2/routing/queues/me", self._with_grant(self._my_queues)),
            web.get("/api/v2/users", self._with_grant(self._users)),
            web.get("/api/v2/conversations/{call}", self._with_grant(self._conversation)),
            web.post(_CALL, self._with_grant(self._join)),
        )

    def moved(self, base_url: str) -> None:
        self._base_url = base_url

    async def cut(self) -> None:
        self.channels.drop()

    async def close(self) -> None:
        for timer in self._timers:
            timer.cancel()
        self._timers.clear()
        self.channels.evict()
