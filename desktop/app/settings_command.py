"""`sidetone settings`: where the file is, whether it can be used, its backups, and one of them put back."""

from __future__ import annotations

import argparse

from desktop.domain.errors import SettingInvalid
from desktop.settings.backups import Backup, backups, last_good, restore
from desktop.settings.store import default_path, load, managed_now

NONE = "There is no backup."


def settings_command(options: argparse.Namespace) -> int:
    """SettingInvalid where something can't be used."""
    match options.settings_command:
        case "backups":
            return _list()
        case "restore":
            return _restore(options.number)
        case _:
            return _check()


def _check() -> int:
    path = default_path()
    load(path)
    print(f"{path}: {'can be used' if path.is_file() else 'is not there; everything is as delivered'}")
    managed = managed_now()
    if managed.path is not None:
        locked = ", ".join(sorted(managed.locked)) or "nothing"
        print(f"{managed.path}: set by your administrator; locked: {locked}")
    return 0


def _list() -> int:
    found = backups(default_path(), load)
    for each in found:
        print(f"{each.number}  {each.at:%Y-%m-%d %H:%M}  {each.problem or 'can be used'}")
    if not found:
        print(NONE)
    return 0


def _restore(number: int | None) -> int:
    path = default_path()
    chosen = _chosen(number)
    aside = restore(path, chosen)
    print(f"Restored backup {chosen.number} of {chosen.at:%Y-%m-%d %H:%M} as {path}.")
    if aside is not None:
        print(f"What was there before is kept as {aside}.")
    return 0


def _chosen(number: int | None) -> Backup:
    path = default_path()
    if number is None:
        found = last_good(path, load)
    else:
        found = next((each for each in backups(path, load) if each.number == number), None)
    if found is None:
        raise SettingInvalid("settings restore", "there is no such backup", "See: sidetone settings backups")
    return found
