"""Waiting that a person may cut short."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable


async def pause(sleep: Callable[[float], Awaitable[None]], seconds: float, acted: asyncio.Event) -> None:
    """Sleep for so long, or until `acted` is set."""
    if acted.is_set():
        return

    async def nap() -> None:
        await sleep(seconds)

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(nap(), name="pause"), group.create_task(acted.wait(), name="person acts")]
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in tasks:
            task.cancel()
