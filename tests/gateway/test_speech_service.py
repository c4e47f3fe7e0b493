"""The service's side of document D alone, against a raw client that speaks the document's golden messages."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import random
import threading
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from desktop.domain.errors import SettingInvalid
from desktop.gateway.results import ResultsFolder
from desktop.gateway.speech_service import SpeechService
from desktop.gateway.speech_service_config import SpeechServiceConfig
from desktop.insights.call_analysis import CallAnalyst
from desktop.insights.redaction import redact
from tests.gateway.speech_ears import (
    CHUNK,
    CLOSE,
    KEY,
    OPEN,
    SECOND_KEY,
    SENTIMENT,
    ScriptedEars,
    hear,
    results,
    serving,
)
from tests.support.leaks import held

FIVE_WORDS = "you charged me twice again"


async def status(url: str, **headers: str) -> tuple[int, str, dict[str, str]]:
    async with aiohttp.ClientSession() as session, session.get(url, headers=headers) as response:
        return response.status, await response.text(), dict(response.headers)


def files(folder: Path, pattern: str) -> list[Path]:
    return list(folder.rglob(pattern))


# authentication


@pytest.mark.parametrize("key", [KEY, SECOND_KEY])
async def test_document_d_the_api_key_is_a_query_parameter(tmp_path: Path, key: str) -> None:
    async with serving(tmp_path) as served, served.dial(f"?x-api-key={key}") as socket:
        await socket.send(OPEN % ("s", ""))
        assert (await hear(socket))["type"] == "opened"


@pytest.mark.parametrize(
    "query",
    ["", "?x-api-key=", "?x-api-key=wrong", f"?x-api-key={KEY}x", f"?x-api-key={KEY}&x-api-key={KEY}", f"?key={KEY}"],
)
async def test_document_d_a_missing_or_wrong_key_is_401_with_the_remedy(tmp_path: Path, query: str) -> None:
    async with serving(tmp_path) as served:
        with pytest.raises(InvalidStatus) as refused:
            async with served.dial(query):
                pass
        assert refused.value.response.status_code == 401
        assert b"x-api-key" in (refused.value.response.body or b"")
        assert KEY.encode() not in (refused.value.response.body or b"")
        assert served.service.stats.keys_refused == 1


async def test_document_d_not_a_header(tmp_path: Path) -> None:
    async with serving(tmp_path) as served:
        code, text, _ = await status(served.http, **{"x-api-key": KEY})
        assert code == 401
        assert "Pass it in the address" in text


async def test_who_does_not_upgrade_is_told(tmp_path: Path) -> None:
    async with serving(tmp_path) as served:
        code, _, headers = await status(f"{served.http}?x-api-key={KEY}")
        assert (code, headers["Upgrade"]) == (426, "websocket")


@pytest.mark.parametrize("keys", [[], [""], [KEY, "short"]])
def test_no_key_or_a_guessable_one_is_our_mistake(tmp_path: Path, keys: list[str]) -> None:
    with pytest.raises(ValueError, match="api_keys"):
        SpeechService(
            SpeechServiceConfig(),
            keys,
            ScriptedEars(),
            tmp_path,
            make_analyst=lambda: CallAnalyst(SENTIMENT),
            redact=redact,
        )


@pytest.mark.parametrize("path", ["analytics", "/analytics?x"])
def test_a_path_that_no_route_can_have(path: str) -> None:
    with pytest.raises(ValueError, match="path"):
        SpeechServiceConfig(path=path)


async def test_the_path_is_configurable(tmp_path: Path) -> None:
    async with serving(tmp_path, path="/live") as served:
        served.url = served.url.replace("/api/v2/speech-analytics", "/live")
        async with served.session():
            assert served.service.sessions == 1


# opening


async def test_document_d_initial_message_is_answered_with_opened_to_the_letter(tmp_path: Path) -> None:
    async with serving(tmp_path) as served, served.dial() as socket:
        await socket.send(OPEN % ("your-session-id", ""))
        assert await hear(socket) == {
            "type": "opened",
            "id": "your-session-id",
            "parameters": {
                "startPaused": False,
                "media": [{"type": "audio", "codec": "audio/pcm"}],
                "supportedLanguages": ["en", "tr"],
            },
        }


@pytest.mark.parametrize(
    ("query", "extra", "language"),
    [
        ("", "", "en"),
        ("", ',"language":"tr-TR"', "tr"),
        ("&language=tr", "", "tr"),
        ("&language=tr", ',"language":"en"', "en"),
    ],
)
async def test_document_d_language_auto_detected_or_specified(
    tmp_path: Path, query: str, extra: str, language: str
) -> None:
    async with serving(tmp_path) as served, served.dial(f"?x-api-key={KEY}{query}") as socket:
        await socket.send(OPEN % ("s", extra))
        await hear(socket)
        assert served.ears.last.language == language


async def test_an_unknown_language_is_refused_with_the_list_and_may_be_corrected(tmp_path: Path) -> None:
    async with serving(tmp_path) as served, served.dial() as socket:
        await socket.send(OPEN % ("s", ',"language":"xx-secret"'))
        error = await hear(socket)
        assert (error["type"], error["parameters"]["code"]) == ("error", "language.unsupported")
        assert error["parameters"]["supportedLanguages"] == ["en", "tr"]
        assert "en, tr" in error["parameters"]["message"]
        assert "secret" not in error["parameters"]["message"]
        await socket.send(OPEN % ("s", ',"language":"en"'))
        assert (await hear(socket))["type"] == "opened"


@pytest.mark.parametrize(
    ("sent", "code", "named"),
    [
        (
            '{"type":"open","id":"s","parameters":{"media":[{"type":"audio","codec":"audio/opus"}]}}',
            "media.unsupported",
            "16 kHz",
        ),
        ('{"type":"open","id":"s","parameters":{"media":[]}}', "media.unsupported", "$.parameters.media"),
        ('{"type":"open","id":5,"parameters":{"media":[]}}', "message.invalid", "$.id"),
        ('{"type":"open"', "message.invalid", "message:"),
        (b"\x00\x00", "audio.early", "send open first"),
    ],
)
async def test_what_can_not_be_used_is_named_and_loses_nothing_else(
    tmp_path: Path, sent: str | bytes, code: str, named: str
) -> None:
    async with serving(tmp_path) as served, served.dial() as socket:
        await socket.send(sent)
        error = await hear(socket)
        assert (error["type"], error["parameters"]["code"]) == ("error", code)
        assert named in error["parameters"]["message"]
        await socket.send(OPEN % ("s", ""))
        assert (await hear(socket))["type"] == "opened"
        assert served.service.stats.errors == 1


async def test_a_second_open_is_refused_and_the_first_goes_on(tmp_path: Path) -> None:
    async with serving(tmp_path) as served, served.session() as socket:
        await socket.send(OPEN % ("another", ""))
        error = await hear(socket)
        assert (error["id"], error["parameters"]["code"]) == ("your-session-id", "session.open")
        served.ears.last.say("hello")
        assert (await hear(socket))["type"] == "event"


async def test_unknown_messages_are_ignored_and_counted(tmp_path: Path) -> None:
    async with serving(tmp_path) as served, served.session() as socket:
        await socket.send('{"type":"ping","id":"your-session-id"}')
        await socket.send(CLOSE)
        assert (await hear(socket))["type"] == "closed"
        assert served.service.stats.unknown_messages == 1


async def test_an_ear_that_can_not_be_had_is_explained(tmp_path: Path) -> None:
    class NoEars(ScriptedEars):
        def open(self, *_: Any) -> Any:
            raise SettingInvalid("recogniser", "is missing", "Reinstall Sidetone.")

    async with serving(tmp_path, NoEars()) as served, served.dial() as socket:
        await socket.send(OPEN % ("s", ""))
        assert (await hear(socket))["parameters"]["message"] == "recogniser: is missing. Reinstall Sidetone."


# sound


@pytest.mark.parametrize("size", [16_000, 640, 320_000, 1, 999, 15_999])
async def test_document_d_500_ms_chunks_and_any_other_size(tmp_path: Path, size: int) -> None:
    sound = bytes(number % 251 for number in range(48_000 if size > 1 else 101))
    async with serving(tmp_path) as served, served.session() as socket:
        await socket.send(b"")
        for at in range(0, len(sound), size):
            await socket.send(sound[at : at + size])
        hearing = await served.fed(len(sound) // 2 * 2)
        assert bytes(hearing.fed) == sound[: len(sound) // 2 * 2]


async def test_who_sends_faster_than_real_time_waits_and_loses_nothing(tmp_path: Path) -> None:
    async with serving(tmp_path, max_ahead_s=1.0) as served, served.session() as socket:
        for _ in range(4):
            await socket.send(CHUNK)
        hearing = await served.fed(3 * len(CHUNK))
        assert len(hearing.fed) == 3 * len(CHUNK), "it is not read any further ahead"
        assert len((await served.fed(4 * len(CHUNK))).fed) == 4 * len(CHUNK)


async def test_sound_that_was_not_heard_is_reported_and_counted(tmp_path: Path) -> None:
    async with serving(tmp_path) as served, served.session() as socket:
        served.ears.last.lose(1500.0)
        served.ears.last.lose(500.0)  # told once in a while, counted always
        error = await hear(socket)
        assert error["parameters"]["code"] == "audio.lost"
        assert "1.5 s" in error["parameters"]["message"]
        await socket.send(CLOSE)
        assert (await hear(socket))["type"] == "closed"
        assert [row["lost_s"] for row in await served.rows()] == ["2.00"]
        assert served.service.stats.audio_lost_ms == 2000.0


# words


async def test_document_d_transcript_output_without_analysis_below_five_words(tmp_path: Path) -> None:
    async with serving(tmp_path) as served, served.session() as socket:
        served.ears.last.say("hello there my friend")
        assert await hear(socket) == {
            "version": "2",
            "type": "event",
            "id": "your-session-id",
            "parameters": {"entity": {"type": "transcript", "value": "hello there my friend"}},
        }


async def test_document_d_the_analysis_is_included_from_five_words_on_with_every_field(tmp_path: Path) -> None:
    async with serving(tmp_path) as served, served.session() as socket:
        served.ears.last.say("hello there")
        served.ears.last.say(FIVE_WORDS)
        await hear(socket)
        event = await hear(socket)
        assert event["parameters"]["entity"] == {"type": "transcript", "value": FIVE_WORDS}
        analysis = event["parameters"]["analysis"]
        assert list(analysis) == [
            "summary",
            "sentiment",
            "emotion",
            "agent_score",
            "process_issues",
            "repeated_problems",
            "marketing_mentions",
            "agent_score_reasons",
        ]
        assert (analysis["sentiment"], analysis["agent_score"]) == ("negative", 3)
        assert analysis["process_issues"].startswith('billing error: "charged me twice')
        assert analysis["marketing_mentions"] == ""


async def test_the_analysis_is_made_anew_at_most_once_in_an_interval(tmp_path: Path) -> None:
    async with serving(tmp_path, analysis_interval_s=3600.0) as served, served.session() as socket:
        served.ears.last.say("i would like to know the price")
        served.ears.last.say("this is absolutely unacceptable")
        first, second = await hear(socket), await hear(socket)
        assert second["parameters"]["analysis"] == first["parameters"]["analysis"]
        await socket.send(CLOSE)
        final = await hear(socket)
        assert final["parameters"]["entity"]["value"] == ""
        assert final["parameters"]["analysis"]["emotion"] == "angry"
        assert (await hear(socket))["type"] == "closed"


async def test_partials_go_only_to_who_asked_for_them(tmp_path: Path) -> None:
    async with serving(tmp_path) as served:
        async with served.session() as socket:
            served.ears.last.say("hel", final=False)
            served.ears.last.say("hello")
            assert (await hear(socket))["parameters"]["entity"] == {"type": "transcript", "value": "hello"}
        async with served.session("b", ',"partials":true') as socket:
            for text, final in (("hel", False), ("hello", True), ("uh", False), ("", True), ("bye", True)):
                served.ears.last.say(text, final=final)
            said = [(await hear(socket))["parameters"]["entity"] for _ in range(5)]
            assert [(e["value"], e["isFinal"], e["utterance"]) for e in said] == [
                ("hel", False, 0),
                ("hello", True, 0),
                ("uh", False, 1),
                ("", True, 1),
                ("bye", True, 2),
            ]


async def test_cumulative_events_hold_the_whole_text_so_far(tmp_path: Path) -> None:
    async with serving(tmp_path, cumulative=True, analysis_interval_s=3600.0) as served, served.session() as socket:
        for text, final in (
            ("hello", True),
            ("my ph", False),
            ("my phone is broken again", True),
            ("uh", False),
            ("", True),
        ):
            served.ears.last.say(text, final=final)
        said = [(await hear(socket))["parameters"]["entity"]["value"] for _ in range(5)]
        whole = "hello my phone is broken again"
        assert said == ["hello", "hello my ph", whole, f"{whole} uh", whole]


async def test_nothing_is_said_of_an_utterance_without_words(tmp_path: Path) -> None:
    async with serving(tmp_path) as served, served.session() as socket:
        served.ears.last.say("")
        await socket.send(CLOSE)
        assert (await hear(socket))["type"] == "closed"


async def test_card_numbers_leave_in_no_event_and_no_file(tmp_path: Path) -> None:
    async with serving(tmp_path) as served, served.session() as socket:
        served.ears.last.say("my card is four one one one one one one one thank you")
        event = await hear(socket)
        await socket.send(CLOSE)
        await hear(socket)
        await served.rows()
        written = "".join(path.read_text("utf-8") for path in files(tmp_path, "*.csv"))
        for text in (json.dumps(event, ensure_ascii=False), written):
            assert "four" not in text
            assert "•••" in text


# the end


async def test_document_d_message_flow_and_close(tmp_path: Path) -> None:
    async with serving(tmp_path, ScriptedEars(("en",))) as served, served.session() as socket:
        served.ears.last.at_last = ("and these were the last words",)
        await socket.send(CHUNK)
        await socket.send(CLOSE)
        final = await hear(socket)
        assert final["parameters"]["entity"]["value"] == "and these were the last words"
        assert "analysis" in final["parameters"]
        assert await hear(socket) == {"type": "closed", "id": "your-session-id"}
        (row,) = await served.rows()
        assert (row["ended_by"], row["transcript"], row["audio_s"]) == (
            "close",
            "and these were the last words",
            "0.50",
        )
        with pytest.raises(ConnectionClosed):
            await socket.recv()
        assert socket.close_code == 1000
        assert served.ears.last.closed


async def test_document_d_results_are_there_when_closed_is_said(tmp_path: Path) -> None:
    async with serving(tmp_path) as served, served.session() as socket:
        served.ears.last.say(FIVE_WORDS)
        await hear(socket)
        await socket.send(CLOSE)
        assert (await hear(socket))["type"] == "closed"
        (row,) = results(tmp_path)
        assert (row["session_id"], row["sentiment"], row["words"]) == ("your-session-id", "negative", "5")


async def test_document_d_a_session_cut_mid_sentence_leaves_its_csv(tmp_path: Path) -> None:
    async with serving(tmp_path) as served, served.session() as socket:
        await socket.send(CHUNK)
        hearing = await served.fed(len(CHUNK))
        hearing.say("the first sentence was whole")
        hearing.say("but the second one was", final=False)
        socket.transport.abort()
        (row,) = await served.rows()
        assert row["ended_by"] == "connection lost"
        assert row["transcript"] == "the first sentence was whole\nbut the second one was"
        assert row["summary"]
        assert served.service.stats.results_saved == 1


async def test_a_goodbye_of_the_socket_without_close_is_an_end_too(tmp_path: Path) -> None:
    async with serving(tmp_path, ScriptedEars()) as served:
        served.ears.at_last = ("last words",)
        async with served.session():
            pass
        assert [row["transcript"] for row in await served.rows()] == ["last words"]


async def test_an_ear_that_never_finishes_delays_the_end_within_a_bound(tmp_path: Path) -> None:
    async with serving(tmp_path, finish_timeout_s=0.1) as served, served.session() as socket:
        served.ears.last.never_ends = True
        served.ears.last.say("half a", final=False)
        await socket.send(CLOSE)
        assert (await hear(socket))["parameters"]["entity"]["value"] == "half a"
        assert (await hear(socket))["type"] == "closed"


async def test_a_silent_client_is_let_go_with_its_results(tmp_path: Path) -> None:
    async with serving(tmp_path, idle_timeout_s=0.1) as served, served.session() as socket:
        served.ears.last.say("hello")
        await hear(socket)
        closed = await hear(socket)
        assert closed == {
            "type": "closed",
            "id": "your-session-id",
            "parameters": {"reason": "nothing came for too long"},
        }
        assert [row["ended_by"] for row in await served.rows()] == ["nothing came for too long"]


async def test_who_never_opens_is_let_go_and_leaves_nothing(tmp_path: Path) -> None:
    async with serving(tmp_path, open_timeout_s=0.05) as served, served.dial() as socket:
        assert (await hear(socket))["parameters"]["reason"] == "no open message came in time"
        with pytest.raises(ConnectionClosed):
            await socket.recv()
        assert socket.close_code == 1008
    assert files(tmp_path, "*") == []


async def test_close_before_open_is_answered(tmp_path: Path) -> None:
    async with serving(tmp_path) as served, served.dial() as socket:
        await socket.send(CLOSE)
        assert await hear(socket) == {"type": "closed"}


async def test_too_many_bad_messages_end_the_session(tmp_path: Path) -> None:
    async with serving(tmp_path, max_errors=3) as served, served.session() as socket:
        for _ in range(4):
            await socket.send("{")
        said = [await hear(socket) for _ in range(5)]
        assert [message["type"] for message in said] == ["error"] * 4 + ["closed"]
        assert "too many" in said[-1]["parameters"]["reason"]
        assert len(await served.rows()) == 1


async def test_a_message_that_is_too_large_ends_the_session_with_1009(tmp_path: Path) -> None:
    async with serving(tmp_path, max_message_bytes=20_000) as served, served.session() as socket:
        served.ears.last.say("hello")
        await socket.send(bytes(30_000))
        await hear(socket)
        with pytest.raises(ConnectionClosed):
            await socket.recv()
        assert socket.close_code == 1009
        assert [row["transcript"] for row in await served.rows()] == ["hello"]


async def test_a_shutdown_finishes_every_session_and_takes_no_new_ones(tmp_path: Path) -> None:
    async with serving(tmp_path) as served, served.session() as one, served.session("b") as two, served.dial() as three:
        served.ears.last.at_last = ("last words",)
        await served.service.close()
        said = [await hear(socket) for socket in (one, two, two, three)]
        assert [message["type"] for message in said] == ["closed", "event", "closed", "closed"]
        assert said[0]["parameters"]["reason"] == "the service is shutting down"
        with pytest.raises(ConnectionClosed):
            await one.recv()
        assert one.close_code == 1001
        assert {row["ended_by"] for row in await served.rows(2)} == {"the service is shutting down"}
        with pytest.raises(InvalidStatus) as refused:
            async with served.dial():
                pass
        assert refused.value.response.status_code == 503
        await served.service.close()


async def test_a_shutdown_waits_no_longer_than_its_bound_and_the_results_come_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    release = threading.Event()
    save = ResultsFolder.save

    def slow_disk(self: ResultsFolder, *what: Any) -> None:
        release.wait(30)
        save(self, *what)

    monkeypatch.setattr(ResultsFolder, "save", slow_disk)
    monkeypatch.setattr("desktop.gateway.speech_service.CLOSE_TIMEOUT_S", 0.05)
    async with serving(tmp_path, finish_timeout_s=0.05) as served, served.session() as socket:
        served.ears.last.say("hello")
        async with asyncio.timeout(20):
            await served.service.close()
        assert served.service.sessions == 1
        assert results(tmp_path) == []
        release.set()
        assert len(await served.rows()) == 1
        await socket.wait_closed()
        assert socket.close_code == 1006


async def test_hostile_frames_end_at_most_their_own_session(tmp_path: Path) -> None:
    chance = random.Random(4)
    pieces = [
        '{"type":',
        '"open"',
        '"close"',
        ",",
        '"id":',
        "{",
        "}",
        "[",
        "]",
        "null",
        "-1",
        "\u0000",
        '"parameters":',
    ]
    async with serving(tmp_path, max_errors=5) as served, served.session("honest") as honest:
        hearing = served.ears.last
        for _ in range(40):
            async with served.dial() as socket:
                with contextlib.suppress(ConnectionClosed):
                    for _ in range(8):
                        text = "".join(chance.choices(pieces, k=chance.randint(1, 12)))
                        await socket.send(chance.choice((text, chance.randbytes(50), OPEN % ("x", ""))))
        hearing.say("still here")
        assert (await hear(honest))["parameters"]["entity"]["value"] == "still here"
        assert served.service.stats.errors > 100


async def test_a_server_that_is_torn_down_without_warning_still_leaves_the_results(tmp_path: Path) -> None:
    async with serving(tmp_path) as served, served.session():
        served.ears.last.say("said before the end")
        await served.runner.cleanup()
        assert [row["transcript"] for row in await served.rows()] == ["said before the end"]


async def test_more_sessions_than_allowed_are_503_and_a_place_comes_free(tmp_path: Path) -> None:
    async with serving(tmp_path, max_sessions=1) as served:
        async with served.session() as socket:
            with pytest.raises(InvalidStatus) as refused:
                async with served.dial():
                    pass
            assert refused.value.response.status_code == 503
            assert "Retry-After" in refused.value.response.headers
            await socket.send(CLOSE)
            await hear(socket)
        await served.rows()
        async with served.session():
            assert served.service.stats.sessions_refused == 1


async def test_a_client_that_does_not_read_is_let_go(tmp_path: Path) -> None:
    async with serving(tmp_path) as served, served.session(extra=',"partials":true'):
        hearing = served.ears.last
        for _ in range(1500):  # within one turn of the loop nothing is sent
            hearing.say("word " * 10, final=False)
        hearing.say("the end")
        assert (await served.rows())[0]["transcript"] == "the end"


async def test_one_broken_session_is_contained(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    class Broken:
        def hear(self, segment: object) -> None:
            raise RuntimeError("private words")

        def analysis(self) -> None:
            return None

    async with serving(tmp_path, make_analyst=Broken) as served, served.session() as socket:
        served.ears.last.say("hello")
        with pytest.raises(ConnectionClosed):
            await socket.recv()
        assert len(await served.rows()) == 1
    assert "RuntimeError" in caplog.text
    assert "private words" not in caplog.text


async def test_a_disk_that_refuses_ends_no_session(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    async with serving(blocked) as served, served.session() as socket:
        served.ears.last.say("private words")
        assert (await hear(socket))["type"] == "event"
        await socket.send(CLOSE)
        assert (await hear(socket))["type"] == "closed"
        assert served.service.stats.results_failed == 2
        assert served.service.stats.results_saved == 0
    assert "could not be written" in caplog.text
    assert "private" not in caplog.text


async def test_what_a_crash_left_is_completed_and_judged_at_the_next_start(tmp_path: Path) -> None:
    async with serving(tmp_path) as served, served.session():
        served.ears.last.say(FIVE_WORDS)
        (part,) = files(tmp_path, "*.part")
        crashed = tmp_path / "later" / "transcripts" / part.name
        crashed.parent.mkdir(parents=True)
        crashed.write_bytes(part.read_bytes())
    async with serving(tmp_path / "later") as served:
        await served.service.start()
        (row,) = await served.rows()
        assert (row["transcript"], row["sentiment"]) == (FIVE_WORDS, "negative")


# many


async def test_document_d_20_sessions_at_once_and_nothing_left_behind(tmp_path: Path) -> None:
    async with serving(tmp_path) as served:
        opening = asyncio.Lock()  # so that each finds its own ear

        async def one(number: int) -> list[str]:
            async with contextlib.AsyncExitStack() as stack:
                async with opening:
                    socket = await stack.enter_async_context(served.session(f"session-{number}"))
                    hearing = served.ears.last
                hearing.at_last = (f"these are the last words of number {number}",)
                for _ in range(4):
                    await socket.send(CHUNK)
                    await asyncio.sleep(0.01)
                hearing.say(f"hello from {number}")
                said = [(await hear(socket))["parameters"]["entity"]["value"]]
                if number % 4 == 0:
                    socket.transport.abort()
                    return said
                await socket.send(CLOSE)
                said.append((await hear(socket))["parameters"]["entity"]["value"])
                assert (await hear(socket))["type"] == "closed"
                return said

        await one(99)
        await served.rows(1)
        before = await held()
        said = await asyncio.gather(*(one(number) for number in range(20)))
        rows = await served.rows(21)
        assert [texts[0] for texts in said] == [f"hello from {number}" for number in range(20)]
        by_id = {row["session_id"]: row for row in rows}
        for number in range(20):
            row = by_id[f"session-{number}"]
            assert row["transcript"].splitlines() == [
                f"hello from {number}",
                f"these are the last words of number {number}",
            ]
            assert row["audio_s"] == "2.00"
        assert all(hearing.closed for hearing in served.ears.hearings)
        for _ in range(200):  # the last sockets take a moment
            after = (await held())._replace(threads=before.threads)  # those of the executor stay
            if after == before:
                break
            await asyncio.sleep(0.05)
        assert after == before


async def test_neither_key_nor_words_are_logged_or_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    for name in ("aiohttp.access", "aiohttp.server", "aiohttp.web", "desktop"):
        caplog.set_level(logging.DEBUG, logger=name)
    async with serving(tmp_path) as served, served.session("private-id") as socket:
        served.ears.last.say("private words of somebody")
        await hear(socket)
        await status(f"{served.http}?x-api-key={SECOND_KEY}")
        told = repr(served.service) + repr(vars(served.service)) + repr(served.service.stats)
    ours = "\n".join(record.getMessage() for record in caplog.records if record.name.startswith(("aiohttp", "desktop")))
    for secret in (KEY, SECOND_KEY, "private"):
        assert secret not in ours
        assert secret not in told
