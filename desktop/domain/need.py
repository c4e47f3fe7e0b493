"""How much a call needs a human: one scale for the order of the list and for whom the machine hears first."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from desktop.domain.alert import Alert, AlertState
from desktop.domain.insight import Severity

_WEIGHT = {Severity.CRITICAL: 60.0, Severity.WARNING: 40.0, Severity.INFO: 0.0}
_RANK = (Severity.CRITICAL, Severity.WARNING, Severity.INFO)
MOST = 100.0
TREND_DEAD_BAND = 0.15  # averages that differ by less are "steady"


def snoozed(alert: Alert, now_ms: int) -> bool:
    """Somebody wants to hear of it later. `now_ms` is the wall clock (Unix epoch)."""
    return alert.snoozed_until_ms is not None and alert.snoozed_until_ms > now_ms


def quiet(alert: Alert, now_ms: int) -> bool:
    """Somebody took it on, or wants to hear of it later."""
    return alert.acknowledged or snoozed(alert, now_ms)


def gravest(alerts: Iterable[Alert], now_ms: int) -> Alert | None:
    """The gravest of these open alerts that nobody has taken on or snoozed; else any of them."""
    return min(
        alerts,
        key=lambda a: (quiet(a, now_ms), a.state is AlertState.RECOVERING, _RANK.index(a.severity), a.raised_at_ms),
        default=None,
    )


def trend_of(averages: Sequence[float]) -> int:
    """-1 falling, 0 steady or unknown, 1 rising: the newest of these averages against the oldest."""
    if len(averages) < 2 or abs(change := averages[-1] - averages[0]) < TREND_DEAD_BAND:
        return 0
    return 1 if change > 0 else -1


@dataclass(frozen=True, slots=True)
class Signs:
    """What is known of a call just now. `mood` is the customer's moving average in [-1, 1], None without data."""

    worst: Alert | None = None
    mood: float | None = None
    falling: bool = False
    talk_over: bool = False
    silence_ms: int = 0


def need_of(signs: Signs, now_ms: int) -> float:
    """0 (calm) .. 100 (now). Open alerts weigh most, then mood, its slope, talk-over and silence."""
    score = 0.0
    if (worst := signs.worst) is not None:
        weight = _WEIGHT[worst.severity]
        if quiet(worst, now_ms):
            weight /= 4
        elif worst.state is AlertState.RECOVERING:
            weight /= 2
        score += weight
    if signs.mood is not None:
        score += max(0.0, -signs.mood) * 25
        score += 5 if signs.falling else 0
    score += 5 if signs.talk_over else 0
    score += min(5.0, signs.silence_ms / 6_000)
    return min(MOST, score)
