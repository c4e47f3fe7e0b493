"""Lists of named things over REST, `/api/v2/routing/queues` and `/api/v2/users`, both roles (genesys.md section 3)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import msgspec

from desktop.protocols.audio_connector import MAX_LABEL
from desktop.protocols.json_wire import read_json


class _Entity(msgspec.Struct, omit_defaults=True):
    id: str | None = None
    name: str | None = None


class _Page(msgspec.Struct, rename="camel", omit_defaults=True):
    entities: tuple[_Entity, ...] | None = None
    page_count: int | None = None
    page_number: int | None = None
    total: int | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """`names` by id, an empty string where there is no name; `pages` in all."""

    names: Mapping[str, str]
    pages: int = 1


_PAGE = msgspec.json.Decoder(_Page)


def decode_page(body: bytes, what: str) -> Page:
    """One page. PeerBrokeProtocol names the field."""
    page = read_json(_PAGE, body, what)
    names = {entity.id: (entity.name or "")[:MAX_LABEL] for entity in page.entities or () if entity.id}
    return Page(names, max(1, page.page_count or 1))


def encode_page(names: Mapping[str, str], *, page: int = 1, size: int = 100) -> bytes:
    """The platform's side: that page of all of them."""
    some = list(names.items())[(page - 1) * size : page * size]
    entities = tuple(_Entity(identifier, name or None) for identifier, name in some)
    return msgspec.json.encode(_Page(entities, -(-len(names) // size), page, len(names)))
