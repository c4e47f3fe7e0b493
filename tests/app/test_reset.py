"""Everything that is kept of a user is found, said, and gone; an interrupted or forbidden removal is named."""

from __future__ import annotations

import asyncio
from pathlib import Path

import keyring
import pytest

from desktop.app.command_line import parser
from desktop.app.life import RunningElsewhere
from desktop.app.reset import Everything, everything, remove, secret_names
from desktop.app.reset_command import Reset, reset_command, told
from desktop.app.settings_command import settings_command
from desktop.app.tokens import SessionSecrets
from desktop.domain.errors import SettingInvalid
from desktop.models.store import user_folder
from desktop.settings.measured import measured_path, save_measured
from desktop.settings.model import Connection, Organisation, Settings
from desktop.settings.secrets import SecretStore
from desktop.settings.store import default_path, load, save
from desktop.upkeep.ending import recorded, state_folder
from desktop.upkeep.log import close_log, log_folder, open_log
from desktop.upkeep.single import SingleInstance, runtime_folder


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user's folders, with something in each."""
    tmp_path = tmp_path / "home"
    tmp_path.mkdir()
    for kind in ("config", "data", "cache", "state"):
        monkeypatch.setenv(f"XDG_{kind.upper()}_HOME", str(tmp_path / kind))
    (tmp_path / "run").mkdir(mode=0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "run"))
    acme = Organisation("acme", client_id="x")
    save(Settings(connections=(Connection("old", "https://x"),)), default_path())
    save(Settings(organisations=(acme,), connections=(Connection("new", organisation="acme"),)), default_path())
    with recorded(state_folder(), "now"):
        handler = open_log(log_folder(), verbose=False)
        close_log(handler)
    save_measured(measured_path(), "machine", "x", 1)
    (user_folder() / "vosk-small" / "model").mkdir(parents=True)
    (user_folder() / "vosk-small" / "manifest.json").write_text("{}")
    return tmp_path


def kept(home: Path) -> set[str]:
    return {path.name for path in home.rglob("*") if path.is_file() and "run/" not in str(path)}


SECRETS = ("old", "acme/token", "acme/client-secret", "new/engine-key", "recognition/api-key", "gateway/console-token")


async def filled(secrets: SessionSecrets | SecretStore) -> None:
    for name in SECRETS:
        await secrets.put(name, "hush")


def test_all_of_it_goes_with_the_secrets_of_connections_that_are_gone(home: Path, secret_service: str) -> None:
    asyncio.run(filled(SecretStore()))
    keyring.set_password("sidetone", "somebody else's", "hush")
    found = asyncio.run(everything(SecretStore(), models=True))
    assert set(found.secrets) == set(SECRETS)
    assert {path.name for path in found.models} == {"vosk-small"}
    assert {path.name for path in found.files} == kept(home) - {"manifest.json"}
    left = asyncio.run(remove(found, SecretStore()))
    assert (left.files, left.secrets, kept(home)) == ([], [], set())
    assert [name for name in SECRETS if keyring.get_password("sidetone", name) is not None] == []
    assert keyring.get_password("sidetone", "somebody else's") == "hush"
    assert not (home / "config/sidetone").exists()


def test_models_stay_unless_they_are_named_and_secrets_can_go_alone(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    secrets, before = SessionSecrets(), kept(home)
    asyncio.run(filled(secrets))
    assert reset_command(Reset(secrets_only=True, yes=True), secrets) == 0
    assert "keyring: acme/client-secret" in capsys.readouterr().out
    assert kept(home) == before
    assert asyncio.run(secrets.get("old")) is None
    assert reset_command(Reset(yes=True), secrets) == 0
    assert kept(home) == {"manifest.json"}
    assert "hush" not in capsys.readouterr().out
    assert reset_command(Reset(yes=True), secrets) == 0
    assert "Nothing is kept" in capsys.readouterr().out


def test_without_a_yes_nothing_goes(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = kept(home)
    assert reset_command(Reset(), SessionSecrets()) == 0
    said = capsys.readouterr()
    assert "--yes" in said.err
    assert "settings.toml" in said.out
    assert kept(home) == before


def test_a_running_console_is_not_reset(home: Path) -> None:
    console = SingleInstance(runtime_folder())
    with pytest.raises(RunningElsewhere, match="Close it first"):
        reset_command(Reset(yes=True), SessionSecrets())
    console.close()


def test_without_a_keyring_it_says_that_secrets_may_be_left(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert reset_command(Reset(yes=True)) == 2
    assert "may be left" in capsys.readouterr().err
    assert kept(home) == {"manifest.json"}


def test_what_cannot_be_removed_is_named(home: Path) -> None:
    class Stubborn(SessionSecrets):
        async def forget(self, name: str) -> None:
            """Nothing happens."""

    secrets = Stubborn()
    asyncio.run(filled(secrets))
    stuck = home / "config/sidetone/settings.toml.1"
    stuck.unlink()
    stuck.mkdir()
    found = asyncio.run(everything(secrets))
    left = asyncio.run(remove(Everything((*found.files, stuck), found.secrets), secrets))
    assert left.files == [stuck]
    assert set(left.secrets) == set(SECRETS) - {"old"}  # its only trace was the backup
    assert "settings.toml.1, keyring: " in told(found, left)


def test_names_are_found_in_broken_files_too(tmp_path: Path) -> None:
    broken, odd = tmp_path / "a.toml", tmp_path / "b.toml"
    broken.write_text('[[connections]]\nname = "Floor"\nbase_url = \n[[organisations]]\n  name = "acme"\n')
    odd.write_text('connections = 3\n[[organisations]]\nname = 7\n[[organisations]]\nname = "good"\n')
    names = secret_names([broken, odd, tmp_path / "none.toml"])
    assert {"Floor", "Floor/audiohook-api-key", "acme/token", "good/client-secret", "recognition/api-key"} <= set(names)


def settings(*words: str) -> int:
    return settings_command(parser().parse_args(["settings", *words]))


def test_backups_are_listed_and_restored_by_command(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert settings("check") == 0
    assert settings("backups") == 0
    assert "can be used" in capsys.readouterr().out
    default_path().write_text("theme = ")
    with pytest.raises(SettingInvalid, match="sidetone settings backups"):
        settings("check")
    assert settings("restore") == 0
    assert [each.name for each in load(default_path()).connections] == ["old"]
    assert "is kept as" in capsys.readouterr().out
    with pytest.raises(SettingInvalid, match="no such backup"):
        settings("restore", "5")
