"""The settings file: TOML, checked field by field, written atomically, the last good one kept as a backup."""

from __future__ import annotations

import enum
import os
import shutil
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
from desktop.settings.checks import check_keys, checked
from desktop.settings.model import FORMAT, Dialect, EngineKind, Settings, SignInKind, SourceKind


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
        check_keys(document, Settings)
        settings = msgspec.convert(document, Settings)
        return checked(settings)
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
