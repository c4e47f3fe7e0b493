"""The recogniser of a diagnosis: a real worker process that hears a few of the watched calls."""

from __future__ import annotations

import asyncio
import contextlib
from types import TracebackType

from desktop.app.catalog import RecogniserChoice, make_recogniser
from desktop.domain.errors import Rejected, Unreachable
from desktop.domain.events import AudioArrived, SourceEvent
from desktop.domain.speech import EngineNotice
from desktop.engine.hub import LANGUAGE
from desktop.engine.pool import WorkerPool
from desktop.engine.wire import FromWorker, Heard, Ready
from desktop.recognition.speech_service_probe import probe
from desktop.settings.model import EngineKind

MOST_CALLS = 4
LOAD_S = 60.0


class EngineEars:
    """`async with` starts and ends the process. Keeps no words: only when the first ones were there."""

    def __init__(self, choice: RecogniserChoice = make_recogniser) -> None:
        self.first_words_at: float | None = None
        self.notice: EngineNotice | None = None
        self._choice = choice
        self._pool = WorkerPool(1, choice, self._said, lambda gap: None)
        self._calls: set[str] = set()
        self._loaded, self._understood = asyncio.Event(), asyncio.Event()
        self._group = asyncio.TaskGroup()
        self._running: asyncio.Task[None] | None = None

    async def __aenter__(self) -> EngineEars:
        await self._group.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._running is not None:
            self._running.cancel()
        await self._group.__aexit__(kind, error, trace)

    async def ready(self) -> None:
        """Unreachable if the recogniser does not load, Rejected if a speech service would not hear us."""
        if self._choice.recognition.engine is EngineKind.SPEECH_SERVICE:
            trouble = await probe(self._choice.service)
            if trouble is not None:
                raise Rejected(f"Nothing would be heard: {trouble.value}.")
        if self._running is None:
            self._running = self._group.create_task(self._pool.run(), name="recogniser")
        try:
            async with asyncio.timeout(LOAD_S):
                await self._loaded.wait()
        except TimeoutError:
            raise Unreachable("The recogniser does not start. Reinstall Sidetone.") from None

    def hear(self, event: SourceEvent) -> None:
        """Sound of the first few calls; a diagnosis needs no more."""
        if not isinstance(event, AudioArrived):
            return
        if event.frame.call in self._calls or len(self._calls) < MOST_CALLS:
            self._calls.add(event.frame.call)
            self._pool.feed(event.frame, LANGUAGE)

    async def finish(self, within_s: float) -> None:
        """Let it hear what it has."""
        if not self._calls:
            return
        for call in self._calls:
            self._pool.flush(call)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within_s):
                await self._understood.wait()

    def _said(self, message: FromWorker) -> None:
        match message:
            case Ready(notice=notice):
                self.notice = notice
                self._loaded.set()
            case Heard() if self.first_words_at is None and any(segment.text for segment in message.segments):
                self.first_words_at = asyncio.get_running_loop().time()
                self._understood.set()
            case _:
                pass
