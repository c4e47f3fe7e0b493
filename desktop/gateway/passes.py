"""Connection tokens: made for one WebSocket upgrade, good for a limited time (document A section 1)."""

from __future__ import annotations

import secrets
from collections.abc import Callable


class Passes:
    """Issued and not yet used tokens. `clock` in seconds, monotonic."""

    def __init__(self, life_s: float, clock: Callable[[], float], max_open: int = 1000) -> None:
        self._life_s = life_s
        self._clock = clock
        self._max_open = max_open
        self._expires: dict[str, float] = {}

    def issue(self) -> str | None:
        """A new token of 256 random bits; None while too many wait to be used."""
        now = self._clock()
        for token in [token for token, expires in self._expires.items() if expires <= now]:
            del self._expires[token]
        if len(self._expires) >= self._max_open:
            return None
        token = secrets.token_urlsafe(32)
        self._expires[token] = now + self._life_s
        return token

    def redeem(self, token: str) -> bool:
        """Whether `token` opens a connection now; it never does again."""
        expires = self._expires.pop(token, None)
        return expires is not None and self._clock() < expires
