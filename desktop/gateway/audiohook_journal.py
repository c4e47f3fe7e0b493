"""What the set-up panel shows of an AudioHook listener: the last probe, the last refusal, and why; and complaints."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from desktop.domain.events import Complaint, LinkFound, PeerComplaint
from desktop.domain.finding import Finding, Level
from desktop.domain.ports import Deliver
from desktop.gateway.audiohook_config import Attempt, AttemptKind, AudioHookStats
from desktop.gateway.audiohook_socket import AudioHookSocket
from desktop.protocols.http_signature_check import SignatureCheck

MAX_COMPLAINTS: Final = 20
"""Told per session; all are counted."""
FINDING_EVERY_S: Final = 1.0
"""A flood of refusals is one line on a screen."""
PROBE: Final = "AudioHook probe"
SIGN_ON: Final = "AudioHook sign-on"


class Journal:
    """`clock` monotonic seconds, `wall_clock` Unix seconds."""

    def __init__(
        self,
        link: str,
        stats: AudioHookStats,
        deliver: Deliver,
        clock: Callable[[], float],
        wall_clock: Callable[[], float],
    ) -> None:
        self._link, self._stats, self._deliver = link, stats, deliver
        self._clock, self._wall_clock = clock, wall_clock
        self._told_at_s = float("-inf")
        self._refusing = False  # the last word about the door is a refusal
        self.last_probe: Attempt | None = None
        self.last_refusal: Attempt | None = None
        self.last_call: Attempt | None = None

    def refused(self, check: SignatureCheck) -> None:
        """Nobody was let in."""
        self.last_refusal = attempt = self._attempt(AttemptKind.REFUSED, False, check.detail, check)
        now_s = self._clock()
        if now_s - self._told_at_s >= FINDING_EVERY_S:
            self._told_at_s = now_s
            self._refusing = True
            where = f" ({attempt.where})" if attempt.where else ""
            self._find(SIGN_ON, Level.FAIL, f"A connection was refused{where}.", attempt.text)

    def opened(self, socket: AudioHookSocket) -> None:
        """A call's session is open."""
        text = "A call's session was opened."
        self.last_call = self._attempt(AttemptKind.CALL, True, text, socket.check, socket.opened_ms)
        self._let_in()

    def probed(self, socket: AudioHookSocket) -> None:
        """The platform tried the connection out and was content."""
        self._stats.probes += 1
        text = "The platform reached this listener, signed on and opened a session."
        self.last_probe = self._attempt(AttemptKind.PROBE, True, text, socket.check, socket.opened_ms)
        self._find(PROBE, Level.PASS, text, "")
        self._let_in()

    def failed(self, socket: AudioHookSocket) -> None:
        """A session that was no call yet ended without having been closed: a probe, or one that never opened."""
        text = socket.fault or "The platform went away without closing the session: it did not accept the answers."
        kind = AttemptKind.PROBE if socket.session.probe else AttemptKind.CALL
        attempt = self._attempt(kind, False, text, socket.check, socket.opened_ms)
        if socket.session.probe:
            self._stats.probes += 1
            self.last_probe = attempt
            self._find(PROBE, Level.FAIL, text, "Set the integration to inactive and active again.")
        else:
            self.last_call = attempt

    def _let_in(self) -> None:
        if self._refusing:
            self._refusing = False
            self._find(SIGN_ON, Level.PASS, "The platform's latest connection was let in.", "")

    def complain(self, socket: AudioHookSocket, what: Complaint, detail: str) -> None:
        """The platform did something that it should not."""
        self._stats.complaints += 1
        socket.complaints += 1
        socket.fault = detail
        if socket.complaints <= MAX_COMPLAINTS:
            self._deliver(PeerComplaint(self._link, what, detail, socket.call))

    def _attempt(
        self, kind: AttemptKind, ok: bool, text: str, check: SignatureCheck, opened_ms: float | None = None
    ) -> Attempt:
        base = check.base.encode("utf-8", "replace").decode()  # headers may hold bytes that are no text
        return Attempt(round(self._wall_clock() * 1000), kind, ok, text, check.where, opened_ms, base)

    def _find(self, subject: str, level: Level, text: str, remedy: str) -> None:
        self._deliver(LinkFound(self._link, Finding(subject, level, text, remedy)))
