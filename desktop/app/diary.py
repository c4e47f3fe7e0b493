"""Writes down once a minute what was counted: in the log what is new, in the run's record everything."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping

from desktop.upkeep.ending import RunRecord

EVERY_S = 60.0
_LOG = logging.getLogger(__name__)


async def keep_diary(
    counters: Callable[[], Mapping[str, float]], record: RunRecord | None, every_s: float = EVERY_S
) -> None:
    """Until cancelled."""
    before: dict[str, float] = {}
    while True:
        await asyncio.sleep(every_s)
        now = dict(counters())
        fresh = {name: value for name, value in now.items() if value != before.get(name, 0)}
        if fresh:
            _LOG.info("counted by now: %s", ", ".join(f"{name} {value:g}" for name, value in sorted(fresh.items())))
        before = now
        if record is not None:
            await asyncio.to_thread(record.note, now)
