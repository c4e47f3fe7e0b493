"""`sidetone provision` against a simulated platform that offers document C's hooks, and one that doesn't."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import keyring
import pytest

from desktop.app.provision import Provision, provision_command
from desktop.domain.errors import SettingInvalid
from desktop.protocols.address_ranges import AddressRange
from desktop.settings.model import Organisation, Settings, SignInKind
from desktop.settings.store import default_path, load, save
from desktop.simulator.platform import SimulatedPlatform
from desktop.simulator.provisioning import ProvisioningPart
from desktop.simulator.sign_in import SignInPart
from desktop.simulator.token_office import TokenOffice


@contextmanager
def platform(*, offers: bool = True) -> Iterator[tuple[ProvisioningPart, str]]:
    """On a loop of its own in a thread: the command runs its own as well."""
    loop, ready = asyncio.new_event_loop(), threading.Event()
    office = TokenOffice()
    ranges = [AddressRange("203.0.113.0/24", "audiohook", "us-east-1")]
    part = ProvisioningPart(office, offers=offers, ranges=ranges)
    made = SimulatedPlatform([SignInPart(office, {"service": "secret"}), part])
    told: list[str] = []

    def serve() -> None:
        asyncio.set_event_loop(loop)
        told.append(loop.run_until_complete(made.start()))
        ready.set()
        loop.run_forever()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    ready.wait(20)
    try:
        yield part, told[0]
    finally:
        asyncio.run_coroutine_threadsafe(made.close(), loop).result(20)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(20)
        loop.close()


@pytest.fixture
def kept(secret_service: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    keyring.set_password("sidetone", "acme/client-secret", "secret")


def use(url: str) -> None:
    organisation = Organisation("acme", sign_in=SignInKind.SERVICE, client_id="service", login_url=url, api_url=url)
    save(Settings(organisations=(organisation,)), default_path())


def test_a_destination_that_does_not_answer_leaves_the_hook_disabled(
    kept: None, capsys: pytest.CaptureFixture[str]
) -> None:
    with platform() as (part, url):
        use(url)
        assert provision_command(Provision("acme", "Live", "https://127.0.0.1:9/stream")) == 1
        assert [hook.enabled for hook in part.hooks()] == [False]
    told = capsys.readouterr().out
    assert "created, disabled for now" in told
    assert "secret" not in told


def test_a_real_organisation_has_no_hooks_and_is_told_what_it_has(
    kept: None, capsys: pytest.CaptureFixture[str]
) -> None:
    with platform(offers=False) as (_, url):
        use(url)
        assert provision_command(Provision("acme", "Live", "https://analytics.example.com/stream")) == 1
    told = capsys.readouterr().out
    assert "AudioHook" in told
    assert "sidetone gateway --set-up" in told


def test_the_platforms_own_addresses_become_the_allow_list(kept: None) -> None:
    with platform() as (_, url):
        use(url)
        assert provision_command(Provision("acme", ranges=True)) == 0
    assert load(default_path()).listener.allow == ("203.0.113.0/24",)


def test_an_empty_list_of_addresses_changes_nothing(kept: None) -> None:
    with platform() as (part, url):
        use(url)
        part.ranges = ()
        with pytest.raises(SettingInvalid, match="Nothing was changed"):
            provision_command(Provision("acme", ranges=True))
    assert load(default_path()).listener.allow == ()


def test_a_conversation_is_bound(kept: None, capsys: pytest.CaptureFixture[str]) -> None:
    with platform() as (part, url):
        use(url)
        part.calls["c-1"] = "Active"
        assert provision_command(Provision("acme", "Live", "https://127.0.0.1:9/stream")) == 1
        hook = part.hooks()[0].id
        assert provision_command(Provision("acme", bind="c-1", hook=hook)) == 0
        assert part.streaming == [("c-1", hook)]


def test_an_unknown_organisation_is_named(kept: None) -> None:
    save(Settings(), default_path())
    with pytest.raises(SettingInvalid, match="There are: none yet"):
        provision_command(Provision("acme"))
