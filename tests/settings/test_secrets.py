"""Secrets on a real Secret Service; without one they live for the session and nowhere else."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import ClassVar

import keyring
import keyring.errors
import pytest
from keyring.backends import chainer, fail, null

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


class Plain:
    """Like those of keyrings.alt: writes in the clear. No KeyringBackend, since those register for all."""

    priority = 0.5
    kept: ClassVar[dict[tuple[str, str], str]] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.kept[service, username]


Plain.__module__ = "keyrings.alt.file"


class Safe(Plain):
    """Like the desktop's own."""

    priority = 5.0
    kept: ClassVar[dict[tuple[str, str], str]] = {}


Safe.__module__ = "keyring.backends.SecretService"


def chained(monkeypatch: pytest.MonkeyPatch, *backends: Plain) -> None:
    monkeypatch.setattr("keyring.backend.get_all_keyring", lambda: [*backends, chainer.ChainerBackend()])
    monkeypatch.setattr(keyring, "get_keyring", chainer.ChainerBackend)
    monkeypatch.setattr("keyring.core.get_keyring", chainer.ChainerBackend)


@pytest.mark.parametrize("backends", [(Plain(),), (Plain(), Plain()), ()])
async def test_a_chain_that_would_write_plainly_or_nowhere_is_no_keyring(
    monkeypatch: pytest.MonkeyPatch, backends: tuple[Plain, ...]
) -> None:
    chained(monkeypatch, *backends)
    store = SecretStore()
    assert await store.put("acme", "planted") is False
    assert await store.get("acme") == "planted"
    await store.forget("acme")
    assert Plain.kept == {}


async def test_a_chain_that_begins_with_the_systems_own_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    chained(monkeypatch, Plain(), Safe())
    try:
        assert await SecretStore().put("acme", "t") is True
        assert (Plain.kept, await SecretStore().get("acme")) == ({}, "t")
    finally:
        Safe.kept.clear()


async def test_a_keyring_that_was_locked_for_a_moment_is_used_again(monkeypatch: pytest.MonkeyPatch) -> None:
    locked = [True]
    kept: dict[str, str] = {}

    def put(service: str, name: str, secret: str) -> None:
        if locked.pop() if locked else False:
            raise keyring.errors.KeyringLocked("the person said no")
        kept[name] = secret

    monkeypatch.setattr(keyring, "get_keyring", lambda: fail.Keyring())
    monkeypatch.setattr(keyring, "set_password", put)
    store = SecretStore()
    assert await store.put("first", "1") is False
    assert not store.persistent
    assert await store.put("second", "2") is True
    assert store.persistent
    assert kept == {"second": "2"}


async def test_who_is_cancelled_as_the_answer_comes_is_cancelled(monkeypatch: pytest.MonkeyPatch) -> None:
    class AtOnce:
        """A thread that has answered before anybody waits."""

        def __init__(self, *, target: Callable[[], None], **more: object) -> None:
            self.start = target

    monkeypatch.setattr(threading, "Thread", AtOnce)
    ended: list[str] = []

    async def ask() -> None:
        await SecretStore().get("acme")
        ended.append("answered")

    async with asyncio.TaskGroup() as group:
        task = group.create_task(ask())
        await asyncio.sleep(0)  # asked; the answer is the next thing that happens
        asyncio.get_running_loop().call_soon(task.cancel)
    assert (task.cancelled(), ended) == (True, [])
