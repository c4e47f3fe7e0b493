"""`sidetone connect`: a connection into the settings file, its token into the keyring."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from desktop.domain.errors import SettingInvalid
from desktop.settings.checks import checked
from desktop.settings.model import Connection
from desktop.settings.secrets import SPEECH_SERVICE_KEY, SecretStore
from desktop.settings.store import default_path, load, save

KEYRING_HINT = "Unlock or install one (GNOME Keyring, KWallet) and try again."


def keep_secret(name: str, what: str, secret: str) -> None:
    """A new token, client secret or NLP engine's key for an organisation or connection of the settings."""
    if not secret:
        raise SettingInvalid(what, "is empty", "Paste it, or pipe it in.")
    if (name, what) == ("recognition", "api-key"):
        _kept(SPEECH_SERVICE_KEY, secret, "The key of the speech service")
        return
    settings = load(default_path())
    organisations = {organisation.name for organisation in settings.organisations}
    if name not in organisations | {connection.name for connection in settings.connections}:
        raise SettingInvalid(
            "NAME", "is neither an organisation nor a connection of the settings", "See settings.toml."
        )
    if what == "api-key":
        raise SettingInvalid("NAME", "has no such key", "Write: sidetone secret recognition api-key")
    if what == "client-secret" and name not in organisations:
        raise SettingInvalid("NAME", "is no organisation", "A client secret belongs to an organisation.")
    key = name if what == "token" and name not in organisations else f"{name}/{what}"
    _kept(key, secret, f"The {what} of {name}")


def _kept(key: str, secret: str, what: str) -> None:
    if not asyncio.run(SecretStore().put(key, secret)):
        raise SettingInvalid("keyring", "this session has no usable keyring", KEYRING_HINT)
    print(f"{what} is in the keyring.")


def add_connection(name: str, url: str, queue_ids: tuple[str, ...], token: str, *, replacing: bool = False) -> None:
    """Add the connection `name`, or replace it if asked to. SettingInvalid when anything can't be used or kept."""
    if not token:
        raise SettingInvalid("access token", "is empty", "Paste the token that your gateway or administrator gave you.")
    path = default_path()
    settings = load(path)
    if not replacing and name in [connection.name for connection in settings.connections]:
        raise SettingInvalid("NAME", "is in use", "Choose another, or add --replace to change that connection.")
    others = tuple(c for c in settings.connections if c.name != name)
    wanted = checked(replace(settings, connections=(*others, Connection(name, url.rstrip("/"), queue_ids))))
    if not asyncio.run(SecretStore().put(name, token)):
        raise SettingInvalid("keyring", "this session has no usable keyring", KEYRING_HINT)
    save(wanted, path)
    print(f"Connection {name} is saved in {path}; its token is in the keyring. Start with: sidetone")
