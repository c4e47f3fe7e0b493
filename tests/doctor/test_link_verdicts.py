"""What a watched source's events say about its link, from a refusal to the first words."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from desktop.doctor.link import (
    Latency,
    audio_verdict,
    calls_verdict,
    complaints_verdict,
    round_trip_verdict,
    scores_verdict,
    socket_verdict,
    words_verdict,
)
from desktop.doctor.watching import Watched, watch
from desktop.domain.errors import Unreachable
from desktop.domain.events import (
    AudioArrived,
    AudioGap,
    CallEnded,
    Complaint,
    FactsLearned,
    LinkChanged,
    LinkFound,
    LinkMeasured,
    LinkState,
    Measure,
    NoReading,
    PeerComplaint,
    ReadingArrived,
    ReadingMissing,
    SourceEvent,
    WordsArrived,
)
from desktop.domain.facts import CallFacts
from desktop.domain.finding import Finding, Level, Remedy
from desktop.domain.media import Codec, EncodedFrame, Party
from desktop.domain.ports import Deliver
from desktop.domain.speech import Segment, Trace


def link(state: LinkState, detail: str = "", action: Remedy | None = None) -> LinkChanged:
    return LinkChanged("l", "r", state, detail, action=action)


def frame(seq: int | None, party: Party = Party.CUSTOMER, call: str = "c") -> AudioArrived:
    return AudioArrived(EncodedFrame("l", call, party, Codec.OPUS, seq, 0, b"x", 0))


def words(text: str) -> WordsArrived:
    return WordsArrived("l", Segment("c", Party.AGENT, 0, 0, text, 0, 1, True, "en-US", 1.0, (), Trace()))


def seen(*events: SourceEvent) -> Watched:
    """Everything a second apart, beginning at 1 s."""
    found = Watched()
    for at, event in enumerate(events, 1):
        found.take(event, float(at))
    return found


def test_a_socket_that_opens_passes_and_says_how_long_it_took() -> None:
    found = socket_verdict("Socket", seen(link(LinkState.LIVE)), 15)
    assert (found.level, found.text) == (Level.PASS, "Open after 1000 ms.")
    slow = Watched(live_at=7.0)
    assert socket_verdict("Socket", slow, 15).level is Level.WARN


def test_a_refused_socket_says_why_and_what_a_button_could_do() -> None:
    refused = seen(link(LinkState.CONNECTING), link(LinkState.REFUSED, "Not offered (404).", Remedy.USE_NOTIFICATIONS))
    found = socket_verdict("Socket", refused, 15)
    assert (found.level, found.text, found.action) == (Level.FAIL, "Not offered (404).", Remedy.USE_NOTIFICATIONS)


def test_a_socket_that_goes_on_trying_or_says_nothing_fails() -> None:
    retrying = socket_verdict("Socket", seen(link(LinkState.RETRYING, "Nobody answers.")), 15)
    assert (retrying.level, retrying.text) == (Level.FAIL, "Nobody answers.")
    assert "by itself" in retrying.remedy
    silent = socket_verdict("Socket", seen(link(LinkState.CONNECTING), link(LinkState.CLOSED)), 15)
    assert (silent.level, silent.text) == (Level.FAIL, "It did not open within 15 s.")


@pytest.mark.parametrize(
    ("latency", "level", "said"),
    [
        (Latency(40, 20, 80, 75, 9, 0), Level.PASS, "40 ms on average, 20 to 80, p95 75 (9 measured)"),
        (Latency(600, 500, 700, 690, 9, 0), Level.WARN, "600 ms"),
        (Latency(200, 20, 900, 850, 9, 0), Level.WARN, "p95 850"),
        (Latency(60, 20, 700, 90, 99, 0), Level.WARN, "20 to 700"),
        (Latency(40, 20, 80, 75, 9, 2), Level.FAIL, "lost 2 times within 15 s"),
        (Latency(None, None, None, None, 0, 1), Level.FAIL, "lost 1 time within"),
    ],
)
def test_document_e_latency_above_500_ms_is_flagged_and_drops_fail(latency: Latency, level: Level, said: str) -> None:
    found = round_trip_verdict("Round trip", latency, 15)
    assert found is not None
    assert found.level is level
    assert said in found.text
    assert bool(found.remedy) is (level is not Level.PASS)


def test_a_link_that_measures_nothing_gets_no_line() -> None:
    assert round_trip_verdict("Round trip", Latency(None, None, None, None, 0, 0), 15) is None


def test_a_connection_that_was_live_and_is_lost_is_a_drop() -> None:
    lost = seen(link(LinkState.LIVE), link(LinkState.RETRYING), link(LinkState.CONNECTING), link(LinkState.RETRYING))
    assert lost.drops == 1


def test_calls_are_counted_and_none_is_no_failure() -> None:
    named = seen(FactsLearned("l", "a", CallFacts()), FactsLearned("l", "a", CallFacts()), frame(1, call="b"))
    assert calls_verdict("Calls", named, 15).text == "2 live calls named."
    nobody = calls_verdict("Calls", seen(AudioGap("a", Party.AGENT, 0, 1.0, "x"), CallEnded("l", "a")), 15)
    assert nobody.level is Level.WARN
    assert nobody.remedy


def test_audio_is_judged_by_its_sequence_numbers() -> None:
    whole = audio_verdict("Audio", seen(*map(frame, range(100))), 15)
    assert (whole.level, whole.text) == (Level.PASS, "100 frames of opus, 0.0 % lost.")
    holes = audio_verdict("Audio", seen(*(frame(n) for n in range(100) if n % 10)), 15)
    assert holes.level is Level.WARN
    assert "lost" in holes.text
    late = seen(frame(1), frame(3), frame(2), frame(4))
    assert late.frames_lost == 0
    both = seen(frame(1), frame(1, Party.AGENT), frame(2), frame(2, Party.AGENT), frame(None))
    assert both.frames_lost == 0


def test_no_audio_fails_only_if_somebody_is_on_the_phone() -> None:
    assert audio_verdict("Audio", seen(), 15).level is Level.WARN
    silent = audio_verdict("Audio", seen(FactsLearned("l", "a", CallFacts())), 15)
    assert silent.level is Level.FAIL
    assert "stream their audio" in silent.remedy


def test_complaints_are_counted_by_kind_without_their_text() -> None:
    bad = PeerComplaint("l", Complaint.BAD_MESSAGE, "secret detail")
    found = complaints_verdict("Messages", seen(bad, bad, PeerComplaint("l", Complaint.BAD_FRAME, "x")))
    assert found is not None
    assert "2 × bad message, 1 × bad frame" in found.text
    assert "secret" not in repr(found)
    assert complaints_verdict("Messages", seen()) is None


@pytest.mark.parametrize(
    ("why", "said"),
    [
        (NoReading.NOT_REQUESTED, "sentiment.score"),
        (NoReading.NULL, "licence"),
        (NoReading.ABSENT, "recording policy"),
    ],
)
def test_document_b_missing_scores_are_diagnosed_never_neutral(why: NoReading, said: str) -> None:
    found = scores_verdict("Scores", seen(ReadingMissing("l", "a", why)), 15)
    assert found.level is Level.FAIL
    assert "not neutral" in found.text
    assert said in found.remedy


def test_scores_that_come_pass_and_some_gaps_warn() -> None:
    score = ReadingArrived("l", "a", Party.MIXED, -0.4, "negative")
    assert scores_verdict("Scores", seen(score), 15).level is Level.PASS
    assert scores_verdict("Scores", seen(score, ReadingMissing("l", "a", NoReading.NULL)), 15).level is Level.WARN
    assert scores_verdict("Scores", seen(), 15).level is Level.WARN


def test_first_words() -> None:
    found = words_verdict("First words", 1.5, 4.0, 15)
    assert (found.level, found.text) == (Level.PASS, "The first words were there 2.5 s after the first sound.")
    nothing = words_verdict("First words", 1.0, None, 15)
    assert (nothing.level, nothing.text) == (Level.WARN, "Nothing was understood in 14 s of sound.")
    assert "Not checked" in words_verdict("First words", None, None, 15).text
    assert seen(words(""), words("hello")).first_words_at == 2.0


def test_a_source_s_own_findings_and_round_trips_are_kept_newest_by_subject() -> None:
    first, second = Finding("Bot", Level.WARN, "old"), Finding("Bot", Level.PASS, "new")
    found = seen(
        LinkFound("l", first),
        LinkFound("l", second),
        LinkMeasured("l", Measure.ROUND_TRIP, 12.0),
        LinkMeasured("l", Measure.ENGINE, 900.0),
    )
    assert list(found.findings.values()) == [second]
    assert found.round_trips_ms == [(3.0, 12.0)]


class Scripted:
    """A source that delivers what it is told and then waits, or breaks."""

    name = "scripted"

    def __init__(self, *events: SourceEvent, error: Exception | None = None) -> None:
        self._events, self._error = events, error
        self.ended = False

    async def run(self, deliver: Deliver) -> None:
        try:
            for event in self._events:
                deliver(event)
            if self._error is not None:
                raise self._error
            await asyncio.Event().wait()
        finally:
            self.ended = True

    def retry(self) -> None:
        raise NotImplementedError


async def watched(source: Scripted, seconds: float = 0.3, live: Callable[[Watched], None] = lambda s: None) -> Watched:
    return await watch(source, seconds, lambda text: None, on_live=live)


async def test_watching_ends_by_time_and_ends_the_source() -> None:
    source, live = Scripted(link(LinkState.LIVE), frame(1)), list[Watched]()
    found = await watched(source, live=live.append)
    assert found.frames == 1
    assert source.ended
    assert live == [found]


async def test_a_refusal_is_not_waited_out() -> None:
    source = Scripted(link(LinkState.REFUSED, "No."))
    async with asyncio.timeout(5):
        assert (await watched(source, 3600)).refused


async def test_a_source_that_breaks_is_not_swallowed() -> None:
    with pytest.raises(ExceptionGroup) as broken:
        await watched(Scripted(error=Unreachable("x")), 3600)
    assert broken.group_contains(Unreachable)
