"""What Sidetone wrote beside a model when it installed it: what it is, where it came from, every file's checksum."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import msgspec

from desktop.domain.errors import SettingInvalid
from desktop.domain.speech_model import SpeechModel, Trust

FORMAT = 1
FILE = "manifest.json"
INSIDE = "model"
"""Beside the manifest: the folder with the model's files."""
LARGEST = 4 * 1024 * 1024
_PIECE = 1 << 20
Check = Callable[[], None]
"""Called now and then by what takes long; raises to end it."""


@dataclass(frozen=True, slots=True)
class FileSum:
    """One file, by its path below `model/` with forward slashes."""

    path: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """`archive_sha256` is empty for what came as a folder."""

    model: SpeechModel
    source: str
    archive_sha256: str
    trust: Trust
    installed_at: str  # ISO 8601, UTC
    files: tuple[FileSum, ...]
    format: int = FORMAT

    @property
    def checksum(self) -> str:
        """One for all files: the same model has the same anywhere."""
        lines = (f"{each.sha256} {each.path}\n" for each in sorted(self.files, key=lambda file: file.path))
        return hashlib.sha256("".join(lines).encode()).hexdigest()


def read_manifest(folder: Path) -> Manifest | None:
    """None without one. SettingInvalid when it can't be used."""
    try:
        with (folder / FILE).open("rb") as file:
            data = file.read(LARGEST)
        made = msgspec.json.decode(data, type=Manifest)
    except FileNotFoundError:
        return None
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError):
        raise SettingInvalid(
            folder.name, "has a manifest that can't be read", "Remove it and install it again."
        ) from None
    if made.format > FORMAT:
        raise SettingInvalid(folder.name, "was installed by a newer Sidetone", "Update Sidetone, or install it again.")
    return made


def write_manifest(manifest: Manifest, folder: Path) -> None:
    """To disk, for good."""
    with (folder / FILE).open("wb") as file:
        file.write(msgspec.json.format(msgspec.json.encode(manifest), indent=1) + b"\n")
        file.flush()
        os.fsync(file.fileno())


def sums(root: Path, check: Check = lambda: None) -> tuple[FileSum, ...]:
    """Every file below `root`."""
    found = sorted(each for each in root.rglob("*") if each.is_file())
    return tuple(FileSum(each.relative_to(root).as_posix(), *_sum(each, check)) for each in found)


def differences(manifest: Manifest, root: Path, check: Check = lambda: None) -> list[str]:
    """What is not as it was installed, one phrase each; empty when all is well."""
    wanted = {each.path: each for each in manifest.files}
    here = {each.relative_to(root).as_posix(): each for each in root.rglob("*") if each.is_file()}
    found = [f"{name} is missing" for name in sorted(wanted.keys() - here.keys())]
    found += [f"{name} was added" for name in sorted(here.keys() - wanted.keys())]
    for name in sorted(wanted.keys() & here.keys()):
        if _sum(here[name], check) != (wanted[name].size, wanted[name].sha256):
            found.append(f"{name} was changed")
    return found


def _sum(path: Path, check: Check) -> tuple[int, str]:
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            check()
            digest.update(piece)
            size += len(piece)
    return size, digest.hexdigest()
