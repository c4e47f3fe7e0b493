"""Where libopus is: beside a frozen application, else where the system's loader or Homebrew has it."""

from __future__ import annotations

import ctypes.util
import os
import sys
from collections.abc import Callable
from pathlib import Path

NAMES = {
    "win32": ("opus.dll", "libopus-0.dll"),
    "darwin": ("libopus.0.dylib", "libopus.dylib"),
    "linux": ("libopus.so.0",),
}
"""File names by sys.platform, the one that we ship first."""
HOMEBREW = (Path("/opt/homebrew/lib"), Path("/usr/local/lib"))
"""Apple Silicon's prefix is not searched by the loader of a Python that Homebrew did not build."""


def find_opus(
    platform: str = sys.platform,
    frozen: str | None = getattr(sys, "_MEIPASS", None),
    brewed: tuple[Path, ...] = HOMEBREW,
    ask: Callable[[str], str | None] = ctypes.util.find_library,
) -> str | None:
    """A path, or a name that the loader knows; None when there is none.

    `frozen` is the folder of a frozen application's files; a library there is the one that was tested with it.
    """
    names = NAMES.get(platform, NAMES["linux"])
    if frozen and (found := _first(Path(frozen), names)):
        return found
    if platform == "win32":  # most builds are not called opus.dll, which is all that the loader is asked for
        return ask("opus") or ask("libopus-0")
    if known := ask("opus"):
        return known
    return next(filter(None, (_first(folder, names) for folder in brewed)), None) if platform == "darwin" else None


def _first(folder: Path, names: tuple[str, ...]) -> str | None:
    return next((str(folder / name) for name in names if os.path.isfile(folder / name)), None)
