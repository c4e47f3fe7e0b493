"""Strangers at the listener's door: thousands of wrongly signed attempts while one call goes on."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from aiohttp import web
from websockets.exceptions import InvalidStatus

from desktop.domain.events import AudioArrived, SourceEvent
from desktop.gateway.audiohook import AudioHookListener
from desktop.gateway.audiohook_config import AudioHookConfig
from desktop.simulator.audiohook_client import AudioHookClient
from desktop.simulator.audiohook_client_dial import Hook, Tampering

SECRET = b"the secret of the siege"
CHUNK_MS = 100


@dataclass(frozen=True, slots=True)
class SiegeReport:
    """`call_sent` and `call_heard` are samples of the call that went on meanwhile, both channels."""

    attempts: int
    refused: int  # answered 401
    counted: int  # by the listener
    call_sent: int
    call_heard: int


async def run_siege(attempts: int, *, at_once: int = 100) -> SiegeReport:
    """Every attempt must be refused and counted, and the call must lose nothing."""
    heard = 0

    def deliver(event: SourceEvent) -> None:
        nonlocal heard
        if isinstance(event, AudioArrived):
            heard += len(event.frame.payload)

    listener = AudioHookListener(AudioHookConfig("siege"), {"test-key": SECRET}.get, deliver)
    app = web.Application()
    app.add_routes(listener.routes())
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, backlog=1024).start()
    port = runner.addresses[0][1]
    hook = Hook(f"ws://localhost:{port}/audiohook", secret=SECRET, host=("127.0.0.1", port))
    turns, over = asyncio.Semaphore(at_once), asyncio.Event()
    refused = sent = 0

    async def stranger() -> None:
        nonlocal refused
        async with turns:
            try:
                await AudioHookClient(hook).connect(Tampering(secret=b"wrong"))
            except InvalidStatus as answer:
                refused += answer.response.status_code == 401

    async def call() -> None:
        nonlocal sent
        client = AudioHookClient(hook)
        await client.connect()
        await client.open()
        while not over.is_set():
            await client.sound(bytes(CHUNK_MS * 16))
            sent += CHUNK_MS * 16
            await asyncio.sleep(CHUNK_MS / 1000)
        await client.close()

    try:
        async with asyncio.TaskGroup() as call_group:
            call_group.create_task(call(), name="the call")
            async with asyncio.TaskGroup() as group:
                for number in range(attempts):
                    group.create_task(stranger(), name=f"stranger {number}")
            over.set()
    finally:
        await listener.close()
        await runner.cleanup()
    return SiegeReport(attempts, refused, listener.stats.refused, sent, heard)
