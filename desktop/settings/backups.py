"""Earlier settings, beside the file: settings.toml.1 is the newest, and one of each older format is kept for good."""

from __future__ import annotations

import contextlib
import datetime
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from desktop.domain.errors import SettingInvalid, SidetoneError

KEPT = 5


@dataclass(frozen=True, slots=True)
class Backup:
    """`number` 1 is the newest. `problem` says why it can't be used; empty: it can."""

    number: int
    path: Path
    at: datetime.datetime
    problem: str = ""


def place(path: Path, number: int) -> Path:
    """Where the backup of that number is."""
    return path.with_name(f"{path.name}.{number}")


def keep(path: Path) -> None:
    """The file as it is now becomes the newest backup; the oldest goes. Nothing happens if it is kept already."""
    newest = place(path, 1)
    with contextlib.suppress(OSError):
        if newest.read_bytes() == path.read_bytes():
            return
    for number in range(KEPT - 1, 0, -1):
        if place(path, number).exists():
            os.replace(place(path, number), place(path, number + 1))
    shutil.copy2(path, newest)


def keep_old_format(path: Path, version: int) -> None:
    """Before a newer format is written: one copy that no later change pushes out."""
    old = path.with_name(f"{path.name}.format-{version}")
    if not old.exists():
        shutil.copy2(path, old)


def backups(path: Path, read: Callable[[Path], object]) -> list[Backup]:
    """Those that there are, the newest first. `read` raises a SidetoneError for one that can't be used."""
    found = []
    for number in range(1, KEPT + 1):
        each, problem = place(path, number), ""
        try:
            at = datetime.datetime.fromtimestamp(each.stat().st_mtime).astimezone()
        except OSError:
            continue
        try:
            read(each)
        except (SidetoneError, OSError) as error:
            problem = str(error)
        found.append(Backup(number, each, at, problem))
    return found


def last_good(path: Path, read: Callable[[Path], object]) -> Backup | None:
    """The newest that can be used."""
    return next((each for each in backups(path, read) if not each.problem), None)


def restore(path: Path, backup: Backup) -> Path | None:
    """Put it in the file's place; what was there is kept and named. SettingInvalid for one that can't be used."""
    if backup.problem:
        raise SettingInvalid(str(backup.path), "can't be used either", "Choose an older one: sidetone settings backups")
    aside = None
    if path.exists():
        aside = path.with_name(f"{path.name}.replaced")
        os.replace(path, aside)
    shutil.copyfile(backup.path, path.with_suffix(".new"))
    os.replace(path.with_suffix(".new"), path)
    return aside


def every_file(path: Path) -> list[Path]:
    """The settings file and everything that is kept beside it."""
    names = [path.name, f"{path.name}.bak", f"{path.name}.replaced", path.with_suffix(".new").name]
    names += [place(path, number).name for number in range(1, KEPT + 1)]
    formats = sorted(each.name for each in path.parent.glob(f"{path.name}.format-*"))
    return [path.with_name(name) for name in (*names, *formats) if path.with_name(name).is_file()]
