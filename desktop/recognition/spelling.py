"""How words that people type are read aloud: accents folded, numbers as words, abbreviations letter by letter."""

from __future__ import annotations

import re
import unicodedata

LETTERS = {
    "a": "EY",
    "b": "B IY",
    "c": "S IY",
    "d": "D IY",
    "e": "IY",
    "f": "EH F",
    "g": "JH IY",
    "h": "EY CH",
    "i": "AY",
    "j": "JH EY",
    "k": "K EY",
    "l": "EH L",
    "m": "EH M",
    "n": "EH N",
    "o": "OW",
    "p": "P IY",
    "q": "K Y UW",
    "r": "AA R",
    "s": "EH S",
    "t": "T IY",
    "u": "Y UW",
    "v": "V IY",
    "w": "D AH B AH L Y UW",
    "x": "EH K S",
    "y": "W AY",
    "z": "Z IY",
}
"""Names of the letters in phones of the CMU dictionary."""

_ONES = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"),
    *("thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
)
_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_PIECE = re.compile(r"[a-z']+|\d+")
_READABLE = re.compile(r"[a-z0-9'-]*[a-z0-9][a-z0-9'-]*")
_VOWEL = re.compile(r"[aeiouy]")


def folded(word: str) -> str:
    """`word` in plain lower-case letters where it has accents: "Café" is "cafe"."""
    apart = unicodedata.normalize("NFKD", word.lower().replace("’", "'").replace("ß", "ss"))
    return "".join(letter for letter in apart if not unicodedata.combining(letter))


def is_readable(word: str) -> bool:
    """Whether English can read it aloud: Latin letters, digits, ' and -; a stem may end in *."""
    return _READABLE.fullmatch(folded(word).removesuffix("*")) is not None


def unreadable_words(phrases: tuple[str, ...]) -> tuple[str, ...]:
    """The words of these phrases that nobody can read aloud in English, each once."""
    return tuple(dict.fromkeys(word for phrase in phrases for word in phrase.split() if not is_readable(word)))


def pieces(word: str) -> list[str]:
    """A readable word taken apart into words, numbers as words and single letters: "2fa" is "two", "f", "a"."""
    out: list[str] = []
    for piece in _PIECE.findall(folded(word)):
        if piece.isdigit():
            out += number_words(piece)
        elif is_abbreviation(piece) or (piece != folded(word) and len(piece) <= 2):
            out += [letter for letter in piece if letter != "'"]
        else:
            out.append(piece)
    return out


def is_abbreviation(piece: str) -> bool:
    """Whether it is spelled out, as nothing in it can be sung."""
    return len(piece) > 1 and _VOWEL.search(piece) is None


def number_words(digits: str) -> list[str]:
    """Up to 99 as a number, longer ones digit by digit."""
    if len(digits) > 2 or (len(digits) == 2 and digits[0] == "0"):
        return [_ONES[int(digit)] for digit in digits]
    number = int(digits)
    if number < len(_ONES):
        return [_ONES[number]]
    ten, one = divmod(number, 10)
    return [_TENS[ten - 2], *([_ONES[one]] if one else [])]
