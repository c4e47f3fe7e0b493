"""One attached console: its subscriptions, what is in their scope, and the socket that carries it."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, assert_never

from aiohttp import WSMsgType, web

from desktop.domain.errors import PeerBrokeProtocol, SettingInvalid
from desktop.domain.events import OUT_OF_SCOPE
from desktop.domain.facts import CallFacts
from desktop.gateway.outbox import Outbox
from desktop.protocols.audio_connector import (
    ErrorMessage,
    EventMessage,
    InteractionEnded,
    InteractionPaused,
    Modified,
    Modify,
    Subscribe,
    Subscribed,
    UnknownMessage,
    Unsubscribe,
    Unsubscribed,
    decode_client_message,
    encode,
    interaction_message,
)
from desktop.protocols.audio_subscription import AudioSubscription, Filters, check_subscription

CLOSE_TIMEOUT_S: Final = 2.0


@dataclass(slots=True)
class LiveInteraction:
    """An interaction as the gateway knows it. `withheld`: its metadata isn't sent yet; `hidden`: REST denies it too."""

    interaction_id: str
    facts: CallFacts
    withheld: bool
    hidden: bool
    pauses: dict[str, InteractionPaused] = field(default_factory=dict)  # by reason; several may hold at once


class Console:
    """Sound and metadata of every interaction that at least one subscription of this connection admits, once."""

    def __init__(
        self,
        socket: web.WebSocketResponse,
        floor: Mapping[str, LiveInteraction],
        outbox: Outbox,
        max_subscriptions: int,
        on_subscriptions: Callable[[], None],
        cut: Callable[[], None],
    ) -> None:
        self._socket = socket
        self._floor = floor
        self._outbox = outbox
        self._max_subscriptions = max_subscriptions
        self._on_subscriptions = on_subscriptions
        self._cut = cut
        self._subscriptions: dict[str, Filters] = {}
        self._in_scope: set[str] = set()

    @property
    def subscriptions(self) -> int:
        return len(self._subscriptions)

    @property
    def frames_dropped(self) -> int:
        """Whole frames that this console was too slow for."""
        return self._outbox.frames_dropped

    async def serve(self) -> None:
        """Until the connection ends."""
        async with asyncio.TaskGroup() as group:
            writer = group.create_task(self._write(), name="console writer")
            try:
                await self._read()
            finally:
                writer.cancel()

    async def close(self, code: int) -> None:
        """Say goodbye within a bound; a console that doesn't answer is cut off."""
        try:
            async with asyncio.timeout(CLOSE_TIMEOUT_S):
                await self._socket.close(code=code)
        except TimeoutError:
            self.abort()

    def abort(self) -> None:
        """Cut the connection without a goodbye, as a failing network does."""
        self._cut()

    # what the gateway tells every console

    def interaction_changed(self, interaction: LiveInteraction) -> None:
        """It appeared, or something about it changed; it may come into scope or leave it."""
        call = interaction.interaction_id
        admitted = any(filters.admits(call, interaction.facts) for filters in self._subscriptions.values())
        if admitted:
            self._in_scope.add(call)
            if not interaction.withheld:
                self._say(interaction_message(call, interaction.facts))
            for pause in interaction.pauses.values():
                self._say(pause)
        elif call in self._in_scope:
            self.interaction_ended(call, InteractionEnded(call, OUT_OF_SCOPE))

    def interaction_paused(self, call: str, message: InteractionPaused) -> None:
        """Tell it if this console knows the interaction."""
        if call in self._in_scope:
            self._say(message)

    def watches(self, call: str) -> bool:
        """Whether a subscription of this connection admits the interaction."""
        return call in self._in_scope

    def interaction_ended(self, call: str, message: InteractionEnded) -> None:
        """Tell it if this console knew the interaction."""
        if call in self._in_scope:
            self._in_scope.discard(call)
            self._say(message)

    def frame(self, call: str, parts: tuple[bytes, ...]) -> None:
        """One frame's messages of an interaction."""
        if call in self._in_scope:
            self._outbox.put_frame(parts)

    def anything(self, message: bytes) -> None:
        """A binary message as it is, if this console is subscribed at all (fault injection)."""
        if self._subscriptions:
            self._outbox.put_frame((message,))

    # the socket

    async def _write(self) -> None:
        try:
            while True:
                item = await self._outbox.take()
                if isinstance(item, str):
                    await self._socket.send_str(item)
                else:
                    for part in item:
                        await self._socket.send_bytes(part)
        except ConnectionError:
            return  # the reader sees the end as well

    async def _read(self) -> None:
        async for message in self._socket:
            if message.type is WSMsgType.TEXT:
                self._heard(message.data)
            elif message.type is WSMsgType.BINARY:
                self._say(ErrorMessage("message.invalid", "message: consoles send text messages only"))

    def _heard(self, text: str) -> None:
        try:
            message = decode_client_message(text)
        except PeerBrokeProtocol as problem:
            self._say(ErrorMessage("message.invalid", str(problem)))
            return
        match message:
            case Subscribe(subscription):
                self._subscribe(subscription)
            case Modify(subscription_id, subscription):
                self._modify(subscription_id, subscription)
            case Unsubscribe(subscription_id):
                self._unsubscribe(subscription_id)
            case UnknownMessage():
                self._say(ErrorMessage("message.unknown", "message: its type is not known - at `$.type`"))
            case _:
                assert_never(message)

    def _subscribe(self, subscription: AudioSubscription) -> None:
        if len(self._subscriptions) >= self._max_subscriptions:
            limit = self._max_subscriptions
            self._say(ErrorMessage("subscription.limit", f"at most {limit} subscriptions per connection", limit=limit))
        elif self._acceptable(subscription, None):
            subscription_id = f"sub-{secrets.token_hex(8)}"
            self._say(Subscribed(subscription_id, "active"))
            self._subscriptions[subscription_id] = subscription.filters
            self._rescope()

    def _modify(self, subscription_id: str, subscription: AudioSubscription) -> None:
        if self._known(subscription_id) and self._acceptable(subscription, subscription_id):
            self._say(Modified(subscription_id, "active"))
            self._subscriptions[subscription_id] = subscription.filters
            self._rescope()

    def _unsubscribe(self, subscription_id: str) -> None:
        if self._known(subscription_id):
            del self._subscriptions[subscription_id]
            self._rescope()
            self._say(Unsubscribed(subscription_id))

    def _known(self, subscription_id: str) -> bool:
        if subscription_id in self._subscriptions:
            return True
        self._say(ErrorMessage("subscription.unknown", "this connection has no such subscription", subscription_id))
        return False

    def _acceptable(self, subscription: AudioSubscription, subscription_id: str | None) -> bool:
        try:
            check_subscription(subscription)
        except SettingInvalid as problem:
            self._say(ErrorMessage("subscription.rejected", str(problem), subscription_id))
            return False
        return True

    def _rescope(self) -> None:
        """Subscriptions changed: tell what came into scope and what left it."""
        self._on_subscriptions()
        known = frozenset(self._in_scope)
        for interaction in self._floor.values():
            call = interaction.interaction_id
            if call not in known or not any(f.admits(call, interaction.facts) for f in self._subscriptions.values()):
                self.interaction_changed(interaction)

    def _say(self, message: EventMessage) -> None:
        self._outbox.put_message(encode(message))
        if self._outbox.overflown:
            self.abort()
