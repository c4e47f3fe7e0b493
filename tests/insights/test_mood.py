"""Final segments to readings with a moving average of five."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from desktop.alerts.book import AlertBook
from desktop.alerts.rules import DEFAULT_ALERT_RULES
from desktop.domain.alert import AlertState
from desktop.domain.events import ReadingArrived
from desktop.domain.insight import SentimentReading
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


def platform(
    score: float, *, call: str = "c", party: Party = Party.MIXED, agent: str = "a-1", label: str = "neutral"
) -> ReadingArrived:
    return ReadingArrived("link", call, party, score, label, agent)


def test_a_platform_score_becomes_a_reading_without_words(meter: MoodMeter) -> None:
    reading = meter.take(platform(-0.4, label="negative"), 12_000)
    assert reading == SentimentReading("c", Party.MIXED, 12_000, -0.4, "negative", "platform", -1, -0.4, 1)


def test_document_b_section_3_the_last_five_platform_scores_are_averaged(meter: MoodMeter) -> None:
    readings = [meter.take(platform(score), 0) for score in (1.0, -0.1, -0.2, -0.3, -0.4, -0.5)]
    assert [reading.count for reading in readings] == [1, 2, 3, 4, 5, 5]
    assert readings[-1].average == pytest.approx(-0.3)


def test_document_b_section_3_another_agent_starts_a_window_anew(meter: MoodMeter) -> None:
    for _ in range(5):
        meter.take(platform(-0.9), 0)
    assert meter.take(platform(-0.9, agent=""), 0).count == 5  # nobody named: still the same
    assert meter.take(platform(0.1, agent="a-2"), 0).count == 1
    assert meter.take(platform(0.1, agent="a-2"), 0).count == 2


def test_an_agent_named_late_is_the_one_who_was_there(meter: MoodMeter) -> None:
    meter.take(platform(-0.9, agent=""), 0)
    assert meter.take(platform(-0.9), 0).count == 2


def test_own_and_platform_readings_never_share_a_window(meter: MoodMeter) -> None:
    for _ in range(3):
        meter.take(platform(1.0, party=Party.CUSTOMER), 0)
    own = meter.hear(segment("this is lousy"))
    assert own is not None
    assert (own.count, own.average) == (1, own.score)
    assert meter.take(platform(1.0, party=Party.CUSTOMER), 0).average == 1.0
    meter.forget("c")
    assert meter.take(platform(0.5, party=Party.CUSTOMER), 0).count == 1


def alerts_of(meter: MoodMeter, told: Sequence[tuple[float, float]], until_s: float) -> list[float]:
    """When document B's rule fires, ticking once a second; `told` is (second, score)."""
    book, fired = AlertBook(DEFAULT_ALERT_RULES), []
    for tenth in range(round(until_s * 10)):
        now_ms = 1_800_000_000_000 + tenth * 100
        changed = [
            alert
            for at, score in told
            if round(at * 10) == tenth
            for alert in book.on_reading(meter.take(platform(score), tenth * 100), now_ms)
        ]
        if tenth % 10 == 0:
            changed += book.tick(now_ms)
        fired += [tenth / 10 for alert in changed if alert.state is AlertState.ACTIVE]
    return fired


def test_document_b_section_3_alert_after_more_than_30_s_below_minus_a_half(meter: MoodMeter) -> None:
    told = [(at, -0.6) for at in range(0, 60, 4)]  # the fifth comes at 16 s
    assert alerts_of(meter, told, 60) == [47.0]


def test_document_b_section_3_exactly_30_s_is_not_enough(meter: MoodMeter) -> None:
    told = [(at, -0.6) for at in range(0, 45, 4)] + [(46.0, 1.0)]
    assert alerts_of(meter, told, 100) == []


def test_document_b_section_3_a_single_anomaly_alerts_nobody(meter: MoodMeter) -> None:
    told = [(at, -1.0 if at == 40 else -0.2) for at in range(0, 200, 4)]
    assert alerts_of(meter, told, 200) == []


def test_document_b_section_3_a_drop_by_a_tenth_alerts_nobody(meter: MoodMeter) -> None:
    told = [(at, -0.4 if at < 100 else -0.5) for at in range(0, 200, 4)]
    assert alerts_of(meter, told, 200) == []


def test_document_b_section_3_four_readings_are_no_window(meter: MoodMeter) -> None:
    assert alerts_of(meter, [(at, -1.0) for at in range(4)], 200) == []


def test_document_b_missing_readings_are_neither_neutral_nor_bad(meter: MoodMeter) -> None:
    told = [(at, -0.9) for at in range(0, 20, 4)]  # then silence: the last average holds, then there is no data
    assert alerts_of(meter, told, 200) == [47.0]
    assert alerts_of(MoodMeter(TextSentiment(Lexicon({}))), [*told[:4], (90.0, -0.9)], 115) == []
