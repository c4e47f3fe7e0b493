"""Two independent pauses of one session: the platform's (privacy) and ours (saving). Sound flows when neither holds.

`paused` carries no reason: it answers ours if the client had seen our `pause` when it sent it (serverseq), else it is
the platform's own. In doubt it is privacy, which is never shown as a failure and leaves no text.
"""

from __future__ import annotations

from typing import Final

from desktop.domain.events import PauseReason
from desktop.protocols.audiohook_effects import PauseTold

TOGGLE_S: Final = 1.0
"""Our wish may flicker; the platform limits messages, so it hears of a change at most this often."""


class Pauses:
    """`start_paused` as told in `opened`, whose number is 1 or more. Also keeps how long sound flowed or was saved."""

    def __init__(self) -> None:
        self.private = False
        self.saving = False
        self._wished = False
        self._told = False
        self._told_at_s = float("-inf")
        self._pause_seq = 0
        self._resume_seq = 0
        self._unanswered = False
        self._since_s: float | None = None
        self._streamed_s = 0.0
        self._saved_s = 0.0

    def opened(self, *, paused: bool, seq: int, now_s: float) -> list[PauseTold]:
        """The session began; from now on time counts."""
        self._since_s = now_s
        if not paused:
            return []
        self._wished = self._told = self._unanswered = True
        self._pause_seq = seq
        return self._save(True, now_s)

    def wish(self, paused: bool) -> None:
        """What we want from now on; `due` says whether to send it."""
        self._wished = paused

    def due(self, now_s: float) -> bool | None:
        """True: send `pause` now, False: `resume`, None: nothing."""
        if self._wished == self._told or now_s - self._told_at_s < TOGGLE_S:
            return None
        return self._wished

    def told(self, seq: int, now_s: float) -> None:
        """What was due has been sent, with this number."""
        self._told, self._told_at_s = self._wished, now_s
        if self._told:
            self._pause_seq, self._unanswered = seq, True
        else:
            self._resume_seq = seq

    def paused(self, serverseq: int, now_s: float) -> list[PauseTold]:
        """The client says `paused`."""
        saw_it = serverseq >= self._pause_seq and (self._told or serverseq < self._resume_seq)
        if self._unanswered and saw_it:
            self._unanswered = False
            return self._save(True, now_s)
        if self.private:
            return []
        self.private = True
        return [PauseTold(True, PauseReason.PRIVACY)]

    def resumed(self, now_s: float) -> list[PauseTold]:
        """The client says `resumed`: its own pause is over; ours is, if we asked for that."""
        out = [PauseTold(False, PauseReason.PRIVACY)] if self.private else []
        self.private = False
        return out + self.flows(now_s)

    def flows(self, now_s: float) -> list[PauseTold]:
        """Sound came although ours was thought to hold."""
        if self._told:
            return []
        self._unanswered = False
        return self._save(False, now_s)

    def ended(self, now_s: float) -> None:
        """Time counts no more."""
        self._settle(now_s)
        self._since_s = None

    def seconds(self, now_s: float) -> tuple[float, float]:
        """Streamed and saved until now."""
        self._settle(now_s)
        return self._streamed_s, self._saved_s

    def _save(self, saving: bool, now_s: float) -> list[PauseTold]:
        if saving == self.saving:
            return []
        self._settle(now_s)
        self.saving = saving
        return [PauseTold(saving, PauseReason.SAVING)]

    def _settle(self, now_s: float) -> None:
        if self._since_s is None:
            return
        passed_s = max(0.0, now_s - self._since_s)
        self._since_s = now_s
        if self.saving:
            self._saved_s += passed_s
        else:
            self._streamed_s += passed_s
