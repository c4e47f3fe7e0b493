"""The recogniser behind document D against services that keep to it, and against ones that don't."""

from __future__ import annotations

import asyncio
import json
import logging
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
import trustme
from websockets.datastructures import Headers
from websockets.exceptions import InvalidStatus
from websockets.http11 import Response

from desktop.domain.media import Party
from desktop.domain.ports import RecogniserStream
from desktop.domain.speech import Attention, EngineTrouble, Segment, ServiceAnalysis, SpeechActivity
from desktop.recognition import speech_service_access, speech_service_line, speech_service_probe
from desktop.recognition.speech_service import SpeechServiceAccess, SpeechServiceRecogniser
from desktop.recognition.speech_service_access import access_to
from desktop.recognition.speech_service_line import MAX_RESULTS
from desktop.recognition.speech_service_probe import probe
from tests.gateway.speech_ears import KEY, ScriptedEars, ScriptedHearing, serving
from tests.protocols.test_speech_stream import EVENT, OPEN, OPENED
from tests.recognition.speech_service import Called, service, unused

SECRET_WORDS = "nobody may read this in a log"


@contextmanager
def recogniser(url: str, key: str = KEY, **options: Any) -> Iterator[SpeechServiceRecogniser]:
    loaded = SpeechServiceRecogniser(SpeechServiceAccess(url, key, **options))
    try:
        yield loaded
    finally:
        loaded.close()
        assert "speech service" not in [thread.name for thread in threading.enumerate()]


def speak(stream: RecogniserStream, blocks: list[Any], *, flush: bool = True) -> list[Any]:
    out: list[Any] = []
    for block in blocks:
        stream.feed(block)
        out += stream.drain()
    if flush:
        stream.flush()
    for _ in range(20):
        out += stream.drain()
    return out


async def drained(stream: RecogniserStream, until: Callable[[list[Any]], bool]) -> list[Any]:
    out: list[Any] = []
    async with asyncio.timeout(30):
        while not until(out):
            out += stream.drain()
            await asyncio.sleep(0.01)
    return out


async def troubled(loaded: SpeechServiceRecogniser, stream: RecogniserStream) -> EngineTrouble:
    await drained(stream, lambda _: loaded.trouble is not None)
    assert loaded.trouble is not None
    return loaded.trouble


def answered(stream: RecogniserStream) -> Callable[[list[Any]], bool]:
    return lambda _: stream.backlog_ms == 0


def finals(results: list[Any]) -> list[str]:
    return [result.text for result in results if isinstance(result, Segment) and result.is_final]


# a service that keeps to the document


async def test_document_d_a_whole_conversation_on_the_wire(clip: Any, blocks: Any) -> None:
    async def talk(called: Called) -> None:
        await called.open()
        await called.hear(9)
        await called.socket.send(EVENT)
        await called.rest()

    async with service(talk) as found:
        with recogniser(found.url) as loaded:
            stream = loaded.open("call-7", Party.AGENT, "")
            results = speak(stream, blocks(clip("waiting"), party=Party.AGENT))
            results += await drained(stream, lambda out: any(isinstance(r, ServiceAnalysis) for r in out))
            results += await drained(stream, answered(stream))
            stream.close()
            assert list(stream.drain()) == []
            async with asyncio.timeout(10):
                while len(found.calls[0].texts) < 2:
                    await asyncio.sleep(0.01)
        (called,) = found.calls
    assert parse_qs(urlsplit(found.paths[0]).query) == {"x-api-key": [KEY]}
    first, close = called.texts
    golden = json.loads(OPEN)
    assert first["parameters"].pop("partials") is True
    assert first == golden | {"id": "call-7-agent-1"}
    assert close == {"type": "close", "id": "call-7-agent-1", "seq": 2}
    assert {len(chunk) for chunk in called.chunks} == {16_000}
    assert finals(results) == ["Live transcribed text here..."]
    analysis = next(r for r in results if isinstance(r, ServiceAnalysis))
    assert (analysis.call, analysis.party, analysis.sentiment) == ("call-7", Party.AGENT, "neutral")
    assert isinstance(results[0], SpeechActivity)


async def test_nothing_is_sent_while_nobody_speaks_or_nobody_wants_words(clip: Any, blocks: Any, silence: Any) -> None:
    async with service(unused) as found:
        with recogniser(found.url) as loaded:
            stream = loaded.open("call", Party.CUSTOMER, "")
            speak(stream, blocks(silence(3000)))
            stream.attend(Attention.PHRASES)
            loaded.watch(["cancel"])
            results = speak(stream, blocks(clip("waiting"), at_ms=3000))
            assert {type(result) for result in results} == {SpeechActivity}
            assert stream.backlog_ms == 0
        assert found.paths == []


async def test_twenty_sessions_at_once_on_our_own_service(tmp_path: Path, clip: Any, blocks: Any) -> None:
    class Hearing(ScriptedHearing):
        def feed(self, pcm: bytes) -> None:
            super().feed(pcm)
            if len(self.fed) == 9 * 16_000:
                self.say("all of it was heard")

    class Ears(ScriptedEars):
        def open(self, session: str, language: str, deliver: Any) -> ScriptedHearing:
            self.hearings.append(Hearing(session, language, deliver))
            return self.last

    sound = clip("waiting")
    async with serving(tmp_path, Ears(), max_ahead_s=60.0) as served:
        with recogniser(served.url, language="en") as loaded:
            streams = [loaded.open(f"call-{n}", Party.CUSTOMER, "") for n in range(20)]
            results: dict[int, list[Any]] = {n: [] for n in range(20)}
            for number, stream in enumerate(streams):
                results[number] = speak(stream, blocks(sound))
                await asyncio.sleep(0)
            for number, stream in enumerate(streams):
                results[number] += await drained(stream, answered(stream))
            assert len(served.ears.hearings) == 20
            assert [finals(each) for each in results.values()] == [["all of it was heard"]] * 20
            assert all(stream.lost_ms == 0 for stream in streams)
            async with asyncio.timeout(10):
                for stream in streams:
                    stream.close()
                while served.service.sessions:
                    await asyncio.sleep(0.01)


# reconnecting


async def test_a_cut_in_the_middle_loses_nothing_and_repeats_nothing(clip: Any, blocks: Any) -> None:
    async def talk(called: Called) -> None:
        await called.open()
        if called.number == 1:
            await called.hear(4)
            await called.say("i have been waiting", 300, 1600)
            await called.say("for", 1700, 1800, final=False)
            await called.hear(1)
            called.socket.transport.abort()
            return
        await called.hear(6)
        await called.say("for three weeks", 200, 2100)
        await called.rest()

    async with service(talk) as found:
        with recogniser(found.url) as loaded:
            stream = loaded.open("call", Party.CUSTOMER, "")
            results = speak(stream, blocks(clip("waiting")))
            results += await drained(stream, lambda out: len(finals(out)) == 2)
            assert loaded.trouble is None
            assert stream.lost_ms == 0
        first, second = found.calls
    assert finals(results) == ["i have been waiting", "for three weeks"]
    assert second.chunks[0] == bytes(100 * 32) + first.chunks[3][100 * 32 :]
    assert second.chunks[1] == first.chunks[4]
    assert [text["id"] for called in (first, second) for text in called.texts[:1]] == [
        "call-customer-1",
        "call-customer-2",
    ]
    said = [result for result in results if isinstance(result, Segment)]
    assert [(s.segment_id, s.is_final) for s in said] == [(0, True), (1, False), (1, True)]
    assert said[2].start_ms - said[0].end_ms == 100  # the second connection began where the first one's 1.5 s were


async def test_speech_waits_for_a_service_that_is_not_there_yet(clip: Any, blocks: Any) -> None:
    async def talk(called: Called) -> None:
        await called.open()
        await called.hear(9)
        await called.say("here at last", 0, 3000)
        await called.rest()

    async with service(unused) as found:
        port = found.port
    with recogniser(f"ws://127.0.0.1:{port}/speech") as loaded:
        stream = loaded.open("call", Party.CUSTOMER, "")
        speak(stream, blocks(clip("waiting")))
        assert await troubled(loaded, stream) is EngineTrouble.UNREACHABLE
        assert stream.backlog_ms > 3000
        async with service(talk, port=port):
            assert finals(await drained(stream, lambda out: bool(finals(out)))) == ["here at last"]
            assert (loaded.trouble, stream.lost_ms) == (None, 0)


async def test_what_can_not_be_kept_is_counted_as_lost(clip: Any, blocks: Any) -> None:
    with recogniser("ws://127.0.0.1:9/speech", key="") as loaded:
        assert loaded.trouble is EngineTrouble.KEY_MISSING
        stream = loaded.open("call", Party.CUSTOMER, "")
        for n in range(12):
            speak(stream, blocks(clip("waiting"), at_ms=n * 6000))
        assert stream.lost_ms > 5000
        assert stream.backlog_ms <= 30_500


async def test_a_service_that_hangs_up_early_is_called_again(clip: Any, blocks: Any) -> None:
    async def talk(called: Called) -> None:
        await called.open()
        if called.number == 1:
            await called.hear(1)
            return
        await called.hear(9)
        await called.say("second time lucky", 0, 3000)
        await called.rest()

    async with service(talk) as found:
        with recogniser(found.url) as loaded:
            stream = loaded.open("call", Party.CUSTOMER, "")
            speak(stream, blocks(clip("waiting")))
            assert finals(await drained(stream, lambda out: bool(finals(out)))) == ["second time lucky"]


# refusals


@pytest.mark.parametrize(
    ("status", "trouble"),
    [
        (401, EngineTrouble.KEY_REFUSED),
        (403, EngineTrouble.KEY_REFUSED),
        (404, EngineTrouble.NOT_A_SERVICE),
        (302, EngineTrouble.NOT_A_SERVICE),
        (429, EngineTrouble.BUSY),
        (503, EngineTrouble.BUSY),
        (500, EngineTrouble.UNREACHABLE),
    ],
)
async def test_a_refused_upgrade_is_said(clip: Any, blocks: Any, status: int, trouble: EngineTrouble) -> None:
    async with service(unused, status) as found:
        with recogniser(found.url) as loaded:
            stream = loaded.open("call", Party.CUSTOMER, "")
            speak(stream, blocks(clip("waiting")))
            assert await troubled(loaded, stream) is trouble
            assert KEY not in trouble.value
        assert len(found.paths) == 1


async def test_a_refused_key_is_not_tried_again_by_every_party(clip: Any, blocks: Any) -> None:
    async with service(unused, 401) as found:
        with recogniser(found.url) as loaded:
            streams = [loaded.open(f"call-{n}", Party.CUSTOMER, "") for n in range(3)]
            for stream in streams:
                speak(stream, blocks(clip("waiting")))
                assert await troubled(loaded, stream) is EngineTrouble.KEY_REFUSED
            await asyncio.sleep(0.2)
        assert len(found.paths) == 1


@pytest.mark.parametrize(
    ("code", "trouble"),
    [(4401, EngineTrouble.KEY_REFUSED), (1008, EngineTrouble.KEY_REFUSED), (1011, EngineTrouble.NO_ANSWER)],
)
async def test_a_refusal_by_close_code(clip: Any, blocks: Any, code: int, trouble: EngineTrouble) -> None:
    async def talk(called: Called) -> None:
        await called.socket.close(code)

    async with service(talk) as found:
        with recogniser(found.url) as loaded:
            stream = loaded.open("call", Party.CUSTOMER, "")
            speak(stream, blocks(clip("waiting")))
            assert await troubled(loaded, stream) is trouble


@pytest.mark.parametrize("answer", ["", '{"type":"closed"}'])
async def test_a_service_that_never_agrees(
    clip: Any, blocks: Any, monkeypatch: pytest.MonkeyPatch, answer: str
) -> None:
    monkeypatch.setattr(speech_service_line, "OPENED_S", 0.2)

    async def talk(called: Called) -> None:
        async for _ in called.socket:
            if answer:
                await called.socket.send(answer)

    async with service(talk) as found:
        with recogniser(found.url) as loaded:
            stream = loaded.open("call", Party.CUSTOMER, "")
            speak(stream, blocks(clip("waiting")))
            assert await troubled(loaded, stream) is EngineTrouble.NO_ANSWER


async def test_a_language_that_the_service_does_not_know(clip: Any, blocks: Any) -> None:
    async def talk(called: Called) -> None:
        await called.open()
        await called.rest()

    async with service(talk) as found:
        with recogniser(found.url, language="de-DE") as loaded:
            stream = loaded.open("call", Party.CUSTOMER, "")
            speak(stream, blocks(clip("waiting")))
            assert await troubled(loaded, stream) is EngineTrouble.LANGUAGE
        assert found.calls[0].chunks == []
        assert found.calls[0].texts[0]["parameters"]["language"] == "de-DE"


async def test_a_certificate_that_nobody_vouches_for(clip: Any, blocks: Any) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(context)
    async with service(unused, ssl=context) as found:
        with recogniser(found.url.replace("ws:", "wss:")) as loaded:
            stream = loaded.open("call", Party.CUSTOMER, "")
            speak(stream, blocks(clip("waiting")))
            assert await troubled(loaded, stream) is EngineTrouble.NOT_TRUSTED


@pytest.mark.parametrize(("asked", "waits"), [("86400", 300.0), ("7", 7.0), ("soon", None)])
def test_a_busy_service_is_asked_again_within_minutes_whatever_it_says(asked: str, waits: float | None) -> None:
    busy = Response(503, "Service Unavailable", Headers({"Retry-After": asked}))
    meant = speech_service_access._meaning(InvalidStatus(busy))
    assert (meant.trouble, meant.after_s) == (EngineTrouble.BUSY, waits)


@pytest.mark.parametrize(
    ("url", "options"),
    [
        ("ws://speech.example.com/", {}),
        ("https://speech.example.com/", {}),
        ("wss://speech.example.com/?x-api-key=no", {}),
        ("wss://me@speech.example.com/", {}),
        ("wss://[", {}),
        ("", {}),
        ("wss://speech.example.com/", {"ca_file": "/nonexistent.pem"}),
        ("wss://speech.example.com/", {"proxy": "socks5://proxy"}),
    ],
)
def test_settings_that_can_not_be_used_are_said(url: str, options: dict[str, str]) -> None:
    with recogniser(url, **options) as loaded:
        assert loaded.trouble is EngineTrouble.BAD_SETTINGS


# a test of the settings, without sound


async def test_a_probe_opens_a_session_and_ends_it(tmp_path: Path) -> None:
    async with serving(tmp_path) as served:
        assert await probe(SpeechServiceAccess(served.url, KEY, "en-US")) is None
        assert await probe(SpeechServiceAccess(served.url, KEY, "de")) is EngineTrouble.LANGUAGE
        assert await probe(SpeechServiceAccess(served.url, "another-key-that-is-wrong")) is EngineTrouble.KEY_REFUSED
        assert await probe(SpeechServiceAccess(served.url, "")) is EngineTrouble.KEY_MISSING
        assert await probe(SpeechServiceAccess(f"{served.url}/elsewhere", KEY)) is EngineTrouble.NOT_A_SERVICE
        assert served.service.stats.audio_lost_ms == 0
        async with asyncio.timeout(10):
            while served.service.sessions:
                await asyncio.sleep(0.01)
    assert await probe(SpeechServiceAccess(served.url, KEY)) is EngineTrouble.UNREACHABLE


async def test_a_probe_asks_by_the_letter_and_gives_up_on_silence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(speech_service_probe, "OPENED_S", 0.2)

    async def strict(called: Called) -> None:
        first = json.loads(await called.socket.recv())
        await called.socket.send(b"\0")
        refused = '{"type":"error","parameters":{"message":"what is partials"}}'
        await called.socket.send(refused if "partials" in first["parameters"] else OPENED)
        await called.rest()

    async def silent(called: Called) -> None:
        await called.rest()

    async def garbage(called: Called) -> None:
        await called.socket.send("not json")

    async def revoked(called: Called) -> None:
        await called.socket.close(4401)

    async def gone(called: Called) -> None:
        called.socket.transport.abort()

    expected = {
        strict: None,
        silent: EngineTrouble.NO_ANSWER,
        garbage: EngineTrouble.NO_ANSWER,
        revoked: EngineTrouble.KEY_REFUSED,
        gone: EngineTrouble.NO_ANSWER,
    }
    for talk, trouble in expected.items():
        async with service(talk) as found:
            assert await probe(SpeechServiceAccess(found.url, KEY)) is trouble


# hostile


async def test_garbage_costs_nothing_but_itself(clip: Any, blocks: Any) -> None:
    async def talk(called: Called) -> None:
        await called.socket.send(b"\0\1")
        await called.socket.send("not json")
        await called.open()
        if called.number == 1:
            await called.hear(1)
            await called.socket.send("x" * 2_000_000)
            await called.rest()
            return
        if called.number == 2:
            for _ in range(30):
                await called.socket.send('{"type":"event"}')
            await called.rest()
            return
        await called.hear(9)
        await called.socket.send('{"type":"event","id":"s","parameters":{"entity":{"type":"transcript","endMs":-1}}}')
        await called.say("words", 0, 3000)
        await called.rest()

    async with service(talk) as found:
        with recogniser(found.url) as loaded:
            stream = loaded.open("call", Party.CUSTOMER, "")
            speak(stream, blocks(clip("waiting")))
            assert finals(await drained(stream, lambda out: bool(finals(out)))) == ["words"]
        assert len(found.calls) == 3


async def test_results_that_nobody_takes_are_bounded(clip: Any, blocks: Any) -> None:
    count = 3 * MAX_RESULTS
    said = asyncio.Event()

    async def talk(called: Called) -> None:
        await called.open()
        await called.hear(9)
        for n in range(count):
            await called.say(f"number {n}", n, n + 1)
        said.set()
        await called.rest()

    async with service(talk) as found:
        with recogniser(found.url) as loaded:
            stream = loaded.open("call", Party.CUSTOMER, "")
            speak(stream, blocks(clip("waiting")))
            async with asyncio.timeout(30):
                while len(stream._line.results) <= MAX_RESULTS:
                    await asyncio.sleep(0.01)
            await asyncio.sleep(0.2)
            assert len(stream._line.results) == MAX_RESULTS + 1
            assert len(finals(await drained(stream, lambda out: len(finals(out)) == count))) == count
            await said.wait()


async def test_neither_key_nor_words_are_logged_or_shown(
    clip: Any, blocks: Any, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    async def talk(called: Called) -> None:
        await called.open()
        await called.hear(9)
        if called.number == 1:
            await called.socket.send(json.dumps({"type": SECRET_WORDS, "parameters": SECRET_WORDS}))
            called.socket.transport.abort()
            return
        await called.say(SECRET_WORDS, 0, 3000)
        await called.rest()

    caplog.set_level(logging.DEBUG)
    async with service(talk) as found:
        with recogniser(found.url) as loaded:
            stream = loaded.open("call", Party.CUSTOMER, "")
            speak(stream, blocks(clip("waiting")))
            assert finals(await drained(stream, lambda out: bool(finals(out)))) == [SECRET_WORDS]
            stream.close()
    async with service(unused, 401) as refusing:
        with recogniser(refusing.url) as loaded:
            stream = loaded.open("call", Party.CUSTOMER, "")
            speak(stream, blocks(clip("waiting")))
            await troubled(loaded, stream)
    shown = caplog.text + "".join(capfd.readouterr())
    assert KEY not in shown
    assert SECRET_WORDS not in shown
    access = SpeechServiceAccess(found.url, KEY)
    assert KEY not in repr(access) + repr(access_to(found.url, KEY))


def test_a_rate_that_is_not_ours_is_refused(blocks: Any) -> None:
    with recogniser("ws://127.0.0.1:9/") as loaded:
        stream = loaded.open("call", Party.CUSTOMER, "")
        (block,) = blocks(np.zeros(320, np.int16))
        with pytest.raises(ValueError, match="16000"):
            stream.feed(block._replace(rate_hz=8000))
        stream.close()
        stream.close()
