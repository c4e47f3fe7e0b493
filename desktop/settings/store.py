"""The settings file: TOML, checked field by field, written atomically, the last good one kept as a backup."""

from __future__ import annotations

import enum
import os
import shutil
import tomllib
from dataclasses import asdict
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec
import platformdirs
import tomli_w

from desktop.domain.errors import SettingInvalid
from desktop.settings.model import FORMAT, Settings

THEMES = ("light", "dark", "system")
MOST_WORKERS = 64
LOOPBACK = ("127.0.0.1", "localhost", "::1")


def default_path() -> Path:
    """Where this user's settings live."""
    return Path(platformdirs.user_config_dir("sidetone", appauthor=False)) / "settings.toml"


def load(path: Path) -> Settings:
    """The settings, or the defaults without a file. SettingInvalid names the field and the remedy."""
    if not path.is_file():
        return Settings()
    try:
        document = tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        where = str(error).rpartition("(")[2].rstrip(")")
        raise SettingInvalid(str(path), f"is not valid TOML, {where}", "Correct it, or move it away.") from error
    version = document.pop("format", FORMAT)
    if not isinstance(version, int) or version > FORMAT:
        raise SettingInvalid("format", "was written by a newer Sidetone", "Update Sidetone or move the file away.")
    try:
        settings = msgspec.convert(document, Settings)
    except msgspec.ValidationError as error:
        raise SettingInvalid(str(path), str(error), "Correct that field; `sidetone --help` names the file.") from error
    return checked(settings)


def checked(settings: Settings) -> Settings:
    """The same settings, or SettingInvalid about the first field that can't be used."""
    if settings.theme not in THEMES:
        raise SettingInvalid("theme", "is unknown", f"Use one of {', '.join(THEMES)}.")
    if not 0 <= settings.workers <= MOST_WORKERS:
        raise SettingInvalid("workers", "is out of range", f"Use 0 (automatic) to {MOST_WORKERS}.")
    names = [connection.name for connection in settings.connections]
    for connection in settings.connections:
        where = urlsplit(connection.base_url)
        if where.scheme != "https" and not (where.scheme == "http" and where.hostname in LOOPBACK):
            raise SettingInvalid("connections.base_url", "is not encrypted", "Use an https:// address.")
        if not connection.name or names.count(connection.name) > 1:
            raise SettingInvalid("connections.name", "is empty or used twice", "Give each connection its own name.")
    return settings


def save(settings: Settings, path: Path) -> None:
    """Write atomically; the previous file stays beside it as settings.toml.bak."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(".new")
    fresh.write_text(tomli_w.dumps({"format": FORMAT, **_plain(asdict(settings))}), "utf-8")
    if path.exists():
        shutil.copy2(path, path.with_suffix(".toml.bak"))
    os.replace(fresh, path)


def _plain(value: Any) -> Any:
    """What TOML can hold: enums by value, no None, tuples as lists."""
    if isinstance(value, enum.Enum):
        return value.value
    if isinstance(value, dict):
        return {k: _plain(v) for k, v in value.items() if v is not None}
    if isinstance(value, (list, tuple)):
        return [_plain(v) for v in value]
    return value
