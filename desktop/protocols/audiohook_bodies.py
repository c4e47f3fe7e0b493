"""The `parameters` of every AudioHook message, client's and server's (AudioHook v2)."""

from __future__ import annotations

from typing import Annotated, Any, Final

import msgspec

from desktop.domain.errors import PeerBrokeProtocol
from desktop.protocols.audiohook_media import MediaOffer, read_offers, samples_of, seconds_of

MAX_CONFIG_BYTES: Final = 60_000
MAX_CONTINUED: Final = 50

Id = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
PlainId = Annotated[str, msgspec.Meta(pattern=r"^[!-~]{1,64}\Z")]
"""A UUID in practice; nothing in it may surprise a log, a header or a screen."""
Text = Annotated[str, msgspec.Meta(max_length=2_000)]


class Body(msgspec.Struct, frozen=True):
    """Base of all: `check` raises PeerBrokeProtocol for what the types alone don't say."""

    def check(self) -> None:
        """Durations and sizes."""

    def __repr__(self) -> str:
        return f"{type(self).__name__}(...)"


class UnknownBody(Body, frozen=True):
    """A message type that this version doesn't know."""


# client -> server


class Participant(Body, frozen=True, rename="camel", omit_defaults=True):
    """Whom the session follows. Numbers and names: never shown."""

    id: Text = ""
    ani: Text = ""
    ani_name: Text = ""
    dnis: Text = ""


class ContinuedSession(Body, frozen=True):
    """A session that this one goes on from, and how far it had got."""

    id: Id
    serverseq: int = 0
    clientseq: int = 0


class Open(Body, frozen=True, rename="camel", omit_defaults=True):
    """The first message."""

    organization_id: Text
    conversation_id: PlainId
    participant: Participant
    media: tuple[msgspec.Raw, ...]
    language: Text | None = None
    supported_languages: bool | None = None
    custom_config: msgspec.Raw = msgspec.Raw()
    continued_sessions: tuple[ContinuedSession, ...] | None = None
    input_variables: dict[str, str] | None = None

    def check(self) -> None:
        self.offers()
        if len(bytes(self.custom_config)) > MAX_CONFIG_BYTES:
            raise PeerBrokeProtocol(f"open: more than {MAX_CONFIG_BYTES} bytes - at `$.parameters.customConfig`")
        if len(self.continued_sessions or ()) > MAX_CONTINUED:
            raise PeerBrokeProtocol(f"open: more than {MAX_CONTINUED} - at `$.parameters.continuedSessions`")

    def offers(self) -> tuple[MediaOffer, ...]:
        """What the client can send."""
        return read_offers(self.media, "open")


class Ping(Body, frozen=True, omit_defaults=True):
    """`rtt` is the round trip of the previous ping; the first one has none."""

    rtt: str | None = None

    def check(self) -> None:
        if self.rtt is not None:
            seconds_of(self.rtt, "ping: rtt")


class Close(Body, frozen=True):
    """`reason`: end, error, disconnect or reconnect."""

    reason: Text = "end"


class Paused(Body, frozen=True):
    """No sound from here on, on the client's own account or because we asked."""


class _Skipped(Body, frozen=True):
    start: str
    discarded: str

    def check(self) -> None:
        self.samples()

    def samples(self) -> tuple[int, int]:
        """Start and length of what was not sent."""
        what = type(self).__name__.lower()
        return samples_of(self.start, f"{what}: start"), samples_of(self.discarded, f"{what}: discarded")


class Resumed(_Skipped, frozen=True):
    """Sound again; what was said meanwhile is not sent."""


class Discarded(_Skipped, frozen=True):
    """Sound that the client lost or was told to leave out (discardTo)."""


class Update(Body, frozen=True, omit_defaults=True):
    """The language is the only property that can change."""

    language: Text | None = None


class ErrorReport(Body, frozen=True, rename="camel", omit_defaults=True):
    """The client is not content; 429 names `retryAfter`."""

    code: int
    message: Text = ""
    retry_after: str | int | float | None = None

    def wait_s(self) -> float:
        """How long to send nothing that isn't needed; an unreadable wish counts as a second."""
        if isinstance(self.retry_after, str):
            try:
                return seconds_of(self.retry_after, "error: retryAfter")
            except PeerBrokeProtocol:
                return 1.0
        return min(max(0.0, float(self.retry_after or 0)), 86_400.0)


class Dtmf(Body, frozen=True):
    """Audio Connector: a key was pressed."""

    digit: Annotated[str, msgspec.Meta(max_length=8)]


class PlaybackStarted(Body, frozen=True):
    """Audio Connector: our sound is being played."""


class PlaybackCompleted(Body, frozen=True):
    """Audio Connector: our sound was played to the end."""


# server -> client


class Opened(Body, frozen=True, rename="camel", omit_defaults=True):
    """`media`: exactly one offer as it came, or none for a session without sound."""

    media: tuple[msgspec.Raw, ...]
    start_paused: bool | None = None
    discard_to: str | None = None
    supported_languages: tuple[str, ...] | None = None

    def check(self) -> None:
        self.offers()
        if self.discard_to is not None:
            seconds_of(self.discard_to, "opened: discardTo")

    def offers(self) -> tuple[MediaOffer, ...]:
        """What the server chose."""
        return read_offers(self.media, "opened")


class Pong(Body, frozen=True):
    """At once; the envelope's clientseq is the ping's seq."""


class Closed(Body, frozen=True, rename="camel", omit_defaults=True):
    """After the last event. The client then closes the connection."""

    output_variables: dict[str, str] | None = None


class Disconnect(Body, frozen=True, rename="camel", omit_defaults=True):
    """`reason`: completed, unauthorized or error ("rejected" exists, but the reference client chokes on it)."""

    reason: Text
    info: Text | None = None
    output_variables: dict[str, str] | None = None


class Pause(Body, frozen=True):
    """Send no sound; the client answers Paused."""


class Resume(Body, frozen=True):
    """Send sound again; the client answers Resumed unless it is paused on its own account."""


class Updated(Body, frozen=True):
    """Acknowledges Update."""


class Reconnect(Body, frozen=True, omit_defaults=True):
    """Asks the client to carry on over a new connection."""

    info: Text | None = None


class Event(Body, frozen=True):
    """Something about the call; see `read_entities` and `write_entity`."""

    entities: tuple[msgspec.Raw, ...] = ()


ClientBody = (
    Open
    | Ping
    | Close
    | Paused
    | Resumed
    | Discarded
    | Update
    | ErrorReport
    | Dtmf
    | PlaybackStarted
    | PlaybackCompleted
    | UnknownBody
)
ServerBody = Opened | Pong | Closed | Disconnect | Pause | Resume | Updated | Reconnect | Event | UnknownBody

CLIENT_BODIES: Final[dict[str, type[Any]]] = {
    "open": Open,
    "ping": Ping,
    "close": Close,
    "paused": Paused,
    "resumed": Resumed,
    "discarded": Discarded,
    "update": Update,
    "error": ErrorReport,
    "dtmf": Dtmf,
    "playback_started": PlaybackStarted,
    "playback_completed": PlaybackCompleted,
}
SERVER_BODIES: Final[dict[str, type[Any]]] = {
    "opened": Opened,
    "pong": Pong,
    "closed": Closed,
    "disconnect": Disconnect,
    "pause": Pause,
    "resume": Resume,
    "updated": Updated,
    "reconnect": Reconnect,
    "event": Event,
}
CLIENT_NAMES: Final = {kind: name for name, kind in CLIENT_BODIES.items()}
SERVER_NAMES: Final = {kind: name for name, kind in SERVER_BODIES.items()}
