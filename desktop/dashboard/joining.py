"""Joining a live call: when it is offered, what will happen, and what came of it."""

from __future__ import annotations

from typing import assert_never

from desktop.dashboard import connection_captions as words
from desktop.dashboard.call_view import CallView
from desktop.domain.intents import Join
from desktop.domain.updates import JoinAnswered


def offered(view: CallView) -> bool:
    """Whether this call may be joined just now."""
    return view.joinable and not view.over


def button(how: Join) -> str:
    """What its button says."""
    match how:
        case Join.MONITOR:
            return words.LISTEN
        case Join.COACH:
            return words.COACH
        case Join.BARGE:
            return words.BARGE
        case _:  # pragma: no cover
            assert_never(how)


def consequence(how: Join) -> str:
    """What will happen, before it does."""
    match how:
        case Join.MONITOR:
            return "Your phone rings. The agent and the customer do not hear you."
        case Join.COACH:
            return "Your phone rings. Only the agent hears you."
        case Join.BARGE:
            return "Your phone rings. Everybody hears you."
        case _:  # pragma: no cover
            assert_never(how)


def answer(answered: JoinAnswered) -> tuple[str, bool]:
    """(sentence, whether it rings)."""
    if answered.ringing:
        return answered.text or "Your phone is ringing.", True
    return f"{button(answered.how)}: {answered.text}", False
