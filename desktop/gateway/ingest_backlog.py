"""What document C's listener has acknowledged and not dealt with: a bounded backlog per channel, worked off behind."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from typing import Final, NamedTuple

from desktop.domain.events import AudioArrived, LinkChanged, LinkFound, LinkMeasured, LinkState, Measure
from desktop.domain.media import EncodedFrame, Party
from desktop.domain.ports import Deliver
from desktop.gateway.ingest_bodies import Payload
from desktop.gateway.ingest_calls import CallBook, Stream
from desktop.gateway.ingest_config import IngestConfig, IngestStats
from desktop.gateway.ingest_delay import DelayMeter

TICK_S: Final = 0.5
BATCH: Final = 200


class Waiting(NamedTuple):
    """One payload of one party. `ms` is what it counts in its channel's backlog."""

    stream: Stream
    party: Party
    payload: Payload
    ms: float
    seq: int | None
    at_ms: int | None
    received_ns: int


class Backlog:
    """Each channel may have `config.backlog_ms` in it; a single longer payload is taken when nothing waits."""

    def __init__(
        self, config: IngestConfig, deliver: Deliver, calls: CallBook, delays: DelayMeter, stats: IngestStats
    ) -> None:
        self._config, self._deliver, self._calls, self._delays, self._stats = config, deliver, calls, delays, stats
        self._queue: deque[Waiting] = deque()
        self._filled = asyncio.Event()

    def has_room(self, stream: Stream, ms: float) -> bool:
        """Whether `ms` more may wait."""
        return stream.backlog_ms <= 0 or stream.backlog_ms + ms <= self._config.backlog_ms

    def put(self, waiting: Waiting) -> None:
        """Never refuses: ask `has_room` first."""
        waiting.stream.backlog_ms += waiting.ms
        self._queue.append(waiting)
        self._filled.set()

    async def work(self) -> None:
        """Deliver, measure and end calls, until cancelled."""
        self._tell(LinkState.LIVE, "Listening; the platform posts audio here once a hook is bound to a call.")
        loop = asyncio.get_running_loop()
        next_tick = 0.0
        try:
            while True:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(TICK_S):
                        await self._filled.wait()
                self._deliver_some()
                if loop.time() >= next_tick:
                    next_tick = loop.time() + TICK_S
                    self._look_around(loop.time())
                await asyncio.sleep(0)
        finally:
            self._calls.end_all("the listener stopped")
            self._tell(LinkState.CLOSED, "The listener was stopped.")

    def _deliver_some(self) -> None:
        for _ in range(min(BATCH, len(self._queue))):
            stream, party, payload, ms, seq, at_ms, received_ns = self._queue.popleft()
            stream.backlog_ms = max(0.0, stream.backlog_ms - ms)
            stream.room.set()
            self._stats.frames += 1
            link, codec, data = self._config.link, payload.codec, payload.data
            frame = EncodedFrame(link, stream.call, party, codec, seq, at_ms, data, received_ns)
            self._deliver(AudioArrived(frame))
        if not self._queue:
            self._filled.clear()

    def _look_around(self, now_s: float) -> None:
        worst, findings = self._delays.take(now_s)
        if worst is not None:
            self._deliver(LinkMeasured(self._config.link, Measure.ROUND_TRIP, max(0.0, worst)))
        for finding in findings:
            self._deliver(LinkFound(self._config.link, finding))
        self._calls.end_idle()

    def _tell(self, state: LinkState, detail: str) -> None:
        self._deliver(LinkChanged(self._config.link, self._config.region, state, detail, relists=False))
