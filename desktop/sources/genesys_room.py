"""How many notification channels and topics the platform is believed to take: what it refused, it may take later."""

from __future__ import annotations

import math
from typing import Final

from desktop.domain.errors import Rejected
from desktop.domain.finding import Finding, Level
from desktop.sources.rest import Refused

TRY_AGAIN_S: Final = 600.0
"""How long a refusal is believed, unless the connection is lost before."""
CHANNELS: Final = "Channels"
TOPICS: Final = "Topics"


class Room:
    """`channels`: how many there may be now. `now_s` is any clock that only goes forward."""

    def __init__(self, most_channels: int, again_after_s: float = TRY_AGAIN_S) -> None:
        self.channels = most_channels
        self._most_channels = most_channels
        self._again_after_s = again_after_s
        self._again_at = math.inf
        self._short = False

    def channel_refused(self, have: int, problem: Rejected, now_s: float) -> Finding:
        """A further channel; `have` are left."""
        self.channels, self._short = have, True
        self._again_at = now_s + self._again_after_s
        again = f"It is tried again every {self._again_after_s / 60:.0f} minutes."
        return Finding(CHANNELS, Level.WARN, str(problem), again)

    def channel_given(self) -> Finding | None:
        """A further channel is live; news after a refusal."""
        if not self._short:
            return None
        self._short = False
        return Finding(CHANNELS, Level.PASS, "The platform gave another channel.")

    def topics_refused(self, taken: int, problem: Refused, now_s: float) -> Finding:
        """A channel takes no more than it has taken."""
        self._again_at = now_s + self._again_after_s
        return Finding(
            TOPICS,
            Level.WARN,
            f"The platform took only {taken} topics on a channel. {problem}",
            "The others are spread over further channels as far as there are any.",
        )

    def due(self, now_s: float) -> bool:
        """Whether what was refused may be asked for again."""
        return now_s >= self._again_at

    def forget(self) -> None:
        """Ask for as much as at first."""
        self._again_at = math.inf
        self.channels = self._most_channels
