"""Word valences: reading the lexicon file's text, and what the trade changes about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from desktop.domain.errors import SettingInvalid
from desktop.insights.spoken import word_set

MAX_VALENCE = 4.0

NOT_EVALUATIVE = word_set(
    """
    accept accepted agree agreed alert alone apologize argument block bonus bonuses bright cancel cancelled
    cancels care cares certain certainly challenge chance chances charged charges clear clearly confident
    credit credited critical cut dear debt defer definite definitely delay demand dispute disputed disputes
    drop emergency energy ensure error errors exclusive exempt fair fault favor favorite festival fine fire
    forget free friend friends fun gain gift grand hand help helping helps hope hopefully important increase
    intelligent interest interested interests invite join justice kind kindly leave like liked limited lone
    low lower luck mandatory matter matters merry missed natural no number ok okay opportunity original party
    pay peace please pressure pretty prevent problem problems profit promise promised promises promote protect
    protected reach ready resolve reward rewards risk safe safely save saved secure secured securely security
    sentence share shared shares shock sincere sincerely smart solution solutions solve solving sorry special
    stop stopped strong super top support supported supports sure surely thank thanks true trust united value
    valued values vision want welcome well wish worth yeah yes
    """
)
"""Words that are part of the trade ("please hold", "credit card", "customer care"), not an opinion."""

TRADE_WORDS: Mapping[str, float] = {
    # bad news
    "unacceptable": -4.0,
    "ridiculous": -3.2,
    "outrageous": -3.4,
    "appalling": -3.4,
    "disgraceful": -3.4,
    "disgrace": -3.2,
    "unbelievable": -2.6,
    "incompetent": -3.2,
    "unprofessional": -3.0,
    "scam": -3.4,
    "ripoff": -3.2,
    "joke": -2.4,
    "furious": -3.6,
    "livid": -3.6,
    "angry": -3.0,
    "frustrated": -3.0,
    "frustrating": -3.0,
    "disappointed": -2.8,
    "disappointing": -2.8,
    "useless": -3.0,
    "terrible": -3.0,
    "horrible": -3.0,
    "awful": -2.8,
    "worst": -3.4,
    "rude": -2.8,
    "overcharged": -3.0,
    "overbilled": -3.0,
    "unauthorized": -2.2,
    "unresolved": -2.0,
    "unreliable": -2.4,
    "broken": -2.0,
    "defective": -2.2,
    "faulty": -2.0,
    "incorrect": -1.4,
    "wrong": -1.9,
    "nonsense": -2.6,
    "runaround": -2.8,
    "elsewhere": -1.4,
    "dissatisfied": -2.8,
    "unsatisfied": -2.6,
    "inexcusable": -3.6,
    # good news
    "thank": 0.7,
    "thanks": 0.7,
    "fixed": 1.8,
    "solved": 2.2,
    "resolved": 2.2,
    "sorted": 1.5,
    "helpful": 2.4,
    "appreciate": 1.8,
    "appreciated": 1.8,
    "patience": 0.4,
    "patient": 0.8,
    "flawless": 2.6,
    "flawlessly": 2.6,
    "smooth": 1.6,
    "smoothly": 1.8,
    "quick": 0.9,
    "efficient": 1.8,
    "professional": 1.8,
    "courteous": 2.2,
    "good": 1.5,
}
"""Valences of contact-centre words, laid over the lexicon."""

COURTESY = word_set("thank thanks appreciate appreciated patience patient glad happy hopefully lovely")
"""Words that are also said out of politeness, inside a complaint as well."""


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Word -> valence in [-4, 4]."""

    valence: Mapping[str, float]

    def for_the_trade(self) -> Lexicon:
        """This lexicon without the trade's function words and with its own words."""
        kept = {word: value for word, value in self.valence.items() if word not in NOT_EVALUATIVE}
        return Lexicon({**kept, **TRADE_WORDS})


def parse_lexicon(text: str) -> Lexicon:
    """Read lines of "word<TAB>valence"; blank lines and those starting with "#" are skipped.

    Raises SettingInvalid naming the line when one has another shape or a valence outside [-4, 4].
    """
    valence: dict[str, float] = {}
    for at, line in enumerate(text.splitlines(), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        word, _, number = line.partition("\t")
        try:
            value = float(number)
        except ValueError:
            value = float("nan")
        if not word or not -MAX_VALENCE <= value <= MAX_VALENCE:
            raise SettingInvalid(f"lexicon line {at}", "is not a word and a valence", "Write word<TAB>number, -4 to 4")
        valence[word] = value
    return Lexicon(valence)
