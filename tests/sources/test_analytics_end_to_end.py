"""From the socket to an alert and to the coverage audit: document B section 3, its traps and edge cases 1 and 3."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace

from desktop.alerts.book import AlertBook
from desktop.alerts.rules import DEFAULT_ALERT_RULES
from desktop.domain.alert import AlertState
from desktop.domain.events import CallEnded, FactsLearned, ReadingArrived, ReadingMissing, SourceEvent
from desktop.domain.insight import CoverageProblem
from desktop.insights.coverage import CoverageAudit
from desktop.insights.lexicon import Lexicon
from desktop.insights.mood import MoodMeter
from desktop.insights.sentiment import TextSentiment
from tests.sources.analytics_rig import FACTS, Console, Rig, rig
from tests.support.virtual_time import run_virtual, wall_clock


@dataclass
class Desk:
    """What the engine does with an analytics link's events."""

    audit: CoverageAudit = field(default_factory=CoverageAudit)
    meter: MoodMeter = field(default_factory=lambda: MoodMeter(TextSentiment(Lexicon({}))))
    book: AlertBook = field(default_factory=lambda: AlertBook(DEFAULT_ALERT_RULES))
    taken: int = 0
    fired: list[float] = field(default_factory=list)

    def catch_up(self, console: Console) -> None:
        for event in console.told[self.taken :]:
            self._take(event, round(wall_clock() * 1000))
        self.taken = len(console.told)
        self._note(self.book.tick(round(wall_clock() * 1000)))

    def problems(self) -> list[tuple[CoverageProblem, str, tuple[str, ...]]]:
        return [(f.problem, f.queue_id, f.calls) for f in self.audit.findings(round(wall_clock() * 1000))]

    def _take(self, event: SourceEvent, now_ms: int) -> None:
        match event:
            case FactsLearned(link, call, facts):
                self.audit.facts(link, call, facts, now_ms)
            case ReadingArrived(link, call, score=score):
                self.audit.reading(link, call, score, now_ms)
                self._note(self.book.on_reading(self.meter.take(event, 0), now_ms))
            case ReadingMissing(link, call, why):
                self.audit.missing(link, call, why, now_ms)
            case CallEnded(call=call):
                self.audit.ended(call, now_ms)
                self.book.call_ended(call, now_ms)
            case _:
                pass

    def _note(self, changed: tuple[object, ...]) -> None:
        self.fired += [wall_clock() for alert in changed if getattr(alert, "state", None) is AlertState.ACTIVE]


async def talk(floor: Rig, console: Console, desk: Desk, score: float, seconds: int, *calls: str) -> None:
    """Every call is told of every five seconds."""
    for second in range(seconds):
        if second % 5 == 0:
            for call in calls:
                floor.says(score, call)
        await asyncio.sleep(1)
        desk.catch_up(console)


def test_document_b_section_3_an_unhappy_call_alerts_once_after_more_than_30_s() -> None:
    async def main() -> None:
        async with rig() as floor, floor.console() as console:
            await console.live()
            desk, began = Desk(), wall_clock()
            floor.begins()
            await talk(floor, console, desk, -0.7, 51, "c")
            assert desk.fired == []  # the window is full after 20 s, and 30 s is not more than 30 s
            await talk(floor, console, desk, -0.7, 60, "c")
            (fired,) = desk.fired
            assert 51 <= fired - began <= 54

    run_virtual(main())


def test_document_b_section_3_race_the_score_after_the_end_reaches_the_window() -> None:
    async def main() -> None:
        async with rig() as floor, floor.console() as console:
            await console.live()
            desk = Desk()
            floor.part.faults.late_score_s = 4.5
            floor.begins()
            await talk(floor, console, desk, -0.7, 20, "c")
            floor.part.ended("c", floor.now_ms)
            await asyncio.sleep(4.8)
            assert [type(event) for event in console.told if isinstance(event, CallEnded | ReadingArrived)][-2:] == [
                CallEnded,
                ReadingArrived,
            ]

    run_virtual(main())


def test_document_b_edge_cases_1_and_3_and_the_policy_trap_are_named() -> None:
    async def main() -> None:
        async with rig() as floor, floor.console() as console:
            await console.live()
            desk = Desk()
            floor.part.analysis.wrong_language = {"spanish"}
            floor.part.analysis.analyses = {"legacy": False}
            floor.begins("fine")
            for call, queue in (("hola", "spanish"), ("old", "legacy")):
                floor.begins(call, replace(FACTS, queue_id=queue))
            await talk(floor, console, desk, -0.2, 25, "fine", "hola", "old")
            assert desk.problems() == []
            await talk(floor, console, desk, -0.2, 75, "fine", "hola", "old")
            assert sorted(desk.problems(), key=str) == [
                (CoverageProblem.LANGUAGE_MISMATCH, "spanish", ("hola",)),
                (CoverageProblem.POLICY_GAP, "legacy", ("old",)),
            ]
            floor.part.analysis.masked_after = 0
            await talk(floor, console, desk, -0.2, 70, "fine")
            assert (CoverageProblem.MASKING, "q-1", ("fine",)) in desk.problems()

    run_virtual(main())


def test_document_b_section_1_without_the_licence_every_field_is_null_and_that_is_named() -> None:
    async def main() -> None:
        async with rig() as floor, floor.console() as console:
            await console.live()
            desk = Desk()
            floor.part.analysis.licensed = False
            for call in "abc":
                floor.begins(call)
            await talk(floor, console, desk, -0.9, 40, *"abc")
            assert desk.problems() == [(CoverageProblem.NO_LICENCE, "", ("a", "b", "c"))]
            assert console.scores == []

    run_virtual(main())


def test_document_b_trap_field_selection_is_named() -> None:
    async def main() -> None:
        async with rig() as floor, floor.console(fields=("state",)) as console:
            await console.live()
            desk = Desk()
            floor.begins()
            await talk(floor, console, desk, -0.9, 2, "c")
            assert desk.problems() == [(CoverageProblem.FIELD_NOT_REQUESTED, "", ("c",))]

    run_virtual(main())
