"""A subscription's life reads like the conversation on the wire."""

from __future__ import annotations

from typing import cast

import pytest

from desktop.domain.errors import SettingInvalid
from desktop.protocols.audio_connector import (
    ErrorMessage,
    Modified,
    Modify,
    Subscribe,
    Subscribed,
    Unsubscribe,
    Unsubscribed,
)
from desktop.protocols.audio_subscription import AudioSubscription, Filters
from desktop.protocols.subscription_state import (
    ChangeRefused,
    Stage,
    SubscriptionActive,
    SubscriptionOver,
    SubscriptionRefused,
    SubscriptionState,
    Unexpected,
)

A, B, C = (Filters(queue_ids=(name,)) for name in "abc")


def body(filters: Filters) -> AudioSubscription:
    return AudioSubscription(filters=filters, sample_rate=16_000)


def pending() -> SubscriptionState:
    state = SubscriptionState(body(A))
    assert state.next_request() == Subscribe(body(A))
    assert state.stage is Stage.PENDING
    return state


def active() -> SubscriptionState:
    state = pending()
    assert state.hear(Subscribed("s-1", "active")) == SubscriptionActive("s-1", A)
    return state


def test_subscribe_modify_unsubscribe_subscribe() -> None:
    state = active()
    assert (state.subscription_id, state.next_request()) == ("s-1", None)
    state.want(B)
    assert state.next_request() == Modify("s-1", body(B))
    assert state.next_request() is None
    assert state.hear(Modified("s-1", "active")) == SubscriptionActive("s-1", B)
    state.want(None)
    assert state.next_request() == Unsubscribe("s-1")
    assert state.hear(Unsubscribed("s-1")) == SubscriptionOver()
    assert (state.stage, state.subscription_id, state.wanted) == (Stage.IDLE, "", None)
    assert state.next_request() is None
    state.want(A)
    assert state.next_request() == Subscribe(body(A))


def test_a_wish_that_comes_while_a_request_is_under_way_waits() -> None:
    state = pending()
    state.want(B)
    assert state.next_request() is None
    state.hear(Subscribed("s-1"))
    assert state.next_request() == Modify("s-1", body(B))
    state.want(C)
    state.hear(Modified("s-1"))
    assert state.next_request() == Modify("s-1", body(C))


def test_a_wish_that_returns_to_what_is_in_force_sends_nothing() -> None:
    state = active()
    state.want(B)
    state.want(A)
    assert state.next_request() is None


@pytest.mark.parametrize(
    ("reply", "reason", "retry_after_s"),
    [
        (Subscribed(None, "rejected", "too many"), "too many", None),
        (Subscribed("s-1", "Rejected"), "no reason given", None),
        (ErrorMessage("subscription.limit", "at most 10"), "at most 10", None),
        (ErrorMessage(429, retry_after=5), "429", 5),
        (ErrorMessage(message="x" * 500), "x" * 200, None),
    ],
)
def test_rejection_and_limits(reply: Subscribed | ErrorMessage, reason: str, retry_after_s: float | None) -> None:
    state = pending()
    assert state.hear(reply) == SubscriptionRefused(reason, retry_after_s)
    assert state.stage is Stage.REJECTED
    assert state.next_request() is None


def test_after_a_rejection_a_new_wish_asks_again() -> None:
    state = pending()
    state.hear(ErrorMessage("no"))
    state.want(B)
    assert state.next_request() == Subscribe(body(B))


def test_a_subscription_that_is_taken_away() -> None:
    state = active()
    assert state.hear(ErrorMessage("revoked", "gone", "s-1")) == SubscriptionRefused("gone", None)
    assert state.subscription_id == ""


@pytest.mark.parametrize("reply", [Modified("s-1", "rejected", "no"), ErrorMessage("x", "no")])
def test_a_refused_change_keeps_what_was_in_force(reply: Modified | ErrorMessage) -> None:
    state = active()
    state.want(B)
    state.next_request()
    assert state.hear(reply) == ChangeRefused("no")
    assert (state.stage, state.wanted, state.next_request()) == (Stage.ACTIVE, A, None)


def test_a_refused_change_keeps_a_newer_wish() -> None:
    state = active()
    state.want(B)
    state.next_request()
    state.want(C)
    state.hear(Modified("s-1", "rejected"))
    assert state.next_request() == Modify("s-1", body(C))


def test_an_error_while_leaving_is_an_end_too() -> None:
    state = active()
    state.want(None)
    state.next_request()
    assert state.hear(ErrorMessage("subscription.unknown")) == SubscriptionOver()


def test_a_new_connection_starts_from_the_wish() -> None:
    state = active()
    state.want(B)
    state.next_request()
    state.disconnected()
    assert (state.stage, state.subscription_id) == (Stage.IDLE, "")
    assert state.next_request() == Subscribe(body(B))


def test_answers_that_nobody_asked_for_change_nothing() -> None:
    idle = SubscriptionState(body(A))
    for reply in (Subscribed("s-1"), Modified("s-1"), Unsubscribed("s-1"), ErrorMessage("x")):
        assert isinstance(idle.hear(reply), Unexpected)
    assert idle.stage is Stage.IDLE
    held = active()
    for reply in (Subscribed("s-2"), Modified("s-1"), Unsubscribed("s-1"), ErrorMessage("x", "", "s-2")):
        assert isinstance(held.hear(reply), Unexpected)
    assert (held.stage, held.subscription_id) == (Stage.ACTIVE, "s-1")


def test_a_confirmation_without_an_id_or_not_final_keeps_waiting() -> None:
    state = pending()
    assert isinstance(state.hear(Subscribed(None, "active")), Unexpected)
    assert isinstance(state.hear(Subscribed("s-1", "pending")), Unexpected)
    assert state.hear(Subscribed("s-1", "active")) == SubscriptionActive("s-1", A)


def test_what_the_pipeline_does_not_take_never_becomes_a_wish() -> None:
    with pytest.raises(SettingInvalid, match="sampleRate"):
        SubscriptionState(AudioSubscription(filters=A))
    state = active()
    with pytest.raises(SettingInvalid, match="interactionTypes"):
        state.want(Filters(interaction_types=("chat",)))
    assert state.wanted == A


def test_what_is_no_reply_at_all_is_our_mistake() -> None:
    with pytest.raises(AssertionError):
        active().hear(cast(Modified, "subscribed"))
