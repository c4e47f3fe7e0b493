"""Short ways to say domain values in the dashboard's tests."""

from __future__ import annotations

from collections.abc import Sequence

from desktop.dashboard.call_view import CallView
from desktop.dashboard.state import Changes, FloorState, apply_all
from desktop.domain.alert import Alert, AlertState
from desktop.domain.events import LinkChanged, LinkState
from desktop.domain.facts import CallFacts, CallPhase
from desktop.domain.insight import CallDynamics, KeywordHit, SentimentReading, Severity
from desktop.domain.media import Party
from desktop.domain.speech import Segment, SpeechActivity, Trace
from desktop.domain.updates import CallUpdated, Update


def seen(call: str = "c", phase: CallPhase = CallPhase.LIVE, at: int = 1_000, **facts: object) -> CallUpdated:
    """A call in `phase`, first seen at `at`."""
    known = {"agent_name": "Dana", "queue_name": "Billing", "direction": "inbound"} | facts
    return CallUpdated(call, phase, CallFacts(**known), at)  # type: ignore[arg-type]


def over(call: str = "c", at: int = 1_000, ended: int | None = 61_000, reason: str = "ended") -> CallUpdated:
    """The same call, ended."""
    return CallUpdated(call, CallPhase.LINGERING, CallFacts(agent_name="Dana"), at, reason, ended)


def segment(
    number: int = 1, text: str = "i want to cancel", start: int = 0, *, end: int | None = None,
    party: Party = Party.CUSTOMER, final: bool = True, call: str = "c",
) -> Segment:  # fmt: skip
    """An utterance."""
    stop = start + 1_000 if end is None else end
    return Segment(call, party, number, 1, text, start, stop, final, "en-US", 0.9, (), Trace())


def reading(
    average: float, at: int = 1_000, *, score: float | None = None, party: Party = Party.CUSTOMER, number: int = 1,
    call: str = "c",
) -> SentimentReading:  # fmt: skip
    """A reading with this average."""
    return SentimentReading(
        call, party, at, average if score is None else score, "neutral", "sidetone", number, average, 5
    )


def hit(
    first: int, last: int, severity: Severity = Severity.CRITICAL, *, number: int = 1, party: Party = Party.CUSTOMER,
    label: str = "Cancellation", at: int = 500, call: str = "c",
) -> KeywordHit:  # fmt: skip
    """Words `first`..`last` matched."""
    return KeywordHit(call, party, label.casefold(), label, severity, at, number, first, last)


def spoke(
    start: int, end: int, party: Party = Party.CUSTOMER, *, still: bool = False, call: str = "c"
) -> SpeechActivity:
    """A stretch of speech."""
    return SpeechActivity(call, party, start, end, still)


def dynamics(silence: int = 0, *, both: bool = False, at: int = 1_000, call: str = "c") -> CallDynamics:
    """How the call goes."""
    return CallDynamics(call, at, 0.4, 0.4, 0.1, silence, both, silence)


def alert(
    number: int = 1, severity: Severity = Severity.WARNING, *, state: AlertState = AlertState.ACTIVE, call: str = "c",
    raised: int = 1_000, changed: int = 1_000, acknowledged: bool = False, snoozed: int | None = None, times: int = 1,
) -> Alert:  # fmt: skip
    """An alert."""
    return Alert(
        number, call, "rule", severity, state, "Customer unhappy for 30 s", "average −0.60 over 5 readings", raised,
        changed, 500, times, acknowledged, snoozed,
    )  # fmt: skip


def link(state: LinkState = LinkState.LIVE, name: str = "l1", region: str = "eu", **more: object) -> LinkChanged:
    """A connection."""
    return LinkChanged(name, region, state, **more)  # type: ignore[arg-type]


def floor(updates: Sequence[Update]) -> tuple[FloorState, Changes]:
    """A state to which these were applied, and what that changed."""
    state = FloorState()
    return state, apply_all(state, updates)


def view(updates: Sequence[Update] = (), call: str = "c") -> CallView:
    """The call after `seen()` and these."""
    return floor([seen(call), *updates])[0].calls[call]
