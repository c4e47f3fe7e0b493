"""`sidetone connect`: a connection into the settings file, its token into the keyring."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from desktop.domain.errors import SettingInvalid
from desktop.settings.checks import checked
from desktop.settings.model import Connection
from desktop.settings.secrets import SecretStore
from desktop.settings.store import default_path, load, save


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
        raise SettingInvalid(
            "keyring",
            "this session has no usable keyring",
            "Unlock or install one (GNOME Keyring, KWallet) and try again.",
        )
    save(wanted, path)
    print(f"Connection {name} is saved in {path}; its token is in the keyring. Start with: sidetone")
