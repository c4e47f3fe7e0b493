"""Words as they are compared: lower case, bare of punctuation, contractions taken apart for scoring."""

from __future__ import annotations

from collections.abc import Iterable

from desktop.domain.counts import in_letters


def word_set(text: str) -> frozenset[str]:
    """The words of `text`: how word lists are written in this room."""
    return frozenset(text.split())


PUNCTUATION = '.,!?;:"()[]{}…“”«»¿¡-–'

_WHOLE = {
    "can't": ("can", "not"),
    "cannot": ("can", "not"),
    "won't": ("will", "not"),
    "shan't": ("shall", "not"),
    "ain't": ("is", "not"),
    "let's": ("let", "us"),
    "gonna": ("going", "to"),
    "wanna": ("want", "to"),
    "gotta": ("got", "to"),
    "y'all": ("you", "all"),
}
_ENDINGS = {"n't": "not", "'m": "am", "'re": "are", "'ve": "have", "'ll": "will", "'d": "would"}
_IS_AFTER = word_set(
    "it that this there here he she what who where how why when nobody everything nothing something someone"
)
"""Words whose "'s" means "is"; after any other word it is a possessive and is dropped."""

FILLERS = word_set("uh um uhm er erm ah hmm mm")
BACKCHANNELS = FILLERS | word_set("yes yeah yep yup no nope okay ok right sure mhm hm oh alright hello hi bye")
"""Words that keep a conversation going and say nothing about it."""


def bare(word: str) -> str:
    """`word` as keyword phrases see it: lower case, typographic apostrophes plain, punctuation off its ends."""
    return word.lower().replace("’", "'").strip(PUNCTUATION)


def counted(word: str) -> str:
    """`word` bare, a small count in letters."""
    return in_letters(bare(word))


def unfolded(words: Iterable[str]) -> list[str]:
    """`words` as sentiment sees them: bare, counts in letters, fillers gone, contractions as two words."""
    out: list[str] = []
    for raw in words:
        word = counted(raw)
        if not word or word in FILLERS:
            continue
        if word in _WHOLE:
            out.extend(_WHOLE[word])
        elif "'" in word:
            out.extend(_parts(word))
        else:
            out.append(word)
    return out


def _parts(word: str) -> tuple[str, ...]:
    for ending, meaning in _ENDINGS.items():
        if word.endswith(ending) and len(word) > len(ending):
            return word.removesuffix(ending), meaning
    head, _, tail = word.rpartition("'")
    if tail == "s" and head:
        return (head, "is") if head in _IS_AFTER else (head,)
    return (word.strip("'") or word,)
