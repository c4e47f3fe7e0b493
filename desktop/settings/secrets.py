"""The only door to the keyring. Never a file; without a usable keyring a secret lives for this session only.

Keyring calls may block on a prompt of the system, so they run on a daemon thread with a time limit.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import TypeVar

import keyring
import keyring.errors

SERVICE = "sidetone"
PATIENCE_S = 20.0
T = TypeVar("T")


class SecretStore:
    """Tokens by connection name. `persistent` is False once the keyring refused."""

    def __init__(self) -> None:
        self.persistent = True
        self._session: dict[str, str] = {}

    async def get(self, name: str) -> str | None:
        """The secret, or None."""
        if name in self._session:
            return self._session[name]
        return await self._ask(lambda: keyring.get_password(SERVICE, name))

    async def put(self, name: str, secret: str) -> bool:
        """Keep it; False when only for this session, because no keyring would take it."""
        self._session[name] = secret
        await self._ask(lambda: keyring.set_password(SERVICE, name, secret))
        return self.persistent

    async def forget(self, name: str) -> None:
        """Remove it everywhere."""
        self._session.pop(name, None)
        await self._ask(lambda: _delete(name))

    async def _ask(self, work: Callable[[], T]) -> T | None:
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[T | None] = loop.create_future()

        def settle(value: T | None, refused: bool) -> None:
            if refused:
                self.persistent = False
            if not answer.done():
                answer.set_result(value)

        def ask() -> None:
            value, refused = None, False
            try:
                _refuse_plain_files()
                value = work()
            except Exception:  # backends throw what their system throws
                refused = True
            if not loop.is_closed():
                loop.call_soon_threadsafe(settle, value, refused)

        threading.Thread(target=ask, name="keyring", daemon=True).start()
        try:
            return await asyncio.wait_for(answer, PATIENCE_S)
        except TimeoutError:
            self.persistent = False
            return None


def _refuse_plain_files() -> None:
    """KeyringError for a backend that would write the secret in the clear, or forget it silently."""
    backend = type(keyring.get_keyring()).__module__
    if backend.startswith(("keyrings.alt", "keyring.backends.null")):
        raise keyring.errors.KeyringError("this keyring keeps no secrets")


def _delete(name: str) -> None:
    if keyring.get_password(SERVICE, name) is not None:
        keyring.delete_password(SERVICE, name)
