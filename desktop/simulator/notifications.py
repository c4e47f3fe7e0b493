"""The simulated organisation's Notifications API: channels, topics, live list, live text, joining (genesys.md 2, 3).

One Part: REST and the streaming socket on the platform's own port. Faults are in `channels` (socket_closing, revoked,
evicted, cut, frozen, repeated, late) and in the fields of `script`; 429 storms are the platform's.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable, Mapping

from aiohttp import web

from desktop.domain.facts import CallFacts
from desktop.protocols.notifications import queue_topic, transcription_topic
from desktop.protocols.operations import OfferedTopic, operation_body
from desktop.simulator.notifications_calls import SimulatedCall
from desktop.simulator.notifications_channels import ChannelLimits, Channels
from desktop.simulator.notifications_rest import OPERATIONS_TOPIC, RestDesk
from desktop.simulator.notifications_script import Floor, NotificationsScript, Ringing
from desktop.simulator.notifications_stream import StreamDesk
from desktop.simulator.script import Turn
from desktop.simulator.token_office import TokenOffice

PAST_KEPT = 500


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
        self._floor = Floor(queues=dict(queues or {}), users=dict(users or {}))
        self._stream = StreamDesk(office, self.channels, self.script)
        self._rest = RestDesk(office, self._floor, self.script)
        self._timers: set[asyncio.TimerHandle] = set()

    @property
    def ringing(self) -> list[Ringing]:
        """Supervisors' phones that were made to ring, newest last."""
        return self._rest.ringing

    @property
    def offered(self) -> list[OfferedTopic]:
        """The topics that the organisation says there are; one tells operational events of AudioHook."""
        return self._rest.offered

    @property
    def rest(self) -> RestDesk:
        """Its REST side: the catalogue of operational events can be changed there."""
        return self._rest

    def operation(self, code: str, text: str, *, conversation: str = "", topic: str = OPERATIONS_TOPIC) -> None:
        """The platform could not reach an AudioHook listener: `code` like "AUDIOHOOK-0001", `text` its description."""
        self.channels.publish(topic, operation_body(code, text, conversation=conversation, entity="audiohook-1"))

    # ---- Audience

    def appeared(self, call: str, facts: CallFacts, at_ms: int) -> None:
        """A call began, or is under way."""
        self._learn(facts)
        self._floor.calls[call] = SimulatedCall(call, facts, facts.started_at_ms or at_ms)
        self._tell(call)
        self.channels.publish(transcription_topic(call), self._floor.calls[call].status())

    def changed(self, call: str, facts: CallFacts, at_ms: int) -> None:
        """Hold, transfer, wrap-up."""
        if (known := self._floor.calls.get(call)) is not None:
            self._learn(facts)
            known.changed(facts)
            self._tell(call)

    def secure(self, call: str, on: bool) -> None:
        """A secure pause begins or ends."""
        self._floor.calls[call].private = on
        self._tell(call)

    def spoke(self, call: str, turn: Turn, at_ms: int) -> None:
        """Partials first, the final after the delay."""
        if (known := self._floor.calls.get(call)) is None:
            return
        messages = list(known.text(turn, self.script.partials))
        for nth, message in enumerate(messages, 1):
            self._later(self.script.text_delay_s * nth / len(messages), transcription_topic(call), message)

    def ended(self, call: str, at_ms: int) -> None:
        """The call is over; its last words may still come."""
        if (known := self._floor.calls.pop(call, None)) is not None:
            self._floor.past[call] = known
            if len(self._floor.past) > PAST_KEPT:
                del self._floor.past[next(iter(self._floor.past))]
            if known.facts.queue_id:
                self.channels.publish(queue_topic(known.facts.queue_id), known.body(over=True))
            self._later(self.script.text_delay_s, transcription_topic(call), known.status(ended=True))

    def _tell(self, call: str) -> None:
        known = self._floor.calls[call]
        if known.facts.queue_id:
            self.channels.publish(queue_topic(known.facts.queue_id), known.body())

    def _learn(self, facts: CallFacts) -> None:
        if facts.queue_id:
            self._floor.queues.setdefault(facts.queue_id, facts.queue_name or facts.queue_id)
        if facts.agent_id:
            self._floor.users.setdefault(facts.agent_id, facts.agent_name)

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
        return (*self._stream.routes(), *self._rest.routes())

    def moved(self, base_url: str) -> None:
        self._stream.base_url = base_url

    async def cut(self) -> None:
        self.channels.drop()

    async def close(self) -> None:
        for timer in self._timers:
            timer.cancel()
        self._timers.clear()
        self.channels.evict()
