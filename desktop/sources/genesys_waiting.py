"""Who waits in a queue as the link comes up: the list doesn't say who else is on a call, so each is looked at once."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from desktop.domain.errors import SidetoneError
from desktop.sources.genesys_floor import GenesysFloor
from desktop.sources.genesys_join import JoinDesk
from desktop.sources.rest import NotFound

MAX_LOOKS: Final = 20
"""Requests are limited by the platform; the others are known by their next event."""


async def look_at_waiting(desk: JoinDesk, floor: GenesysFloor, waiting: Iterable[str]) -> None:
    """Nothing depends on it, so whatever is refused ends it without a word. Never raises what the platform says."""
    for call in sorted(waiting)[:MAX_LOOKS]:
        if not floor.up:
            return
        try:
            floor.looked_at(await desk.ask(call))
        except NotFound:
            continue
        except SidetoneError:
            return
