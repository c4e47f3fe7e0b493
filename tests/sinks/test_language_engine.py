"""The language engine's client against a real HTTP server: document E's cures for high latency, and a sick engine."""

from __future__ import annotations

import asyncio
import json
import logging
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
import trustme
from aiohttp import web

from desktop.domain.bots import EngineOutcome
from desktop.domain.errors import SettingInvalid
from desktop.protocols.circuit import CircuitState
from desktop.simulator.bot_engine import SimulatedEngine
from desktop.sinks.language_engine import HttpLanguageEngine, LanguageEngineConfig, engine_request, question_key
from tests.support.leaks import held

MESSAGE: dict[str, object] = {
    "type": "intent",
    "channel": "bot-events",
    "conversationId": "conv-1",
    "botId": "bot-1",
    "text": "where is my parcel",
    "intent": "",
    "participantName": "Jane Doe",
    "history": ["x"] * 500,
}
ANSWERED, CACHED, LATE = EngineOutcome.ANSWERED, EngineOutcome.CACHED, EngineOutcome.LATE
FAILED, SKIPPED = EngineOutcome.FAILED, EngineOutcome.SKIPPED


def asking(text: str) -> dict[str, object]:
    return MESSAGE | {"text": text}


@asynccontextmanager
async def serving(engine: SimulatedEngine, tls: ssl.SSLContext | None = None) -> AsyncIterator[str]:
    app = web.Application()
    app.router.add_post("/nlp", engine.serve)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
    await runner.setup()
    await web.TCPSite(runner, "localhost" if tls else "127.0.0.1", 0, ssl_context=tls).start()
    host = "localhost" if tls else "127.0.0.1"
    try:
        yield f"{'https' if tls else 'http'}://{host}:{runner.addresses[0][1]}/nlp"
    finally:
        engine.close()
        await runner.cleanup()


@asynccontextmanager
async def client_of(
    engine: SimulatedEngine, *, clock: Callable[[], float] | None = None, **config: float
) -> AsyncIterator[HttpLanguageEngine]:
    async with serving(engine) as url:
        options = {} if clock is None else {"clock": clock}
        client = HttpLanguageEngine(LanguageEngineConfig(url, **config), **options)  # type: ignore[arg-type]
        try:
            yield client
        finally:
            await client.close()


async def test_document_e_optimize_payloads_only_the_necessary_fields_are_sent() -> None:
    engine = SimulatedEngine()
    async with client_of(engine) as client:
        answer = await client.answer(MESSAGE)
    assert (answer.outcome, answer.body) == (ANSWERED, {"text": "One moment, please.", "data": {}})
    assert answer.took_ms > 0
    assert list(engine.requests) == [
        {
            "userId": "conv-1",
            "sessionId": "conv-1",
            "text": "where is my parcel",
            "data": {"type": "intent", "botId": "bot-1"},
        }
    ]


async def test_document_e_serialization_overhead_is_cut_to_a_fraction() -> None:
    assert len(json.dumps(engine_request(MESSAGE))) < len(json.dumps(MESSAGE)) / 10
    assert engine_request({"text": 7, "botId": "b" * 5_000}) == {}


async def test_document_e_optimize_payloads_large_bodies_are_compressed() -> None:
    engine = SimulatedEngine()
    async with client_of(engine, gzip_above=1_000) as client:
        await client.answer(asking("short"))
        await client.answer(asking("long " * 1_000))
    assert engine.encodings == ["", "gzip"]
    assert engine.requests[1]["text"] == "long " * 1_000


async def test_an_engine_without_gzip_is_asked_plainly_from_then_on() -> None:
    engine = SimulatedEngine(reads_gzip=False)
    async with client_of(engine, gzip_above=0) as client:
        assert (await client.answer(asking("one"))).outcome is ANSWERED
        assert (await client.answer(asking("two"))).outcome is ANSWERED
    assert engine.encodings == ["gzip", "", ""]


async def test_document_e_caching_a_repeated_intent_is_answered_without_asking() -> None:
    engine, now = SimulatedEngine(), [0.0]
    async with client_of(engine, clock=lambda: now[0], cache_s=60.0) as client:
        first = await client.answer(MESSAGE)
        again = await client.answer(MESSAGE | {"conversationId": "conv-2", "text": " Where is my PARCEL "})
        other = await client.answer(MESSAGE | {"botId": "bot-2"})
        now[0] = 61.0
        later = await client.answer(MESSAGE)
    assert [a.outcome for a in (first, again, other, later)] == [ANSWERED, CACHED, ANSWERED, ANSWERED]
    assert (again.took_ms, again.body) == (0.0, first.body)
    assert engine.asked == 3


async def test_the_cache_is_bounded_and_keeps_what_is_used() -> None:
    engine = SimulatedEngine()
    async with client_of(engine, cache_size=2) as client:
        texts = ("a", "b", "a", "c", "a", "b")
        outcomes = [(await client.answer(asking(text))).outcome for text in texts]
    assert outcomes == [ANSWERED, ANSWERED, CACHED, ANSWERED, CACHED, ANSWERED]


async def test_an_empty_answer_is_an_answer_and_is_kept() -> None:
    engine = SimulatedEngine(answer="")
    async with client_of(engine) as client:
        outcomes = [(await client.answer(MESSAGE)).outcome for _ in range(2)]
    assert outcomes == [ANSWERED, CACHED]


async def test_caching_can_be_switched_off_and_keeps_no_failures() -> None:
    engine = SimulatedEngine()
    async with client_of(engine, cache_s=0.0) as client:
        assert [(await client.answer(MESSAGE)).outcome for _ in range(2)] == [ANSWERED, ANSWERED]
    engine.status = 500
    async with client_of(engine) as client:
        await client.answer(MESSAGE)
        engine.status = 200
        assert (await client.answer(MESSAGE)).outcome is ANSWERED


async def test_document_e_nlp_engine_latency_is_limited() -> None:
    engine = SimulatedEngine(latency_s=10.0)
    async with client_of(engine, timeout_s=0.05) as client:
        answer = await client.answer(MESSAGE)
    assert (answer.outcome, answer.body) == (LATE, None)
    assert 50 <= answer.took_ms < 5_000


@pytest.mark.parametrize("reply", ["not json", "[" * 20_000, "9" * 300_000])
async def test_an_answer_that_is_none_is_a_failure(reply: str) -> None:
    async with client_of(SimulatedEngine(answer=reply)) as client:
        assert (await client.answer(MESSAGE)).outcome is FAILED


async def test_the_circuit_opens_probes_once_and_closes() -> None:
    engine, now = SimulatedEngine(status=500), [0.0]
    async with client_of(engine, clock=lambda: now[0], failures=3, cool_down_s=30.0, cache_s=0.0) as client:
        outcomes = [(await client.answer(MESSAGE)).outcome for _ in range(6)]
        assert outcomes == [FAILED] * 3 + [SKIPPED] * 3
        assert (engine.asked, client.circuit) == (3, CircuitState.OPEN)
        now[0] = 31.0
        assert [(await client.answer(MESSAGE)).outcome for _ in range(2)] == [FAILED, SKIPPED]
        now[0], engine.status, engine.latency_s = 62.0, 200, 0.05
        together = await asyncio.gather(*(client.answer(MESSAGE) for _ in range(3)))
        assert sorted(answer.outcome.value for answer in together) == ["answered", "skipped", "skipped"]
        assert client.circuit is CircuitState.CLOSED
        assert (await client.answer(MESSAGE)).outcome is ANSWERED


async def test_nobody_there_is_a_failure() -> None:
    async with serving(SimulatedEngine()) as url:
        pass
    client = HttpLanguageEngine(LanguageEngineConfig(url))
    assert (await client.answer(MESSAGE)).outcome is FAILED
    await client.close()


async def test_the_key_is_sent_and_never_shown(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    keys = ["planted-key-1", None, "bad\r\nkey", "planted-key-2"]

    async def key() -> str | None:
        return keys.pop(0)

    engine = SimulatedEngine(api_key="planted-key-1")
    async with serving(engine) as url:
        client = HttpLanguageEngine(LanguageEngineConfig(url, cache_s=0.0), api_key=key)
        outcomes = [(await client.answer(MESSAGE)).outcome for _ in range(3)]
        assert len(keys) == 3  # read once while it is good
        engine.api_key = "planted-key-2"
        outcomes += [(await client.answer(MESSAGE)).outcome for _ in range(4)]
        await client.close()
    assert outcomes == [ANSWERED] * 3 + [FAILED] * 3 + [ANSWERED]
    assert keys == []
    shown = caplog.text + repr(client)
    assert "planted-key" not in shown
    assert "parcel" not in shown


async def test_a_redirect_is_not_followed() -> None:
    engine = SimulatedEngine()
    app = web.Application()

    async def elsewhere(request: web.Request) -> web.Response:
        raise web.HTTPTemporaryRedirect(target)

    app.router.add_post("/nlp", elsewhere)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    async with serving(engine) as target:
        client = HttpLanguageEngine(LanguageEngineConfig(f"http://127.0.0.1:{runner.addresses[0][1]}/nlp"))
        assert (await client.answer(MESSAGE)).outcome is FAILED
        await client.close()
    await runner.cleanup()
    assert engine.asked == 0


@pytest.mark.parametrize("trusted", [True, False])
async def test_over_real_tls_and_only_with_a_trusted_certificate(trusted: bool) -> None:
    authority, stranger = trustme.CA(), trustme.CA()
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(server)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    (authority if trusted else stranger).configure_trust(context)
    async with serving(SimulatedEngine(), server) as url:
        client = HttpLanguageEngine(LanguageEngineConfig(url), ssl_context=context)
        assert (await client.answer(MESSAGE)).outcome is (ANSWERED if trusted else FAILED)
        await client.close()


@pytest.mark.parametrize("url", ["http://nlp.example.com/x", "ftp://a/b", "https://", "https://u:p@a/b", "http://[::1"])
def test_plain_text_beyond_this_machine_is_refused(url: str) -> None:
    with pytest.raises(SettingInvalid, match="engine_url"):
        HttpLanguageEngine(LanguageEngineConfig(url))


async def test_cancelling_leaves_nothing_and_gives_the_probe_back() -> None:
    engine = SimulatedEngine(latency_s=30.0)
    before = await held()
    async with serving(engine) as url:
        client = HttpLanguageEngine(LanguageEngineConfig(url, timeout_s=20.0, failures=1, cool_down_s=0.0))
        for _ in range(20):
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.01):
                    await client.answer(MESSAGE)
        engine.latency_s = 0.0
        assert (await client.answer(MESSAGE)).outcome is ANSWERED
        await client.close()
        await client.close()
    assert await held() == before


def test_a_message_without_a_question_has_no_key() -> None:
    assert question_key({"type": "tick", "text": "  "}) is None
    assert question_key({"intent": "track"}) is not None
