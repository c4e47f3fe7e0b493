"""What the analysis of a whole call listens for, by label (language: desktop.insights.phrases)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from desktop.insights.phrases import Phrase, PhraseBook
from desktop.insights.spoken import word_set
from desktop.insights.trade_phrases import GOOD, LEGAL, NOBODY_CARES, PROCEDURE, REPETITION, UNMET_PROMISE, WAITING

_ACT = (
    "send|check|call|arrange|refund|look|ask|make|fix|change|order|put|book|credit|give|find|help|sort|open|get|"
    "replace|cancel|transfer|connect|file|test|reset|take|add|remove|raise|follow"
)
_DONE = (
    "sent|checked|arranged|refunded|fixed|changed|ordered|booked|credited|replaced|canceled|cancelled|taken|made|put"
)

Books = Mapping[str, PhraseBook]


def _book(*parts: str | Iterable[Phrase]) -> PhraseBook:
    phrases: list[Phrase] = []
    for part in parts:
        phrases += [Phrase(part, 1.0)] if isinstance(part, str) else part
    return PhraseBook(phrases)


COURTESIES: Final = _book(
    PROCEDURE,
    "do not worry",
    "understand|hear|see|imagine ..4 frustrat*|upset*|concern*|worr*|angry|annoy*|disappoint*",
    "sorry|apologize|apologise ..6 frustrat*|trouble|inconvenience|wait|delay",
    "happy|glad|pleased to",
)
"""Said out of duty: they tell nothing about how anybody feels."""

EMOTIONS: Final[Books] = {
    "angry": _book(
        LEGAL,
        "unacceptable|ridiculous|outrageous|furious|livid|angry|disgrace|disgraceful|incompetent|scam|appalling",
        "sick and tired",
        "fed|fad up",
        "had enough",
        "how dare",
        "not ..1 acceptable",
        "worst ..2 ever|experience|company|service",
        "waste|wasting|wasted ..1 my|our ..1 time|money",
        "you people|guys ..2 never|always|keep|are",
        "lied to",
        "rip|ripped|ripping me? us? off",
        "take|taking my|our business|money ..1 elsewhere|somewhere",
        "file|filing|make|making a? formal? complaint",
    ),
    "frustrated": _book(
        REPETITION,
        NOBODY_CARES,
        WAITING,
        "frustrated|frustrating|frustration|annoyed|annoying|disappointed|disappointing|useless|terrible|awful",
        "still ..2 not",
        "not ..2 work|works|working|happy|satisfied|fair",
        "not good enough",
        "can not believe",
        "never ..2 again",
    ),
    "worried": _book(
        "worried|worries|worrying|afraid|scared|nervous|anxious|concerned|desperate|urgent|urgently|emergency",
        "worry ..3 about",
        "can not afford",
        "lost my job",
        "not know what to do",
        "what if i|we|it|they|my",
        "am|is|are ..1 at risk",
    ),
    "sad": _book(
        "sad|upset|heartbroken|crying|funeral|grief", "passed away", "my|our ..2 died|dead", "feel|feeling ..1 alone"
    ),
    "confused": _book(
        "confused|confusing", "not understand", "what do you mean", "makes no sense", "not ..1 make|making any? sense"
    ),
    "satisfied": _book(
        GOOD,
        "happy|pleased|delighted|great|perfect|excellent|wonderful|fantastic|brilliant|helpful|satisfied|relieved|love",
    ),
}
"""In the order in which they win a tie."""

AGENT_MERITS: Final[Mapping[str, tuple[float, PhraseBook]]] = {
    "greets": (
        0.5,
        _book(
            "good morning|afternoon|evening",
            "thank|thanks you? for calling|contacting|choosing",
            "how|what can|may i|we ..1 help|do",
            "welcome to",
        ),
    ),
    "shows understanding": (
        0.5,
        _book(
            "sorry ..1 about|for|to|that",
            "am|are ..2 sorry",
            "apologize|apologise|apologies",
            "i ..1 understand|imagine",
            "i can ..1 see|hear|understand|imagine ..1 why|how|that|you",
        ),
    ),
    "offers a next step": (
        1.0,
        _book(
            f"i|we will|can|shall|could|would ..1 {_ACT}",
            f"i|we am|are going to {_ACT}",
            f"i|we have ..1 {_DONE}",
            "let me check|see|look|find|help|get|put|ask|transfer",
            "you will ..1 have|get|receive|hear",
        ),
    ),
    "asks whether more is needed": (
        0.5,
        _book("anything else", "is|does|did that|this help|work|answer|okay", "more questions"),
    ),
    "closes politely": (
        0.5,
        _book(
            "have a ..1 good|great|nice|wonderful|lovely|pleasant",
            "you are ..1 welcome",
            "thank|thanks you? for ..1 your",
        ),
    ),
}
AGENT_FAULTS: Final[Mapping[str, PhraseBook]] = {
    "brushes the caller off": _book(
        "calm down",
        "not my|our problem|fault|job|department|business",
        "nothing ..1 i|we can ..1 do",
        "nothing to do with me|us",
        "you should have",
        "your own fault",
        "you are not listening",
    ),
    "cannot help": _book("i|we can not ..1 help|do ..1 you|that|anything|it", "is|are against? ..1 our|company policy"),
}

PROCESS_ISSUES: Final[Books] = {
    "long wait": _book(WAITING),
    "passed around": _book(
        "been transferred|passed|bounced|sent|shuffled",
        "transferred|transfer me ..3 again|times|around",
        "spoke|spoken|talked to ..2 different",
        "the run around|runaround",
        "hung|hang|hangs up on",
        "got|been cut|disconnected",
    ),
    "called several times": _book(
        "second|third|fourth|fifth|sixth|tenth time ..3 call*",
        "call|called|calling|phoned ..4 two|three|four|five|six|several|many times|already|before",
        "how many times",
        "have|has to call ..4 again",
        "i|we keep calling",
    ),
    "nobody gets back": _book(NOBODY_CARES),
    "promise not kept": _book(phrase for phrase in UNMET_PROMISE if phrase.valence <= -2.0),
    "billing error": _book(
        "charge|charged|billed|bill|charging|billing ..3 twice|again|double",
        "double charged|billed|charge|charges",
        "overcharged|overbilled",
        "bill|invoice|charge|amount ..2 wrong|incorrect",
        "two payments|charges",
    ),
    "wrong or missing item": _book(
        "wrong ..1 item|product|size|order|address|color|model|part|package|phone|one",
        "not what i ordered|asked|wanted",
        "never|not ..1 arrive*|deliver*|came|received",
        "damaged|defective|faulty",
        "missing ..2 item|part|package|parcel|order",
    ),
    "system down": _book(
        "system|systems|computer|computers|website|site|app|server|network|internet|line ..3 down|slow|crash*|frozen",
        "outage|outages",
        "no connection|service|internet|signal",
        "stopped|quit working|responding",
        "not ..1 work|works|working",
    ),
}
REPEATED_PROBLEMS: Final[Books] = {
    "again": _book(
        REPETITION,
        "happens|happened|happening|broke|failed|fails ..3 again",
        "again and|over again|over",
    ),
    "still not solved": _book(
        "still ..2 not",
        "still ..2 broken|wrong|down|out|missing|pending|waiting",
        "not|never ..2 been? fixed|solved|resolved",
    ),
}
MARKETING: Final[Books] = {
    "offer": _book(
        "discount|discounts|promotion|promotions|promo|coupon|coupons|voucher|vouchers|sale|bonus|rebate",
        "special|new|better|better|introductory|best offer|offers|deal|deals|price|rate",
        "offer|offers|offering you|me|us|is",
        "an|this|the|your|our offer|deal",
        "free of charge",
        "free month|months|trial|delivery|shipping|upgrade",
        "percent off",
    ),
    "upgrade": _book(
        "upgrade|upgrades|upgrading|bundle|bundles", "premium|unlimited|bigger|faster plan|package|tariff"
    ),
    "competitor": _book(
        "competitor|competitors|competition",
        "friend|friends|neighbor|colleague pays|gets ..3 less|more",
        "another|other|different company|provider|supplier|bank|carrier",
        "cheaper elsewhere|somewhere|with|at",
        "switch|switching|move|moving to another|a|the",
    ),
    "advert": _book(
        "advert|adverts|advertisement|advertised|advertising|commercial|campaign|newsletter|brochure|flyer",
        "saw|seen|heard ..4 online|television|tv|radio|newspaper|facebook|ad|ads",
    ),
    "loyalty": _book(
        "loyalty ..1 points|program|card|bonus",
        "loyal customer",
        "been ..2 a customer",
        "been with you|us ..1 for|since",
    ),
    "recommendation": _book("recommend|recommended ..1 you|your|it|this|by|to", "leave|post|write ..2 review|reviews"),
}

COMMON: Final = word_set(
    """
    a about after all also am an and any are as at be because been before but by can could did do does for from get
    go going got had has have he her here him his how i if in into is it its just know let like me more my no not now
    of off on one or our out please really say she should so some still than thank thanks that the their them then
    there they this time to too up us very want was we well were what when where which who why will with would yes you
    your need see look think make take okay ok yeah right good sure
    """
)
"""Words that tell nothing about what a call is about."""
