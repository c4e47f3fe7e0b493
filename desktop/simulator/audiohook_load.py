"""How much an AudioHook listener carries: many stereo sessions at once on loopback, every sample accounted for."""

from __future__ import annotations

import asyncio
import random
import ssl
import time
from dataclasses import dataclass

from aiohttp import web

from desktop.domain.events import AudioArrived, AudioGap, PeerComplaint, SourceEvent
from desktop.gateway.audiohook import AudioHookListener
from desktop.gateway.audiohook_config import AudioHookConfig
from desktop.simulator.audiohook_client import RATE, AudioHookClient
from desktop.simulator.audiohook_client_dial import Hook
from desktop.simulator.audiohook_client_play import stream

SECRET = b"a secret for the load test only"


@dataclass(frozen=True, slots=True)
class LoadReport:
    """`sent` and `delivered` are samples over all sessions and both channels; equal when nothing is lost."""

    sessions: int
    seconds: float
    sent: int
    delivered: int
    frames: int
    gaps: int
    complaints: int
    violations: int
    opened_p50_ms: float  # as the client sees it: `open` until `opened`
    opened_p99_ms: float
    opened_max_ms: float
    listener_opened_max_ms: float  # as the listener measures it
    rtt_max_ms: float
    cpu_share: float  # of one core, both sides together

    @property
    def whole(self) -> bool:
        """Every sample arrived, once, and nobody complained."""
        return self.sent == self.delivered and not (self.gaps or self.complaints or self.violations)


class _Ear:
    def __init__(self) -> None:
        self.samples = self.frames = self.gaps = self.complaints = 0

    def __call__(self, event: SourceEvent) -> None:
        if isinstance(event, AudioArrived):
            self.frames += 1
            self.samples += len(event.frame.payload)
        elif isinstance(event, AudioGap):
            self.gaps += 1
        elif isinstance(event, PeerComplaint):
            self.complaints += 1


async def run_load(
    sessions: int,
    seconds: float,
    *,
    ramp_s: float = 1.0,
    chunk_ms: int = 100,
    tls: tuple[ssl.SSLContext, ssl.SSLContext] | None = None,
) -> LoadReport:
    """Signed sessions dial within `ramp_s`, each streams for `seconds`. `tls`: contexts of server and client."""
    ear, clients, opened_here = _Ear(), [], [0.0]
    listener = AudioHookListener(AudioHookConfig("load"), {"test-key": SECRET}.get, ear)
    app = web.Application()
    app.add_routes(listener.routes())
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls[0] if tls else None).start()
    port = runner.addresses[0][1]
    scheme, client_tls = ("wss", tls[1]) if tls else ("ws", None)
    uri = f"{scheme}://localhost:{port}/audiohook"
    hook = Hook(uri, secret=SECRET, ssl_context=client_tls, host=("127.0.0.1", port))
    payload = random.Random(1).randbytes(round(seconds + 2) * 2 * RATE)
    chance = random.Random(1)

    async def one(delay_s: float) -> None:
        await asyncio.sleep(delay_s)
        client = AudioHookClient(hook)
        clients.append(client)
        await client.connect()
        await client.open()
        opened_here.extend(info.opened_ms or 0.0 for info in listener.calls() if info.call == client.conversation)
        await stream(client, payload, seconds=seconds, chunk_ms=chunk_ms)
        await client.close()

    cpu, wall = time.process_time(), time.perf_counter()
    try:
        async with asyncio.timeout(seconds + ramp_s + 60), asyncio.TaskGroup() as group:
            for number in range(sessions):
                group.create_task(one(chance.random() * ramp_s), name=f"load {number}")
        share = (time.process_time() - cpu) / (time.perf_counter() - wall)
    finally:
        await listener.close()
        await runner.cleanup()
    opened = sorted((client.opened_s or 0.0) * 1000 for client in clients)
    return LoadReport(
        sessions=len(clients),
        seconds=seconds,
        sent=sum(client.position * len(client.channels) for client in clients),
        delivered=ear.samples,
        frames=ear.frames,
        gaps=ear.gaps,
        complaints=ear.complaints,
        violations=sum(len(client.violations) for client in clients),
        opened_p50_ms=opened[len(opened) // 2],
        opened_p99_ms=opened[min(len(opened) - 1, round(len(opened) * 0.99))],
        opened_max_ms=opened[-1],
        listener_opened_max_ms=max(opened_here),
        rtt_max_ms=1000 * max((rtt for client in clients for rtt in client.rtts), default=0.0),
        cpu_share=share,
    )
