"""The table behind an AudioHook session: its states and what is welcome in each, its counts, the answer to `open`."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Final

from desktop.protocols.audiohook_bodies import (
    ClientBody,
    Close,
    Discarded,
    Dtmf,
    ErrorReport,
    Open,
    Paused,
    Ping,
    PlaybackCompleted,
    PlaybackStarted,
    Resumed,
    UnknownBody,
    Update,
)


class State(enum.Enum):
    """Where a session stands."""

    WAITING = "waiting for open"
    OPEN = "open"
    LEAVING = "asked to leave"
    CLOSED = "closed"


_ANY_TIME = (Close, ErrorReport, UnknownBody)
WELCOME: Final[dict[State, tuple[type[ClientBody], ...]]] = {
    State.WAITING: (Open, *_ANY_TIME),
    State.OPEN: (
        Ping,
        Paused,
        Resumed,
        Discarded,
        Update,
        Dtmf,
        PlaybackStarted,
        PlaybackCompleted,
        *_ANY_TIME,
    ),
    State.LEAVING: (Ping, *_ANY_TIME),
}
STRICT: Final = (State.WAITING, State.OPEN)
"""Where an unwelcome message breaks the session; afterwards it is ignored."""


@dataclass(frozen=True, slots=True)
class Greeting:
    """How to answer `open`. `refuse`: not at all, for this reason."""

    start_paused: bool = False
    discard_to: int | None = None  # samples; what was heard before need not be sent again
    languages: tuple[str, ...] = ()
    refuse: str = ""


@dataclass(slots=True)
class SessionCounts:
    """What happened in a session."""

    messages: int = 0
    unknown: int = 0
    sounds: int = 0
    samples: int = 0
    empty: int = 0  # frames of 0 bytes
    odd: int = 0  # frames that ended within a sample
    large: int = 0  # frames beyond 64,000 bytes
    early: int = 0  # before `open`, or in a session without sound
    while_paused: int = 0  # dropped: it came during a pause for privacy
    drift: int = 0  # samples between the client's position and ours, in its last message
