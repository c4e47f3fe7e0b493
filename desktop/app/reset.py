"""Everything that Sidetone keeps of this user on this computer, found and removed: files, secrets, models if wanted."""

from __future__ import annotations

import asyncio
import contextlib
import re
import shutil
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from desktop.domain.ports import SecretKeeper
from desktop.models.store import user_folder
from desktop.settings.backups import every_file
from desktop.settings.managed import managed_path
from desktop.settings.measured import measured_path
from desktop.settings.store import default_path
from desktop.upkeep import ending
from desktop.upkeep.log import log_folder

OF_A_CONNECTION = ("", "/engine-key", "/audiohook-api-key", "/audiohook-client-secret")
OF_AN_ORGANISATION = ("/token", "/client-secret")
OF_NOBODY = (
    "recognition/api-key",
    *(
        f"gateway/{name}"
        for name in (
            "audiohook-api-key",
            "audiohook-client-secret",
            "console-token",
            "analytics-keys",
            "ingest-token",
            "ingest-encryption-key",
        )
    ),
)
PROBE = "is there a keyring"
_NAME = re.compile(r'^\s*name\s*=\s*["\']([^"\'\n]+)["\']', re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Everything:
    """What there is. `keyring` False: it could not be asked, so secrets may be left in it."""

    files: tuple[Path, ...] = ()
    secrets: tuple[str, ...] = ()
    models: tuple[Path, ...] = ()
    keyring: bool = True

    def __bool__(self) -> bool:
        return bool(self.files or self.secrets or self.models)


@dataclass(slots=True)
class Left:
    """What could not be removed."""

    files: list[Path] = field(default_factory=list)
    secrets: list[str] = field(default_factory=list)


def secret_names(files: Iterable[Path]) -> tuple[str, ...]:
    """What secrets may be called, as the keyring does not tell which there are. `files`: settings, even broken ones."""
    names = dict.fromkeys(OF_NOBODY)
    for path in files:
        connections, organisations = _names_in(path)
        names |= dict.fromkeys(name + end for name in connections for end in OF_A_CONNECTION)
        names |= dict.fromkeys(name + end for name in organisations for end in OF_AN_ORGANISATION)
    return tuple(names)


def _names_in(path: Path) -> tuple[list[str], list[str]]:
    """Of connections and organisations, whatever else is wrong with the file."""
    try:
        text = path.read_text("utf-8", errors="replace")
    except OSError:
        return [], []
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        either = _NAME.findall(text)
        return either, either
    return _names(document.get("connections")), _names(document.get("organisations"))


def _names(tables: object) -> list[str]:
    rows = tables if isinstance(tables, list) else []
    return [row["name"] for row in rows if isinstance(row, dict) and isinstance(row.get("name"), str)]


def _settings_files(path: Path) -> list[Path]:
    managed = managed_path()
    return every_file(path) + ([managed] if managed is not None else [])


async def everything(secrets: SecretKeeper, *, only_secrets: bool = False, models: bool = False) -> Everything:
    """Look, and touch nothing."""
    path = default_path()
    await secrets.get(PROBE)
    there = []
    for name in secret_names(_settings_files(path)):
        if not secrets.persistent:
            break
        if await secrets.get(name) is not None:
            there.append(name)
    if only_secrets:
        return Everything(secrets=tuple(there), keyring=secrets.persistent)
    state, logs = ending.state_folder(), log_folder()
    files = [*every_file(path), measured_path(), *(state / name for name in ending.FILES), *sorted(logs.glob("*.log*"))]
    store = user_folder()
    kept = tuple(sorted(store.iterdir())) if models and store.is_dir() else ()
    return Everything(tuple(each for each in files if each.is_file()), tuple(there), kept, secrets.persistent)


async def remove(found: Everything, secrets: SecretKeeper) -> Left:
    """As much as can be; what is left is named."""
    left = Left()
    for name in found.secrets:  # first: without the settings nobody would know their names
        await secrets.forget(name)
        if not secrets.persistent or await secrets.get(name) is not None:
            left.secrets.append(name)
    await asyncio.to_thread(_remove_files, found, left)
    return left


def _remove_files(found: Everything, left: Left) -> None:
    folders = set()
    for path in found.files:
        try:
            path.unlink(missing_ok=True)
            folders.add(path.parent)
        except OSError:
            left.files.append(path)
    for path in found.models:
        shutil.rmtree(path, ignore_errors=True)
        if path.is_dir():
            left.files.append(path)
        else:
            path.unlink(missing_ok=True)
            folders.add(path.parent)
    for folder in sorted(folders, key=lambda each: len(each.parts), reverse=True):
        for each in (folder, folder.parent):
            if each.name in ("sidetone", "log", "models"):
                with contextlib.suppress(OSError):  # something else is in it
                    each.rmdir()


def lines(found: Everything) -> Sequence[str]:
    """What will go, for people."""
    told = [f"  {path}" for path in (*found.files, *found.models)]
    told += [f"  keyring: {name}" for name in found.secrets]
    return told
