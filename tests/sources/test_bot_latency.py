"""Which side is slow (document E step 2), and the queue between the socket and the language engine."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import pytest

from desktop.domain.bots import EngineAnswer, EngineOutcome
from desktop.domain.events import LinkFound, LinkMeasured, Measure, SourceEvent
from desktop.domain.finding import Finding, Level
from desktop.protocols.bot_events import BotEvent
from desktop.sources.bot_forwarding import Forwarder
from desktop.sources.bot_inbox import BotInbox
from desktop.sources.bot_latency import LatencyWatch

RTT, HANDLING, ENGINE = Measure.ROUND_TRIP, Measure.HANDLING, Measure.ENGINE


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def findings(told: list[SourceEvent]) -> list[Finding]:
    return [event.finding for event in told if isinstance(event, LinkFound)]


def durations(told: list[SourceEvent]) -> list[float]:
    return [event.ms for event in told if isinstance(event, LinkMeasured)]


def test_document_e_step_2_each_side_is_named_with_its_remedy() -> None:
    watch, told = LatencyWatch("bots", Clock()), list[SourceEvent]()
    watch.measured(told.append, RTT, 500.0)
    watch.measured(told.append, RTT, 812.0)
    watch.measured(told.append, HANDLING, 612.0)
    watch.measured(told.append, ENGINE, 3_000.0)
    fine, *slow = findings(told)
    assert (fine.level, fine.remedy) == (Level.PASS, "")
    assert [finding.level for finding in slow] == [Level.WARN] * 3
    assert "812 ms" in slow[0].text
    assert "network" in slow[0].remedy
    assert "612 ms" in slow[1].text
    assert "smaller messages" in slow[1].remedy
    assert "language engine took 3000 ms" in slow[2].text
    assert "connection itself is fast" not in slow[2].text
    assert {finding.subject for finding in findings(told)} == {"Latency"}


def test_the_warning_goes_only_when_it_stays_fast() -> None:
    watch, told = LatencyWatch("bots", Clock()), list[SourceEvent]()
    for ms in (600.0, 100.0, 100.0, 700.0, 100.0, 100.0):
        watch.measured(told.append, ENGINE, ms)
    assert [finding.level for finding in findings(told)] == [Level.WARN]
    assert "the connection itself is fast" in findings(told)[0].text
    watch.measured(told.append, ENGINE, 100.0)
    assert [finding.level for finding in findings(told)] == [Level.WARN, Level.PASS]


def test_at_most_a_few_a_second_are_told_but_every_slow_one() -> None:
    clock, told = Clock(), list[SourceEvent]()
    watch = LatencyWatch("bots", clock)
    for number in range(1_000):
        clock.now = number / 1_000
        watch.measured(told.append, HANDLING, 900.0 if number == 10 else 1.0)
    assert durations(told) == [1.0, 900.0, 1.0]


async def test_document_e_step_2_garbage_collection_pauses_are_this_machines_and_not_the_engines() -> None:
    clock, told = Clock(), list[SourceEvent]()
    pauses = [0.0, 0.4, 0.9, 0.0, 0.0, 0.0, 0.0]

    async def sleep(seconds: float) -> None:
        if not pauses:
            raise asyncio.CancelledError
        clock.now += seconds + pauses.pop(0)

    with pytest.raises(asyncio.CancelledError):
        await LatencyWatch("bots", clock).notice_stalls(told.append, sleep)
    assert durations(told)[0] == pytest.approx(900.0)
    stalled, calm = findings(told)
    assert "this machine took 900 ms" in stalled.text
    assert "engine" not in stalled.text
    assert calm.level is Level.PASS


def test_a_new_socket_starts_with_a_clean_slate() -> None:
    watch, told = LatencyWatch("bots", Clock()), list[SourceEvent]()
    watch.measured(told.append, RTT, 900.0)
    watch.forget_socket()
    watch.measured(told.append, RTT, 10.0)
    assert [finding.level for finding in findings(told)] == [Level.WARN, Level.PASS]


class Engine:
    """Answers when it is told to, with what it is told to."""

    def __init__(self, *outcomes: EngineOutcome) -> None:
        self.outcomes = list(outcomes)
        self.asked: list[object] = []
        self.go = asyncio.Semaphore(0)

    async def answer(self, message: Mapping[str, object]) -> EngineAnswer:
        self.asked.append(message["text"])
        await self.go.acquire()
        outcome = self.outcomes.pop(0) if self.outcomes else EngineOutcome.ANSWERED
        return EngineAnswer(outcome, 0.0 if outcome is EngineOutcome.SKIPPED else 40.0)

    async def close(self) -> None: ...


def event(text: str, conversation: str = "") -> BotEvent:
    return BotEvent("intent", {"text": text, "conversationId": conversation}, known=True)


async def settle() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


async def test_what_became_of_the_engine_is_told_once_per_change() -> None:
    outcomes = [
        EngineOutcome.ANSWERED,
        EngineOutcome.CACHED,
        EngineOutcome.LATE,
        EngineOutcome.FAILED,
        EngineOutcome.FAILED,
        EngineOutcome.SKIPPED,
        EngineOutcome.CACHED,
        EngineOutcome.ANSWERED,
    ]
    engine, told = Engine(*outcomes), list[SourceEvent]()
    forwarder = Forwarder("bots", engine, LatencyWatch("bots", Clock()))
    async with asyncio.TaskGroup() as group:
        working = group.create_task(forwarder.work(told.append))
        for number in range(len(outcomes)):
            forwarder.put(told.append, event(str(number)))
            engine.go.release()
        await settle()
        working.cancel()
    levels = [finding.level for finding in findings(told) if finding.subject == "Language engine"]
    assert levels == [Level.PASS, Level.WARN, Level.FAIL, Level.FAIL, Level.PASS]
    assert forwarder.outcomes == {
        EngineOutcome.ANSWERED: 2,
        EngineOutcome.CACHED: 2,
        EngineOutcome.LATE: 1,
        EngineOutcome.FAILED: 2,
        EngineOutcome.SKIPPED: 1,
    }
    assert len(durations(told)) == 1  # what was cached or skipped measures nothing, and the clock stands still


async def test_the_messages_of_one_conversation_stay_in_order() -> None:
    engine = Engine()
    forwarder = Forwarder("bots", engine, LatencyWatch("bots", Clock()))
    async with asyncio.TaskGroup() as group:
        workers = [group.create_task(forwarder.work(lambda _: None)) for _ in range(3)]
        for text, conversation in (("a1", "a"), ("a2", "a"), ("b1", "b"), ("x", ""), ("y", ""), ("a3", "a")):
            forwarder.put(lambda _: None, event(text, conversation))
        await settle()
        assert engine.asked == ["a1", "b1", "x"]
        for _ in range(6):
            engine.go.release()
            await settle()
        for worker in workers:
            worker.cancel()
    assert sorted(map(str, engine.asked)) == ["a1", "a2", "a3", "b1", "x", "y"]
    assert [text for text in engine.asked if str(text).startswith("a")] == ["a1", "a2", "a3"]


async def test_overflow_is_told_seldom_and_its_end_too() -> None:
    engine, told = Engine(), list[SourceEvent]()
    forwarder = Forwarder("bots", engine, LatencyWatch("bots", Clock()), size=10)
    for number in range(1_010):
        forwarder.put(told.append, event(str(number)))
    assert forwarder.lost == 1_000
    assert len(findings(told)) == 10  # at 1, 2, 4, ... 512
    async with asyncio.TaskGroup() as group:
        working = group.create_task(forwarder.work(told.append))
        for _ in range(10):
            engine.go.release()
        await settle()
        working.cancel()
    assert engine.asked == [str(number) for number in range(1_000, 1_010)]
    last = [finding for finding in findings(told) if finding.subject == "Forwarding"][-1]
    assert (last.level, "1000" in last.text) == (Level.PASS, True)


def inbox_of(clock: Clock, forwarder: Forwarder | None = None) -> BotInbox:
    return BotInbox("bots", LatencyWatch("bots", clock), forwarder, clock, quiet_after_s=300.0)


def test_silence_is_looked_at_less_and_less_often() -> None:
    clock, told = Clock(), list[SourceEvent]()
    inbox = inbox_of(clock)
    inbox.socket_begins()
    waits = []
    for _ in range(6):
        waits.append(inbox.quiet_in_s())
        clock.now += waits[-1]
        inbox.quiet(told.append, 2)
        inbox.socket_begins()
    assert waits == [300.0, 600.0, 1_200.0, 2_400.0, 3_600.0, 3_600.0]
    assert "Enabled bots: 2" in findings(told)[0].text
    inbox.take('{"type": "tick"}', told.append)
    assert inbox.quiet_in_s() == 300.0


@pytest.mark.parametrize(("later_s", "unknown"), [(0.0, 2), (5.1, 3)])
def test_the_echo_of_two_sockets_is_heard_once_and_not_for_ever(later_s: float, unknown: int) -> None:
    clock = Clock()
    inbox = inbox_of(clock)
    inbox.socket_begins()
    inbox.take('{"type": "before"}', lambda _: None)
    inbox.overlap_begins()
    inbox.take('{"type": "both"}', lambda _: None)
    inbox.socket_begins()
    clock.now += later_s
    inbox.take('{"type": "both"}', lambda _: None)
    assert inbox.unknown_messages == unknown
    inbox.take('{"type": "before"}', lambda _: None)
    inbox.take('{"type": "both"}', lambda _: None)
    assert inbox.unknown_messages == unknown + 2
