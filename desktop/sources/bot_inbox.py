"""Takes one bot-events message after the other; synchronous, so the socket is never held up. Notices silence too."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Final

from desktop.domain.errors import PeerBrokeProtocol
from desktop.domain.events import Complaint, LinkFound, Measure, PeerComplaint
from desktop.domain.finding import Finding, Level, Remedy
from desktop.domain.ports import Deliver
from desktop.protocols.bot_events import BotEvent, ErrorMessage, Subscribed, decode_server_message
from desktop.sources.bot_forwarding import Forwarder
from desktop.sources.bot_latency import LatencyWatch

MESSAGES: Final = "Messages"
LONGEST_QUIET_S: Final = 3_600.0
ECHO_S: Final = 5.0
"""While two sockets were open, both got the same messages; the second copy comes within this time."""


class BotInbox:
    """Lives as long as the source. `clock` in seconds, only forward."""

    def __init__(
        self,
        link: str,
        watch: LatencyWatch,
        forwarder: Forwarder | None,
        clock: Callable[[], float],
        quiet_after_s: float,
    ) -> None:
        self._link = link
        self._watch = watch
        self._forwarder = forwarder
        self._clock = clock
        self._quiet_after_s = quiet_after_s
        self._quiet_for_s = quiet_after_s
        self._quiet_told = False
        self._heard_at = 0.0
        self._overlap: Counter[str | bytes] | None = None
        self._echoes: Counter[str | bytes] = Counter()
        self._echoes_until = 0.0
        self.unknown_messages = 0

    def socket_begins(self) -> None:
        """From now on messages come from a socket that has just been opened."""
        self._heard_at = self._clock()
        self._echoes, self._overlap = self._overlap or Counter(), None
        self._echoes_until = self._heard_at + ECHO_S
        self._watch.forget_socket()

    def overlap_begins(self) -> None:
        """A second socket is subscribed; it will bring again what the present one still brings."""
        self._overlap = Counter()

    def take(self, message: str | bytes, deliver: Deliver) -> None:
        """One message; a bad one costs itself only."""
        began = self._clock()
        if self._is_echo(message, began):
            return
        self._heard_at = began
        if self._quiet_told:
            self._quiet_told, self._quiet_for_s = False, self._quiet_after_s
            deliver(LinkFound(self._link, Finding(MESSAGES, Level.PASS, "Messages arrive.")))
        try:
            heard = decode_server_message(message)
        except PeerBrokeProtocol as problem:
            deliver(PeerComplaint(self._link, Complaint.BAD_MESSAGE, str(problem)))
            return
        match heard:
            case BotEvent():
                self.unknown_messages += not heard.known
                if heard.asks and self._forwarder is not None:
                    self._forwarder.put(deliver, heard)
            case ErrorMessage():
                detail = "the platform answered with an error; check the channel in the connection's settings"
                deliver(PeerComplaint(self._link, Complaint.SUBSCRIPTION_REJECTED, detail))
            case Subscribed():
                pass
        self._watch.measured(deliver, Measure.HANDLING, (self._clock() - began) * 1000)

    def quiet_in_s(self) -> float:
        """Seconds until the silence is worth a look; 0 or less: now."""
        return self._heard_at + self._quiet_for_s - self._clock()

    def quiet(self, deliver: Deliver, enabled_bots: int | None) -> None:
        """Nothing was heard for that long. The next look is twice as far away, an hour at most."""
        bots = "" if enabled_bots is None else f" Enabled bots: {enabled_bots}."
        text = f"No message for {self._quiet_for_s / 60:.0f} min, although the connection answers.{bots}"
        remedy = "If callers are talking to bots, check the channel's name and the bots' state."
        deliver(LinkFound(self._link, Finding(MESSAGES, Level.WARN, text, remedy, Remedy.RETRY)))
        self._quiet_told = True
        self._quiet_for_s = max(self._quiet_after_s, min(self._quiet_for_s * 2, LONGEST_QUIET_S))

    def _is_echo(self, message: str | bytes, now_s: float) -> bool:
        if self._overlap is not None:
            self._overlap[message] += 1
        if not self._echoes:
            return False
        if now_s > self._echoes_until:
            self._echoes.clear()
            return False
        if self._echoes[message] > 0:
            self._echoes[message] -= 1
            return True
        return False
