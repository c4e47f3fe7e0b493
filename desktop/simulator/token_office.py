"""The simulated platform's tokens: issued, checked, expired and revoked; every part asks it who somebody is."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field

EVERYTHING = frozenset({"*"})
DAY_S = 86_400.0


@dataclass(frozen=True, slots=True)
class Grant:
    """What a token stands for. `user` None: a client-credentials token without a person."""

    expires_at: float  # on the office's clock
    user: str | None = None
    permissions: frozenset[str] = EVERYTHING

    def may(self, permission: str) -> bool:
        """Whether its roles hold `permission`, e.g. "conversation:call:monitor"."""
        return "*" in self.permissions or permission in self.permissions


@dataclass(slots=True)
class TokenOffice:
    """`clock` in seconds, only forward. `permissions` are given to tokens issued from now on."""

    clock: Callable[[], float] = time.monotonic
    life_s: float = DAY_S
    permissions: frozenset[str] = EVERYTHING
    issued: int = 0
    _grants: dict[str, Grant] = field(default_factory=dict, repr=False)

    def issue(self, *, user: str | None = None, life_s: float | None = None) -> str:
        """A new access token."""
        self.issued += 1
        token = secrets.token_urlsafe(24)
        self._grants[token] = Grant(self.clock() + (self.life_s if life_s is None else life_s), user, self.permissions)
        return token

    def grant(self, token: str) -> Grant | None:
        """What a token stands for; None when it is unknown, revoked or expired."""
        found = self._grants.get(token)
        return found if found is not None and found.expires_at > self.clock() else None

    def bearer(self, header: str | None) -> Grant | None:
        """The same for an Authorization header's value."""
        scheme, _, token = (header or "").partition(" ")
        return self.grant(token.strip()) if scheme.lower() == "bearer" else None

    def revoke(self, token: str) -> None:
        """This token stops being accepted."""
        self._grants.pop(token, None)

    def revoke_all(self) -> None:
        """Every token that is out there stops being accepted."""
        self._grants.clear()
