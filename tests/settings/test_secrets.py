"""Secrets on a real Secret Service; without one they live for the session and nowhere else."""

from __future__ import annotations

import keyring
import pytest
from keyring.backends import fail, null

from desktop.settings.secrets import SERVICE, SecretStore


async def test_a_secret_is_kept_by_the_keyring_and_forgotten_on_request(secret_service: str) -> None:
    assert await SecretStore().put("acme", "tökén") is True
    later = SecretStore()
    assert await later.get("acme") == "tökén"
    assert keyring.get_password(SERVICE, "acme") == "tökén"
    await later.forget("acme")
    await later.forget("acme")
    assert await SecretStore().get("acme") is None


async def test_without_a_keyring_it_lasts_for_this_session_only() -> None:
    store = SecretStore()
    assert await store.put("acme", "t") is False
    assert await store.get("acme") == "t"
    assert not store.persistent
    assert await SecretStore().get("acme") is None


async def test_a_keyring_that_forgets_or_writes_plainly_is_no_keyring(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keyring, "get_keyring", lambda: null.Keyring())
    assert await SecretStore().put("acme", "t") is False


async def test_a_backend_that_breaks_in_its_own_way_is_no_keyring(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(service: str, name: str, secret: str) -> None:
        raise OSError("the vault is on fire")

    monkeypatch.setattr(keyring, "get_keyring", lambda: fail.Keyring())
    monkeypatch.setattr(keyring, "set_password", broken)
    assert await SecretStore().put("acme", "t") is False
