"""Final segments to readings with a moving average of five."""

from __future__ import annotations

import pytest

from desktop.domain.media import Party
from desktop.domain.speech import Segment, Trace
from desktop.insights.lexicon import Lexicon
from desktop.insights.mood import MoodMeter
from desktop.insights.sentiment import TextSentiment


def segment(text: str, *, call: str = "c", party: Party = Party.CUSTOMER, at: int = 1, final: bool = True) -> Segment:
    return Segment(call, party, at, 0, text, at * 1000, at * 1000 + 900, final, "en-US", 0.9, (), Trace())


@pytest.fixture
def meter() -> MoodMeter:
    return MoodMeter(TextSentiment(Lexicon({"lousy": -2.0, "lovely": 2.0})))


def test_a_reading_says_whose_words_and_when(meter: MoodMeter) -> None:
    reading = meter.hear(segment("this is unacceptable", at=7))
    assert reading is not None
    assert (reading.call, reading.party, reading.at_ms, reading.segment_id) == ("c", Party.CUSTOMER, 7900, 7)
    assert (reading.label, reading.origin, reading.count) == ("negative", "sidetone", 1)
    assert reading.score == reading.average < -0.55


def test_the_average_is_of_the_last_five_of_one_party_of_one_call(meter: MoodMeter) -> None:
    for at in range(3):
        meter.hear(segment("lovely", at=at))
    meter.hear(segment("lovely", party=Party.AGENT))
    meter.hear(segment("lovely", call="other"))
    for at in range(3, 7):
        reading = meter.hear(segment("this is lousy", at=at))
    last = meter.hear(segment("this is lousy", at=8))
    assert reading is not None
    assert last is not None
    assert reading.count == last.count == 5
    assert reading.average > last.average == pytest.approx(last.score)


def test_partials_make_no_reading(meter: MoodMeter) -> None:
    assert meter.hear(segment("this is unacceptable", final=False)) is None


@pytest.mark.parametrize("text", ["", "yes", "okay", "uh yeah okay right", "three four", "no no no no"])
def test_what_says_too_little_makes_no_reading(meter: MoodMeter, text: str) -> None:
    assert meter.hear(segment(text)) is None


def test_a_whole_utterance_without_an_opinion_reads_zero(meter: MoodMeter) -> None:
    reading = meter.hear(segment("the address is oak street"))
    assert reading is not None
    assert (reading.score, reading.label) == (0.0, "neutral")


def test_one_word_with_an_opinion_is_enough(meter: MoodMeter) -> None:
    assert meter.hear(segment("ridiculous")) is not None


def test_a_forgotten_call_begins_again(meter: MoodMeter) -> None:
    meter.hear(segment("this is lousy"))
    meter.forget("c")
    meter.forget("unknown")
    again = meter.hear(segment("this is lousy"))
    assert again is not None
    assert again.count == 1
