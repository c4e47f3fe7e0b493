"""Words of a speech service's events: three habits of services without times, and times that are put in order."""

from __future__ import annotations

import pytest

from desktop.protocols.speech_stream import Entity, SpokenWord
from desktop.protocols.speech_words import MAX_WORDS, UtteranceText, spread, timed_words, words_of


def heard(*events: tuple[str, bool | None], text: UtteranceText | None = None) -> str:
    text = text or UtteranceText()
    for said, is_final in events:
        text.hear(said.split(), is_final)
    return " ".join(text.words)


@pytest.mark.parametrize(
    ("events", "words"),
    [
        ([("i have", None), ("been waiting", None)], "i have been waiting"),
        ([("i have", None), ("i have been", None), ("i have been waiting", None)], "i have been waiting"),
        ([("i have been weighting", None), ("i have been waiting long", None)], "i have been waiting long"),
        ([("i have been", None), ("i halve been", None)], "i have been i halve been"),
        ([("i have", None), ("i have", None)], "i have"),
        ([("i ha", False), ("i have", False), ("i have been", True), ("wai", False)], "i have been wai"),
        ([("i ha", False), ("", True)], ""),
        ([("one", True), ("two", True)], "one two"),
    ],
)
def test_pieces_or_the_utterance_so_far(events: list[tuple[str, bool | None]], words: str) -> None:
    assert heard(*events) == words


def test_the_session_so_far_is_told_from_new_words() -> None:
    text = UtteranceText()
    assert heard(("i have been waiting", None), text=text) == "i have been waiting"
    text.finish()
    assert heard(("i have been waiting and", None), text=text) == "and"
    assert heard(("i have been waiting and nobody called", None), text=text) == "and nobody called"
    text.finish()
    assert heard(("quite another thing", None), text=text) == "quite another thing"  # not of that habit after all
    text.finish()
    assert heard(("i have been waiting and nobody called quite", None), text=text).startswith("i have")


def test_a_word_or_two_may_be_said_twice() -> None:
    text = UtteranceText()
    text.hear(["yes"], None)
    text.finish()
    assert heard(("yes i do", None), text=text) == "yes i do"


def test_nothing_grows_without_bound() -> None:
    text = UtteranceText()
    for word in ("so", "much", "talk"):
        text.hear([word] * MAX_WORDS, True)
        assert len(text.words) == MAX_WORDS
        text.finish()
    assert len(words_of(Entity("transcript", "a " * 500_000))) == MAX_WORDS
    assert words_of(Entity("transcript", "a" * 500_000)) == ["a" * 100]
    flood = tuple(SpokenWord("a " * 2_000, 0, 1, 0.5) for _ in range(20))
    assert len(timed_words(Entity("transcript", "", words=flood), lambda ms: ms)) == MAX_WORDS


def test_words_without_times_are_spread_evenly() -> None:
    assert [(w.text, w.start_ms, w.end_ms) for w in spread(["i", "have", "been"], 1000, 1900, 0.5)] == [
        ("i", 1000, 1300),
        ("have", 1300, 1600),
        ("been", 1600, 1900),
    ]
    assert [(w.start_ms, w.end_ms) for w in spread(["a", "b"], 10.4, 9, 0.5)] == [(10, 11), (11, 12)]
    assert spread([], 0, 100, 0.5) == ()


def test_times_of_the_service_are_placed_and_put_in_order() -> None:
    spoken = (SpokenWord("two words", 100, 300, 0.9), SpokenWord("after", 200, 250, 0.4))
    words = timed_words(Entity("transcript", "ignored", words=spoken), lambda ms: ms + 1000)
    assert [(w.text, w.start_ms, w.end_ms, w.confidence) for w in words] == [
        ("two", 1100, 1300, 0.9),
        ("words", 1300, 1301, 0.9),
        ("after", 1301, 1302, 0.4),
    ]


def test_only_the_utterance_has_times() -> None:
    entity = Entity("transcript", "two words", start_ms=100, end_ms=300, confidence=0.7)
    words = timed_words(entity, lambda ms: ms + 1000)
    assert [(w.text, w.start_ms, w.end_ms, w.confidence) for w in words] == [
        ("two", 1100, 1200, 0.7),
        ("words", 1200, 1300, 0.7),
    ]
    assert timed_words(Entity("transcript", "x", end_ms=5), lambda ms: ms)[0].confidence == 0.5
    assert timed_words(Entity("transcript", "x"), lambda ms: ms)[0].end_ms == 1
