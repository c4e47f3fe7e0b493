"""`sidetone connect`: a connection into the settings file, its token into the keyring."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from desktop.domain.errors import SettingInvalid
from desktop.settings.model import Connection
from desktop.settings.secrets import SecretStore
from desktop.settings.store import checked, default_path, load, save


def add_connection(name: str, url: str, queue_ids: tuple[str, ...], token: str) -> None:
    """Add or replace the connection `name`. SettingInvalid when anything can't be used or kept."""
    if not token:
        raise SettingInvalid("access token", "is empty", "Paste the token that your gateway or administrator gave you.")
    path = default_path()
    settings = load(path)
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
