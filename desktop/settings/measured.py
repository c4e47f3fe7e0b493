"""What was measured on this machine, kept between runs: a small file in the cache folder that may vanish at any time.

It holds a fingerprint of the machine and of this version; figures of another one are nobody's and are not given out.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final, TypeVar

import msgspec
import platformdirs

FORMAT: Final = 3  # of 1 the embedded engine was PocketSphinx, of 2 it took half as long again
MAX_BYTES: Final = 64 * 1024
Figures = TypeVar("Figures")


class _Kept(msgspec.Struct, frozen=True):
    format: int
    machine: str
    figures: dict[str, msgspec.Raw]


def measured_path() -> Path:
    """Where this user's figures live."""
    return Path(platformdirs.user_cache_dir("sidetone", appauthor=False)) / "measured.json"


def load_measured(path: Path, machine: str, name: str, kind: type[Figures]) -> Figures | None:
    """The figures kept under this name for this machine; None if there are none that can be used."""
    kept = _read(path, machine)
    if kept is None or name not in kept.figures:
        return None
    try:
        return msgspec.json.decode(kept.figures[name], type=kind)
    except (msgspec.MsgspecError, ValueError):
        return None


def save_measured(path: Path, machine: str, name: str, figures: object) -> None:
    """Keep them beside those of other names; figures of another machine go. OSError: they could not be kept."""
    kept = _read(path, machine)
    figured = {**({} if kept is None else kept.figures), name: msgspec.Raw(msgspec.json.encode(figures))}
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(".new")
    fresh.write_bytes(msgspec.json.encode(_Kept(FORMAT, machine, figured)))
    os.replace(fresh, path)


def _read(path: Path, machine: str) -> _Kept | None:
    try:
        if path.stat().st_size > MAX_BYTES:
            return None
        kept = msgspec.json.decode(path.read_bytes(), type=_Kept)
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError):
        return None
    return kept if kept.format == FORMAT and kept.machine == machine else None
