"""Keyword spotting in partials and finals."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.domain.insight import KeywordHit, KeywordRule, Severity
from desktop.domain.media import Party
from desktop.domain.speech import PhraseHeard, Segment, Trace, Word
from desktop.insights.keyword_defaults import DEFAULT_RULES
from desktop.insights.keywords import HITS_KEPT, SEGMENTS_KEPT, KeywordSpotter, Match, longest_apart

CANCEL = KeywordRule("cancel", "Cancellation", ("cancel*", "close my account"), Severity.CRITICAL)
LEGAL = KeywordRule("legal", "Legal threat", ("lawyer", "my lawyer"), Severity.CRITICAL, Party.CUSTOMER)


def said(
    text: str,
    *,
    final: bool = True,
    revision: int = 0,
    segment_id: int = 1,
    party: Party = Party.CUSTOMER,
    start: int = 0,
    timed: bool = True,
) -> Segment:
    words = tuple(Word(w, start + i * 100, start + i * 100 + 90, 0.9) for i, w in enumerate(text.split()))
    end = start + len(words) * 100
    return Segment(
        "c", party, segment_id, revision, text, start, end, final, "en-US", 0.9, words if timed else (), Trace()
    )


def places(hits: tuple[KeywordHit, ...]) -> list[tuple[str, int, int]]:
    return [(hit.rule_id, hit.first_word, hit.last_word) for hit in hits]


def test_a_final_reports_every_match_where_it_was_said() -> None:
    spotter = KeywordSpotter([CANCEL, LEGAL])
    hits = spotter.hits(said("My lawyer says cancelling, so please close my account."))
    assert places(hits) == [("legal", 0, 1), ("cancel", 3, 3), ("cancel", 6, 8)]
    assert [hit.at_ms for hit in hits] == [190, 390, 890]
    assert (hits[0].label, hits[0].severity, hits[0].party, hits[0].call) == (
        "Legal threat",
        Severity.CRITICAL,
        Party.CUSTOMER,
        "c",
    )


def test_words_without_times_are_placed_at_the_segments_end() -> None:
    hits = KeywordSpotter([CANCEL]).hits(said("cancel it now", timed=False))
    assert [hit.at_ms for hit in hits] == [300]


@pytest.mark.parametrize(
    ("phrase", "text", "count"),
    [
        ("cancel*", "canceled", 1),
        ("cancel", "canceled", 0),
        ("third time", "the third time", 1),
        ("third time", "the 3rd time.", 1),
        ("2 weeks", "two weeks, 2 weeks", 2),
        ("two weeks", "22 weeks", 0),
        ("third time", "the third", 0),
        ("third time", "third long time", 0),
        ("call* back", "calling back", 1),
        ("get me a manager", "Get me a manager!", 1),
        ("can't wait", "i can’t wait", 1),
        ("time after time", "time after time after time", 1),
        ("sue", "sue sue", 2),
        ("sue", "", 0),
    ],
)
def test_phrases(phrase: str, text: str, count: int) -> None:
    spotter = KeywordSpotter([KeywordRule("r", "R", (phrase,), Severity.INFO)])
    assert len(spotter.hits(said(text))) == count


def test_a_rule_for_one_party_ignores_the_other_but_not_a_mixed_channel() -> None:
    spotter = KeywordSpotter([LEGAL])
    assert not spotter.hits(said("my lawyer", party=Party.AGENT))
    assert spotter.hits(said("my lawyer", party=Party.CUSTOMER))
    assert spotter.hits(said("my lawyer", party=Party.MIXED))


def test_a_partial_reports_only_what_was_there_before_and_is_not_its_last_word() -> None:
    spotter = KeywordSpotter([CANCEL])
    assert not spotter.hits(said("please cancel", final=False, revision=1))
    assert not spotter.hits(said("please cancel", final=False, revision=2))
    assert places(spotter.hits(said("please cancel it", final=False, revision=3))) == [("cancel", 1, 1)]
    assert not spotter.hits(said("please cancel it now", final=False, revision=4))
    assert not spotter.hits(said("please cancel it now", final=True, revision=5))


def test_a_partial_that_changes_its_mind_reports_nothing() -> None:
    spotter = KeywordSpotter([CANCEL])
    assert not spotter.hits(said("please cancel it", final=False, revision=1))
    assert not spotter.hits(said("please can sell it", final=False, revision=2))
    assert not spotter.hits(said("please can sell it", final=True, revision=3))


def test_an_older_or_repeated_revision_confirms_nothing() -> None:
    spotter = KeywordSpotter([CANCEL])
    assert not spotter.hits(said("please cancel it", final=False, revision=2))
    assert not spotter.hits(said("please cancel it", final=False, revision=2))
    assert not spotter.hits(said("please cancel it", final=False, revision=1))
    assert spotter.hits(said("please cancel it", final=False, revision=3))


def test_an_occurrence_is_reported_once_even_if_the_words_around_it_move() -> None:
    spotter = KeywordSpotter([CANCEL])
    spotter.hits(said("cancel it please", final=False, revision=1))
    assert len(spotter.hits(said("cancel it please now", final=False, revision=2))) == 1
    hits = spotter.hits(said("to cancel it please now cancel", revision=3))
    assert places(hits) == [("cancel", 5, 5)]


def test_a_final_is_read_once_and_later_revisions_of_it_are_ignored() -> None:
    spotter = KeywordSpotter([CANCEL])
    assert spotter.hits(said("cancel", revision=3))
    assert not spotter.hits(said("cancel cancel", revision=3))
    assert not spotter.hits(said("cancel cancel", final=False, revision=4))


def test_segment_numbers_of_a_restarted_recogniser_count_anew() -> None:
    spotter = KeywordSpotter([CANCEL])
    assert spotter.hits(said("cancel", start=0))
    assert spotter.hits(said("cancel", start=5000))


def test_replaced_rules_hold_from_the_next_segment_on() -> None:
    spotter = KeywordSpotter([CANCEL])
    spotter.replace([LEGAL])
    assert places(spotter.hits(said("cancel lawyer"))) == [("legal", 1, 1)]


def test_memory_is_bounded_and_freed() -> None:
    spotter = KeywordSpotter([CANCEL])
    for segment_id in range(50):
        spotter.hits(said("cancel", segment_id=segment_id, start=segment_id * 1000))
    voice = spotter._lanes.of("c", Party.CUSTOMER)
    assert (len(voice.segments), len(voice.spans)) == (SEGMENTS_KEPT, HITS_KEPT)
    spotter.forget("c")
    assert len(spotter._lanes) == 0


def by_itself(phrase: str, start: int, end: int, party: Party = Party.CUSTOMER) -> PhraseHeard:
    return PhraseHeard("c", party, phrase, start, end, 0.9, Trace())


def test_a_phrase_that_was_spotted_by_itself_is_a_hit_without_words() -> None:
    (hit,) = KeywordSpotter([CANCEL, LEGAL]).spotted(by_itself("close my account", 1000, 1800))
    assert (hit.rule_id, hit.at_ms, hit.by_itself) == ("cancel", 1800, "close my account")
    assert (hit.segment_id, hit.first_word, hit.last_word) == (-1, -1, -1)


def test_a_spotted_phrase_of_no_rule_or_of_the_other_party_says_nothing() -> None:
    spotter = KeywordSpotter([CANCEL, LEGAL])
    assert not spotter.spotted(by_itself("good morning", 0, 500))
    assert not spotter.spotted(by_itself("my lawyer", 0, 500, Party.AGENT))
    assert spotter.spotted(by_itself("lawyer", 0, 500, Party.MIXED))


def test_phrases_of_one_rule_spotted_at_the_same_time_are_one_hit() -> None:
    spotter = KeywordSpotter([CANCEL, LEGAL])
    assert spotter.spotted(by_itself("cancel*", 1000, 1400))
    assert not spotter.spotted(by_itself("close my account", 1200, 2000))
    assert spotter.spotted(by_itself("lawyer", 1200, 2000))
    assert spotter.spotted(by_itself("cancel*", 3000, 3400))


def test_what_the_words_said_is_not_said_again_by_a_spotted_phrase() -> None:
    spotter = KeywordSpotter([CANCEL])
    assert spotter.hits(said("please cancel it", start=1000))
    assert not spotter.spotted(by_itself("cancel*", 1050, 1220))
    assert spotter.spotted(by_itself("cancel*", 3000, 3400))


@pytest.mark.parametrize("timed", [True, False])
def test_what_was_spotted_is_not_said_again_by_the_words(timed: bool) -> None:
    spotter = KeywordSpotter([CANCEL])
    assert spotter.spotted(by_itself("cancel*", 1050, 1220))
    assert not spotter.hits(said("please cancel it", start=1000, timed=timed))
    assert spotter.hits(said("please cancel it", segment_id=2, start=5000, timed=timed))


def test_words_said_twice_in_a_row_count_twice() -> None:
    assert len(KeywordSpotter([CANCEL]).hits(said("cancel cancel"))) == 2


def test_overlapping_matches_keep_the_longest() -> None:
    short, long, later = Match("r", 1, 1), Match("r", 0, 2), Match("r", 2, 3)
    assert longest_apart([short, long, later]) == [long]
    assert longest_apart([short, later]) == [short, later]


@given(
    st.lists(st.sampled_from(["cancel", "my", "lawyer", "close", "account", "the", "cancelled"]), max_size=12),
    st.integers(1, 5),
)
def test_growing_partials_and_a_final_report_what_the_final_alone_would(words: list[str], step: int) -> None:
    text = " ".join(words)
    alone = places(KeywordSpotter([CANCEL, LEGAL]).hits(said(text)))
    spotter = KeywordSpotter([CANCEL, LEGAL])
    hits: list[tuple[str, int, int]] = []
    for revision, length in enumerate(range(0, len(words), step)):
        hits += places(spotter.hits(said(" ".join(words[:length]), final=False, revision=revision)))
    hits += places(spotter.hits(said(text, revision=99)))
    by_rule = {rule: sum(1 for hit in alone if hit[0] == rule) for rule in ("cancel", "legal")}
    assert {rule: sum(1 for hit in hits if hit[0] == rule) for rule in by_rule} == by_rule
    assert all(0 <= first <= last < len(words) for _, first, last in hits)


@pytest.mark.parametrize(
    ("text", "rule_id"),
    [
        ("i want to cancel my account", "cancellation"),
        ("you will hear from my lawyer", "legal"),
        ("let me talk to your supervisor", "supervisor"),
        ("i want my money back", "refund"),
        ("this is the third time i call", "repeat-call"),
        ("my credit card", "card"),
        ("thank you so much", "thanks"),
        ("i have been waiting for weeks", "waiting"),
    ],
)
def test_the_shipped_list_finds(text: str, rule_id: str) -> None:
    assert rule_id in {hit.rule_id for hit in KeywordSpotter(DEFAULT_RULES).hits(said(text))}


def test_the_shipped_list_leaves_an_agents_question_alone() -> None:
    spotter = KeywordSpotter(DEFAULT_RULES)
    assert not spotter.hits(said("would you like to cancel", party=Party.AGENT))
