"""A made-up floor: builders of updates, and a scenario with everything that is hard to draw. All names are invented."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence

from desktop.dashboard.state import FloorState, apply_all
from desktop.domain.alert import Alert, AlertState
from desktop.domain.events import AudioGap, Complaint, LinkChanged, LinkState, PeerComplaint
from desktop.domain.facts import CallFacts, CallPhase, CallStage
from desktop.domain.insight import CallDynamics, KeywordHit, KeywordRule, SentimentReading, Severity
from desktop.domain.media import Party
from desktop.domain.speech import Attention, Segment, SpeechActivity, Trace, Word
from desktop.domain.updates import (
    ActivityNoted,
    AlertChanged,
    CallAttended,
    CallUpdated,
    Complained,
    DynamicsMeasured,
    EngineHealth,
    HearingMeasured,
    HitFound,
    KeywordsReplaced,
    LinkUpdated,
    ReadingMade,
    SegmentHeard,
    SoundLost,
    Update,
)

NOW = 1_760_000_000_000
RULES = (
    KeywordRule("cancel", "Cancellation", ("cancel*", "close my account"), Severity.CRITICAL, Party.CUSTOMER),
    KeywordRule("boss", "Supervisor", ("your supervisor", "speak to a manager"), Severity.WARNING, Party.CUSTOMER),
    KeywordRule("law", "Legal", ("lawyer", "take legal action"), Severity.CRITICAL),
    KeywordRule("refund", "Refund", ("refund*", "money back"), Severity.INFO),
)


def seen(
    call: str, agent: str = "Dana Whitfield", queue: str = "Billing", *, age_s: int = 120, **facts: object
) -> Update:
    """A live call that began `age_s` before NOW."""
    start = NOW - age_s * 1000
    known = CallFacts("inbound", agent, "a-1", queue, "q-1", (), start, **facts)  # type: ignore[arg-type]
    return CallUpdated(call, CallPhase.LIVE, known, start)


def ended(
    call: str, agent: str = "Dana Whitfield", queue: str = "Billing", *, age_s: int = 300, ago_s: int = 60
) -> Update:
    """The same call, over."""
    start = NOW - age_s * 1000
    known = CallFacts("inbound", agent, "a-1", queue, "q-1", (), start)
    return CallUpdated(call, CallPhase.LINGERING, known, start, "ended", NOW - ago_s * 1000)


def segment(
    call: str, party: Party, number: int, text: str, start_ms: int, end_ms: int, *, final: bool = True
) -> Segment:
    """An utterance with evenly spread words."""
    words = text.split(" ")
    step = max(1, (end_ms - start_ms) // len(words))
    timed = tuple(Word(w, start_ms + i * step, start_ms + (i + 1) * step, 0.9) for i, w in enumerate(words))
    return Segment(call, party, number, 1, text, start_ms, end_ms, final, "en-US", 0.9, timed, Trace())


def said(call: str, party: Party, number: int, text: str, start_ms: int, end_ms: int, *, final: bool = True) -> Update:
    """Words that were heard."""
    return SegmentHeard(segment(call, party, number, text, start_ms, end_ms, final=final))


def reading(
    call: str, at_ms: int, score: float, average: float, party: Party = Party.CUSTOMER, number: int = 0
) -> Update:
    """A reading of one utterance."""
    label = "negative" if score < -0.2 else "positive" if score > 0.2 else "neutral"
    return ReadingMade(SentimentReading(call, party, at_ms, score, label, "sidetone", number, average, 5))


def hit(
    call: str, rule: KeywordRule, at_ms: int, number: int, first: int, last: int, party: Party = Party.CUSTOMER
) -> Update:
    """A keyword in the words `first`..`last` of a segment."""
    return HitFound(KeywordHit(call, party, rule.rule_id, rule.label, rule.severity, at_ms, number, first, last))


def alert(number: int, call: str, severity: Severity = Severity.WARNING, **more: object) -> Alert:
    """An active alert, raised 40 s before NOW."""
    values: dict[str, object] = {
        "rule_id": "sentiment-low",
        "state": AlertState.ACTIVE,
        "headline": "Customer unhappy for 30 s",
        "evidence": "average −0.62 over 5 readings",
        "raised_at_ms": NOW - 40_000,
        "changed_at_ms": NOW - 40_000,
        "position_ms": 200_000,
    }
    return Alert(alert_id=number, call=call, severity=severity, **(values | more))  # type: ignore[arg-type]


def link(state: LinkState = LinkState.LIVE, region: str = "eu-central-1", **more: object) -> Update:
    """A region's connection."""
    return LinkUpdated(LinkChanged(region, region, state, **more))  # type: ignore[arg-type]


def gap(call: str, at_ms: int, missing_ms: float) -> AudioGap:
    """Sound of the customer that is missing."""
    return AudioGap(call, Party.CUSTOMER, at_ms, missing_ms, "frames lost")


def floor(updates: Sequence[Update]) -> FloorState:
    """A state to which these were applied."""
    state = FloorState()
    apply_all(state, updates)
    return state


def mood(call: str, values: Sequence[float], until_ms: int, party: Party = Party.CUSTOMER) -> list[Update]:
    """Readings evenly spread up to `until_ms`, averages over the last five."""
    step = until_ms // (len(values) + 1)
    found: list[Update] = []
    for i, value in enumerate(values):
        window = values[max(0, i - 4) : i + 1]
        found.append(reading(call, (i + 1) * step, value, sum(window) / len(window), party, i))
    return found


def wave(seed: int, base: float, slope: float, number: int = 24) -> list[float]:
    """A plausible mood: a line, a swing and some noise, within -1..1."""
    dice = random.Random(seed)
    return [
        max(-1.0, min(1.0, base + slope * i / number + 0.15 * math.sin(i / 2 + seed) + dice.uniform(-0.12, 0.12)))
        for i in range(number)
    ]


def speech(call: str, until_ms: int, seed: int = 1, *, quiet_from: int = 10**9, over: bool = False) -> list[Update]:
    """Both parties taking turns up to `until_ms`."""
    dice, at, turn = random.Random(seed), 800, 0
    found: list[Update] = []
    while at < min(until_ms, quiet_from):
        end = min(until_ms, at + dice.randint(1_500, 7_000))
        party = (Party.AGENT, Party.CUSTOMER)[turn % 2]
        found.append(ActivityNoted(SpeechActivity(call, party, at, end, end >= until_ms)))
        at = end - (900 if over and turn % 5 == 4 else -dice.randint(200, 900))
        turn += 1
    return found


_TALK = (
    (Party.AGENT, "thank you for calling how can i help you today", None),
    (Party.CUSTOMER, "yes hello i have been charged twice for the same month and nobody could tell me why", None),
    (Party.AGENT, "i am sorry to hear that could you give me the number on the card", None),
    (Party.CUSTOMER, "it is •••• •••• •••• •••• and this is the third time that i have to call about it", None),
    (Party.AGENT, "i can see two payments here one moment please while i check with the billing team", None),
    (Party.CUSTOMER, "no i want my money back today i am not going to wait another week", ("refund", 4, 5)),
    (Party.AGENT, "i understand a refund takes up to five working days", ("refund", 3, 3)),
    (Party.CUSTOMER, "then i want to speak to a manager this is ridiculous", ("boss", 4, 7)),
    (Party.AGENT, "i can ask my team lead to call you back this afternoon", None),
    (Party.CUSTOMER, "that is what they said the last time i will cancel everything", ("cancel", 10, 10)),
)  # fmt: skip


def conversation(call: str, until_ms: int) -> list[Update]:
    """A billing dispute that turns sour, with hits, masked digits and an open partial."""
    rules = {rule.rule_id: rule for rule in RULES}
    found: list[Update] = []
    step = until_ms // (len(_TALK) + 1)
    for number, (party, text, found_rule) in enumerate(_TALK):
        start = 1_200 + number * step
        found.append(said(call, party, number, text, start, start + min(6_000, step - 700)))
        if found_rule is not None:
            name, first, last = found_rule
            found.append(hit(call, rules[name], start + 2_000, number, first, last, party))
    found.append(
        said(
            call, Party.AGENT, 40, "please give me one moment i will see what", until_ms - 1_500, until_ms, final=False
        )
    )
    return found


_SHED = {
    "call-02": (Attention.PHRASES, 3_400_000),
    "call-03": (Attention.PRESENCE, 20_000),
    "call-04": (Attention.PHRASES, 0),
    "call-07": (Attention.PRESENCE, 500_000),
    "call-08": (Attention.PRESENCE, 0),
    "call-09": (Attention.PRESENCE, 300_000),
}


def shed() -> list[Update]:
    """The machine is at its limit: some of the scenario's calls are no longer heard in words."""
    attended: list[Update] = [CallAttended(call, how, at_ms) for call, (how, at_ms) in _SHED.items()]
    return [*attended, HearingMeasured(4, 2, 4, 4, True)]


def heard_again() -> list[Update]:
    """There is room for all of them."""
    attended: list[Update] = [CallAttended(call, Attention.WORDS, at_ms + 5_000) for call, (_, at_ms) in _SHED.items()]
    return [*attended, HearingMeasured(10, 0, 0, 24, True)]


def scenario() -> list[Update]:
    """Twelve calls: long and short names, alerts, gaps, partials, no agent, no queue, ended ones."""
    calls: list[tuple[Update, str, int, list[float]]] = []

    def call(number: int, agent: str, queue: str, age_s: int, values: list[float], **facts: object) -> None:
        name = f"call-{number:02}"
        calls.append((seen(name, agent, queue, age_s=age_s, **facts), name, age_s * 1000, values))

    call(1, "Dana Whitfield", "Billing", 254, wave(1, 0.2, -1.0))
    call(
        2,
        "Maximiliane Featherstonehaugh-Oyelaran",
        "Technical support, broadband and home telephony, second line",
        3_912,
        wave(2, -0.1, -0.4),
    )
    call(3, "Li Wu", "Sales", 42, wave(3, 0.2, 0.5, 6))
    call(4, "", "Billing", 95, wave(4, 0.0, 0.1, 8))
    call(5, "Tomasz Kowalczyk", "", 610, wave(5, 0.1, -0.2), stage=CallStage.HOLD)
    call(6, "Aoife Ní Bhriain", "Retention", 388, wave(6, -0.5, 0.9))
    call(7, "Renée Lafontaine-Dubois", "Billing", 731, wave(7, 0.05, 0.0), stage=CallStage.TRANSFER)
    call(8, "Samir Haddad", "Technical support", 12, [])
    call(9, "Grace Obi", "Sales", 501, wave(9, 0.4, 0.1))
    call(10, "Bo", "VIP", 187, wave(10, 0.0, -0.5), stage=CallStage.CONFERENCE)
    updates: list[Update] = [link(), link(LinkState.RETRYING, "us-east-1", retry_in_s=8.0), KeywordsReplaced(RULES)]
    for number, (update, name, position, values) in enumerate(calls):
        updates.append(update)
        updates += mood(name, values, position)
        updates += mood(name, wave(number + 40, 0.25, 0.0, len(values)), position, Party.AGENT)
        quiet = position - 24_000 if number == 4 else 10**9
        updates += speech(name, position, number, quiet_from=quiet, over=number in (0, 9))
        silent = 24_000 if number == 4 else 0
        updates.append(DynamicsMeasured(CallDynamics(name, position, 0.4, 0.45, 0.03, silent, number == 9, 24_000)))
    updates += conversation("call-01", 254_000)
    for number, words in (
        (
            2,
            "the engineer was here twice and the line still drops every evening when the children come home",
        ),
        (3, "great yes please send it over"),
        (4, "could you tell me when the invoice is due"),
        (5, "i will put you on hold for a moment"),
        (6, "all right that sounds fair thank you"),
        (7, "i was with another colleague just now"),
        (9, "perfect that is exactly what i was looking for"),
        (10, "if this is not solved my lawyer will be in touch"),
    ):
        name, position = f"call-{number:02}", calls[number - 1][2]
        party = Party.AGENT if number == 5 else Party.CUSTOMER
        updates.append(said(name, party, 30, words, position - 4_000, position - 200, final=number not in (4, 9)))
    updates.append(hit("call-10", RULES[2], 185_000, 30, 6, 6))
    updates.append(hit("call-06", RULES[3], 130_000, 3, 0, 0))
    for label, rule in (("a", RULES[3]), ("b", RULES[3]), ("c", RULES[1])):
        updates.append(hit("call-02", rule, 3_000_000, ord(label), 0, 0))
    for start in (60_000, 150_000):
        updates.append(SoundLost(AudioGap("call-01", Party.CUSTOMER, start, 5_500, "frames lost")))
    updates.append(SoundLost(AudioGap("call-07", Party.CUSTOMER, 690_000, 12_000, "connection lost")))
    for found in (
        alert(1, "call-01", position_ms=214_000),
        alert(2, "call-01", Severity.CRITICAL, rule_id="keyword-critical", headline="Critical words: Cancellation",
              evidence="said by the customer", raised_at_ms=NOW - 6_000, position_ms=246_000, times=2),
        alert(3, "call-10", Severity.CRITICAL, rule_id="keyword-critical", headline="Critical words: Legal",
              evidence="said by the customer", raised_at_ms=NOW - 14_000, position_ms=185_000),
        alert(4, "call-02", raised_at_ms=NOW - 300_000, position_ms=3_500_000, state=AlertState.RECOVERING,
              evidence="average −0.38 over 5 readings"),
        alert(5, "call-06", raised_at_ms=NOW - 250_000, acknowledged=True, position_ms=120_000),
        alert(6, "call-11", raised_at_ms=NOW - 700_000, changed_at_ms=NOW - 600_000, state=AlertState.RESOLVED),
        alert(7, "gone", raised_at_ms=NOW - 7_200_000, changed_at_ms=NOW - 7_100_000, state=AlertState.RESOLVED),
    ):  # fmt: skip
        updates.append(AlertChanged(found))
    for name, agent, queue in (("call-11", "Jon Ek", "Billing"), ("call-12", "Priyanka Venkataraman", "Retention")):
        begun: list[Update] = [seen(name, agent, queue, age_s=900), *mood(name, wave(len(agent), -0.2, 0.5), 640_000)]
        heard = [said(name, Party.CUSTOMER, 9, "okay thank you bye bye", 636_000, 640_000)]
        updates += [*begun, *heard, ended(name, agent, queue, age_s=900, ago_s=260)]
    updates += [Complained(PeerComplaint("eu-central-1", Complaint.BAD_FRAME, "frame header"))] * 3
    updates.append(EngineHealth(2, 2, 0, 620.0, {"call-07": 3_400.0}))
    return updates
