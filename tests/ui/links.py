"""A made-up set of connections with everything that is hard to draw. All names are invented."""

from __future__ import annotations

import math
import random

from desktop.domain.events import LinkChanged, LinkState, Measure
from desktop.domain.finding import Finding, Level, Remedy
from desktop.domain.insight import CoverageFinding, CoverageProblem
from desktop.domain.sign_in import SignIn, SignInState
from desktop.domain.updates import (
    CoverageAudited,
    FindingMade,
    LinkDescribed,
    LinkTimed,
    LinkUpdated,
    SignInChanged,
    Update,
)
from desktop.settings.model import Connection, Dialect, Organisation, SourceKind
from tests.ui.floor import NOW

ORGANISATIONS = (
    Organisation("Northwind", "mypurecloud.de", client_id="c1"),
    Organisation("Southwind", "mypurecloud.ie", Dialect.DOCUMENTS, client_id="c2"),
)
CONNECTIONS = (
    Connection("Northwind live", kind=SourceKind.NOTIFICATIONS, organisation="Northwind"),
    Connection("Northwind scores", kind=SourceKind.ANALYTICS, organisation="Northwind"),
    Connection("Southwind audio", kind=SourceKind.AUDIO_CONNECTOR, organisation="Southwind"),
    Connection("Southwind bots", kind=SourceKind.BOTS, organisation="Southwind"),
)
_KINDS = (
    "Genesys Cloud - live list and transcription",
    "Real-time analytics socket",
    "Audio Connector gateway (you connect out)",
    "Bot events socket",
)
_REGIONS = ("mypurecloud.de", "mypurecloud.de", "mypurecloud.ie", "mypurecloud.ie")


def described(number: int) -> Update:
    """What connection `number` is."""
    each = CONNECTIONS[number]
    return LinkDescribed(each.name, _KINDS[number], each.organisation)


def state(number: int, now: LinkState, ago_s: float, *, region: str = "", **more: object) -> Update:
    """Connection `number` came to a state `ago_s` before NOW."""
    change = LinkChanged(CONNECTIONS[number].name, region or _REGIONS[number], now, **more)  # type: ignore[arg-type]
    return LinkUpdated(change, NOW - round(ago_s * 1000))


def timed(number: int, measure: Measure, base: float, swing: float, *, until_s: float = 0.0) -> list[Update]:
    """An hour of durations, one every ten seconds, up to `until_s` before NOW."""
    dice, name = random.Random(number), CONNECTIONS[number].name
    return [
        LinkTimed(name, measure, base + swing * (1 + math.sin(s / 300)) + dice.random() * swing / 2, NOW - s * 1000)
        for s in range(3_600, max(0, round(until_s)) - 1, -10)
    ]


def finding(
    number: int, subject: str, level: Level, text: str, remedy: str = "", action: Remedy | None = None
) -> Update:
    """Something about connection `number`."""
    return FindingMade(CONNECTIONS[number].name, Finding(subject, level, text, remedy, action))


def signed_in(organisation: str, now: SignInState, **more: object) -> Update:
    """An organisation's sign-in."""
    return SignInChanged(SignIn(organisation, now, **more))  # type: ignore[arg-type]


def scenario() -> list[Update]:
    """Four connections of two organisations: live, refused, reconnecting in a second region, slow engine."""
    gaps = (
        CoverageFinding("Northwind scores", "q-1", "Billing", CoverageProblem.POLICY_GAP, ("call-01",), 14),
        CoverageFinding("Northwind scores", "q-2", "Technical support, second line", CoverageProblem.MASKING, (), 3),
        CoverageFinding("Northwind scores", "", "", CoverageProblem.NO_LICENCE, (), 1),
        CoverageFinding("Northwind scores", "q-4", "Ventas", CoverageProblem.LANGUAGE_MISMATCH, (), 6),
    )
    updates = [described(number) for number in range(4)]
    updates += [state(0, LinkState.CONNECTING, 3_610), state(0, LinkState.LIVE, 3_605)]
    updates += timed(0, Measure.ROUND_TRIP, 34, 12)
    updates += [
        finding(0, "Topic queue calls", Level.PASS, "42 queues are watched."),
        finding(0, "Topic transcription", Level.WARN, "9 queues don't transcribe their calls.",
                "Ask your administrator to turn on transcription for them."),
        finding(0, "Channel", Level.PASS, "The channel was renewed 2 h ago."),
    ]  # fmt: skip
    updates += [
        state(1, LinkState.CONNECTING, 95),
        state(1, LinkState.REFUSED, 94, detail="Genesys Cloud does not offer this interface (404).",
              action=Remedy.USE_NOTIFICATIONS),
        finding(1, "Interface", Level.FAIL, "The organisation answers 404: only the documents' platform offers this.",
                "Use the live list and transcription instead; scores are then made here.", Remedy.USE_NOTIFICATIONS),
        finding(1, "Live audio", Level.WARN, "No live audio from this organisation.", "", Remedy.USE_AUDIOHOOK),
        finding(1, "Sign-in", Level.PASS, "The token was accepted."),
    ]  # fmt: skip
    updates += [state(2, LinkState.LIVE, 3_600)]
    early = timed(2, Measure.ROUND_TRIP, 80, 60, until_s=45)
    updates += early[:200]
    updates += [state(2, LinkState.RETRYING, 1_600, retry_in_s=2.0), state(2, LinkState.LIVE, 1_480)]
    updates += [update for update in early[200:] if isinstance(update, LinkTimed) and update.at_ms > NOW - 1_480_000]
    updates += [
        state(2, LinkState.RETRYING, 42, detail="The region doesn't answer.", retry_in_s=2.0),
        state(2, LinkState.RETRYING, 5, region="euw2.pure.cloud", detail="The region doesn't answer.", retry_in_s=16.0),
    ]
    updates += [state(3, LinkState.LIVE, 400), *timed(3, Measure.ROUND_TRIP, 40, 8)]
    updates += timed(3, Measure.ENGINE, 300, 190)
    updates += timed(3, Measure.HANDLING, 4, 2)
    updates.append(finding(3, "Bot support", Level.WARN, "The bot is disabled.", "Turn it on in the platform."))
    updates += [
        signed_in("Northwind", SignInState.SIGNED_IN, expires_at_ms=NOW + 82_000_000, kept=False),
        signed_in("Southwind", SignInState.EXPIRING, expires_at_ms=NOW + 250_000),
        CoverageAudited(gaps),
    ]
    return updates
