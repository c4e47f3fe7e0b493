"""What speaks for a call when the machine can't hear everybody: its alerts, its mood, how it goes."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from desktop.domain.alert import Alert, AlertState
from desktop.domain.insight import CallDynamics, SentimentReading
from desktop.domain.media import Party
from desktop.domain.need import Signs, gravest, need_of, trend_of

_TREND_READINGS = 5


@dataclass(slots=True)
class _Call:
    alerts: dict[int, Alert] = field(default_factory=dict)  # open ones
    moods: deque[float] = field(default_factory=lambda: deque(maxlen=_TREND_READINGS))
    dynamics: CallDynamics | None = None


class NeedBook:
    """Everything is told to it as it becomes known, `forget` frees a call."""

    def __init__(self) -> None:
        self._calls: dict[str, _Call] = {}

    def reading(self, reading: SentimentReading) -> None:
        """A party's newest average; the agent's says nothing about need."""
        if reading.party is not Party.AGENT:
            self._of(reading.call).moods.append(reading.average)

    def alert(self, alert: Alert) -> None:
        """Raised, changed or resolved."""
        alerts = self._of(alert.call).alerts
        if alert.state is AlertState.RESOLVED:
            alerts.pop(alert.alert_id, None)
        else:
            alerts[alert.alert_id] = alert

    def dynamics(self, dynamics: CallDynamics) -> None:
        """How the call goes just now."""
        self._of(dynamics.call).dynamics = dynamics

    def need(self, call: str, now_ms: int) -> float:
        """0 (calm or unknown) .. 100 (now); `now_ms` is the wall clock (Unix epoch)."""
        known = self._calls.get(call)
        if known is None:
            return 0.0
        going = known.dynamics
        signs = Signs(
            worst=gravest(known.alerts.values(), now_ms),
            mood=known.moods[-1] if known.moods else None,
            falling=trend_of(tuple(known.moods)) < 0,
            talk_over=going is not None and going.talk_over_now,
            silence_ms=0 if going is None else going.silence_now_ms,
        )
        return need_of(signs, now_ms)

    def forget(self, call: str) -> None:
        """Free what is remembered of it."""
        self._calls.pop(call, None)

    def _of(self, call: str) -> _Call:
        return self._calls.setdefault(call, _Call())
