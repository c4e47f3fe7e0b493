"""Takes spoken card numbers, security codes and phone numbers out of a segment before anyone sees it.

Four or more number words in a row become "•••" each, with whatever joins them ("double", "uh", "oh"), so that word
indexes and times stay valid. One cardinal number ("one thousand two hundred and fifty") stays, as do "forty two
dollars" and "nine thirty". Three digits go as well where they can only be a code: after "security code", "c v v",
"pin", or when the utterance holds nothing else. Works word by word, so partials are masked like finals.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from desktop.domain.speech import Segment, ServiceAnalysis
from desktop.insights.spoken import BACKCHANNELS, FILLERS, bare, word_set

MASK = "•••"
MIN_RUN = 4
MIN_CODE = 3
CODE_REACH = 8
"""How many words back a "security code" still explains digits."""

_DIGITS = word_set("zero oh o one two three four five six seven eight nine")
_TEENS = word_set("ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen")
_TENS = word_set("twenty thirty forty fourty fifty sixty seventy eighty ninety")
_SCALES = word_set("hundred thousand million")
_SOUND_ALIKES = word_set("for to too won ate")
_TIMES = {"double": 1, "triple": 2}
"""How many more digits these make of the next one."""
_JOINING = FILLERS | word_set("and then dash space hyphen") | _TIMES.keys() | _SOUND_ALIKES
_CODE_WORDS = word_set("cvv cvc pin passcode")
_MAX_JOINING = 2
_OPEN_NUMBER = re.compile(
    r"""
    [$€£] \d{1,5} (?:[.,]\d\d)? | [$€£]? \d{1,5} [.,] \d\d? | \d{1,3} (?:\.\d+)? %    # amounts and shares
    | [$€£]? \d{1,3} [.,] \d{3} (?:[.,]\d\d)? | [$€£]? \d (?:[.,]\d{3}){2}             # thousands, a few millions
    | \d{1,2} : \d\d | \d{1,2} [/.] \d{1,2} [/.] \d{2,4}                              # times and dates
    """,
    re.VERBOSE,
)
"""How engines write numbers that may be seen. Whatever else has four digits may be anything, however it is grouped."""

# one spoken cardinal, over the letters that `_kind` gives: d digit, t teen, y tens, h hundred, m thousand/million
_BELOW_100 = r"(?:yd?|t|d)"
_BELOW_1000 = rf"(?:{_BELOW_100}h(?:a?{_BELOW_100})?|{_BELOW_100})"
_CARDINAL = re.compile(rf"(?:{_BELOW_1000}m)*(?:a?{_BELOW_1000})?")


def redact(segment: Segment) -> Segment:
    """`segment` with its numbers masked; the same object when there is nothing to mask."""
    text = " ".join(masked(segment.text.split()))
    texts = masked([word.text for word in segment.words])
    if text == segment.text and all(word.text == new for word, new in zip(segment.words, texts, strict=True)):
        return segment
    words = tuple(replace(word, text=new) for word, new in zip(segment.words, texts, strict=True))
    return replace(segment, text=text, words=words)


def redact_analysis(analysis: ServiceAnalysis) -> ServiceAnalysis:
    """`analysis` with the numbers in its texts masked: a service may quote them."""

    def plain(text: str) -> str:
        return " ".join(masked(text.split()))

    return replace(
        analysis,
        summary=plain(analysis.summary),
        process_issues=plain(analysis.process_issues),
        repeated_problems=plain(analysis.repeated_problems),
        marketing_mentions=plain(analysis.marketing_mentions),
    )


def masked(words: Sequence[str]) -> list[str]:
    """`words` with each word of a private number replaced by `MASK`; as many as before."""
    plain = [bare(word) for word in words]
    out = list(words)
    for first, end in _runs(plain):
        if _is_private(plain, first, end):
            out[first:end] = [MASK] * (end - first)
    return out


def _runs(words: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Number words in a row, with what joins them; each begins and ends with a number word."""
    at = 0
    while at < len(words):
        if not _begins(words, at):
            at += 1
            continue
        end = at + 1
        while (following := _next_number(words, end)) is not None:
            end = following + 1
        yield at, end
        at = end


def _next_number(words: Sequence[str], at: int) -> int | None:
    for step in range(_MAX_JOINING + 1):
        if at + step >= len(words):
            return None
        word = words[at + step]
        if _weight(word):
            clock = step and words[at] == "and" and {words[at - 1], word} & (_TENS | _TEENS)
            return None if clock and words[at - 1] not in _SCALES else at + step
        if word not in _JOINING:
            return None
    return None


def _begins(words: Sequence[str], at: int) -> bool:
    if words[at] in _TIMES and at + 1 < len(words):
        at += 1
    return _weight(words[at]) > 0


def _weight(word: str) -> int:
    """How many digits this word stands for at least; 0 when it is no number."""
    if word in _DIGITS or word in _TEENS or word in _TENS or word in _SCALES:
        return 1
    digits = sum(1 for sign in word if sign.isdigit())
    if _OPEN_NUMBER.fullmatch(word) or (digits < MIN_RUN and any(sign.isalpha() or sign in "$€£%" for sign in word)):
        return 0
    return digits


def _is_private(words: Sequence[str], first: int, end: int) -> bool:
    run = words[first:end]
    weight = sum(_weight(word) + _TIMES.get(word, 0) for word in run)
    if weight >= MIN_RUN:
        return not _CARDINAL.fullmatch("".join(_kind(word) for word in run))
    if weight < MIN_CODE or not all(word in _DIGITS or word[0].isdigit() or word in _JOINING for word in run):
        return False
    alone = all(word in BACKCHANNELS for word in (*words[:first], *words[end:]))
    return alone or _asked_for(words[max(0, first - CODE_REACH) : first])


def _kind(word: str) -> str:
    for letter, kind in (("d", _DIGITS), ("t", _TEENS), ("y", _TENS)):
        if word in kind:
            return letter
    return {"hundred": "h", "thousand": "m", "million": "m", "and": "a"}.get(word, "?")


def _asked_for(before: Sequence[str]) -> bool:
    text = " ".join(before)
    return not _CODE_WORDS.isdisjoint(before) or any(
        cue in text for cue in ("security code", "c v v", "c v c", "pin number", "three digits", "on the back")
    )
