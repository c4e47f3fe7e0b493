"""`sidetone reset`: says what is kept of this user, asks, and removes it. An uninstaller calls it with --yes."""

from __future__ import annotations

import asyncio
import sys
from dataclasses import dataclass

from desktop.app.life import RunningElsewhere
from desktop.app.reset import Everything, Left, everything, lines, remove
from desktop.domain.ports import SecretKeeper
from desktop.settings.secrets import SecretStore
from desktop.upkeep.single import SingleInstance, runtime_folder

NOTHING = "Nothing is kept of this user on this computer."
WILL_GO = "This will be removed:"
ASK = "Remove all of it? This can't be undone. [y/N] "
KEPT = "Nothing was removed."
GONE = "Removed {files} files, {secrets} secrets and {models} models."
NO_KEYRING = "The system's keyring could not be asked, so secrets may be left in it. Unlock it and run this again."
LEFT = "Could not be removed: {what}"
RUNNING = "Sidetone is running. Close it first."


@dataclass(frozen=True, slots=True)
class Reset:
    """What the command line said."""

    secrets_only: bool = False
    models: bool = False
    yes: bool = False


def reset_command(wanted: Reset, secrets: SecretKeeper | None = None) -> int:
    """0 when all is gone; 2 when something is left. RunningElsewhere while a console runs."""
    place = SingleInstance(runtime_folder())
    try:
        if not place.first:
            raise RunningElsewhere(RUNNING)
        return asyncio.run(_reset(wanted, secrets or SecretStore()))
    finally:
        place.close()


async def _reset(wanted: Reset, secrets: SecretKeeper) -> int:
    found = await everything(secrets, only_secrets=wanted.secrets_only, models=wanted.models)
    if not found.keyring:
        print(NO_KEYRING, file=sys.stderr)
    if not found:
        print(NOTHING)
        return 0 if found.keyring else 2
    print("\n".join([WILL_GO, *lines(found)]), flush=True)
    if not wanted.yes and not await asyncio.to_thread(_agreed):
        print(KEPT)
        return 0
    left = await remove(found, secrets)
    print(told(found, left))
    return 2 if left.files or left.secrets or not found.keyring else 0


def told(found: Everything, left: Left) -> str:
    """What came of it."""
    models = [path for path in found.models if path not in left.files]
    files = [path for path in found.files if path not in left.files]
    gone = GONE.format(files=len(files), secrets=len(found.secrets) - len(left.secrets), models=len(models))
    names = [*map(str, left.files), *(f"keyring: {name}" for name in left.secrets)]
    return gone + (f"\n{LEFT.format(what=', '.join(names))}" if names else "")


def _agreed() -> bool:
    if not sys.stdin.isatty():
        print("Add --yes where nobody can be asked.", file=sys.stderr)
        return False
    return input(ASK).strip().lower() in ("y", "yes")
