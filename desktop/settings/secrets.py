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
from keyring.backends.chainer import ChainerBackend

SERVICE = "sidetone"
SPEECH_SERVICE_KEY = "recognition/api-key"
"""The name under which the speech service's key is kept."""
PATIENCE_S = 20.0
T = TypeVar("T")


class SecretStore:
    """Tokens by connection name. `persistent` is False while the keyring refuses."""

    def __init__(self) -> None:
        self.persistent = True
        self._session: dict[str, str] = {}

    async def get(self, name: str) -> str | None:
        """The secret, or None."""
        if name in self._session:
            return self._session[name]
        secret, _ = await self._ask(lambda: keyring.get_password(SERVICE, name))
        return secret

    async def put(self, name: str, secret: str) -> bool:
        """Keep it; False when only for this session, because no keyring would take it."""
        self._session[name] = secret
        _, kept = await self._ask(lambda: keyring.set_password(SERVICE, name, secret))
        return kept

    async def forget(self, name: str) -> None:
        """Remove it everywhere."""
        self._session.pop(name, None)
        await self._ask(lambda: _delete(name))

    async def _ask(self, work: Callable[[], T]) -> tuple[T | None, bool]:
        """What the keyring said, and whether it took the question."""
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[tuple[T | None, bool]] = loop.create_future()

        def settle(value: T | None, took_it: bool) -> None:
            self.persistent = took_it
            if not answer.done():
                answer.set_result((value, took_it))

        def ask() -> None:
            value, took_it = None, False
            try:
                _refuse_plain_files()
                value = work()
                took_it = True
            except Exception:  # backends throw what their system throws
                pass
            if not loop.is_closed():
                loop.call_soon_threadsafe(settle, value, took_it)

        threading.Thread(target=ask, name="keyring", daemon=True).start()
        try:
            async with asyncio.timeout(PATIENCE_S):  # wait_for would swallow a cancellation that comes with the answer
                return await answer
        except TimeoutError:
            self.persistent = False
            return None, False


def _refuse_plain_files() -> None:
    """KeyringError for a backend that would write the secret in the clear, or forget it silently."""
    backend: object = keyring.get_keyring()
    if isinstance(backend, ChainerBackend):
        backend = next(iter(backend.backends), None)  # the one that is asked to write; if it fails, no other is
    if backend is None or type(backend).__module__.startswith(("keyrings.alt", "keyring.backends.null")):
        raise keyring.errors.KeyringError("this keyring keeps no secrets")


def _delete(name: str) -> None:
    if keyring.get_password(SERVICE, name) is not None:
        keyring.delete_password(SERVICE, name)
