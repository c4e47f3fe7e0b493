"""What a console does beside watching calls: keeps the screen awake, asks for news of updates."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from desktop.domain.errors import SidetoneError
from desktop.settings.model import Updates
from desktop.settings.store import default_path, load
from desktop.sinks.keep_awake import kept_awake
from desktop.sources.trust import client_context
from desktop.upkeep.ending import state_folder
from desktop.upkeep.updates import News, watch

_LOG = logging.getLogger(__name__)


async def stay_awake() -> None:
    """Until cancelled."""
    async with kept_awake() as worked:
        level, answer = (logging.INFO, "yes") if worked else (logging.WARNING, "nobody to ask")
        _LOG.log(level, "screen kept awake: %s", answer)
        await asyncio.Event().wait()


def _wanted() -> Updates:
    try:
        return load(default_path()).updates
    except SidetoneError:
        return Updates()


async def hear_of_updates(
    changed: asyncio.Event, tell: Callable[[News], None], wanted: Callable[[], Updates] = _wanted
) -> None:
    """Until cancelled; `changed` is set when somebody turned it on or off."""
    while True:
        changed.clear()
        updates = await asyncio.to_thread(wanted)
        async with asyncio.TaskGroup() as group:
            asking = group.create_task(_watch(updates.url, tell), name="updates") if updates.check else None
            await changed.wait()
            if asking is not None:
                asking.cancel()


async def _watch(url: str, tell: Callable[[News], None]) -> None:
    try:
        await watch(url, state_folder(), client_context, tell)
    except Exception:  # news of updates must not end a console
        _LOG.exception("update check")
