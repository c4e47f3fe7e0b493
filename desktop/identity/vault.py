"""What is kept in the keyring for an organisation: its client secret, and its token so that a restart needs no person.

<organisation>/client-secret   as it is
<organisation>/token           {"access_token", "expires_at_ms", "life_s", "refresh_token"}, or a bare pasted token
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from desktop.domain.ports import SecretKeeper


@dataclass(frozen=True, slots=True)
class Kept:
    """`expires_at_ms` on this machine's wall clock, set at receipt; None: nobody told (a pasted token)."""

    access_token: str = field(repr=False)
    expires_at_ms: int | None = None
    life_s: float = 0.0
    refresh_token: str | None = field(default=None, repr=False)


def secret_name(organisation: str) -> str:
    """What the client secret is called in the keyring."""
    return f"{organisation}/client-secret"


def token_name(organisation: str) -> str:
    """What the token is called in the keyring."""
    return f"{organisation}/token"


class Vault:
    """One organisation's part of the keyring."""

    def __init__(self, secrets: SecretKeeper, organisation: str) -> None:
        self._secrets = secrets
        self._organisation = organisation

    @property
    def persistent(self) -> bool:
        """False once the keyring refused."""
        return self._secrets.persistent

    async def client_secret(self) -> str:
        """ "" when there is none."""
        return await self._secrets.get(secret_name(self._organisation)) or ""

    async def load(self) -> Kept | None:
        """The token of the last time, if there is a readable one."""
        text = await self._secrets.get(token_name(self._organisation))
        return _read(text) if text else None

    async def save(self, kept: Kept) -> bool:
        """False when it lasts for this session only."""
        fields = {
            "access_token": kept.access_token,
            "expires_at_ms": kept.expires_at_ms,
            "life_s": kept.life_s,
            "refresh_token": kept.refresh_token,
        }
        return await self._secrets.put(token_name(self._organisation), json.dumps(fields))

    async def forget(self, *, client_secret: bool) -> None:
        """The token, and with it the client secret if wanted."""
        await self._secrets.forget(token_name(self._organisation))
        if client_secret:
            await self._secrets.forget(secret_name(self._organisation))


def _read(text: str) -> Kept | None:
    if not text.lstrip().startswith("{"):
        return bare(text)
    try:
        fields = json.loads(text)
    except (ValueError, RecursionError):
        return None
    access, expires, life, refresh = (
        fields.get(name) for name in ("access_token", "expires_at_ms", "life_s", "refresh_token")
    )
    readable = (
        isinstance(access, str)
        and isinstance(expires, int | None)
        and isinstance(life, int | float)
        and isinstance(refresh, str | None)
    )
    return Kept(access, expires, float(life), refresh) if readable else None


def bare(token: str) -> Kept | None:
    """A token that somebody pasted; None if it can't be one."""
    token = token.strip().removeprefix("Bearer ").strip()
    return Kept(token) if token.isascii() and token.isprintable() and token and " " not in token else None
