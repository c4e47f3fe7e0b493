"""An access token that never changes, for tests that are not about sign-in."""

from __future__ import annotations

import asyncio


class FixedToken:
    """Says who asked how often for a fresh one."""

    def __init__(self, token: str = "t") -> None:
        self.token = token
        self.refreshes = 0

    async def __call__(self, *, refresh: bool) -> str:
        self.refreshes += refresh
        return self.token

    async def renewed(self) -> None:
        await asyncio.Event().wait()
