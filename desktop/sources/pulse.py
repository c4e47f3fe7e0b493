"""Measures a WebSocket's round trip while it is in use."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable

from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from desktop.domain.events import LinkMeasured, Measure
from desktop.domain.ports import Deliver


@contextlib.asynccontextmanager
async def measured(
    socket: ClientConnection, link: str, deliver: Deliver, clock: Callable[[], float], every_s: float
) -> AsyncIterator[None]:
    """While the block runs, deliver a ROUND_TRIP about every `every_s`; the block's own error comes out as it is."""
    failure: Exception | None = None
    async with asyncio.TaskGroup() as group:
        beat = group.create_task(_beat(socket, link, deliver, clock, every_s), name=f"round trip of {link}")
        try:
            yield
        except Exception as error:
            failure = error
        finally:
            beat.cancel()
    if failure is not None:
        raise failure


async def _beat(
    socket: ClientConnection, link: str, deliver: Deliver, clock: Callable[[], float], every_s: float
) -> None:
    with contextlib.suppress(ConnectionClosed):  # whoever reads from the socket sees it too
        while True:
            sent = clock()
            await (await socket.ping())
            deliver(LinkMeasured(link, Measure.ROUND_TRIP, (clock() - sent) * 1000))
            await asyncio.sleep(every_s)
