"""Document D with the real recogniser in real worker processes: a scripted call in, real words and a CSV out."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import cast

import pytest
from aiohttp import web
from websockets.exceptions import InvalidStatus

from desktop.app.catalog import make_recogniser
from desktop.engine.pool import WorkerPool
from desktop.engine.wire import FromWorker, Heard, Pulse
from desktop.gateway.speech_service import SpeechService
from desktop.gateway.speech_service_config import SpeechServiceConfig
from desktop.gateway.speech_service_ears import PoolEars
from desktop.insights.call_analysis import CallAnalyst
from desktop.insights.redaction import redact
from desktop.protocols.speech_stream import BYTES_PER_MS, Event, Opened, ServiceMessage
from desktop.simulator.library import load_script
from desktop.simulator.speech_client import SpeechClient, mono_mix
from tests.gateway.speech_ears import KEY, SENTIMENT, ScriptedEars, results, serving
from tests.recognition.patient import make_patient_recogniser

RESOURCES = Path(__file__).parents[2] / "resources"


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

    pool = WorkerPool(1, make_patient_recogniser, deliver, lambda gap: ears.lost(gap))
    ears = PoolEars(pool.feed, pool.flush, pool.close)
    service = SpeechService(
        SpeechServiceConfig(max_ahead_s=6.0, finish_timeout_s=60.0),
        [KEY],
        ears,
        folder,
        make_analyst=lambda: CallAnalyst(SENTIMENT),
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
    assert ears.sessions == 0
    assert len(pool) == 0


async def test_document_d_a_real_call_gives_real_words_and_its_cut_twin_a_csv(tmp_path: Path) -> None:
    pcm = mono_mix(load_script(RESOURCES / "calls/rising-anger.toml"))
    async with real_service(tmp_path) as url:
        client = SpeechClient(url, KEY, language="en-US", speed=0)
        mid_sentence = pcm[: 5_500 * BYTES_PER_MS]
        answers, cut = await asyncio.gather(
            client.stream("whole", pcm[: 8_500 * BYTES_PER_MS]), client.cut("cut", mid_sentence)
        )
        assert cut.opened is not None
        async with asyncio.timeout(60):
            while len(rows := results(tmp_path)) < 2:
                await asyncio.sleep(0.05)

    assert answers.opened is not None
    assert answers.closed is not None
    assert answers.errors == []
    assert answers.close_code == 1000
    assert "this is the third time i am calling about the same problem" in answers.texts
    assert answers.analysis is not None
    assert answers.analysis.process_issues == 'called several times: "third time i am calling"'
    assert answers.analysis.repeated_problems == 'again: "this is the third time"'
    by_id = {row["session_id"]: row for row in rows}
    assert by_id["whole"]["transcript"].splitlines() == answers.texts
    assert by_id["whole"]["ended_by"] == "close"
    assert by_id["whole"]["lost_s"] == "0.00"
    assert by_id["cut"]["ended_by"] == "connection lost"
    assert "third time" in by_id["cut"]["transcript"]
    assert "problem" not in by_id["cut"]["transcript"]


async def test_opened_is_said_before_any_model_is_loaded(tmp_path: Path) -> None:
    pool = WorkerPool(1, make_recogniser, lambda message: None, lambda gap: None)  # never run
    ears = cast(ScriptedEars, PoolEars(pool.feed, pool.flush, pool.close))
    async with serving(tmp_path, ears, finish_timeout_s=0.1) as served:
        answers = await SpeechClient(served.url, KEY).stream("s", bytes(1_000))
        assert answers.opened is not None
        assert answers.opened.parameters.supported_languages == ("en",)
        assert len(await served.rows()) == 1
    assert len(pool) == 0


async def test_partials_and_a_key_that_is_not_known(tmp_path: Path) -> None:
    async with serving(tmp_path) as served:
        client = SpeechClient(served.url, KEY, partials=True, chunk_bytes=3_001)

        def speak(message: ServiceMessage) -> None:
            if isinstance(message, Opened):
                served.ears.last.say("hel", final=False)
                served.ears.last.say("hello")

        answers = await client.stream("s", bytes(9_000), on_message=speak)
        finality = [
            e.parameters.entity and e.parameters.entity.is_final for e in answers.messages if isinstance(e, Event)
        ]
        assert (answers.texts, finality, answers.analysis) == (["hel", "hello"], [False, True], None)
        with pytest.raises(InvalidStatus):
            await SpeechClient(served.url, "some-other-key-that-is-wrong").stream("s", b"")
