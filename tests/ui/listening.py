"""A made-up connection that Genesys dials, with findings that are hard to draw. All names are invented."""

from __future__ import annotations

import math
import random

from desktop.dashboard import listener_sentences as sentences
from desktop.dashboard.capacity import Planner, Room
from desktop.domain.events import LinkChanged, LinkState, Measure
from desktop.domain.finding import Finding, Level
from desktop.domain.listener import CapacityPlan, ListenerSetup
from desktop.domain.updates import FindingMade, LinkDescribed, LinkTimed, LinkUpdated, Update
from desktop.settings.model import Connection, Listener, SourceKind
from tests.ui.floor import NOW

NAME = "Northwind AudioHook"
CONNECTION = Connection(NAME, kind=SourceKind.AUDIOHOOK, organisation="Northwind")
LISTENER = Listener(public_host="audiohook.example.com", certificate="/srv/tls/chain.pem", private_key="/srv/tls/k.pem")
SIGNATURE_BASE = """\
"@request-target": /audiohook
"@authority": 10.0.0.7:8443
"audiohook-organization-id": d7934305-0972-4844-938e-9060eef73d05
"audiohook-session-id": 30b0e395-84d3-4570-ac13-9a62d8f514c0
"audiohook-correlation-id": e160e428-53e2-487c-977d-96989bf5c99d
"x-api-key": (hidden)
"@signature-params": ("@request-target" "@authority" "audiohook-organization-id" "audiohook-session-id" \
"audiohook-correlation-id" "x-api-key");keyid="(hidden)";nonce="VGhpc0lzQVVuaXF1ZU5vbmNl";alg="hmac-sha256";\
created=1641013200;expires=3282026430"""
SETUP = ListenerSetup(
    "wss://audiohook.example.com/audiohook",
    "3f0c2d5e9b7a4e61",
    "Tm90IGEgcmVhbCBzZWNyZXQsIG9ubHkgYSB0ZXN0IG9mIHRoZSBzY3JlZW4h",
    '{"transcripts": false}',
    (
        "Admin > Integrations > add AudioHook Monitor.",
        "Paste the connection URI under Properties.",
        "Paste the API key and the client secret under Credentials.",
        "Paste the custom configuration under Advanced, if you use it.",
        "Turn on recording on the trunk: Admin > Telephony > Trunks > Media.",
        "Turn on AudioHook for the queues that you supervise.",
        "Switch the integration to Active. Genesys then tries the connection.",
    ),
)


def plan(calls: int) -> CapacityPlan:
    """312 calls fit; the processor gives out first."""
    cores = 0.4 + calls * 0.0243
    return CapacityPlan(
        calls, calls * 0.128, cores, 380 + calls * 4.2, cores <= 8, "The processor gives out first, at 312 calls."
    )


PLANNER = Planner(
    plan,
    Room(1_000, 8, 16_000),
    f"{sentences.rests_on('27 Nov 2026, 22:05', 24, heard=False)} {sentences.shared(416)}",
)


def probe(level: Level = Level.FAIL) -> Update:
    """What the platform's test of the listener found."""
    if level is Level.PASS:
        found = Finding("Last probe", level, "Genesys reached this computer and its signature was right, 2 min ago.")
    else:
        found = Finding(
            "Last probe",
            level,
            "Genesys reached this computer, but its signature doesn't match: @authority differs.",
            "Set the public host name to the one in the connection URI.",
            detail=SIGNATURE_BASE,
        )
    return FindingMade(NAME, found)


def scenario() -> list[Update]:
    """Listening for an hour, a few hundred sessions, a probe that failed."""
    dice = random.Random(7)
    updates: list[Update] = [
        LinkDescribed(NAME, "Genesys Cloud AudioHook", "Northwind"),
        LinkUpdated(LinkChanged(NAME, "", LinkState.LIVE, "on port 443", relists=False), NOW - 3_700_000),
    ]
    for second in range(3_600, -1, -10):
        at = NOW - second * 1000
        updates.append(LinkTimed(NAME, Measure.HANDLING, 6 + 3 * math.sin(second / 200) + dice.random() * 9, at))
        updates.append(LinkTimed(NAME, Measure.ROUND_TRIP, 38 + dice.random() * 14, at))
    updates.append(probe())
    for found in (
        Finding("Certificate", Level.PASS, "Valid for audiohook.example.com, for 71 more days."),
        Finding("Minutes", Level.PASS, "412 minutes streamed today; 96 saved while nobody watched or a call was held."),
        Finding("Conference", Level.WARN, "Two people share a channel in 1 call, so its customer's score is a mix.",
                "Read that call's score with care."),
    ):  # fmt: skip
        updates.append(FindingMade(NAME, found))
    return updates
