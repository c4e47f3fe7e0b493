"""What isn't heard in words says so everywhere, and is never shown as calm."""

from __future__ import annotations

import pytest

from desktop.dashboard import curves, hearing_sentences, sentences
from desktop.dashboard.call_view import CallView
from desktop.dashboard.ordering import ideal_order, need
from desktop.dashboard.rows import ChipKind, row
from desktop.dashboard.state import Changes, FloorState, apply, apply_all
from desktop.domain.events import AudioGap
from desktop.domain.insight import CallDynamics
from desktop.domain.media import Party
from desktop.domain.speech import Attention
from desktop.domain.updates import (
    ActivityNoted,
    CallAttended,
    DynamicsMeasured,
    HearingMeasured,
    ReadingMade,
    SegmentHeard,
    SoundLost,
    Update,
)
from tests.dashboard.builders import over, reading, seen, segment, spoke

WORDS, PHRASES, PRESENCE = Attention.WORDS, Attention.PHRASES, Attention.PRESENCE
NOW = 61_000


def shed(attention: Attention = PRESENCE, at: int = 20_000) -> tuple[FloorState, CallView]:
    """A call that was heard, rather happy, and then no longer in words."""
    state = FloorState()
    before: list[Update] = [
        SegmentHeard(segment(end=1_000)),
        ReadingMade(reading(0.1, 500)),
        ReadingMade(reading(0.6, 1_000)),
    ]
    apply_all(state, [seen(), *before, CallAttended("c", attention, at)])
    return state, state.calls["c"]


@pytest.mark.parametrize(("attention", "chip"), [(PHRASES, "Keywords only"), (PRESENCE, "Level only")])
def test_the_row_says_so_first_and_its_mood_is_not_calm_but_not_heard(attention: Attention, chip: str) -> None:
    _, view = shed(attention)
    shown = row(view, NOW)
    assert (shown.chips[0].text, shown.chips[0].kind) == (chip, ChipKind.LATE)
    assert [each.text for each in shown.chips].count(chip) == 1
    assert shown.unheard
    assert (shown.trend, shown.trend_word) == (0, "not heard")
    assert f"{chip.lower()}: this machine is at its limit" in shown.aloud
    assert "not heard" in shown.aloud
    assert sentences.freshness(view) == f"{chip.lower()}: this machine is at its limit"
    assert sentences.short_freshness(view) == chip
    view.connected = False
    assert sentences.short_freshness(view) == sentences.freshness(view) == "not heard: connection lost"


def test_a_call_that_was_never_heard_says_that_instead_of_words() -> None:
    state = FloorState()
    apply_all(state, [seen(), CallAttended("c", PRESENCE, 0)])
    shown = row(state.calls["c"], NOW)
    assert shown.words == hearing_sentences.NOT_IN_WORDS
    assert shown.trend_word == "not heard"
    state.calls["c"].connected = False
    assert row(state.calls["c"], NOW).words == ""


def test_heard_again_its_mood_is_from_earlier_until_there_is_a_new_one() -> None:
    state, view = shed()
    apply(state, CallAttended("c", WORDS, 40_000), Changes())
    shown = row(view, NOW)
    assert shown.unheard
    assert shown.trend_word == "from earlier"
    assert "Level only" not in [chip.text for chip in shown.chips]
    apply(state, ReadingMade(reading(0.6, 42_000)), Changes())
    assert not row(view, NOW).unheard
    assert row(view, NOW).trend_word == "rising"


def test_the_curve_has_no_data_there_but_silence_and_talk_over_go_on() -> None:
    state, view = shed(at=20_000)
    apply_all(
        state,
        [
            SoundLost(AudioGap("c", Party.AGENT, 5_000, 1_000.0, "lost")),
            CallAttended("c", PHRASES, 30_000),
            CallAttended("c", WORDS, 40_000),
            CallAttended("c", PRESENCE, 50_000),
            ActivityNoted(spoke(0, 21_000)),
            ActivityNoted(spoke(30_000, 60_000)),
            DynamicsMeasured(CallDynamics("c", 60_000, 0, 0, 0, 0, True, 0)),
        ],
    )
    assert curves.gaps(view) == [(5_000, 6_000), (20_000, 40_000), (50_000, 60_000)]
    assert curves.lost(view) == [(5_000, 6_000)]
    assert curves.silences(view) == [(21_000, 30_000)]
    assert "talking over each other" in [chip.text for chip in row(view, NOW).chips]


def test_an_ended_call_was_heard_as_far_as_it_was() -> None:
    state, view = shed()
    apply(state, over(), Changes())
    shown = row(view, NOW)
    assert not view.unheard
    assert "Level only" not in [chip.text for chip in shown.chips]
    apply_all(FloorState(), [CallAttended("nobody", PRESENCE, 0)])


def test_who_is_not_heard_does_not_sink_below_the_calm() -> None:
    state, view = shed()
    before = need(view, NOW)
    apply(state, CallAttended("c", WORDS, 40_000), Changes())
    assert need(view, NOW) == before
    apply_all(
        state, [seen("calm", at=2_000), ReadingMade(reading(0.9, call="calm")), CallAttended("c", PRESENCE, 41_000)]
    )
    assert ideal_order(state, NOW)[0] == ["c", "calm"]


@pytest.mark.parametrize(
    ("hearing", "said"),
    [
        (None, ""),
        (HearingMeasured(8, 0, 0, 22, True), "Room for 14 more calls"),
        (HearingMeasured(8, 0, 0, 9, True), "Room for 1 more call"),
        (HearingMeasured(8, 0, 0, 8, True), "No room for more calls"),
        (HearingMeasured(8, 0, 0, 9_000, True), "Room for more than 500 more calls"),
        (HearingMeasured(12, 20, 28, 12, True), "At the limit: 12 in words · 20 keywords · 28 level only"),
        (HearingMeasured(12, 0, 48, 12, True), "At the limit: 12 in words · 48 level only"),
    ],
)
def test_the_status_line_counts(hearing: HearingMeasured | None, said: str) -> None:
    assert hearing_sentences.status(hearing) == said


def test_it_says_what_the_number_rests_on() -> None:
    state = FloorState()
    assert hearing_sentences.explained(state.hearing) == ""
    apply(state, HearingMeasured(8, 0, 0, 22, False), Changes())
    assert state.hearing is not None
    assert "with words at once, a first guess until" in hearing_sentences.explained(state.hearing)
    apply(state, HearingMeasured(8, 0, 0, 22, False, earlier=True), Changes())
    assert "about 22 calls with words at once, by an earlier measurement" in hearing_sentences.explained(state.hearing)
    apply(state, HearingMeasured(12, 20, 28, 12, True), Changes())
    assert "measured on the calls of this session" in hearing_sentences.explained(state.hearing)
    assert "heard in turns" in hearing_sentences.explained(state.hearing)
    assert hearing_sentences.chip(WORDS) == hearing_sentences.why(WORDS) == ""


def test_a_call_that_is_heard_before_its_first_sound_has_no_gap() -> None:
    _, view = shed(at=0)
    view.attend(WORDS, 0)
    view.position_ms = 60_000
    assert curves.gaps(view) == [(0, 0)]
