"""Secrets of a machine without a desktop: one file each in a folder that its owner alone may read (systemd's, or ours).

audiohook-api-key  audiohook-client-secret  console-token  analytics-keys  ingest-token  ingest-encryption-key
client-secret      of the organisation whose live list is used
"""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

from desktop.domain.errors import SettingInvalid

MAX_BYTES = 64 * 1024


def credentials_folder(given: Path | None) -> Path | None:
    """The folder that was named, else systemd's; None when there is neither."""
    if given is not None:
        return given
    folder = os.environ.get("CREDENTIALS_DIRECTORY", "")
    return Path(folder) if folder else None


class CredentialsFolder:
    """A `SecretKeeper`: reads `<anything>/<name>` from the file <name>; what it is given lasts for this run only."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._session: dict[str, str] = {}
        self.persistent = False

    async def get(self, name: str) -> str | None:
        """The secret, or None. SettingInvalid when others could read the file."""
        if name in self._session:
            return self._session[name]
        return read_secret(self._folder / name.rpartition("/")[2])

    async def put(self, name: str, secret: str) -> bool:
        self._session[name] = secret
        return False

    async def forget(self, name: str) -> None:
        self._session.pop(name, None)


def read_secret(path: Path) -> str | None:
    """A file's secret without its line end; None when there is no such file. SettingInvalid names the file."""
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            if sys.platform != "win32" and stat.S_IMODE(mode) & _too_open(path):
                raise SettingInvalid(str(path), "can be read by others", f"Run: chmod 600 {path}")
            return file.read(MAX_BYTES).decode("utf-8").strip() or None
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as problem:
        raise SettingInvalid(str(path), f"can't be read ({type(problem).__name__})", "Check its owner.") from None


def _too_open(path: Path) -> int:
    """Permission bits that must not be set. In systemd's own folder the group's are an access list's mask."""
    folder = os.environ.get("CREDENTIALS_DIRECTORY", "")
    return 0o037 if folder and path.parent == Path(folder) else 0o077


def write_secret(path: Path, secret: str) -> None:
    """A new file that its owner alone may read; an existing one is replaced."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = path.with_name(path.name + ".new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(secret + "\n")
    os.replace(fresh, path)
