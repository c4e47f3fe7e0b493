"""Tries a token request again while that may help, and keeps to what the peer asked for (document E: 429, 5xx)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from desktop.domain.errors import SidetoneError, Throttled, Unreachable
from desktop.identity.endpoint import RETRY_AFTER_CAP_S
from desktop.protocols.backoff import Backoff
from desktop.protocols.oauth import TokenReply

TRIES: Final = 3
"""For somebody who waits for the token (document E, authentication)."""
PATIENCE_S: Final = 10.0
"""The longest that an asker is made to wait between two tries; beyond that Throttled tells it how long."""
HELD: Final = "The sign-in server has asked to wait."


class Attempts:
    """`jitter` in [0, 1]; `on_failure` hears of each failure that may pass."""

    def __init__(
        self,
        jitter: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]],
        on_failure: Callable[[SidetoneError], None],
    ) -> None:
        self._jitter = jitter
        self._sleep = sleep
        self._on_failure = on_failure
        self._not_before = 0.0  # on the loop's clock

    @property
    def held_s(self) -> float:
        """Seconds that the peer still wants to be left alone; 0 or less if it doesn't."""
        return self._not_before - asyncio.get_running_loop().time()

    def release(self) -> None:
        """A person wants it now, or it worked."""
        self._not_before = 0.0

    async def make(self, fetch: Callable[[], Awaitable[TokenReply]], tries: int) -> TokenReply:
        """The reply. Throttled or Unreachable after so many tries, or once the wait is longer than an asker bears."""
        backoff = Backoff()
        if self.held_s > PATIENCE_S or (self.held_s > 0 and tries == 1):
            raise Throttled(HELD, self.held_s)
        if self.held_s > 0:
            await self._sleep(self.held_s)
        while True:
            tries -= 1
            try:
                return await fetch()
            except (Throttled, Unreachable) as problem:
                asked_s = problem.after_s if isinstance(problem, Throttled) else None
                wait_s = backoff.after_failure(self._jitter(), retry_after_s=asked_s)
                if asked_s is not None:
                    until = asyncio.get_running_loop().time() + min(asked_s, RETRY_AFTER_CAP_S)
                    self._not_before = max(self._not_before, until)
                self._on_failure(problem)
                if tries <= 0 or wait_s > PATIENCE_S:
                    raise
                await self._sleep(wait_s)
