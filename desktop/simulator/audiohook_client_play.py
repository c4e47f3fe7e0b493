"""Plays a call over an AudioHook session: the backlog at once, then in real time, a ping every five seconds."""

from __future__ import annotations

import asyncio
import time

from desktop.simulator.audiohook_client import PING_EVERY_S, RATE, AudioHookClient
from desktop.simulator.audiohook_client_dial import Hook
from desktop.simulator.audiohook_client_sound import interleaved, pcmu_of
from desktop.simulator.script import Script

CHUNK_MS = 200


async def stream(
    client: AudioHookClient, payload: bytes, *, seconds: float, chunk_ms: int = CHUNK_MS, backlog_ms: int = 0
) -> None:
    """Send `payload` (interleaved as the server chose) from the client's position on, for `seconds` of wall clock.

    `backlog_ms` of it is sent at once: what was said before `opened`. Paused sound passes unsent, as in life.
    """
    width, total = len(client.channels), len(payload) // len(client.channels)
    loop = asyncio.get_running_loop()
    began, first = loop.time(), client.position + client.missed
    next_ping = began + 1.0
    while (now := loop.time()) - began < seconds:
        due = min(first + backlog_ms * RATE // 1000 + round((now - began) * RATE), total)
        await _send(client, payload, width, due, chunk_ms * RATE // 1000)
        if now >= next_ping:
            next_ping = now + PING_EVERY_S
            await client.ping()
        if client.position + client.missed >= total:
            return
        await client.listen(min(chunk_ms / 1000, max(0.001, began + seconds - loop.time())))


async def _send(client: AudioHookClient, payload: bytes, width: int, due: int, chunk: int) -> None:
    while (at := client.position + client.missed) + chunk <= due or (at < due == len(payload) // width):
        until = min(at + chunk, due)
        if client.private or client.server_paused:
            client.missed += until - at
        else:
            await client.sound(payload[at * width : until * width])


async def play_script(
    hook: Hook, script: Script, conversation: str, *, seconds: float = 3600.0, sounds: dict[str, bytes] | None = None
) -> AudioHookClient:
    """A whole call, from the dial to its end; returns the session for what it saw. Decoding a script takes a while:
    pass `sounds` from `pcmu_of` where that matters."""
    heard = await asyncio.to_thread(pcmu_of, script) if sounds is None else sounds
    client = AudioHookClient(hook, conversation)
    dialled = time.perf_counter()
    await client.connect()
    await client.open()
    backlog_ms = round((time.perf_counter() - dialled) * 1000)
    if client.channels:
        await stream(client, interleaved(heard, client.channels), seconds=seconds, backlog_ms=backlog_ms)
    await client.close()
    return client
