"""What an administrator sets for everybody on this computer: a file like the settings, with `locked` and `[kiosk]`.

Its values stand where a person has none. An option that is named in `locked` can't be changed by anybody else; without
a value it is locked as it is delivered.
"""

from __future__ import annotations

import os
import sys
import tomllib
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Final

import msgspec
import platformdirs

from desktop.domain.errors import SettingInvalid
from desktop.settings.model import Settings

VARIABLE: Final = "SIDETONE_MANAGED"
"""Names the file where the system has none: for tests and for trying one out."""
FILE: Final = "managed.toml"
REASON: Final = "is set by your administrator"
OPTIONS: Final = frozenset(each.name for each in fields(Settings))


@dataclass(frozen=True, slots=True)
class Kiosk:
    """How the window behaves on a computer that shows nothing else."""

    full_screen: bool = False
    no_close: bool = False
    hide_settings: bool = False
    keep_awake: bool = False

    @property
    def any(self) -> bool:
        """Whether it is a kiosk at all."""
        return self.full_screen or self.no_close or self.hide_settings or self.keep_awake


KIOSK: Final = Kiosk(True, True, True, True)
"""What `--kiosk` asks for."""


@dataclass(frozen=True, slots=True)
class Managed:
    """`path` None: there is none. `values` in the form of the settings file."""

    path: Path | None = None
    values: dict[str, Any] = field(default_factory=dict)
    locked: frozenset[str] = frozenset()
    kiosk: Kiosk = Kiosk()

    def over(self, own: dict[str, Any]) -> dict[str, Any]:
        """A person's own document, completed and overruled."""
        return {**self.values, **{key: value for key, value in own.items() if key not in self.locked}}

    def refuse(self, option: str) -> None:
        """SettingInvalid if the option is locked."""
        if option in self.locked:
            raise SettingInvalid(option, REASON, f"It can be changed in {self.path} only.")


def system_path() -> Path:
    """/etc/sidetone on Linux, %PROGRAMDATA%\\sidetone on Windows, /Library/Application Support/sidetone on macOS."""
    if sys.platform == "linux":
        return Path("/etc/sidetone") / FILE
    return platformdirs.site_config_path("sidetone", appauthor=False) / FILE


def managed_path() -> Path | None:
    """The system's file if there is one, else the one that the environment names."""
    if (path := system_path()).exists():
        return path
    chosen = os.environ.get(VARIABLE, "")
    return Path(chosen) if chosen else None


def read_managed(path: Path | None) -> Managed:
    """SettingInvalid names the file, the option and the remedy: what can't be read must not be taken as unlocked."""
    if path is None:
        return Managed()
    hint = "An administrator must correct it."
    try:
        document = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise SettingInvalid(str(path), f"can't be read ({type(error).__name__})", hint) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingInvalid(str(path), f"is not valid TOML, {error}", hint) from None
    document.pop("format", None)
    locked, kiosk = document.pop("locked", []), document.pop("kiosk", {})
    try:
        names = frozenset(msgspec.convert(locked, tuple[str, ...]))
        if unknown := sorted(names - OPTIONS):
            raise SettingInvalid("locked", f"{unknown[0]} is no option", f"Use some of {', '.join(sorted(OPTIONS))}.")
        if unknown := sorted(set(kiosk) - {each.name for each in fields(Kiosk)}):
            raise SettingInvalid(f"kiosk.{unknown[0]}", "is no option", "Remove it, or correct its name.")
        wanted = msgspec.convert(kiosk, Kiosk)
    except msgspec.ValidationError as error:
        raise SettingInvalid(str(path), str(error), hint) from None
    except SettingInvalid as invalid:
        raise SettingInvalid(f"{path}: {invalid.path}", invalid.problem, invalid.hint) from None
    except TypeError:
        raise SettingInvalid(f"{path}: kiosk", "is no table", "Write its heading as [kiosk].") from None
    return Managed(path, document, names, wanted)
