"""A pause in the middle of a phrase is not its end."""

from __future__ import annotations

import pytest

from desktop.recognition.begun_phrases import BegunPhrases


@pytest.mark.parametrize(
    ("said", "begun"),
    [
        ("nobody called", True),
        ("i want my money", True),
        ("i am cancelling", True),
        ("the 3rd", True),
        ("nobody called me back", False),
        ("nobody waited", False),
        ("a refund", False),
        ("", False),
    ],
)
def test_who_pauses_in_a_watched_phrase_has_begun_it(said: str, begun: bool) -> None:
    phrases = BegunPhrases()
    assert not phrases(said.split())
    phrases.watch(["called me back", "my money back", "cancel* my account", "third time", "refund"])
    assert phrases(said.split()) is begun
