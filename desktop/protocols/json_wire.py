"""One way to read a peer's JSON: a typed value, or PeerBrokeProtocol naming the field. Never echoes a value."""

from __future__ import annotations

from typing import TypeVar

import msgspec

from desktop.domain.errors import PeerBrokeProtocol

T = TypeVar("T")


def read_json(decoder: msgspec.json.Decoder[T], data: bytes | str, what: str) -> T:
    """Decode `data` or raise PeerBrokeProtocol("<what>: <problem> - at `$.field`").

    Unknown fields are ignored. msgspec's messages give types and paths, never the peer's values, so they may be shown.
    """
    try:
        return decoder.decode(data)
    except msgspec.DecodeError as problem:
        raise PeerBrokeProtocol(f"{what}: {problem}") from None
    except UnicodeError:
        raise PeerBrokeProtocol(f"{what}: not valid UTF-8") from None
    except RecursionError:
        raise PeerBrokeProtocol(f"{what}: nested too deeply") from None
