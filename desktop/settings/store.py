"""The settings file: TOML, checked field by field, written atomically, earlier ones kept as backups.

What an administrator sets for the computer is laid over it as it is read, and stays out of it as it is written.
"""

from __future__ import annotations

import enum
import os
import tomllib
from dataclasses import asdict
from pathlib import Path
from typing import Any

import msgspec
import platformdirs
import tomli_w

from desktop.domain.errors import SettingInvalid
from desktop.domain.insight import Severity
from desktop.domain.listener import TranscriptsBack
from desktop.domain.media import Party
from desktop.settings.backups import keep, keep_old_format
from desktop.settings.checks import check_keys, checked
from desktop.settings.managed import Managed, managed_path, read_managed
from desktop.settings.migrations import migrated
from desktop.settings.model import FORMAT, Dialect, EngineKind, Settings, SignInKind, SourceKind

NEWER = "was written by a newer Sidetone"


def default_path() -> Path:
    """Where this user's settings live."""
    return Path(platformdirs.user_config_dir("sidetone", appauthor=False)) / "settings.toml"


def load(path: Path) -> Settings:
    """The settings, or the defaults without a file. SettingInvalid names the field and the remedy."""
    managed = managed_now()
    own, _ = _own(path)
    return _settings(managed.over(own), path)


def managed_now() -> Managed:
    """What an administrator sets here. SettingInvalid names the file if it can't be used, by itself as well."""
    managed = read_managed(managed_path())
    if managed.path is not None:
        _settings(managed.values, managed.path)
    return managed


def _own(path: Path) -> tuple[dict[str, Any], int]:
    """The file's document in today's format, and the format that it has."""
    try:
        document = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return {}, FORMAT
    except OSError as error:
        raise SettingInvalid(str(path), f"can't be read ({type(error).__name__})", "Check who owns it.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        where = str(error).rpartition("(")[2].rstrip(")")
        hint = "Correct it, or move it away. Earlier ones: sidetone settings backups"
        raise SettingInvalid(str(path), f"is not valid TOML, {where}", hint) from error
    version = document.pop("format", FORMAT)
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        raise SettingInvalid(f"{path}: format", "is no format", f"Write {FORMAT}, or leave it out.")
    if version > FORMAT:
        raise SettingInvalid("format", NEWER, "Update Sidetone or move the file away.")
    return migrated(document, version), version


def _settings(document: dict[str, Any], path: Path) -> Settings:
    try:
        check_keys(document, Settings)
        return checked(msgspec.convert(document, Settings))
    except msgspec.ValidationError as error:
        raise SettingInvalid(str(path), str(error), _hint(str(error))) from error
    except SettingInvalid as problem:
        raise SettingInvalid(f"{path}: {problem.path}", problem.problem, problem.hint) from None


def _hint(error: str) -> str:
    if "Invalid enum value" in error:
        kinds = {
            "kind": SourceKind,
            "sign_in": SignInKind,
            "dialect": Dialect,
            "severity": Severity,
            "party": Party,
            "engine": EngineKind,
            "transcripts_back": TranscriptsBack,
        }
        if (known := kinds.get(error.rpartition(".")[2].rstrip("`"))) is not None:
            return f"Use one of {', '.join(str(value.value) for value in known)}."
    if "Expected `array`, got `object`" in error:
        return "Write its heading with two brackets, as in [[organisations]]."
    return "Correct that field."


def save(settings: Settings, path: Path) -> None:
    """Write atomically; the previous file stays as a backup. SettingInvalid: an option that is locked was changed."""
    managed = managed_now()
    wanted = _plain(asdict(settings))
    own, version = _own(path)
    if managed.path is not None:
        wanted = _without(managed, wanted, own)
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(".new")
    fresh.write_text(tomli_w.dumps({"format": FORMAT, **wanted}), "utf-8")
    if path.exists():
        keep(path)
        if version < FORMAT:
            keep_old_format(path, version)
    os.replace(fresh, path)


def _without(managed: Managed, wanted: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    """A person's own part of it: what is locked stays as they have it, what only the administrator said is left out."""
    assert managed.path is not None
    set_for_all = _plain(asdict(_settings(managed.values, managed.path)))
    kept: dict[str, Any] = {}
    for option in {**set_for_all, **wanted}:
        same = wanted.get(option) == set_for_all.get(option)
        if not same:
            managed.refuse(option)
        if option in managed.locked:
            if option in own:
                kept[option] = own[option]
        elif option in wanted and not (same and option in managed.values and option not in own):
            kept[option] = wanted[option]
    return kept


def _plain(value: Any) -> Any:
    """What TOML can hold: enums by value, no None, tuples as lists."""
    if isinstance(value, enum.Enum):
        return value.value
    if isinstance(value, dict):
        return {k: _plain(v) for k, v in value.items() if v is not None}
    if isinstance(value, (list, tuple)):
        return [_plain(v) for v in value]
    return value
