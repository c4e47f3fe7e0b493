"""Several connections bring the same call: regions that fail over, a live list beside a stream."""

from __future__ import annotations

from desktop.calls.machine import REAPPEAR_S
from desktop.calls.registry import HEARD_LATELY_S, NO_SOUND, SILENT_S, SOUND_FROM_ANOTHER_S, CallRegistry
from desktop.domain.effects import ArmTimer, CallChanged, CallTimer, DisarmTimer, DropAudio, Effect, FeedAudio
from desktop.domain.events import (
    OUT_OF_SCOPE,
    AudioArrived,
    CallEnded,
    FactsLearned,
    LinkChanged,
    LinkFound,
    LinkMeasured,
    LinkState,
    Measure,
    NoReading,
    ReadingArrived,
    ReadingMissing,
    WordsArrived,
)
from desktop.domain.facts import CallFacts, CallPhase
from desktop.domain.finding import Finding, Level
from desktop.domain.media import Codec, EncodedFrame, Party
from desktop.domain.speech import Segment, Trace

DANA = CallFacts(agent_name="Dana", queue_name="Billing")


def sound(link: str, seq: int = 0) -> AudioArrived:
    return AudioArrived(EncodedFrame(link, "c1", Party.AGENT, Codec.OPUS, seq, seq * 20, b"\x00", 0))


def state(link: str, value: LinkState, relists: bool = True) -> LinkChanged:
    return LinkChanged(link, "region", value, relists=relists)


def two_links() -> CallRegistry:
    calls = CallRegistry()
    for link in ("east", "west"):
        calls.handle(state(link, LinkState.LIVE), 0.0)
        calls.handle(FactsLearned(link, "c1", DANA), 0.0)
    return calls


def phases(effects: list[Effect]) -> list[tuple[CallPhase, str]]:
    return [(e.phase, e.reason) for e in effects if isinstance(e, CallChanged)]


def test_a_call_lives_as_long_as_one_connection_holds_it() -> None:
    calls = two_links()
    assert phases(calls.handle(state("east", LinkState.CLOSED), 1.0)) == [(CallPhase.LIVE, "")]
    assert calls.link_of("c1") == "west"
    assert phases(calls.handle(state("west", LinkState.CLOSED), 2.0)) == [(CallPhase.LINGERING, "connection closed")]


def test_the_connection_that_is_not_shown_may_let_go_unnoticed() -> None:
    calls = two_links()
    assert calls.handle(CallEnded("west", "c1", OUT_OF_SCOPE), 1.0) == []
    assert calls.holders_of("c1") == ("east",)
    assert calls.holders_of("c9") == ()
    assert calls.handle(CallEnded("west", "c9", OUT_OF_SCOPE), 1.0) == []
    assert calls.link_of("c1") == "east"


def test_an_end_that_was_only_guessed_is_taken_back() -> None:
    calls = CallRegistry()
    calls.handle(FactsLearned("east", "c1", DANA), 0.0)
    calls.handle(state("east", LinkState.CLOSED), 1.0)
    assert calls.handle(FactsLearned("east", "c1", DANA), 2.0) == [
        DisarmTimer("c1", CallTimer.LINGER),
        CallChanged("c1", CallPhase.LIVE, DANA),
    ]
    assert calls.on_timer("c1", CallTimer.LINGER, 6.0) == []
    calls.handle(CallEnded("east", "c1"), 7.0)
    assert calls.handle(FactsLearned("east", "c1", DANA), 8.0) == []  # that one was said


def test_what_the_platform_ends_is_over_whoever_says_it() -> None:
    assert phases(two_links().handle(CallEnded("west", "c1"), 1.0)) == [(CallPhase.LINGERING, "ended")]


def test_sound_is_taken_from_one_connection_at_a_time() -> None:
    calls = two_links()
    assert calls.handle(sound("east", 1), 1.0) == [FeedAudio(sound("east", 1).frame)]
    assert calls.handle(sound("west", 1), 1.0) == [DropAudio("c1", Party.AGENT, 1)]
    assert calls.handle(sound("east", 2), 1.1) == [FeedAudio(sound("east", 2).frame)]
    assert (calls.sound_from("c1"), calls.sound_from("c9")) == ("east", "")


def test_document_a_edge_case_3_another_region_takes_over_the_sound() -> None:
    calls = two_links()
    calls.handle(sound("east", 1), 1.0)
    calls.handle(state("east", LinkState.RETRYING), 1.1)
    assert calls.handle(sound("west", 7), 1.2) == [FeedAudio(sound("west", 7).frame)]
    calls.handle(state("east", LinkState.LIVE), 1.3)
    assert calls.handle(sound("east", 2), 1.4)[-1] == DropAudio("c1", Party.AGENT, 1)


def test_a_connection_that_is_up_but_mute_loses_the_sound_to_another() -> None:
    calls = two_links()
    calls.handle(sound("east", 1), 1.0)
    late = 1.1 + SOUND_FROM_ANOTHER_S
    assert calls.handle(sound("west", 1), late) == [FeedAudio(sound("west", 1).frame)]


def test_a_quiet_stream_does_not_end_a_call_that_a_live_list_still_holds() -> None:
    calls = two_links()
    calls.handle(sound("east", 1), 1.0)
    assert calls.sweep(2.0 + SILENT_S) == []
    calls.handle(CallEnded("west", "c1", OUT_OF_SCOPE), 2.0)
    assert phases(calls.sweep(2.0 + SILENT_S)) == [(CallPhase.LINGERING, NO_SOUND)]


def test_each_connection_that_comes_back_must_show_the_call_again() -> None:
    calls = two_links()
    for link in ("east", "west"):
        calls.handle(state(link, LinkState.RETRYING), 1.0)
        assert calls.handle(state(link, LinkState.LIVE), 2.0) == [ArmTimer("c1", CallTimer.REAPPEAR, REAPPEAR_S)]
    assert calls.handle(FactsLearned("east", "c1", DANA), 3.0) == []
    assert calls.on_timer("c1", CallTimer.REAPPEAR, 12.0) == []  # west let go of it, east did not
    assert calls.link_of("c1") == "east"


def test_the_last_connection_to_show_it_again_disarms_the_timer() -> None:
    calls = two_links()
    for link in ("east", "west"):
        calls.handle(state(link, LinkState.RETRYING), 1.0)
        calls.handle(state(link, LinkState.LIVE), 2.0)
    calls.handle(FactsLearned("east", "c1", DANA), 3.0)
    assert calls.handle(FactsLearned("west", "c1", DANA), 3.1) == [DisarmTimer("c1", CallTimer.REAPPEAR)]


def test_the_end_disarms_what_was_armed() -> None:
    calls = two_links()
    calls.handle(state("east", LinkState.RETRYING), 1.0)
    calls.handle(state("east", LinkState.LIVE), 2.0)
    assert DisarmTimer("c1", CallTimer.REAPPEAR) in calls.handle(CallEnded("east", "c1"), 3.0)


def test_a_socket_that_does_not_list_calls_again_ends_none_by_its_return() -> None:
    calls = CallRegistry()
    calls.handle(state("b", LinkState.LIVE, relists=False), 0.0)
    calls.handle(FactsLearned("b", "c1", DANA), 0.0)
    calls.handle(state("b", LinkState.RETRYING), 1.0)
    assert calls.handle(state("b", LinkState.LIVE, relists=False), 4.0) == []


def test_a_refused_connection_keeps_its_calls_for_a_while() -> None:
    calls = CallRegistry()
    calls.handle(FactsLearned("b", "c1", DANA), 0.0)
    assert calls.handle(state("b", LinkState.REFUSED), 1.0) == []
    assert calls.sweep(300.0) == []


def test_readings_and_words_are_signs_of_life_and_words_are_wanted_only_where_nothing_is_heard() -> None:
    calls = two_links()
    words = WordsArrived("east", Segment("c1", Party.AGENT, 1, 1, "a", 0, 1, True, "en-US", 1.0, (), Trace()))
    for event in (
        ReadingArrived("east", "c1", Party.MIXED, 0.1, "neutral"),
        ReadingMissing("east", "c1", NoReading.NULL),
        words,
        WordsArrived("east", Segment("c9", Party.AGENT, 1, 1, "a", 0, 1, True, "en-US", 1.0, (), Trace())),
        LinkMeasured("east", Measure.ROUND_TRIP, 1.0),
        LinkFound("east", Finding("x", Level.PASS, "y")),
    ):
        assert calls.handle(event, 5.0) == []
    assert calls.takes_words("c1", "east", 5.0)
    assert not calls.takes_words("c1", "north", 5.0)
    assert not calls.takes_words("c9", "east", 5.0)
    calls.handle(sound("west"), 6.0)
    assert calls.hears("c1", 6.0)
    assert not calls.takes_words("c1", "east", 6.0)


def test_when_the_sound_falls_away_the_platforms_words_are_wanted_again() -> None:
    calls = two_links()
    calls.handle(sound("west"), 6.0)
    assert calls.takes_words("c1", "east", 6.1 + HEARD_LATELY_S)  # up, but mute
    calls.handle(sound("west", 1), 30.0)
    calls.handle(state("west", LinkState.RETRYING), 30.1)
    assert calls.takes_words("c1", "east", 30.2)
    assert not calls.hears("c9", 30.2)
