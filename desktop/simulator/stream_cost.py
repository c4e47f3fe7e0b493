"""What a call costs an AudioHook listener here: signed TLS sessions, taken in by the listener's own code in a process
of its own, so that its processor time and memory are the listener's and not the caller's.

    platform (simulator/stream_cost_platform.py)  --wss, loopback-->  this process: receive | + decode | + Opus

The way to a recogniser's process and recognition itself are not part of it, nor are the sockets of consoles.
"""

from __future__ import annotations

import asyncio
import enum
import signal
import time
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from typing import Final, assert_never

import psutil
from aiohttp import web

from desktop.audio.lane import Lane
from desktop.domain.capacity import StreamCost
from desktop.domain.events import AudioArrived, SourceEvent
from desktop.domain.media import EncodedFrame, Party
from desktop.gateway.audiohook import AudioHookListener
from desktop.gateway.audiohook_config import AudioHookConfig
from desktop.gateway.hardening import HardenedSite, hardened_runner
from desktop.gateway.throwaway import loopback_tls
from desktop.gateway.transcode import Packet, Transcoder

KEY: Final = "measuring"
SECRET: Final = b"for measuring on loopback only"
CALLS: Final = 24
WINDOW_S: Final = 1.0
SETTLE_S: Final = 0.4  # a call's backlog is taken in, its decoders and encoders are made: once, not per second
ALL_OPEN_S: Final = 30.0
LEAST_MB: Final = 0.01
_BYTES_PER_S: Final = 8_000


class Work(enum.Enum):
    """What is done with the sound that comes in."""

    RECEIVE = "receive"
    DECODE = "decode"
    SHARE = "share"


@dataclass(slots=True)
class Ear:
    """Where the listener delivers to."""

    work: Work = Work.RECEIVE
    heard_bytes: int = 0
    packets: int = 0
    lanes: dict[tuple[str, Party], Lane] = field(default_factory=dict)
    transcoder: Transcoder | None = None

    def __call__(self, event: SourceEvent) -> None:
        """Take it in."""
        if not isinstance(event, AudioArrived):
            return
        frame = event.frame
        self.heard_bytes += len(frame.payload)
        match self.work:
            case Work.RECEIVE:
                pass
            case Work.DECODE:
                self._lane(frame).push(frame)
            case Work.SHARE:
                if self.transcoder is None:
                    self.transcoder = Transcoder(self._packet)
                self.transcoder.feed(frame)
            case _:  # pragma: no cover
                assert_never(self.work)

    def _lane(self, frame: EncodedFrame) -> Lane:
        key = (frame.call, frame.party)
        if key not in self.lanes:
            self.lanes[key] = Lane(*key, frame.at_ms or 0)
        return self.lanes[key]

    def _packet(self, packet: Packet) -> None:
        self.packets += 1

    def close(self) -> None:
        """Let the threads go."""
        if self.transcoder is not None:
            self.transcoder.close()


def listener_main(line: Connection) -> None:
    """Entry point of the spawned process. Sends ("port", port, pem), ("progress", 0..1) and ("cost", StreamCost)."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        asyncio.run(_measure(line))
    except (BrokenPipeError, EOFError, TimeoutError):  # whoever asked went away, or nobody dialled: the line tells
        pass
    finally:
        line.close()


async def _measure(line: Connection) -> None:
    ear = Ear()
    listener = AudioHookListener(AudioHookConfig("measuring", max_sessions=CALLS), {KEY: SECRET}.get, ear)
    app = web.Application()
    app.add_routes(listener.routes())
    runner = hardened_runner(app)
    await runner.setup()
    context, pem = loopback_tls()
    await HardenedSite(runner, "127.0.0.1", 0, ssl_context=context).start()
    before_mb = _resident_mb()
    line.send(("port", runner.addresses[0][1], pem))
    try:
        async with asyncio.timeout(ALL_OPEN_S):
            while len(listener.calls()) < CALLS:
                line.send(("progress", 0.4 * len(listener.calls()) / CALLS))
                await asyncio.sleep(0.1)
        cpu, seconds = {}, 0.0
        for done, work in enumerate(Work):
            line.send(("progress", 0.4 + 0.2 * done))
            cpu[work], heard_s = await _window(ear, work)
            seconds += heard_s
        call_mb = max(LEAST_MB, (_resident_mb() - before_mb) / CALLS)
        line.send(("cost", _cost(cpu, call_mb, seconds)))
    finally:
        ear.close()
        await listener.close()
        await runner.cleanup()


def _resident_mb() -> float:
    return float(psutil.Process().memory_info().rss) / 1e6


async def _window(ear: Ear, work: Work) -> tuple[float, float]:
    """Processor seconds per second of call, and how many seconds of call came."""
    ear.work = work
    await asyncio.sleep(SETTLE_S)
    cpu, before = time.process_time(), ear.heard_bytes
    await asyncio.sleep(WINDOW_S)
    heard_s = (ear.heard_bytes - before) / (2 * _BYTES_PER_S)
    return (time.process_time() - cpu) / max(heard_s, 1e-3), heard_s


def _cost(cpu: dict[Work, float], call_mb: float, seconds: float) -> StreamCost:
    receive = max(cpu[Work.RECEIVE], 1e-6)
    return StreamCost(
        receive_cpu=receive,
        decode_cpu=max(0.0, cpu[Work.DECODE] - receive),
        share_cpu=max(0.0, cpu[Work.SHARE] - receive),
        call_mb=call_mb,
        calls=CALLS,
        seconds=seconds,
        measured_at_ms=time.time_ns() // 1_000_000,
    )
