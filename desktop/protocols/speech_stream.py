"""The speech-analytics stream's messages (document D), both roles, as typed values.

Text messages are JSON objects told apart by `type`; sound is binary: PCM16, little-endian, 16 kHz, mono.

    client -> service   open{id, seq, parameters{media[{type, codec}]}}   binary sound   close{id, seq}
    service -> client   opened{id, parameters{startPaused, media, supportedLanguages}}
                        event{version, id, parameters{entity{type, value}, analysis?}}   closed   error

The document gives `open`, `opened` and `event` and names `close`; the shapes of `close`, `closed` and `error` are ours.
So are these optional fields: `open.parameters.language` and `.partials` (asks for utterances before they are final);
sent only to who asked for partials: `entity.isFinal`, `.utterance`, `.confidence`, `.startMs`, `.endMs` and `.words`
(times in ms of the session's sound); `analysis.agent_score_reasons`, and `error.parameters.lostMs`.
Some services of this dialect send `entities[]` as AudioHook does: both are read. Unknown fields are ignored, and an
unknown `type` is an UnknownMessage, not an error.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Final

import msgspec

from desktop.protocols.json_wire import read_json

API_KEY_PARAMETER: Final = "x-api-key"
LANGUAGE_PARAMETER: Final = "language"
CHUNK_MS: Final = 500
BYTES_PER_MS: Final = 32  # 16 kHz, two bytes each
VERSION: Final = "2"
AUDIO: Final = "audio"
PCM: Final = "audio/pcm"
TRANSCRIPT: Final = "transcript"

SessionId = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
Count = Annotated[int, msgspec.Meta(ge=0)]
Moment = Annotated[int, msgspec.Meta(ge=0, le=10**10)]
Label = Annotated[str, msgspec.Meta(max_length=100)]
Text = str | tuple[str, ...] | None
"""An analysis field as services send it; `text_of` makes one string of it."""


class Media(msgspec.Struct, frozen=True, omit_defaults=True):
    """One way to send sound. `rate` in Hz is not in the document: absent, it is 16,000."""

    type: Label
    codec: Label
    rate: int | None = None


DOCUMENT_MEDIA: Final = Media(AUDIO, PCM)


class OpenParameters(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a session wants. `language`: "" leaves it to the service."""

    media: Annotated[tuple[Media, ...], msgspec.Meta(max_length=50)]
    language: Label | None = None
    partials: bool = False


class Open(msgspec.Struct, frozen=True, tag_field="type", tag="open"):
    """The first message of a session."""

    id: SessionId
    parameters: OpenParameters
    seq: Count = 1


class Close(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="type", tag="close"):
    """No more sound: finish."""

    id: str | None = None
    seq: Count | None = None


class OpenedParameters(msgspec.Struct, frozen=True, rename="camel"):
    """What the service agreed to."""

    start_paused: bool = False
    media: tuple[Media, ...] = ()
    supported_languages: tuple[str, ...] = ()


class Opened(msgspec.Struct, frozen=True, tag_field="type", tag="opened"):
    """Sound may be sent."""

    id: str
    parameters: OpenedParameters = OpenedParameters()


class Interpretation(msgspec.Struct, frozen=True, omit_defaults=True):
    """AudioHook's form of a transcript, innermost part."""

    transcript: str = ""


class Alternative(msgspec.Struct, frozen=True, omit_defaults=True):
    """AudioHook's form of a transcript, one guess."""

    interpretations: tuple[Interpretation, ...] = ()


class EntityData(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """AudioHook's form of a transcript."""

    alternatives: tuple[Alternative, ...] = ()
    is_final: bool | None = None


class SpokenWord(msgspec.Struct, frozen=True, rename="camel"):
    """One word; times in ms of the session's sound, confidence 0..1."""

    value: str
    start_ms: Moment
    end_ms: Moment
    confidence: Annotated[float, msgspec.Meta(ge=0, le=1)]


class Entity(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """A piece of transcript. `utterance` counts from 0; a newer text of the same one replaces the older."""

    type: str
    value: str | None = None
    is_final: bool | None = None
    utterance: int | None = None
    data: EntityData | None = None
    confidence: Annotated[float, msgspec.Meta(ge=0, le=1)] | None = None
    start_ms: Moment | None = None
    end_ms: Moment | None = None
    words: Annotated[tuple[SpokenWord, ...], msgspec.Meta(max_length=5000)] = ()


class Analysis(msgspec.Struct, frozen=True):
    """What follows from the words so far. Texts are empty when nothing was found; `agent_score` is 1 to 5."""

    summary: Text = ""
    sentiment: str | None = ""
    emotion: Text = ""
    agent_score: int | float | None = None
    process_issues: Text = ""
    repeated_problems: Text = ""
    marketing_mentions: Text = ""
    agent_score_reasons: Text = ""


class EventParameters(msgspec.Struct, frozen=True, omit_defaults=True):
    """`entity` as the document has it, or `entities` as AudioHook has them."""

    entity: Entity | None = None
    entities: tuple[Entity, ...] = ()
    analysis: Analysis | None = None


class Event(msgspec.Struct, frozen=True, tag_field="type", tag="event"):
    """Words, and from the fifth word on what follows from them."""

    id: str
    parameters: EventParameters
    version: str = VERSION


class ClosedParameters(msgspec.Struct, frozen=True, omit_defaults=True):
    """`reason` in words when the client didn't ask for the end."""

    reason: str = ""


class Closed(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="type", tag="closed"):
    """The session is over and its results are kept."""

    id: str | None = None
    parameters: ClosedParameters | None = None


class ErrorParameters(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """`code` for programs, `message` for people: what happened and what to do. `lost_ms`: not heard so far, in all."""

    code: str | int = ""
    message: str = ""
    supported_languages: tuple[str, ...] = ()
    lost_ms: Annotated[float, msgspec.Meta(ge=0, le=10**9)] = 0.0


class ErrorMessage(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="type", tag="error"):
    """Something was refused or lost. The session goes on unless the socket closes."""

    id: str | None = None
    parameters: ErrorParameters = ErrorParameters()


@dataclass(frozen=True, slots=True)
class UnknownMessage:
    """A well-formed message of a type that this version doesn't know."""


RequestMessage = Open | Close
ReplyMessage = Opened | Event | Closed | ErrorMessage
ClientMessage = RequestMessage | UnknownMessage
ServiceMessage = ReplyMessage | UnknownMessage


class _Kind(msgspec.Struct):
    type: str


_KIND = msgspec.json.Decoder(_Kind)
_FROM_CLIENT: Final[dict[str, msgspec.json.Decoder[RequestMessage]]] = {
    "open": msgspec.json.Decoder(Open),
    "close": msgspec.json.Decoder(Close),
}
_FROM_SERVICE: Final[dict[str, msgspec.json.Decoder[ReplyMessage]]] = {
    "opened": msgspec.json.Decoder(Opened),
    "event": msgspec.json.Decoder(Event),
    "closed": msgspec.json.Decoder(Closed),
    "error": msgspec.json.Decoder(ErrorMessage),
}


def decode_client_message(text: bytes | str) -> ClientMessage:
    """What a service hears. PeerBrokeProtocol names the field."""
    kind = read_json(_KIND, text, "message").type
    decoder = _FROM_CLIENT.get(kind)
    return UnknownMessage() if decoder is None else read_json(decoder, text, kind)


def decode_service_message(text: bytes | str) -> ServiceMessage:
    """What a client hears. PeerBrokeProtocol names the field."""
    kind = read_json(_KIND, text, "message").type
    decoder = _FROM_SERVICE.get(kind)
    return UnknownMessage() if decoder is None else read_json(decoder, text, kind)


def encode(message: RequestMessage | ReplyMessage) -> str:
    """JSON text of a message of either role."""
    return msgspec.json.encode(message).decode()


def understood(media: tuple[Media, ...]) -> Media | None:
    """The first offered one that this stream can carry: PCM16 at 16 kHz. None: none can."""
    for offer in media:
        codec = offer.codec.partition(";")[0].strip().lower()
        if offer.type.lower() == AUDIO and codec == PCM and offer.rate in (None, 16_000):
            return offer
    return None


def language_match(wanted: str, supported: tuple[str, ...]) -> str | None:
    """The supported language that `wanted` (BCP 47, "en-US") means: the same tag, else the same primary one."""
    tags = {tag.lower(): tag for tag in reversed(supported)}
    primary = {tag.lower().split("-")[0]: tag for tag in reversed(supported)}
    return tags.get(wanted.lower()) or primary.get(wanted.lower().split("-")[0])


def transcript_of(event: Event) -> Entity | None:
    """The transcript in either shape, its `value` and `isFinal` filled in; None when the event holds none."""
    offered = event.parameters.entities if event.parameters.entity is None else (event.parameters.entity,)
    for entity in offered:
        if entity.type == TRANSCRIPT:
            data = entity.data or EntityData()
            guesses = (i.transcript for a in data.alternatives for i in a.interpretations)
            value = next(guesses, "") if entity.value is None else entity.value
            final = data.is_final if entity.is_final is None else entity.is_final
            return msgspec.structs.replace(entity, value=value, is_final=final, data=None)
    return None


def text_of(value: Text) -> str:
    """An analysis field as one string."""
    return value or "" if not isinstance(value, tuple) else "; ".join(value)
