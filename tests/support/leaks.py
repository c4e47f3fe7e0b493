"""Counts what a connection may leave behind: tasks, sockets and armed timers of the running loop, and threads."""

from __future__ import annotations

import asyncio
import gc
import threading
from typing import Any, NamedTuple, cast

import psutil


class Held(NamedTuple):
    """What is held at one moment."""

    tasks: int
    sockets: int
    timers: int
    threads: int


async def held() -> Held:
    """Count after whatever was closing had its turn."""
    for _ in range(5):
        await asyncio.sleep(0)
    gc.collect()
    loop = cast(Any, asyncio.get_running_loop())
    timers = sum(1 for handle in loop._scheduled if not handle.cancelled())
    sockets = len(psutil.Process().net_connections(kind="all"))
    return Held(len(asyncio.all_tasks()), sockets, timers, threading.active_count())
