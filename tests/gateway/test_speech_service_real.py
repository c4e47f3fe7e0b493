"""Document D with the real recogniser in real worker processes: a scripted call in, real words and a CSV out."""

from __future__ import annotations

import asyncio
import csv
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from aiohttp import web

from desktop.app.catalog import make_recogniser
from desktop.engine.pool import WorkerPool
from desktop.engine.wire import FromWorker, Heard, Pulse
from desktop.gateway.speech_service import SpeechService
from desktop.gateway.speech_service_config import SpeechServiceConfig
from desktop.gateway.speech_service_ears import PoolEars
from desktop.insights.call_analysis import CallAnalyst
from desktop.insights.lexicon import parse_lexicon
from desktop.insights.redaction import redact
from desktop.insights.sentiment import TextSentiment
from desktop.protocols.speech_stream import BYTES_PER_MS
from desktop.simulator.library import load_script
from desktop.simulator.speech_client import SpeechClient, mono_mix

RESOURCES = Path(__file__).parents[2] / "resources"
KEY = "a-key-of-this-test"


@asynccontextmanager
async def real_service(folder: Path) -> AsyncIterator[str]:
    """The service's address, with one worker process behind it."""

    def deliver(message: FromWorker) -> None:
        if isinstance(message, Heard):
            ears.heard(message.segments)
            for gap in message.gaps:
                ears.lost(gap)
        elif isinstance(message, Pulse):
            for lane in message.lanes:
                ears.pulse(lane.call, lane.position_ms, lane.backlog_ms)

    pool = WorkerPool(1, make_recogniser, deliver, lambda gap: ears.lost(gap))
    ears = PoolEars(pool.feed, pool.flush, pool.close)
    sentiment = TextSentiment(parse_lexicon((RESOURCES / "lexicon/vader_words.tsv").read_text("utf-8")))
    service = SpeechService(
        SpeechServiceConfig(max_ahead_s=60.0, finish_timeout_s=60.0),
        [KEY],
        ears,
        folder,
        make_analyst=lambda: CallAnalyst(sentiment),
        redact=redact,
    )
    app = web.Application()
    app.add_routes(service.routes())
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    async with asyncio.TaskGroup() as group:
        running = group.create_task(pool.run(), name="pool")
        try:
            yield f"ws://127.0.0.1:{runner.addresses[0][1]}/api/v2/speech-analytics"
        finally:
            await service.close()
            await runner.cleanup()
            running.cancel()
    assert len(ears) == 0
    assert len(pool) == 0


def results(folder: Path) -> list[dict[str, str]]:
    rows: list[dict[str, str]] = []
    for path in folder.glob("results-*.csv"):
        with path.open(encoding="utf-8", newline="") as file:
            rows += csv.DictReader(file)
    return rows


async def test_document_d_a_real_call_gives_real_words_and_a_csv(tmp_path: Path) -> None:
    script = load_script(RESOURCES / "calls/rising-anger.toml")
    pcm = mono_mix(script)[: 20_000 * BYTES_PER_MS]
    async with real_service(tmp_path) as url:
        client = SpeechClient(url, KEY, language="en-US", speed=0)
        answers, cut = await asyncio.gather(client.stream("whole", pcm), client.cut("cut", pcm[: len(pcm) // 2]))
        assert cut.opened is not None
        async with asyncio.timeout(60):
            while len(rows := results(tmp_path)) < 2:
                await asyncio.sleep(0.1)

    said = " ".join(answers.texts)
    print(answers)
    print(rows)
    assert {"third", "time", "calling", "problem"} <= set(said.split())
