"""Retrying connections, joining calls, what is measured on links, and what the platform scored itself."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import ClassVar

import pytest

from desktop.alerts.book import AlertBook
from desktop.calls.registry import HEARD_LATELY_S, CallRegistry
from desktop.domain.alert import SentimentAlertRule
from desktop.domain.errors import Rejected
from desktop.domain.events import (
    AudioArrived,
    FactsLearned,
    LinkChanged,
    LinkFound,
    LinkMeasured,
    LinkState,
    Measure,
    NoReading,
    ReadingArrived,
    ReadingMissing,
    SourceEvent,
    WordsArrived,
)
from desktop.domain.facts import CallFacts
from desktop.domain.finding import Finding, Level
from desktop.domain.insight import CoverageProblem
from desktop.domain.intents import Join, JoinCall, RetryLink
from desktop.domain.media import Codec, EncodedFrame, Party
from desktop.domain.ports import Deliver
from desktop.domain.speech import Segment, Trace
from desktop.domain.updates import (
    CoverageAudited,
    FindingMade,
    JoinAnswered,
    LinkTimed,
    LinkUpdated,
    ReadingMade,
    Update,
)
from desktop.engine import links as module
from desktop.engine.desk import InsightDesk
from desktop.engine.links import BROKE, NOT_JOINABLE, RINGING, TOO_MANY, Links
from desktop.engine.meters import Meters
from desktop.engine.platform_side import AUDIT_EVERY_S, PlatformSide
from desktop.insights.lexicon import parse_lexicon
from desktop.insights.mood import MoodMeter
from desktop.insights.sentiment import TextSentiment

NOW_MS = 1_000_000


class Phone:
    """A platform that rings, or does `instead`."""

    def __init__(self, instead: Callable[[], None] = lambda: None) -> None:
        self.asked: list[tuple[str, Join]] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self._instead = instead

    async def join(self, call: str, how: Join) -> None:
        self.asked.append((call, how))
        await self.gate.wait()
        self._instead()


class Line:
    """A source that only counts retries."""

    name = "acme"
    retries = 0

    async def run(self, deliver: Deliver) -> None: ...

    def retry(self) -> None:
        self.retries += 1


def links(phone: Phone | None = None) -> tuple[Links, list[Update], Line]:
    told: list[Update] = []
    made, line = Links(told.append, lambda: NOW_MS), Line()
    made._sources[line.name] = line
    made._controls.update({} if phone is None else {"acme": phone})
    return made, told, line


def refused() -> None:
    raise Rejected("Your user lacks the permission conversation:call:monitor.")


def bug() -> None:
    raise RuntimeError("a name that must not travel")


async def joined(phone: Phone, holders: tuple[str, ...] = ("other", "acme")) -> JoinAnswered:
    made, told, _ = links(phone)
    async with asyncio.TaskGroup() as group:
        made.join(JoinCall("c1", Join.COACH), holders, group)
    (answer,) = told
    assert isinstance(answer, JoinAnswered)
    assert answer.call == "c1"
    return answer


def test_what_goes_back_to_a_connection_carries_no_card_number() -> None:
    class Heard:
        segments: ClassVar[list[Segment]] = []

        def told(self, event: SourceEvent) -> None: ...

        def said(self, segment: Segment) -> None:
            self.segments.append(segment)

    made, _, _ = links()
    made._feedback["acme"] = Heard()
    text = "my card is 4111 1111 1111 1111 thanks"
    made.said("acme", Segment("c1", Party.CUSTOMER, 1, 0, text, 0, 900, True, "en-US", 1.0, (), Trace()))
    (segment,) = Heard.segments
    assert "1111" not in segment.text
    assert segment.text.endswith("thanks")


async def test_the_first_connection_that_can_puts_the_supervisor_through() -> None:
    phone = Phone()
    answer = await joined(phone)
    assert answer.ringing
    assert answer.text == RINGING[Join.COACH]
    assert phone.asked == [("c1", Join.COACH)]


async def test_a_refusal_is_passed_on_in_words_and_a_bug_is_not_quoted() -> None:
    assert (await joined(Phone(refused))).text == "Your user lacks the permission conversation:call:monitor."
    assert (await joined(Phone(bug))).text == BROKE


async def test_a_call_that_nobody_can_join_says_so() -> None:
    answer = await joined(Phone(), ("other",))
    assert not answer.ringing
    assert answer.text == NOT_JOINABLE
    made, told, _ = links(Phone())
    made.join(JoinCall("c1", Join.BARGE), ("acme",), None)
    assert told == [JoinAnswered("c1", Join.BARGE, False, NOT_JOINABLE)]


async def test_a_stuck_key_does_not_ring_the_phone_for_ever() -> None:
    phone = Phone()
    phone.gate.clear()
    made, told, _ = links(phone)
    async with asyncio.TaskGroup() as group:
        for _ in range(module.MAX_JOINS + 1):
            made.join(JoinCall("c1", Join.MONITOR), ("acme",), group)
        assert told == [JoinAnswered("c1", Join.MONITOR, False, TOO_MANY)]
        phone.gate.set()
    assert len(phone.asked) == module.MAX_JOINS
    assert len(told) == module.MAX_JOINS + 1


async def test_retry_reaches_the_connection_it_names() -> None:
    made, _, line = links()
    made.retry(RetryLink("acme"))
    made.retry(RetryLink("gone"))
    assert line.retries == 1


def test_what_is_measured_and_found_gets_the_time_of_this_machine() -> None:
    made, told, _ = links()
    change, finding = LinkChanged("acme", "eu", LinkState.LIVE), Finding("Latency", Level.WARN, "slow", "wait")
    made.event(change)
    made.event(LinkMeasured("acme", Measure.ENGINE, 12.5))
    made.event(LinkFound("acme", finding))
    assert told == [
        LinkUpdated(change, NOW_MS),
        LinkTimed("acme", Measure.ENGINE, 12.5, NOW_MS),
        FindingMade("acme", finding),
    ]


# ---- the platform's own scores and words


def side() -> tuple[PlatformSide, CallRegistry, Meters, list[Update]]:
    told: list[Update] = []
    mood = MoodMeter(TextSentiment(parse_lexicon("good\t1.9\n")))
    desk, registry, meters = (
        InsightDesk(mood, (), AlertBook((SentimentAlertRule(hold_s=0.0),))),
        CallRegistry(),
        Meters(),
    )
    facts = CallFacts(agent_name="Dana", queue_name="Billing", queue_id="q1", started_at_ms=NOW_MS - 5_000)
    registry.handle(FactsLearned("b", "c1", facts), 0.0)
    desk.audit.facts("b", "c1", facts, NOW_MS)
    return PlatformSide(desk, registry, meters, told.append), registry, meters, told


def scored(score: float) -> ReadingArrived:
    return ReadingArrived("b", "c1", Party.MIXED, score, "negative")


def test_document_b_five_bad_scores_raise_the_alert_and_say_whose_they_are() -> None:
    platform, _, _, told = side()
    alerts = [platform.scored(scored(-0.8), NOW_MS - 9_000, 0.0, NOW_MS + second * 1000) for second in range(7)]
    readings = [update.reading for update in told if isinstance(update, ReadingMade)]
    assert [reading.origin for reading in readings] == ["platform"] * 7
    assert readings[0].at_ms == 5_000  # on the call's own time line
    assert [len(some) for some in alerts[:5]] == [0] * 5
    assert any(notify for some in alerts for _, notify in some)


def test_while_its_sound_is_heard_here_the_platforms_score_is_shown_but_raises_nothing() -> None:
    platform, registry, _, told = side()
    frame = EncodedFrame("a", "c1", Party.CUSTOMER, Codec.OPUS, 0, 0, b"", 0)
    registry.handle(AudioArrived(frame), 10.0)
    alerts = [platform.scored(scored(-0.8), NOW_MS, 10.0 + second, NOW_MS + second * 1000) for second in range(9)]
    assert len(told) == 9
    assert not any(alerts)
    late = 11.0 + HEARD_LATELY_S  # the sound fell away, the call goes on: somebody must watch it
    alerts = [platform.scored(scored(-0.8), NOW_MS, late, NOW_MS + 60_000 + second * 1000) for second in range(9)]
    assert any(alerts)


def test_a_score_for_a_stranger_is_counted() -> None:
    platform, _, meters, told = side()
    assert platform.scored(scored(-0.8), None, 0.0, NOW_MS) == []
    assert told == []
    assert meters.counts["platform.strays"] == 1


def test_document_b_a_missing_score_is_no_reading_and_ends_in_the_audit() -> None:
    platform, _, _, told = side()
    for minute in range(30):
        missing = ReadingMissing("b", "c1", NoReading.NOT_REQUESTED)
        assert platform.scored(missing, NOW_MS, 0.0, NOW_MS + minute * 60_000) == []
    platform.audit(0.0, NOW_MS + 1_800_000)
    (audited,) = told
    assert isinstance(audited, CoverageAudited)
    assert [f.problem for f in audited.findings] == [CoverageProblem.FIELD_NOT_REQUESTED]
    platform.audit(AUDIT_EVERY_S - 0.1, NOW_MS + 1_801_000)
    platform.audit(AUDIT_EVERY_S + 0.1, NOW_MS + 1_802_000)
    assert len(told) == 1  # said once, until it changes


@pytest.mark.parametrize(("link", "taken"), [("b", True), ("other", False)])
def test_the_platforms_words_are_taken_from_who_holds_the_call(link: str, taken: bool) -> None:
    platform, _, meters, _ = side()
    segment = Segment("c1", Party.AGENT, 1, 1, "good", 0, 400, True, "en-US", 1.0, (), Trace())
    assert (platform.heard(WordsArrived(link, segment), 0.0) is segment) is taken
    assert meters.counts["platform.segments_unused"] == (not taken)
