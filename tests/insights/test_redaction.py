"""Spoken numbers that must not be seen."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.domain.media import Party
from desktop.domain.speech import Segment, ServiceAnalysis, Trace, Word
from desktop.insights.redaction import MASK, masked, redact, redact_analysis


def segment(text: str, *, timed: bool = True, final: bool = True) -> Segment:
    words = tuple(Word(word, i * 100, i * 100 + 90, 0.5) for i, word in enumerate(text.split())) if timed else ()
    return Segment("c", Party.CUSTOMER, 1, 0, text, 0, 900, final, "en-US", 0.9, words, Trace())


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("it is four one one one one", "it is # # # # #"),
        ("four one uh one one and so on", "# # # # # and so on"),
        ("double four five six ok", "# # # # ok"),
        ("oh seven double five triple one", "# # # # # #"),
        ("four for too one one two", "# # # # # #"),
        ("eight hundred five five five one two", "# # # # # # #"),
        ("forty one eleven eleven eleven", "# # # # #"),
        ("four five and six seven", "# # # # #"),
        ("card 4111 1111 1111 1111 yes", "card # # # # yes"),
        ("card 4111-1111-1111-1111.", "card #"),
        ("call (555) 0100", "call # #"),
        ("one thousand uh two hundred fifty three", "# # # # # # #"),
        ("one two", "one two"),
        ("the security code is one two three", "the security code is # # #"),
        ("my pin is 123", "my pin is #"),
        ("uh one two three okay", "uh # # # okay"),
        ("one two three", "# # #"),
        ("it takes one two three days", "it takes one two three days"),
        ("my pin is ten eleven twelve", "my pin is ten eleven twelve"),
        ("forty two dollars", "forty two dollars"),
        ("nine thirty", "nine thirty"),
        ("between nine thirty and ten thirty", "between nine thirty and ten thirty"),
        ("one thousand two hundred and fifty dollars", "one thousand two hundred and fifty dollars"),
        ("two million three hundred thousand and five", "two million three hundred thousand and five"),
        ("it costs 1,250 or 12.50 on 12/05/2025", "it costs 1,250 or 12.50 on 12/05/2025"),
        ("it is 4,111,111,111,111 or 123,456,7890 or 555,1234", "it is # or # or #"),
        ("12:34:56 or 415.555.267 or 55.12.34.56", "# or # or #"),
        ("$4111111 4111111111111111% 5551234's ab123456 @5551234", "# # # # #"),
        ("123,456,789", "#"),
        ("$1,920 or $40 or $1500 or 3,000,000 or 1,250.50", "$1,920 or $40 or $1500 or 3,000,000 or 1,250.50"),
        ("at 9:30 on the 21st 20% off", "at 9:30 on the 21st 20% off"),
        ("$1 $2 $3 and a3 b4", "$1 $2 $3 and a3 b4"),
        ("double", "double"),
        ("for two to nine", "for two to nine"),
        ("five uh um er six seven eight", "five uh um er six seven eight"),
        ("", ""),
    ],
)
def test_what_is_masked_and_what_stays(said: str, shown: str) -> None:
    assert " ".join(masked(said.split())) == shown.replace("#", MASK)


def test_a_segment_keeps_its_word_count_and_times() -> None:
    before = segment("card four one one one thanks")
    after = redact(before)
    assert after.text == f"card {MASK} {MASK} {MASK} {MASK} thanks"
    assert [word.text for word in after.words] == after.text.split()
    assert [word.start_ms for word in after.words] == [word.start_ms for word in before.words]


def test_a_partial_that_ends_in_a_number_is_masked_already() -> None:
    assert redact(segment("it is four one one one", final=False)).text.endswith(MASK)


def test_a_segment_without_word_times_is_masked_too() -> None:
    after = redact(segment("four one one one", timed=False))
    assert MASK in after.text
    assert after.words == ()


def test_a_segment_without_numbers_is_the_same_object() -> None:
    before = segment("nothing to hide in forty two words")
    assert redact(before) is before


DIGITS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "oh"]


@given(
    st.lists(st.sampled_from(DIGITS), min_size=4, max_size=19),
    st.lists(st.sampled_from(["my", "card", "is", "please", "number"]), max_size=4),
    st.lists(st.sampled_from(["thanks", "okay", "that", "is", "it"]), max_size=4),
)
def test_every_digit_of_any_spoken_number_goes(digits: list[str], before: list[str], after: list[str]) -> None:
    shown = masked([*before, *digits, *after])
    assert shown == [*before, *[MASK] * len(digits), *after]


@given(st.lists(st.sampled_from([*DIGITS, "uh", "double", "for", "and", "hundred", "forty", "the", "123", "4.50"])))
def test_masking_keeps_the_count_and_is_stable(words: list[str]) -> None:
    shown = masked(words)
    assert len(shown) == len(words)
    assert all(new in (old, MASK) for old, new in zip(words, shown, strict=True))


def test_what_a_service_quotes_is_masked_too() -> None:
    said = "my card is four one one one two two two two thanks"
    analysis = ServiceAnalysis("c", Party.CUSTOMER, "neutral", 3.0, said, said, said, said)
    masked = redact_analysis(analysis)
    assert "four" not in masked.summary + masked.process_issues + masked.repeated_problems + masked.marketing_mentions
    assert masked.summary.endswith("thanks")
    assert (masked.sentiment, masked.agent_score) == ("neutral", 3.0)
