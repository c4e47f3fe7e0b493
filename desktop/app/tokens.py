"""Access tokens of connections that belong to no organisation: pasted into the keyring, or made for the simulator."""

from __future__ import annotations

import asyncio

from desktop.domain.errors import SignInNeeded
from desktop.domain.ports import SecretKeeper


class FixedToken:
    """The simulator's token: made for this run, known to nobody else."""

    def __init__(self, token: str) -> None:
        self._token = token

    async def __call__(self, *, refresh: bool) -> str:
        return self._token

    async def renewed(self) -> None:
        await asyncio.Event().wait()


class SessionSecrets:
    """Keeps secrets in memory: the simulator's have no business in anybody's keyring, and none outlives it."""

    persistent = True

    def __init__(self) -> None:
        self._secrets: dict[str, str] = {}

    async def get(self, name: str) -> str | None:
        return self._secrets.get(name)

    async def put(self, name: str, secret: str) -> bool:
        self._secrets[name] = secret
        return self.persistent

    async def forget(self, name: str) -> None:
        self._secrets.pop(name, None)


class KeyringToken:
    """A connection's access token, asked from the keyring each time so that it is nowhere else."""

    def __init__(self, secrets: SecretKeeper, name: str) -> None:
        self._secrets, self._name = secrets, name

    async def __call__(self, *, refresh: bool) -> str:
        token = None if refresh else await self._secrets.get(self._name)
        if token is None:
            raise SignInNeeded(
                f"No valid access token is kept for {self._name}. Add the connection again with a new one."
            )
        return token

    async def renewed(self) -> None:
        await asyncio.Event().wait()
