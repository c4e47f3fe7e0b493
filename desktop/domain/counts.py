"""Small counts: some engines write "3 weeks" and "2nd", people and others "three" and "second"."""

from __future__ import annotations

_COUNTS = {
    "1": "one",
    "2": "two",
    "3": "three",
    "4": "four",
    "5": "five",
    "6": "six",
    "7": "seven",
    "8": "eight",
    "9": "nine",
    "10": "ten",
    "11": "eleven",
    "12": "twelve",
    "1st": "first",
    "2nd": "second",
    "3rd": "third",
    "4th": "fourth",
    "5th": "fifth",
    "6th": "sixth",
    "7th": "seventh",
    "8th": "eighth",
    "9th": "ninth",
    "10th": "tenth",
}


def in_letters(word: str) -> str:
    """A count from 1 to 12, or an ordinal from 1st to 10th, as it is said; any other word as it is."""
    return _COUNTS.get(word, word)
