"""Takes an analytics socket's messages apart and hands over what they mean (document B sections 2 and 3).

It lives as long as `run` does, so that calls, duplicates and late events are known over reconnects.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Collection
from typing import Final, assert_never

from websockets.asyncio.client import ClientConnection

from desktop.domain.errors import PeerBrokeProtocol, Rejected, Throttled, Unreachable
from desktop.domain.events import Complaint, LinkFound, PeerComplaint
from desktop.domain.ports import Deliver
from desktop.protocols.analytics import (
    PERMISSION,
    Events,
    Heartbeat,
    Refusal,
    Subscribed,
    Unknown,
    decode_server_message,
)
from desktop.sources.analytics_calls import AnalyticsCalls
from desktop.sources.analytics_dial import Renew
from desktop.sources.analytics_fields import FieldCheck
from desktop.sources.analytics_upkeep import Echoes, may_ask
from desktop.sources.rest import DEFAULT_RETRY_AFTER_S

MOST_PATIENCE: Final = 16


class Lost(Unreachable):
    """The connection is gone; `renew` says what to do about the token before the next one."""

    def __init__(self, message: str, renew: Renew = Renew.NO) -> None:
        super().__init__(message)
        self.renew = renew


class AnalyticsInbox:
    """`link` names the connection in events; `fields` are those of its subscription; `calls` as known before."""

    def __init__(
        self,
        link: str,
        fields: Collection[str],
        deliver: Deliver,
        clock: Callable[[], float],
        calls: AnalyticsCalls | None = None,
    ) -> None:
        self._link = link
        self._deliver = deliver
        self._clock = clock
        self._fields = FieldCheck(fields)
        self.calls = AnalyticsCalls(link, self._fields.asks_score) if calls is None else calls
        self.echoes = Echoes()
        self.heard_at = 0.0
        self.beats_answered = False  # a platform that answers heartbeats and falls silent has a reason
        self.patience = 1  # how many times the usual silence is borne; grows while mere quiet can explain it
        self.told_at = 0.0  # the last conversation event
        self.quiet_patience = 1  # the same for a platform that answers heartbeats, but tells nothing of live calls
        self._slowest_ms = 0.0
        self._standing: weakref.WeakSet[ClientConnection] = weakref.WeakSet()
        self._unaskable = ""

    def opened(self) -> None:
        """A new connection is live."""
        self.told_at = self._clock()
        self._deliver(LinkFound(self._link, self._fields.asked()))

    def take(self, socket: ClientConnection, text: str | bytes, settling: bool = False) -> None:
        """One message; until the socket's subscription stands, an error is about that. `settling`: it is not live yet.

        Lost, Throttled, Rejected: what an error message of the platform means.
        """
        began = self._clock()
        self.heard_at = began
        if not settling:
            self.patience = 1
        try:
            message = decode_server_message(text)
        except PeerBrokeProtocol as problem:
            self._complain(Complaint.BAD_MESSAGE, str(problem))
            return
        match message:
            case Events():
                self._standing.add(socket)
                self.told_at, self.quiet_patience = began, 1
                if not self.echoes.repeats(socket, text, began):
                    self._tell(message, began)
            case Heartbeat():
                self.beats_answered = True
            case Refusal():
                self._refused(message, self.stands(socket))
            case Subscribed():
                self._standing.add(socket)
            case Unknown():
                pass
            case _:  # pragma: no cover - the type checker proves it
                assert_never(message)
        self._slowest_ms = max(self._slowest_ms, (self._clock() - began) * 1000)

    def stands(self, socket: ClientConnection) -> bool:
        """Whether its subscription was confirmed, be it by an event."""
        return socket in self._standing

    def asked(self, refusal: Rejected | None) -> None:
        """Somebody was asked whether a call is still live, and refused to tell; None: told."""
        why = "" if refusal is None else str(refusal)
        if why != self._unaskable:
            self._unaskable = why
            self._deliver(LinkFound(self._link, may_ask(refusal)))

    def silent(self) -> bool:
        """Nothing was heard for too long; whether that can't be mere quiet. Unknown, it is borne longer next time."""
        if not self.beats_answered:
            self.patience = min(self.patience * 2, MOST_PATIENCE)
        return self.beats_answered

    def eventless(self) -> None:
        """Heartbeats are answered, but nothing was told of the live calls for too long."""
        self.quiet_patience = min(self.quiet_patience * 2, MOST_PATIENCE)
        self.told_at = self._clock()
        self.calls.doubt()

    def slowest_ms(self) -> float:
        """The longest time that a message took since the last question."""
        slowest, self._slowest_ms = self._slowest_ms, 0.0
        return slowest

    def _tell(self, message: Events, now_s: float) -> None:
        for problem in message.problems:
            self._complain(Complaint.BAD_MESSAGE, problem)
        for event in message.events:
            for happened in self.calls.take(event, now_s):
                self._deliver(happened)
                found = self._fields.hear(happened)
                if found is not None:
                    self._deliver(LinkFound(self._link, found))

    def _refused(self, refusal: Refusal, stands: bool) -> None:
        if refusal.expired:
            raise Lost("The platform says that the sign-in has expired.", Renew.MUST)
        if refusal.throttled:
            wait_s = DEFAULT_RETRY_AFTER_S if refusal.retry_after_s is None else refusal.retry_after_s
            raise Throttled(f"The platform asks to wait: {refusal.reason}", wait_s)
        if refusal.forbidden:
            self._complain(Complaint.SUBSCRIPTION_REJECTED, f"the sign-in lacks {PERMISSION}")
            raise Rejected(f"The platform refused the subscription. An administrator can grant {PERMISSION}.")
        if not stands:
            self._complain(Complaint.SUBSCRIPTION_REJECTED, "the platform rejected the subscription")
            raise Rejected(f"The platform rejected the subscription: {refusal.reason}")
        self._complain(Complaint.BAD_MESSAGE, f"the platform reports an error: {refusal.reason}")

    def _complain(self, what: Complaint, detail: str) -> None:
        self._deliver(PeerComplaint(self._link, what, detail))
