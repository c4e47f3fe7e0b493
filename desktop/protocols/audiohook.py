"""AudioHook v2's text messages, both roles; `parameters` is always sent, even when it is {}.

    client -> server  {"version":"2","type":T,"id":S,"seq":n,"serverseq":m,"position":"PT12.4S","parameters":{..}}
    server -> client  {"version":"2","type":T,"id":S,"seq":n,"clientseq":m,"parameters":{..}}

Unknown fields are ignored and an unknown `type` is an UnknownBody, not an error. Wrong types are named by
PeerBrokeProtocol. `read_client` and `read_server` give the envelope, which alone decides the sequence; `body_of` reads
the parameters, so that bad parameters cost that message and not the session.
"""

from __future__ import annotations

from typing import Annotated, Any, Final, TypeVar

import msgspec

from desktop.domain.errors import PeerBrokeProtocol
from desktop.protocols.audiohook_bodies import (
    CLIENT_BODIES,
    CLIENT_NAMES,
    SERVER_BODIES,
    SERVER_NAMES,
    ClientBody,
    ServerBody,
    UnknownBody,
)
from desktop.protocols.audiohook_entities import ENTITIES, NAMES, Entity, UnknownEntity
from desktop.protocols.audiohook_media import duration_of, samples_of
from desktop.protocols.json_wire import read_json

VERSION: Final = "2"
MAX_MESSAGE_BYTES: Final = 64_000
NULL_ID: Final = "00000000-0000-0000-0000-000000000000"
MAX_ENTITIES: Final = 1_000
_EMPTY: Final = msgspec.Raw(b"{}")

Seq = Annotated[int, msgspec.Meta(ge=0, le=2**53)]
Id = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]


class ClientMessage(msgspec.Struct, frozen=True):
    """The envelope of what the platform sends. `position` is its view of the audio's time line."""

    type: str
    id: Id
    seq: Seq
    serverseq: Seq
    position: str = "PT0S"
    version: str = VERSION
    parameters: msgspec.Raw = _EMPTY

    def __repr__(self) -> str:
        return f"ClientMessage({self.type!r}, seq={self.seq})"


class ServerMessage(msgspec.Struct, frozen=True):
    """The envelope of what we send."""

    type: str
    id: Id
    seq: Seq
    clientseq: Seq
    version: str = VERSION
    parameters: msgspec.Raw = _EMPTY

    def __repr__(self) -> str:
        return f"ServerMessage({self.type!r}, seq={self.seq})"


_CLIENT = msgspec.json.Decoder(ClientMessage)
_SERVER = msgspec.json.Decoder(ServerMessage)
_CLIENT_BODIES: Final = {name: msgspec.json.Decoder(kind) for name, kind in CLIENT_BODIES.items()}
_SERVER_BODIES: Final = {name: msgspec.json.Decoder(kind) for name, kind in SERVER_BODIES.items()}

_M = TypeVar("_M", ClientMessage, ServerMessage)


def read_client(text: str | bytes) -> ClientMessage:
    """An envelope as the server reads it."""
    message = _checked(read_json(_CLIENT, text, "message"))
    samples_of(message.position, f"{_shown(message.type)}: position")
    return message


def read_server(text: str | bytes) -> ServerMessage:
    """An envelope as the client reads it."""
    return _checked(read_json(_SERVER, text, "message"))


def client_body(message: ClientMessage) -> ClientBody:
    """The parameters of a client's message, durations checked."""
    body: ClientBody = _body(_CLIENT_BODIES, message.type, message.parameters)
    body.check()
    return body


def server_body(message: ServerMessage) -> ServerBody:
    """The parameters of a server's message."""
    body: ServerBody = _body(_SERVER_BODIES, message.type, message.parameters)
    body.check()
    return body


def write_client(session: str, seq: int, serverseq: int, position: int, body: ClientBody) -> str:
    """A client's message; `position` in samples."""
    envelope = {
        "version": VERSION,
        "type": CLIENT_NAMES[type(body)],
        "id": session,
        "seq": seq,
        "serverseq": serverseq,
        "position": duration_of(position),
        "parameters": body,
    }
    return msgspec.json.encode(envelope).decode()


def write_server(session: str, seq: int, clientseq: int, body: ServerBody) -> str:
    """A server's message."""
    envelope = {
        "version": VERSION,
        "type": SERVER_NAMES[type(body)],
        "id": session,
        "seq": seq,
        "clientseq": clientseq,
        "parameters": body,
    }
    return msgspec.json.encode(envelope).decode()


class _Entity(msgspec.Struct):
    type: str
    data: msgspec.Raw = _EMPTY


_ENTITY = msgspec.json.Decoder(_Entity)
_ENTITY_DATA: Final = {name: msgspec.json.Decoder(kind) for name, kind in ENTITIES.items()}


def read_entities(raw: tuple[msgspec.Raw, ...]) -> tuple[Entity, ...]:
    """The typed content of an Event; unknown types stay in place as UnknownEntity."""
    if len(raw) > MAX_ENTITIES:
        raise PeerBrokeProtocol(f"event: more than {MAX_ENTITIES} entities - at `$.parameters.entities`")
    found: list[Entity] = []
    for number, one in enumerate(raw):
        entity = read_json(_ENTITY, bytes(one), f"event: entities[{number}]")
        decoder = _ENTITY_DATA.get(entity.type)
        what = f"event: entities[{number}].data"
        found.append(UnknownEntity() if decoder is None else read_json(decoder, bytes(entity.data), what))
    return tuple(found)


def write_entity(entity: Entity) -> msgspec.Raw:
    """One element of an Event's `entities`."""
    return msgspec.Raw(msgspec.json.encode({"type": NAMES[type(entity)], "data": entity}))


def _checked(message: _M) -> _M:
    if message.version != VERSION:
        raise PeerBrokeProtocol(f"{_shown(message.type)}: only version {VERSION} is spoken here - at `$.version`")
    return message


def _body(decoders: dict[str, msgspec.json.Decoder[Any]], kind: str, parameters: msgspec.Raw) -> Any:
    decoder = decoders.get(kind)
    if decoder is None:
        return UnknownBody()
    return read_json(decoder, bytes(parameters), kind)


def _shown(kind: str) -> str:
    """A type is quoted only if it is one of ours."""
    return kind if kind in CLIENT_BODIES or kind in SERVER_BODIES else "message"
