"""One worker process and the socket to it: started, watched, replaced when it dies.

Frames wait in a bounded queue while the process loads, is replaced or does not keep up; when that is full, or what
waits for a loaded process is older than `OLD_NS`, the oldest are dropped and counted as shed: what is heard is recent.
"""

from __future__ import annotations

import asyncio
import contextlib
import multiprocessing
import socket
from collections import deque
from collections.abc import Callable, Sequence
from multiprocessing.process import BaseProcess

import msgspec

from desktop.domain.media import EncodedFrame
from desktop.engine.analyser import MakeRecogniser
from desktop.engine.wire import (
    LARGEST_MESSAGE,
    PREFIX_BYTES,
    Frames,
    FromWorker,
    Ready,
    Stop,
    ToWorker,
    from_worker,
    packed,
)
from desktop.engine.worker import worker_main

FRAMES_WAITING = 6_000  # about 7 s of 8 two-channel calls at 20 ms
UNREAD_BYTES = 128 * 1024  # beyond it frames wait here, where old ones can be dropped
OLD_NS = 3_000_000_000
BATCH_S = 0.01
RESTART_S = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
HEALTHY_S = 30.0
EXIT_S = 3.0
STUCK_AFTER = 10  # ticks without a word from a process that has work: no decoder takes so long


class WorkerSlot:
    """`run` keeps a process alive until `stop`.

    Called on the loop: `on_message` for what the process says, `on_death` when it went by itself, `on_start`
    for the orders that a new process needs before any frame.
    """

    def __init__(
        self,
        index: int,
        make_recogniser: MakeRecogniser,
        on_message: Callable[[int, FromWorker], None],
        on_death: Callable[[int], None],
        on_start: Callable[[int], Sequence[ToWorker]],
    ) -> None:
        self.index = index
        self.ready = False
        self.restarts = 0
        self.failures = 0  # in a row, each soon after its start
        self.calls: set[str] = set()
        self._make = make_recogniser
        self._on_message = on_message
        self._on_death = on_death
        self._on_start = on_start
        self._writer: asyncio.StreamWriter | None = None
        self._process: BaseProcess | None = None
        self._waiting: deque[EncodedFrame] = deque()
        self._timer: asyncio.TimerHandle | None = None
        self._stopping = self._replaced = False
        self._unanswered = 0

    @property
    def pid(self) -> int | None:
        """The process now serving this slot."""
        return self._process.pid if self._process else None

    @property
    def waiting_ms(self) -> float:
        """How long ago the oldest frame came that waits for the process, by the newest."""
        waiting = self._waiting
        return (waiting[-1].received_ns - waiting[0].received_ns) / 1e6 if waiting else 0.0

    def send(self, message: ToWorker, *, after_frames: bool = False) -> None:
        """An order; lost when the process is down, since `on_start` tells a new one everything."""
        if after_frames:
            self._flush(whole=True)
        self._write(message)

    def feed(self, frame: EncodedFrame) -> bool:
        """Queue a frame; False when older ones had to be dropped."""
        waiting, before = self._waiting, len(self._waiting)
        waiting.append(frame)
        oldest_ns = frame.received_ns - OLD_NS if self.ready else 0
        while len(waiting) > FRAMES_WAITING or waiting[0].received_ns < oldest_ns:
            waiting.popleft()
        if self._timer is None and self._writer is not None:
            self._timer = asyncio.get_running_loop().call_later(BATCH_S, self._flush)
        return len(waiting) > before

    def tick(self) -> None:
        """About once a second: a process that says nothing any more is ended, and then replaced as one that died."""
        self._unanswered += self.ready
        if self._unanswered > STUCK_AFTER and self._process is not None:
            self._unanswered = 0
            self._process.kill()

    def use(self, make_recogniser: MakeRecogniser) -> None:
        """From now on this: the process that is there goes, and its calls go on in the next one."""
        self._make, self.failures = make_recogniser, 0
        if self._writer is not None and self._process is not None:
            self._replaced = True
            self._process.kill()

    async def run(self) -> None:
        """Serve until stopped; a process that dies is replaced after a growing pause."""
        loop = asyncio.get_running_loop()
        while not self._stopping:
            started = loop.time()
            with contextlib.suppress(OSError):  # no socket or process to be had: a failed start like any other
                await self._serve_one_process()
            if self._stopping:
                break
            if self._replaced:
                self._replaced = False
                self._on_death(self.index)
                continue
            self.failures = 0 if loop.time() - started > HEALTHY_S else self.failures + 1
            self.restarts += 1
            self._on_death(self.index)
            await asyncio.sleep(RESTART_S[min(max(self.failures, 1), len(RESTART_S)) - 1])

    async def stop(self) -> None:
        """Ask the process to exit; end it when it does not."""
        self._stopping = True
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._writer is not None:
            self._write(Stop())
        process = self._process
        if process is not None:
            await asyncio.to_thread(process.join, EXIT_S)
            if process.is_alive():
                process.kill()
                await asyncio.to_thread(process.join, EXIT_S)

    async def _serve_one_process(self) -> None:
        ours, theirs = socket.socketpair()
        made = self._make
        process = multiprocessing.get_context("spawn").Process(
            target=worker_main, args=(theirs, made), name=f"sidetone-worker-{self.index}", daemon=True
        )
        starting = asyncio.get_running_loop().run_in_executor(None, process.start)
        try:
            await asyncio.shield(starting)
        except asyncio.CancelledError:
            await asyncio.wait([starting])  # a process that is being born can't be left alone
            self._process = process
            ours.close()
            raise
        finally:
            theirs.close()
        self._process = process
        reader, writer = await asyncio.open_connection(sock=ours)
        try:
            self._writer = writer
            if made is not self._make:
                self.use(self._make)  # somebody chose another one while this was born
            for order in self._on_start(self.index):
                self._write(order)
            self._flush()
            await self._read(reader)
        except asyncio.CancelledError:
            self._stopping = True  # in order: `stop` waits for it to go, and ends what does not
            self._write(Stop())
            raise
        finally:
            self.ready = False
            self._writer = None
            writer.close()
            if not self._stopping:
                process.kill()
                await asyncio.to_thread(process.join, EXIT_S)

    async def _read(self, reader: asyncio.StreamReader) -> None:
        while True:
            try:
                size = int.from_bytes(await reader.readexactly(PREFIX_BYTES), "big")
                if size > LARGEST_MESSAGE:
                    return
                message = from_worker.decode(await reader.readexactly(size))
            except (asyncio.IncompleteReadError, ConnectionError, msgspec.DecodeError):
                return
            self._unanswered = 0
            if isinstance(message, Ready):
                self.ready = True
            self._on_message(self.index, message)

    def _flush(self, *, whole: bool = False) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._waiting and self._writer is not None and not whole and self._unread() > UNREAD_BYTES:
            self._timer = asyncio.get_running_loop().call_later(BATCH_S, self._flush)
        elif self._waiting and self._writer is not None:
            frames, self._waiting = list(self._waiting), deque()
            self._write(Frames(frames))

    def _write(self, message: ToWorker) -> None:
        if self._writer is not None and not self._writer.is_closing():
            self._writer.write(packed(message))

    def _unread(self) -> int:
        return 0 if self._writer is None else self._writer.transport.get_write_buffer_size()
