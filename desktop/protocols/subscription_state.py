"""A console's subscription as a state machine: what is wanted, what is in force, and the one message between them.

    stage       wanted            sends         then
    IDLE        filters           subscribe     PENDING
    PENDING     -                               subscribed -> ACTIVE; subscribed(rejected) or error -> REJECTED
    ACTIVE      other filters     modify        MODIFYING
    ACTIVE      nothing           unsubscribe   LEAVING
    MODIFYING   -                               modified -> ACTIVE; modified(rejected) or error -> ACTIVE, as before
    LEAVING     -                               unsubscribed or error -> IDLE
    REJECTED    other filters     subscribe     PENDING (a person has acted)

At most one request is under way; wishes that come meanwhile are sent when it is answered. A new connection starts at
IDLE with the wish kept, so the same calls return after a reconnect.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import assert_never

from desktop.domain.media import PIPELINE_RATE_HZ
from desktop.protocols.audio_connector import (
    ErrorMessage,
    Modified,
    Modify,
    Subscribe,
    Subscribed,
    Unsubscribe,
    Unsubscribed,
)
from desktop.protocols.audio_subscription import AudioSubscription, Filters, check_subscription

MAX_REASON = 200


class Stage(enum.Enum):
    """Where the subscription stands on this connection."""

    IDLE = "idle"
    PENDING = "pending"
    ACTIVE = "active"
    MODIFYING = "modifying"
    LEAVING = "leaving"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class SubscriptionActive:
    """Confirmed: these filters are in force."""

    subscription_id: str
    filters: Filters


@dataclass(frozen=True, slots=True)
class SubscriptionRefused:
    """Refused: a person must act, unless the peer named a time after which to ask again."""

    reason: str
    retry_after_s: float | None


@dataclass(frozen=True, slots=True)
class ChangeRefused:
    """The modification was refused; the filters before it stay in force."""

    reason: str


@dataclass(frozen=True, slots=True)
class SubscriptionOver:
    """Given back."""


@dataclass(frozen=True, slots=True)
class Unexpected:
    """The message answers nothing that was asked; nothing changes."""

    detail: str


Outcome = SubscriptionActive | SubscriptionRefused | ChangeRefused | SubscriptionOver | Unexpected
Request = Subscribe | Modify | Unsubscribe
Reply = Subscribed | Modified | Unsubscribed | ErrorMessage


class SubscriptionState:
    """One subscription over the life of a source. `template` is checked: SettingInvalid names its field."""

    def __init__(self, template: AudioSubscription) -> None:
        check_subscription(template)
        self._format = template.format
        self._wanted: Filters | None = template.filters
        self._asked: Filters = template.filters
        self._in_force: Filters = template.filters
        self._stage = Stage.IDLE
        self._id = ""

    @property
    def stage(self) -> Stage:
        return self._stage

    @property
    def subscription_id(self) -> str:
        """Empty unless a subscription is held."""
        return self._id

    @property
    def wanted(self) -> Filters | None:
        """None = nothing."""
        return self._wanted

    def want(self, filters: Filters | None) -> None:
        """Change the wish; None asks for nothing. SettingInvalid leaves the wish as it was."""
        if filters is not None:
            check_subscription(self._body(filters))
        self._wanted = filters
        if self._stage is Stage.REJECTED:
            self._stage = Stage.IDLE

    def disconnected(self) -> None:
        """The connection is gone and the subscription with it; the wish stays."""
        self._stage = Stage.IDLE
        self._id = ""

    def next_request(self) -> Request | None:
        """What to send now, if anything; its answer is awaited from then on."""
        wanted = self._wanted
        if self._stage is Stage.IDLE and wanted is not None:
            self._stage = Stage.PENDING
            self._asked = wanted
            return Subscribe(self._body(wanted))
        if self._stage is Stage.ACTIVE and wanted is None:
            self._stage = Stage.LEAVING
            return Unsubscribe(self._id)
        if self._stage is Stage.ACTIVE and wanted is not None and wanted != self._in_force:
            self._stage = Stage.MODIFYING
            self._asked = wanted
            return Modify(self._id, self._body(wanted))
        return None

    def hear(self, reply: Reply) -> Outcome:
        """Take the peer's answer."""
        match reply:
            case Subscribed():
                return self._subscribed(reply)
            case Modified():
                return self._modified(reply)
            case Unsubscribed():
                if self._stage is not Stage.LEAVING:
                    return Unexpected("unsubscribed: nobody asked for it")
                return self._over()
            case ErrorMessage():
                return self._error(reply)
            case _:
                assert_never(reply)

    def _body(self, filters: Filters) -> AudioSubscription:
        return AudioSubscription(filters=filters, format=self._format, sample_rate=PIPELINE_RATE_HZ)

    def _subscribed(self, reply: Subscribed) -> Outcome:
        if self._stage is not Stage.PENDING:
            return Unexpected("subscribed: nobody asked for it")
        match (reply.status or "active").lower():
            case "active" if reply.subscription_id:
                self._stage = Stage.ACTIVE
                self._id = reply.subscription_id
                self._in_force = self._asked
                return SubscriptionActive(self._id, self._in_force)
            case "active":
                return Unexpected("subscribed: `$.subscriptionId` is missing")
            case "pending":
                return Unexpected("subscribed: still pending")
            case _:
                return self._refused(reply.message, None)

    def _modified(self, reply: Modified) -> Outcome:
        if self._stage is not Stage.MODIFYING:
            return Unexpected("modified: nobody asked for it")
        self._stage = Stage.ACTIVE
        if (reply.status or "active").lower() != "active":
            return self._change_refused(reply.message)
        self._in_force = self._asked
        return SubscriptionActive(self._id, self._in_force)

    def _error(self, reply: ErrorMessage) -> Outcome:
        match self._stage:
            case Stage.PENDING:
                return self._refused(_reason(reply), reply.retry_after)
            case Stage.MODIFYING:
                self._stage = Stage.ACTIVE
                return self._change_refused(_reason(reply))
            case Stage.LEAVING:
                return self._over()
            case Stage.ACTIVE if reply.subscription_id == self._id:
                return self._refused(_reason(reply), reply.retry_after)
            case _:
                return Unexpected("error: it answers nothing that was asked")

    def _over(self) -> SubscriptionOver:
        self._stage = Stage.IDLE
        self._id = ""
        return SubscriptionOver()

    def _refused(self, reason: str | None, retry_after: float | None) -> SubscriptionRefused:
        self._stage = Stage.REJECTED
        self._id = ""
        return SubscriptionRefused((reason or "no reason given")[:MAX_REASON], retry_after)

    def _change_refused(self, reason: str | None) -> ChangeRefused:
        if self._wanted == self._asked:
            self._wanted = self._in_force
        return ChangeRefused((reason or "no reason given")[:MAX_REASON])


def _reason(error: ErrorMessage) -> str:
    return error.message or str(error.code)
