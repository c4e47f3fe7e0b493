"""Work that takes long, in a thread; giving it up waits until it has stopped, so that its files can be put away."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


class Stopped(Exception):
    """Nobody wants it any more."""


async def aside(work: Callable[[Callable[[], None]], T]) -> T:
    """`work` gets a function to call now and then: it raises Stopped once this is cancelled."""
    given_up = threading.Event()

    def check() -> None:
        if given_up.is_set():
            raise Stopped

    job = asyncio.get_running_loop().run_in_executor(None, work, check)
    try:
        return await asyncio.shield(job)
    except asyncio.CancelledError:
        given_up.set()
        await asyncio.wait([job])
        job.exception()  # whatever it was, it is over
        raise
