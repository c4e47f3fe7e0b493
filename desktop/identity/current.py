"""The token in hand: how long it lasts, who was given which one, and who waits for a newer one."""

from __future__ import annotations

import asyncio
import math
import weakref
from collections.abc import Callable
from typing import Any

from desktop.domain.errors import SignInNeeded
from desktop.identity.vault import Kept


class CurrentToken:
    """Tokens are counted; `generation` is the present one's number, 0 before the first.

    The wall clock decides when a token is over, so that one that ran out while the machine slept is noticed on waking.
    A wall clock that is set back can't prolong it: the loop's own clock, which only runs forward, counts beside it.
    """

    def __init__(self, wall_clock: Callable[[], float]) -> None:
        self.kept: Kept | None = None
        self.generation = 0
        self._wall_clock = wall_clock
        self._over_at = math.inf  # on the loop's clock
        self._given = 0
        self._given_to: weakref.WeakKeyDictionary[asyncio.Task[Any], int] = weakref.WeakKeyDictionary()
        self._news = asyncio.Event()

    def replace(self, kept: Kept) -> None:
        """A newer token; wakes everybody who waits for one."""
        self.kept = kept
        self._over_at = asyncio.get_running_loop().time() + self._by_wall_clock(kept)
        self.generation += 1
        news, self._news = self._news, asyncio.Event()
        news.set()

    def drop(self) -> None:
        """There is none any more."""
        self.kept = None

    @property
    def remaining_s(self) -> float:
        """Seconds that it still lasts; 0 or less if there is none, infinite if nobody told."""
        if self.kept is None:
            return 0.0
        return min(self._by_wall_clock(self.kept), self._over_at - asyncio.get_running_loop().time())

    @property
    def ends_at_ms(self) -> int | None:
        """When it ends, Unix epoch; None if there is none or nobody told."""
        return self.kept.expires_at_ms if self.kept is not None and self.remaining_s > 0 else None

    def give(self) -> str:
        """The token, for the task that asks. SignInNeeded if it was signed out a moment ago."""
        if self.kept is None:
            raise SignInNeeded("Signed out. Sign in to connect.")
        self._given = self.generation
        if (task := asyncio.current_task()) is not None:
            self._given_to[task] = self.generation
        return self.kept.access_token

    def given(self) -> int:
        """The number of the token that the running task has; of the last one given to anybody if it never asked."""
        task = asyncio.current_task()
        return self._given if task is None else self._given_to.get(task, self._given)

    async def newer(self) -> None:
        """Returns once there is a newer one than the task has."""
        has = self.given()
        while self.generation <= has:
            await self._news.wait()

    def _by_wall_clock(self, kept: Kept) -> float:
        if kept.expires_at_ms is None:
            return math.inf
        return min(kept.expires_at_ms / 1000 - self._wall_clock(), kept.life_s)
