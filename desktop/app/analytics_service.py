"""Document D's service with the real recogniser behind it: its own worker pool, its own analyst, its results folder."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import assert_never

from aiohttp import web

from desktop.app.assembly import LEXICON
from desktop.app.catalog import make_recogniser
from desktop.bundled import resources_folder
from desktop.engine.pool import WorkerPool
from desktop.engine.wire import FromWorker, Heard, Pulse, Ready, Refused, Trouble
from desktop.gateway.speech_service import SpeechService
from desktop.gateway.speech_service_config import SpeechServiceConfig
from desktop.gateway.speech_service_ears import PoolEars
from desktop.insights.call_analysis import CallAnalyst
from desktop.insights.lexicon import parse_lexicon
from desktop.insights.redaction import redact
from desktop.insights.sentiment import TextSentiment


class AnalyticsService:
    """Mount `routes()`, `run` beside it; `close` finishes what is under way and writes its results."""

    def __init__(
        self, keys: Sequence[str], results: Path, *, workers: int, config: SpeechServiceConfig | None = None
    ) -> None:
        lexicon = parse_lexicon((resources_folder() / LEXICON).read_text("utf-8")).for_the_trade()
        self._pool = WorkerPool(workers, make_recogniser, self._heard, lambda gap: self._ears.lost(gap))
        self._ears = PoolEars(self._pool.feed, self._pool.flush, self._pool.close)
        self.service = SpeechService(
            config or SpeechServiceConfig(),
            keys,
            self._ears,
            results,
            make_analyst=lambda: CallAnalyst(TextSentiment(lexicon)),
            redact=redact,
        )

    def routes(self) -> Iterable[web.RouteDef]:
        """To be mounted."""
        return self.service.routes()

    async def run(self) -> None:
        """The worker processes, until cancelled."""
        await self._pool.run()

    async def start(self) -> None:
        """Before listening: finish what an earlier run left."""
        await self.service.start()

    async def close(self) -> None:
        """Finish, write, end."""
        await self.service.close()

    def _heard(self, message: FromWorker) -> None:
        match message:
            case Heard(segments, _, gaps, _):
                self._ears.heard(segments)
                for gap in gaps:
                    self._ears.lost(gap)
            case Pulse(lanes=lanes):
                for lane in lanes:
                    self._ears.pulse(lane.call, lane.position_ms, lane.backlog_ms)
            case Ready() | Refused() | Trouble():
                pass
            case _:  # pragma: no cover
                assert_never(message)
