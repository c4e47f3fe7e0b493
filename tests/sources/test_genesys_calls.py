"""The live calls of an organisation, without any socket: late, overtaken and missing events, names, privacy."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from desktop.domain.errors import Rejected, SignInNeeded
from desktop.domain.facts import CallFacts, CallStage
from desktop.domain.finding import Level
from desktop.protocols.notifications import Topic, queue_topic, transcription_topic
from desktop.protocols.queue_calls import QueueCall
from desktop.protocols.transcription import decode_transcription
from desktop.sources.genesys_calls import ANOTHER_AGENT, ANOTHER_QUEUE, MAX_ENDED, LiveCalls
from desktop.sources.genesys_findings import QUEUE_TOPICS, TEXT_TOPICS, TopicBook, not_transcribed, text_without_room
from desktop.sources.genesys_names import MAX_REMEMBERED, Names
from tests.support.genesys import organisation

FACTS = CallFacts("inbound", "Alice", "u-1", "Billing", "q-1", started_at_ms=1000)


def event(call: str = "c-1", facts: CallFacts = FACTS, **more: object) -> QueueCall:
    return replace(QueueCall(call, facts, False, (2, 0), "p-1"), **more)  # type: ignore[arg-type]


def heard(calls: LiveCalls, told: QueueCall, now_ms: int = 0) -> object:
    return calls.heard(told, told.facts, now_ms)


def test_a_call_that_is_first_heard_of_when_it_is_over_never_was() -> None:
    calls = LiveCalls()
    assert heard(calls, event(over=True)) is None
    assert heard(calls, event()) is None
    assert len(calls) == 0


def test_an_overtaken_event_tells_nothing() -> None:
    calls = LiveCalls()
    heard(calls, event(progress=(3, 1)))
    assert heard(calls, event(progress=(2, 0), facts=replace(FACTS, stage=CallStage.HOLD))) is None
    known = calls.get("c-1")
    assert known is not None
    assert known.facts.stage is CallStage.CONNECTED


def test_ended_calls_are_remembered_within_bounds() -> None:
    calls = LiveCalls()
    for nth in range(MAX_ENDED + 2):
        heard(calls, event(f"c-{nth}", over=True))
    assert heard(calls, event("c-0")) is not None
    assert heard(calls, event(f"c-{MAX_ENDED}")) is None


def test_a_name_never_stays_with_another_id() -> None:
    calls = LiveCalls()
    heard(calls, event())
    heard(calls, event(facts=replace(FACTS, agent_id="u-2", agent_name="", queue_id="q-2", queue_name="")))
    known = calls.get("c-1")
    assert known is not None
    assert (known.facts.agent_name, known.facts.queue_name) == (ANOTHER_AGENT, ANOTHER_QUEUE)
    assert [c.call for c in calls.named({"u-2": "Bob", "u-9": "Nobody"})] == ["c-1"]
    assert known.facts.agent_name == "Bob"
    assert calls.named({"u-2": "Bob"}) == []


def test_the_list_keeps_the_stage_that_only_events_tell() -> None:
    calls = LiveCalls()
    heard(calls, event(facts=replace(FACTS, stage=CallStage.HOLD)))
    calls.link_up()
    live, gone = calls.listed({"c-1": CallFacts(agent_id="u-1", queue_id="q-1")}, complete=True)
    assert (live[0].facts.stage, gone) == (CallStage.HOLD, [])


def test_what_a_complete_list_leaves_out_is_gone_and_a_cut_one_ends_nothing() -> None:
    calls = LiveCalls()
    heard(calls, event("c-1"))
    heard(calls, event("c-2", over=False))
    calls.link_up()
    heard(calls, event("c-2"))  # an event since the link came up
    live, gone = calls.listed({}, complete=False)
    assert ([c.call for c in live], gone) == (["c-2"], [])
    live, gone = calls.listed({}, complete=True)
    assert ([c.call for c in live], gone) == (["c-2"], ["c-1"])


def test_the_list_does_not_bring_an_ended_call_back() -> None:
    calls = LiveCalls()
    heard(calls, event())
    heard(calls, event(over=True, progress=(2, 2)))
    assert calls.listed({"c-1": FACTS}, complete=True) == ([], [])
    assert calls.audited({"c-1": FACTS}, complete=True) == ([], [])


def test_an_end_that_nobody_told_is_found_by_comparing_twice() -> None:
    calls = LiveCalls()
    heard(calls, event("c-1"))
    heard(calls, event("c-2"))
    assert calls.audited({"c-1": FACTS, "c-3": FACTS}, complete=True)[1] == []
    heard(calls, event("c-2", progress=(2, 0), facts=replace(FACTS, stage=CallStage.HOLD)))
    named, gone = calls.audited({"c-1": FACTS, "c-3": FACTS}, complete=True)
    assert ([known.call for known in named], gone) == (["c-1", "c-3"], [])
    assert calls.audited({"c-1": FACTS, "c-3": FACTS}, complete=True)[1] == ["c-2"]
    assert calls.get("c-3") is not None
    assert calls.get("c-2") is None


def test_a_cut_list_ends_nothing_however_often_it_is_compared() -> None:
    calls = LiveCalls()
    heard(calls, event("c-1"))
    heard(calls, event("c-2"))
    for _ in range(5):
        named, gone = calls.audited({"c-1": FACTS}, complete=False)
        assert ([known.call for known in named], gone) == (["c-1"], [])
    assert calls.get("c-2") is not None


def text(began_ms: int, at: int) -> object:
    alternative = {"offsetMs": at, "durationMs": 100, "transcript": "hello"}
    return {
        "sessionStartTimeMs": began_ms,
        "transcripts": [{"utteranceId": f"u-{at}", "isFinal": True, "alternatives": [alternative]}],
    }


@pytest.mark.parametrize(("at", "kept"), [(0, True), (9_000, False), (20_000, False), (31_000, False), (40_000, True)])
def test_what_was_said_in_a_secure_pause_is_dropped_however_late(at: int, kept: bool) -> None:
    calls = LiveCalls()
    heard(calls, event())
    heard(calls, event(private=True), now_ms=1_010_000)
    told = calls.heard(event(), FACTS, 1_030_000)
    assert told is not None
    assert told.private_ms == 20_000
    message = decode_transcription(json.dumps(text(1_000_000, at)).encode())
    assert bool(calls.said(message, "c-1", 0)) is kept


def test_text_of_nobody_s_call() -> None:
    assert LiveCalls().said(decode_transcription(b"{}"), "c-1", 0) == []


def test_the_oldest_calls_get_text_first() -> None:
    calls = LiveCalls()
    for call, began in (("new", 3), ("unknown", None), ("old", 1)):
        heard(calls, event(call, facts=replace(FACTS, started_at_ms=began)))
    assert [c.call for c in calls.without_text()] == ["old", "new", "unknown"]


def test_a_call_that_sends_not_even_the_empty_message_of_every_five_minutes_is_not_transcribed() -> None:
    calls = LiveCalls()
    for call in ("c-1", "c-2"):
        heard(calls, event(call))
        known = calls.get(call)
        assert known is not None
        calls.want_text(known, 0)
    assert calls.said(decode_transcription(b'{"transcripts":[],"status":{"status":"SESSION_ONGOING"}}'), "c-1", 0) == []
    assert (calls.silent(300_000), calls.silent(340_000)) == (0, 1)
    assert "1 live calls send no text" in not_transcribed(1).text
    assert not_transcribed(0).level is Level.PASS


# ---- findings


def test_findings_are_told_when_they_change() -> None:
    book = TopicBook()
    queue, words = queue_topic("q-1"), transcription_topic("c-1")
    book.note([Topic(queue, "Permitted"), Topic("somebody.else", "Rejected")], [queue, words])
    (finding,) = book.findings()
    assert (finding.subject, finding.level, finding.remedy) == (QUEUE_TOPICS, Level.PASS, "")
    assert book.findings() == []
    book.note([Topic(words, "Rejected", "no", ("conversation:transcription:view",))], [queue, words])
    (finding,) = book.findings()
    assert (finding.subject, finding.level) == (TEXT_TOPICS, Level.FAIL)
    assert "conversation:transcription:view" in finding.remedy
    book.forget(words)
    assert book.refused(TEXT_TOPICS) == []
    book.note([Topic(queue_topic("q-2"), "Rejected")], [queue_topic("q-2")])
    (finding,) = book.findings()
    assert (finding.level, finding.text[:6]) == (Level.WARN, "1 of 2")
    assert "routing:queue:view" in finding.remedy


def test_room_for_text() -> None:
    assert text_without_room(0, 5).level is Level.PASS
    assert "2 of 5" in text_without_room(2, 5).text


# ---- names


async def test_queues_come_in_pages() -> None:
    async with organisation() as stage:
        stage.part._floor.queues.clear()
        stage.part._floor.queues |= {f"queue-{n}": f"Queue {n}" for n in range(250)}
        names = Names(stage.rest())
        assert len(await names.queues_to_watch((), person=True)) == 250
        assert names.queue("queue-249") == "Queue 249"


async def test_queues_that_are_named_in_the_settings_need_no_permission() -> None:
    async with organisation() as stage:
        stage.platform.throttle("/api/v2/routing", 1, status=403)
        names = Names(stage.rest())
        assert await names.queues_to_watch(("queue-1", "queue-1"), person=True) == ("queue-1",)
        assert names.queue("queue-1") == ""


async def test_nobody_signed_in_is_said_while_asking_for_queues() -> None:
    async with organisation() as stage:
        stage.tokens.refusal = SignInNeeded("Sign in.")
        names = Names(stage.rest())
        for wanted in ((), ("queue-1",)):
            with pytest.raises(SignInNeeded):
                await names.queues_to_watch(wanted, person=True)


async def test_all_queues_refused_is_rejected() -> None:
    async with organisation() as stage:
        stage.platform.throttle("/api/v2/routing", 2, status=403)
        with pytest.raises(Rejected, match="routing:queue:view"):
            await Names(stage.rest()).queues_to_watch((), person=True)


async def test_names_are_remembered_within_bounds() -> None:
    async with organisation() as stage:
        names = Names(stage.rest())
        names._users |= {str(n): "x" for n in range(MAX_REMEMBERED)}
        stage.part._floor.users["u-1"] = "Alice"
        await names.ask_users(["u-1", "u-2"])
        assert (names.user("u-1"), names.user("u-2"), names.knows_user("u-2")) == ("Alice", "", True)
        assert len(names._users) == MAX_REMEMBERED
