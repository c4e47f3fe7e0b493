"""Secrets on a real Secret Service; without one they live for the session and nowhere else."""

from __future__ import annotations

import keyring

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
