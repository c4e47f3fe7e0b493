"""Why a call's sound is not streamed, in words; a paused call must not look calm."""

from __future__ import annotations

from typing import Final, assert_never

from desktop.domain.events import PauseReason
from desktop.domain.facts import CallStage

NOBODY_TALKS: Final = {
    CallStage.IVR: "in the menu",
    CallStage.QUEUED: "waits in the queue",
    CallStage.HOLD: "on hold",
}


def pause(why: PauseReason, stage: CallStage) -> str:
    """Why a call that stands there is paused."""
    match why:
        case PauseReason.PRIVACY:
            return "paused for privacy"
        case PauseReason.WAITING:
            return f"not streamed: {NOBODY_TALKS.get(stage, 'nobody talks')}"
        case PauseReason.SAVING:
            return "not streamed: nobody watches"
        case _:  # pragma: no cover
            assert_never(why)


def hushed(*, over: bool) -> str:
    """The divider in the transcript."""
    return "Was paused for privacy" if over else "Paused for privacy"
