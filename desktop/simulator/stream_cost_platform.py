"""Measures what a call costs a listener here (simulator/stream_cost.py): two processes, watched from a third.

One is the listener that measures itself, the other the platform that dials it. Whoever asks only waits.
"""

from __future__ import annotations

import asyncio
import contextlib
import multiprocessing
import random
import signal
import ssl
import time
from collections.abc import Callable
from multiprocessing.process import BaseProcess
from typing import Final

from desktop.domain.capacity import StreamCost
from desktop.domain.errors import Unreachable
from desktop.simulator.audiohook_client import RATE, AudioHookClient
from desktop.simulator.audiohook_client_dial import Hook
from desktop.simulator.audiohook_client_play import stream
from desktop.simulator.stream_cost import CALLS, KEY, SECRET, listener_main

PATIENCE_S: Final = 60.0
LOOK_EVERY_S: Final = 0.1
EXIT_S: Final = 3.0
CHUNK_MS: Final = 200  # what the platform's own client sends
TOO_BUSY: Final = "This computer could not be measured: it is too busy now. Try again when less is running."


async def measure_stream_cost(progress: Callable[[float], None], *, patience_s: float = PATIENCE_S) -> StreamCost:
    """About six seconds. `progress` 0 to 1. Cancel it at any time. Unreachable: it did not work, in words."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    processes: list[BaseProcess] = []

    def start(target: Callable[..., None], *args: object) -> None:
        process = context.Process(target=target, args=args, name=f"sidetone-{target.__name__}", daemon=True)
        process.start()
        processes.append(process)

    try:
        await asyncio.to_thread(start, listener_main, theirs)
        theirs.close()
        async with asyncio.timeout(patience_s):
            while True:
                match await _next(ours.poll, ours.recv):
                    case ("port", int() as port, str() as pem):
                        await asyncio.to_thread(start, platform_main, port, pem)
                    case ("progress", float() as share):
                        progress(share)
                    case ("cost", StreamCost() as cost):
                        return cost
                    case _:  # pragma: no cover
                        raise AssertionError("the listener's process says something else")
    except (EOFError, TimeoutError, OSError):
        raise Unreachable(TOO_BUSY) from None
    finally:
        ours.close()
        await asyncio.shield(asyncio.to_thread(_end, processes))


async def _next(waiting: Callable[[], bool], receive: Callable[[], object]) -> object:
    """Polled, as a line that is waited for would hold a thread."""
    while True:
        if waiting():
            return receive()
        await asyncio.sleep(LOOK_EVERY_S)


def _end(processes: list[BaseProcess]) -> None:
    for process in processes:
        process.kill()
        process.join(EXIT_S)


def platform_main(port: int, pem: str) -> None:
    """Entry point of the spawned process: calls that stream until it is killed, or the listener is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with contextlib.suppress(Exception):  # the listener's own figures say what went wrong
        asyncio.run(_call(port, pem))


async def _call(port: int, pem: str) -> None:
    trusting = ssl.create_default_context(cadata=pem)
    hook = Hook(f"wss://localhost:{port}/audiohook", KEY, SECRET, ssl_context=trusting, host=("127.0.0.1", port))
    payload = random.Random(1).randbytes(round(PATIENCE_S) * 2 * RATE)
    began = time.monotonic()
    async with asyncio.TaskGroup() as group:
        for number in range(CALLS):
            group.create_task(_one(hook, payload, number / CALLS, began), name=f"call {number}")


async def _one(hook: Hook, payload: bytes, delay_s: float, began: float) -> None:
    """Calls begin one after the other, so that their messages don't all come at once."""
    await asyncio.sleep(delay_s)
    client = AudioHookClient(hook)
    await client.connect()
    await client.open()
    await stream(client, payload, seconds=PATIENCE_S - (time.monotonic() - began), chunk_ms=CHUNK_MS)
