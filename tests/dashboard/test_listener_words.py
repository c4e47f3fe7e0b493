"""Connections that others dial: cards, tries, amounts; and the capacity planner's bars."""

from __future__ import annotations

import pytest

from desktop.dashboard import capacity, link_cards, link_sentences
from desktop.dashboard import listener_sentences as sentences
from desktop.dashboard.capacity import ROOM_UNKNOWN, Room
from desktop.dashboard.state import FloorState, apply_all
from desktop.domain.events import LinkState, Measure
from desktop.domain.finding import Finding, Level
from desktop.domain.listener import CapacityPlan
from desktop.domain.updates import CallUpdated, FindingMade, LinkTimed, Update
from tests.dashboard.builders import over, seen
from tests.dashboard.link_builders import at, is_a

KIND = "Genesys Cloud AudioHook"


def floor(*updates: Update) -> FloorState:
    state = FloorState()
    apply_all(state, updates)
    return state


def by_link(update: CallUpdated, link: str = "l1") -> CallUpdated:
    return CallUpdated(update.call, update.phase, update.facts, 1_000, update.reason, update.ended_ms, link)


def opened(ms: float) -> LinkTimed:
    return LinkTimed("l1", Measure.HANDLING, ms, 1_000)


def test_the_card_of_a_listener_says_how_soon_it_answers_and_how_many_calls_it_brings() -> None:
    calls = [by_link(seen("a")), by_link(seen("b")), by_link(seen("c"), "l2"), by_link(over("d"))]
    state = floor(is_a(kind=KIND), at(1, LinkState.LIVE), *calls, opened(8.0), opened(20.0), opened(12.0))
    (card,) = link_cards.cards(state, 61_000)
    assert (card.glyph, card.word, card.foot) == ("●", "listening", "2 calls now")
    assert card.opened == link_cards.Figures("12 ms", "13 ms", "20 ms", high=False, p50="12 ms")
    assert card.aloud.endswith("listening for 1 min, opened in 12 ms, 2 calls now")
    assert link_sentences.calls_now(state, state.link_views["l1"]) == 2


def test_a_listener_that_does_not_listen_says_so_and_others_are_not_opened() -> None:
    state = floor(is_a(kind=KIND), at(1, LinkState.REFUSED), is_a("bots"), at(1, LinkState.LIVE, "bots"), opened(8.0))
    apply_all(state, [LinkTimed("bots", Measure.HANDLING, 3.0, 1_000)])
    refused, bots = link_cards.cards(state, 1_000)
    assert (refused.word, refused.foot) == ("refused", "no calls now")
    assert (bots.word, bots.opened, bots.foot) == ("live", None, "no drops")


def test_tries_are_the_findings_about_being_dialled() -> None:
    assert link_cards.tries(None) == []
    state = floor(is_a(kind=KIND))
    view = state.link_views["l1"]
    assert link_cards.tries(view) == []
    for subject in ("Certificate", "AudioHook sign-on", "AudioHook probe"):
        apply_all(state, [FindingMade("l1", Finding(subject, Level.FAIL, "no", detail="one\ntwo"))])
    assert [(row.subject, row.detail) for row in link_cards.tries(view)] == [
        ("AudioHook probe", "one\ntwo"),
        ("AudioHook sign-on", "one\ntwo"),
    ]


def test_what_is_drawn_for_a_listener_is_named_after_opening() -> None:
    assert link_sentences.legend(Measure.HANDLING, listens=True)[2:] == "Opened in"


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (sentences.calls(0), "no calls now"),
        (sentences.calls(1), "1 call now"),
        (sentences.network(12.84), "12.8 Mbit/s"),
        (sentences.network(1_000), "1 Gbit/s"),
        (sentences.network(123.4), "123 Mbit/s"),
        (sentences.cores(1), "1 core"),
        (sentences.cores(0.44), "0.4 cores"),
        (sentences.memory(340.2), "340 MB"),
        (sentences.memory(16_000), "16 GB"),
        (sentences.verdict(1, fits=True), "1 call can be taken in by this computer."),
        (sentences.verdict(1, fits=False), "1 call is more than this computer can take in."),
        (sentences.verdict(1_200, fits=True), "1,200 calls at once can be taken in by this computer."),
        (sentences.verdict(400, fits=False), "400 calls at once are more than this computer can take in."),
        (sentences.share(0.0), "0 %"),
        (sentences.share(0.004), "<1 %"),
        (sentences.share(1.26), "126 %"),
        (sentences.share(50), "999 %"),
        (
            sentences.rests_on("1 May 2026, 10:00", 24, heard=True),
            "Measured on this computer on 1 May 2026, 10:00, with 24 signed calls over TLS. "
            "Turning speech into words is counted, as it was measured here.",
        ),
        (
            sentences.rests_on("1 May 2026, 10:00", 24, heard=False),
            "Measured on this computer on 1 May 2026, 10:00, with 24 signed calls over TLS. "
            "Taking calls in is counted; turning speech into words comes on top and is not measured here yet: "
            "Measure now on the Recognition page (M), or `sidetone benchmark`, does.",
        ),
        (
            sentences.shared(1_416),
            "As a gateway that re-encodes every call for consoles, its processor bears 1,416 calls.",
        ),
        (sentences.scale(1), "100 % is what one call takes."),
        (sentences.scale(312), "100 % is what 312 calls take, the most that fit."),
    ],
)
def test_amounts_in_words(said: str, expected: str) -> None:
    assert said == expected


def plan(calls: int) -> CapacityPlan:
    """The processor gives out beyond 80 calls."""
    return CapacityPlan(calls, calls * 0.1, calls * 0.1, 200 + calls * 10, calls <= 80, "The processor, at 80 calls.")


@pytest.mark.parametrize("most", [0, 1, 80, 9_999, capacity.CEILING])
def test_the_most_that_fit_is_found_whatever_it_is(most: int) -> None:
    def up_to(calls: int) -> CapacityPlan:
        return CapacityPlan(calls, 0, 0, 0, calls <= most, "")

    assert capacity.most_that_fit(up_to) == most


def test_each_resource_is_a_bar_of_what_there_is() -> None:
    found = capacity.capacity(plan, 40, Room(100, 8, 4_000))
    assert (found.verdict, found.level, found.scale) == (
        "40 calls at once can be taken in by this computer.",
        Level.PASS,
        "",
    )
    assert found.limit == "The processor, at 80 calls."
    assert [(bar.name, bar.need, bar.percent, bar.first) for bar in found.bars] == [
        ("Network", "4 Mbit/s of 100 Mbit/s", "4 %", False),
        ("Processor", "4 cores of 8 cores", "50 %", True),
        ("Memory", "600 MB of 4 GB", "15 %", False),
    ]
    assert {bar.level for bar in found.bars} == {Level.PASS}
    assert found.bars[1].aloud == "Processor: 4 cores of 8 cores, 50 %, gives out first"


def test_too_many_calls_are_marked_on_what_gives_out() -> None:
    found = capacity.capacity(plan, 100, Room(100, 8, 4_000))
    assert found.level is Level.FAIL
    assert [bar.level for bar in found.bars] == [Level.PASS, Level.FAIL, Level.PASS]
    tight = capacity.capacity(plan, 100, Room(5, 16, 4_000))
    assert [bar.level for bar in tight.bars] == [Level.FAIL, Level.PASS, Level.PASS]


def test_without_knowing_the_machine_the_most_that_fit_is_the_measure() -> None:
    found = capacity.capacity(plan, 100, ROOM_UNKNOWN)
    assert [(bar.need, bar.percent, bar.level) for bar in found.bars] == [
        ("10 Mbit/s", "125 %", Level.FAIL),
        ("10 cores", "125 %", Level.FAIL),
        ("1.2 GB", "120 %", Level.FAIL),
    ]
    assert not any(bar.first for bar in found.bars)
    assert found.scale == "100 % is what 80 calls take, the most that fit."
    nothing = capacity.capacity(lambda n: CapacityPlan(n, 0, 0, 0, False, "Nothing fits."), 5, ROOM_UNKNOWN)
    assert [bar.share for bar in nothing.bars] == [0, 0, 0]
