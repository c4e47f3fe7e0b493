"""What is said of phrases that are listened for by themselves."""

from __future__ import annotations

from desktop.dashboard import phrase_sentences


def test_words_that_cannot_be_read_aloud_are_named_with_a_remedy() -> None:
    assert phrase_sentences.unreadable(()) == ""
    assert phrase_sentences.unreadable(("привет",)).startswith("“привет” can't be read aloud in English")
    assert "“a”, “b”, “c” and others can't" in phrase_sentences.unreadable(("a", "b", "c", "d"))


def test_a_phrase_heard_by_itself_begins_its_line() -> None:
    assert phrase_sentences.by_itself("cancel*").startswith("cancel… (")
