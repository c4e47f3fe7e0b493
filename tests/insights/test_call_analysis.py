"""Document D's analysis, computed from words: what it says of calls, and that it says nothing it has not heard."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.domain.media import Party
from desktop.domain.speech import Segment, Trace
from desktop.insights.call_analysis import (
    LONGEST_LIST,
    LONGEST_SUMMARY,
    CallAnalysis,
    CallAnalyst,
)
from desktop.insights.lexicon import parse_lexicon
from desktop.insights.sentiment import TextSentiment

RESOURCES = Path(__file__).parents[2] / "resources"
SENTIMENT = TextSentiment(parse_lexicon((RESOURCES / "lexicon/vader_words.tsv").read_text("utf-8")))


def segment(text: str, *, final: bool = True) -> Segment:
    return Segment("c", Party.MIXED, 0, 0, text, 0, 1000, final, "en", 1.0, (), Trace())


def analysed(*said: str) -> CallAnalysis:
    analyst = CallAnalyst(SENTIMENT)
    for text in said:
        analyst.hear(segment(text))
    analysis = analyst.analysis()
    assert analysis is not None
    return analysis


def scripted(name: str) -> CallAnalysis:
    turns = tomllib.loads((RESOURCES / f"calls/{name}.toml").read_text("utf-8"))["turns"]
    return analysed(*(turn["text"] for turn in turns))


def test_document_d_the_analysis_is_there_from_the_fifth_word_on() -> None:
    analyst = CallAnalyst(SENTIMENT)
    assert analyst.analysis() is None
    analyst.hear(segment("my phone is"))
    analyst.hear(segment("one that does not count yet", final=False))
    analyst.hear(segment(""))
    analyst.hear(segment("so"))
    assert analyst.analysis() is None
    analyst.hear(segment("broken"))
    assert analyst.analysis() is not None


def test_nothing_found_is_empty_and_not_invented() -> None:
    assert analysed("well yes", "okay", "yes right", "no") == CallAnalysis(
        "", "neutral", "calm", 3, "nothing heard for or against", "", "", ""
    )


def test_a_call_that_repeats_itself_in_anger() -> None:
    found = scripted("rising-anger")
    assert (found.sentiment, found.emotion) == ("negative", "frustrated")
    assert 'called several times: "third time i am calling"' in found.process_issues
    assert 'long wait: "been waiting for three weeks"' in found.process_issues
    assert 'again: "this is the third time"' in found.repeated_problems
    assert "third time I am calling about the same problem" in found.summary
    assert found.agent_score < scripted("transfer").agent_score


def test_a_happy_call() -> None:
    found = scripted("happy-order")
    assert (found.sentiment, found.emotion) == ("positive", "satisfied")
    assert (found.process_issues, found.repeated_problems) == ("", "")
    assert found.agent_score >= 4
    assert found.agent_score_reasons.startswith("greets; shows understanding; offers a next step; closes politely")


def test_marketing_is_named_with_its_words() -> None:
    found = scripted("retention-offer").marketing_mentions
    assert 'offer (3): "an offer"' in found
    assert "competitor" in found
    assert analysed("i saw your advert about it on the television").marketing_mentions.startswith('advert: "advert"')


@pytest.mark.parametrize(
    ("said", "emotion"),
    [
        ("this is an absolutely unacceptable way of working", "angry"),
        ("i am so frustrated by all of this", "frustrated"),
        ("i am really worried about my account", "worried"),
        ("my husband passed away in the spring", "sad"),
        ("i do not understand what this letter means", "confused"),
        ("that is perfect i am so happy", "satisfied"),
        ("i would like to change my address", "calm"),
        ("i am not worried about the address", "calm"),
        ("we understand that you are frustrated by this", "calm"),
        ("i am happy to help you with that", "calm"),
    ],
)
def test_emotion_is_read_from_words(said: str, emotion: str) -> None:
    assert analysed(said).emotion == emotion


def test_an_emotion_fades_when_nobody_speaks_of_it_any_more() -> None:
    assert analysed("this is outrageous and unacceptable", *["the number is on the letter"] * 9).emotion == "calm"


@pytest.mark.parametrize(
    ("said", "issue"),
    [
        ("i have been transferred to four departments", "passed around"),
        ("nobody called me back about this", "nobody gets back"),
        ("i was promised a new one by monday", "promise not kept"),
        ("you charged me twice in april", "billing error"),
        ("they sent the wrong size of shoes", "wrong or missing item"),
        ("our system is down at the moment", "system down"),
    ],
)
def test_process_issues(said: str, issue: str) -> None:
    assert issue in analysed(said).process_issues


def test_still_not_solved_is_a_repeated_problem() -> None:
    assert "still not solved" in analysed("and it is still not working today").repeated_problems


def test_the_agents_score_has_reasons_for_and_against() -> None:
    rude = analysed("calm down please", "that is not my problem", "there is nothing i can do", "i can not help you")
    assert rude.agent_score == 1
    assert "brushes the caller off" in rude.agent_score_reasons
    assert "cannot help" in rude.agent_score_reasons
    kind = analysed(
        "good morning how can i help", "i am sorry about that", "i will send you a new one", "have a good day"
    )
    assert kind.agent_score == 5


def test_a_long_call_is_told_what_was_not_heard() -> None:
    found = analysed(*["the letter says that the number of the account is on the other page"] * 8)
    assert found.agent_score == 2
    assert found.agent_score_reasons == (
        "not heard: greets, shows understanding, offers a next step, asks whether more is needed, closes politely"
    )


def test_how_a_call_ends_counts() -> None:
    bad, middle, good = "this is terrible service", "the letter came on monday", "that is wonderful thank you so much"
    better, worse = analysed(bad, middle, good, good), analysed(good, good, middle, bad, bad, bad, bad)
    assert "the call ends better than it began" in better.agent_score_reasons
    assert "the call ends worse" in worse.agent_score_reasons


def test_the_summary_is_made_of_the_calls_own_sentences_in_their_order() -> None:
    said = (
        "the router in the office stopped working",
        "okay",
        "the router in the office stopped working again",
        "i want to cancel the contract for the router",
        "it was sent on monday",
    )
    summary = analysed(*said).summary
    sentences = [part.lower() for part in summary.removesuffix(".").split(". ")]
    assert set(sentences) < set(said)
    assert sentences == sorted(sentences, key=said.index)
    assert sum("stopped working" in sentence for sentence in sentences) == 1, "it says nothing twice"


def test_long_sentences_are_cut_and_long_lists_end() -> None:
    long = analysed(" ".join(["television"] * 20 + ["contract"] * 20))
    assert long.summary.endswith("…")
    found = analysed(
        "i have been waiting here for what feels like three whole weeks",
        "and i have been transferred again and again",
        "this is the third time that i have called your company",
        "nobody in your company ever called me back",
        "i was told that somebody from your company would call",
        "you have charged me for the same thing twice",
        "it is the wrong and very ugly size",
        "and the system is completely down",
        "and not what i ever ordered",
    )
    assert LONGEST_LIST - 100 < len(found.process_issues) <= LONGEST_LIST
    assert "system down" not in found.process_issues


def test_the_summary_leaves_out_what_does_not_fit() -> None:
    words = [f"{'abcdefghijklmnop'[n // 16]}{'abcdefghijklmnop'[n % 16]}television" for n in range(84)]
    found = analysed(" ".join(words[:28]), " ".join(words[28:56]), " ".join(words[56:]), "the contract is on paper")
    assert found.summary == "The contract is on paper."


def test_a_quote_is_short() -> None:
    found = analysed("the system and the computers over there in the building are down")
    for text in (found.process_issues, analysed("called " + "extraordinarily " * 4 + "three times").process_issues):
        assert all(len(part) < 100 for part in text.split("; "))


def test_a_very_long_call_takes_bounded_room() -> None:
    analyst = CallAnalyst(SENTIMENT)
    for number in range(600):
        digits = "".join(chr(ord("a") + int(digit)) for digit in str(number))
        words = ("machine", "part", "maker", "colour", "shelf", "home", "tonight", "box")
        analyst.hear(segment(" ".join(f"{word}{digits}" for word in words)))
    assert len(analyst._sentences) == 200
    assert len(analyst._frequency) == 4000
    assert analyst.analysis() is not None


@given(st.lists(st.text(max_size=40), max_size=8))
def test_any_words_give_bounded_values(said: list[str]) -> None:
    analyst = CallAnalyst(SENTIMENT)
    for text in said:
        analyst.hear(segment(text))
    found = analyst.analysis()
    again = CallAnalyst(SENTIMENT)
    for text in said:
        again.hear(segment(text))
    assert again.analysis() == found
    if found is not None:
        assert found.agent_score in (1, 2, 3, 4, 5)
        assert len(found.summary) <= LONGEST_SUMMARY
        assert found.sentiment in ("negative", "neutral", "positive")
