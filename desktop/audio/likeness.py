"""Whether the two channels of a call carry the same sound, maybe louder or later: their levels go together."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from desktop.domain.media import PIPELINE_RATE_HZ, Party, PcmBlock

STEP_MS = 20
WINDOW_STEPS = 400
"""8 s are compared; this and the shifts are all that is kept."""

SHIFT_STEPS = 10
"""One may be so much later than the other."""

ALIKE = 0.95
"""Correlation of levels; two people in a conversation stay below 0.6, they wait for each other."""

_KEPT = WINDOW_STEPS + 2 * SHIFT_STEPS
_SILENT_DBFS = -50.0
_LEAST_STEPS = 100  # 2 s of sound within the window, or nothing can be said
_SAMPLES = PIPELINE_RATE_HZ * STEP_MS // 1000


class _Levels:
    """The newest levels of a channel, by the step of the call's time line."""

    def __init__(self) -> None:
        self._ring = np.full(_KEPT, _SILENT_DBFS, np.float32)
        self.until = 0

    def note(self, block: PcmBlock) -> None:
        count = len(block.samples) // _SAMPLES
        if not count:
            return
        pieces = block.samples[: count * _SAMPLES].astype(np.float32).reshape(count, _SAMPLES) / 32768
        levels = np.maximum(10 * np.log10(np.mean(pieces**2, axis=1) + 1e-10), _SILENT_DBFS)
        start = block.at_ms // STEP_MS
        if start > self.until:
            self._ring[np.arange(self.until, min(start, self.until + _KEPT)) % _KEPT] = _SILENT_DBFS
        self._ring[np.arange(start, start + count)[-_KEPT:] % _KEPT] = levels[-_KEPT:]
        self.until = max(self.until, start + count)

    def before(self, until: int) -> npt.NDArray[np.float32]:
        """A window of them up to this step."""
        return self._ring[np.arange(until - WINDOW_STEPS, until) % _KEPT]


class Likeness:
    """One call. Feed it every block, ask about once a second."""

    def __init__(self) -> None:
        self._agent, self._customer = _Levels(), _Levels()

    def hear(self, block: PcmBlock) -> None:
        """Note a block of either party; mixed ones say nothing."""
        if block.party is Party.AGENT:
            self._agent.note(block)
        elif block.party is Party.CUSTOMER:
            self._customer.note(block)

    def alike(self) -> bool | None:
        """Whether the last seconds were the same on both; None while too little was heard to say."""
        until = min(self._agent.until, self._customer.until) - SHIFT_STEPS
        if until < WINDOW_STEPS + SHIFT_STEPS or abs(self._agent.until - self._customer.until) > SHIFT_STEPS:
            return None
        agent = self._agent.before(until)
        heard = [float(np.sum(levels > _SILENT_DBFS)) for levels in (agent, self._customer.before(until))]
        if max(heard) < _LEAST_STEPS:
            return None
        if min(heard) < _LEAST_STEPS / 2:
            return False
        shifts = range(-SHIFT_STEPS, SHIFT_STEPS + 1)
        return max(_correlation(agent, self._customer.before(until + shift)) for shift in shifts) > ALIKE


def _correlation(a: npt.NDArray[np.float32], b: npt.NDArray[np.float32]) -> float:
    a, b = a - a.mean(), b - b.mean()
    size = float(np.sqrt(np.sum(a * a) * np.sum(b * b)))
    return float(np.sum(a * b)) / size if size else 0.0
