"""Transcripts as they are compared: lower case, contractions taken apart, fillers gone, numbers as spoken words.

Two spellings of one word are one word.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from desktop.insights.spoken import unfolded

_ONES = [
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"),
    *("thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
]
_TENS = ["_", "_", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_SCALES = ((1_000_000_000, "billion"), (1_000_000, "million"), (1_000, "thousand"), (100, "hundred"))
_ORDINALS = {
    "one": "first",
    "two": "second",
    "three": "third",
    "five": "fifth",
    "eight": "eighth",
    "nine": "ninth",
    "twelve": "twelfth",
}
_SIGNS = {"%": " percent ", "&": " and ", "+": " plus ", "@": " at ", "°": " degrees "}
_MONEY = {"$": "dollars", "€": "euros", "£": "pounds"}
_LONGEST_AMOUNT = 5  # digits; longer ones are numbers of something and said one by one

_SPELT = {
    "ok": "okay",
    "mr": "mister",
    "mrs": "missus",
    "dr": "doctor",
    "canceled": "cancelled",
    "canceling": "cancelling",
    "traveled": "travelled",
    "traveling": "travelling",
    "traveler": "traveller",
    "labeled": "labelled",
    "gray": "grey",
    "program": "programme",
    "center": "centre",
    "theater": "theatre",
    "meter": "metre",
    "meters": "metres",
    "license": "licence",
    "inquiry": "enquiry",
    "alright": "all right",
    "everyday": "every day",
    "anytime": "any time",
    "voicemail": "voice mail",
    "online": "on line",
}
_OUR_FORM = re.compile(r"^(col|fav|hon|lab|neighb|behavi|flav|harb|rum|hum)our(s|ed|ing|hood|able|ite|ites)?$")
_ISE_FORM = re.compile(
    r"^(apolog|organ|real|recogn|author|custom|final|special|util|priorit|summar)is(e|es|ed|ing|ation)$"
)

_MONEY_FORM = re.compile(r"([$€£])\s*(\d[\d,]*)(?:\.(\d\d))?(?!\d)")
_CLOCK_FORM = re.compile(r"\b(\d{1,2}):(\d\d)\b")
_GROUPED_FORM = re.compile(r"\b\d{1,3}(?:,\d{3})+\b")
_NUMBER_FORM = re.compile(r"\d+\.\d+|\d+(?:st|nd|rd|th)\b|\d+", re.IGNORECASE)
_NOTE_FORM = re.compile(r"\[[^\]]*\]|<[^>]*>|\{[^}]*\}|\([^)]*\)")
_BREAK_FORM = re.compile(r"[^\w\s'’]|_")


def words_of(text: str) -> list[str]:
    """The words of a transcript for comparison; notes in brackets ("[laughs]") say nothing that was said."""
    text = _NOTE_FORM.sub(" ", text)
    text = _MONEY_FORM.sub(_money, text)
    text = _CLOCK_FORM.sub(_clock, text)
    text = _GROUPED_FORM.sub(lambda found: " ".join(cardinal(int(found.group().replace(",", "")))), text)
    for sign, word in _SIGNS.items():
        text = text.replace(sign, word)
    text = _NUMBER_FORM.sub(lambda found: f" {' '.join(_number(found.group()))} ", text)
    words = unfolded(_BREAK_FORM.sub(" ", text).split())
    return list(_without_and([part for word in words for part in _one_spelling(word)]))


def _one_spelling(word: str) -> list[str]:
    word = _ISE_FORM.sub(r"\1iz\2", _OUR_FORM.sub(r"\1or\2", word))
    return _SPELT.get(word, word).split()


def cardinal(number: int) -> list[str]:
    """A whole number from 0 in words: 121 is one hundred twenty one."""
    for size, name in _SCALES:
        if number >= size:
            rest = number % size
            return [*cardinal(number // size), name, *(cardinal(rest) if rest else [])]
    if number < len(_ONES):
        return [_ONES[number]]
    return [_TENS[number // 10], *([_ONES[number % 10]] if number % 10 else [])]


def _number(written: str) -> list[str]:
    if written[-1].isalpha():
        *first, last = cardinal(int(written[:-2]))
        return [*first, _ORDINALS.get(last, last.removesuffix("y") + "ieth" if last.endswith("y") else last + "th")]
    whole, point, part = written.partition(".")
    if point:
        return [*cardinal(int(whole)), "point", *(_ONES[int(digit)] for digit in part)]
    if len(whole) > _LONGEST_AMOUNT or (len(whole) > 1 and whole.startswith("0")):
        return [_ONES[int(digit)] for digit in whole]
    return cardinal(int(whole))


def _money(found: re.Match[str]) -> str:
    currency, whole, part = found.groups()
    said = [*cardinal(int(whole.replace(",", ""))), _MONEY[currency]]
    if part and int(part):
        said += [*cardinal(int(part)), "cents"]
    return f" {' '.join(said)} "


def _clock(found: re.Match[str]) -> str:
    hour, minute = (int(part) for part in found.groups())
    said = cardinal(hour) + (["oh"] if 0 < minute < 10 else []) + (cardinal(minute) if minute else [])
    return f" {' '.join(said)} "


def _without_and(words: list[str]) -> Iterator[str]:
    """ "one hundred and twenty" and "one hundred twenty" are the same number."""
    numbers = {*_ONES, *_TENS[2:]}
    for at, word in enumerate(words):
        between = 0 < at < len(words) - 1 and words[at - 1] in ("hundred", "thousand") and words[at + 1] in numbers
        if not (word == "and" and between):
            yield word
