"""What a server-side AudioHook session asks its owner to do, in order: send, note, hand over sound, cut."""

from __future__ import annotations

from dataclasses import dataclass, field

from desktop.domain.events import Complaint, PauseReason
from desktop.domain.media import Party
from desktop.protocols.audiohook_bodies import Open
from desktop.protocols.audiohook_media import MediaOffer


@dataclass(frozen=True, slots=True)
class Send:
    """A text message for the client."""

    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Began:
    """The session is open. A probe never becomes a call. `media` None: no sound will come."""

    open: Open
    media: MediaOffer | None
    probe: bool
    position: int  # samples at which its time line starts
    continues: tuple[str, ...]  # ids of the sessions that it goes on from


@dataclass(frozen=True, slots=True)
class SoundHeard:
    """PCMU of each channel, from `start` (samples on the session's time line)."""

    start: int
    samples: int
    channels: tuple[tuple[Party, bytes], ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class SoundSkipped:
    """The client left these samples out and told so; the time line goes on behind them."""

    start: int
    samples: int
    on_purpose: bool  # during a pause: nothing is missing


@dataclass(frozen=True, slots=True)
class PauseTold:
    """Sound stops on purpose, or flows again."""

    paused: bool
    why: PauseReason


@dataclass(frozen=True, slots=True)
class LanguageTold:
    """The call goes on in another language."""

    language: str


@dataclass(frozen=True, slots=True)
class DigitPressed:
    """Audio Connector only; a digit may be part of a card number and is shown to nobody."""

    digit: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class PlaybackTold:
    """Audio Connector only: our sound began or ended."""

    playing: bool


@dataclass(frozen=True, slots=True)
class ClientComplained:
    """The client sent `error`."""

    code: int
    retry_after_s: float


@dataclass(frozen=True, slots=True)
class Faulty:
    """The client did something that it should not; never carries what it said."""

    what: Complaint
    detail: str


@dataclass(frozen=True, slots=True)
class Over:
    """The client closed the session and was told `closed`. `reason`: end, error, disconnect, reconnect."""

    reason: str


@dataclass(frozen=True, slots=True)
class Cut:
    """Waiting longer is pointless: drop the connection."""

    why: str


Effect = (
    Send
    | Began
    | SoundHeard
    | SoundSkipped
    | PauseTold
    | LanguageTold
    | DigitPressed
    | PlaybackTold
    | ClientComplained
    | Faulty
    | Over
    | Cut
)
