"""Which part of the inventory each native file of a built one-folder application belongs to."""

from __future__ import annotations

import fnmatch
import hashlib
from collections.abc import Iterable, Iterator
from importlib import metadata
from pathlib import Path, PurePosixPath

from inventory import Component, Pin

_MAGIC = (b"\x7fELF", b"MZ", b"\xcf\xfa\xed\xfe", b"\xca\xfe\xba\xbe", b"\xca\xfe\xba\xbf")
"""ELF, PE, Mach-O, and Mach-O for several processors."""
_STDLIB_FOLDERS = ("lib-dynload", "DLLs")


def native_files(bundle: Path) -> Iterator[PurePosixPath]:
    """Executables and libraries, relative to the folder, by their first bytes; links are left to their targets."""
    for path in sorted(bundle.rglob("*")):
        if path.is_file() and not path.is_symlink():
            with path.open("rb") as file:
                if file.read(4).startswith(_MAGIC):
                    yield PurePosixPath(path.relative_to(bundle).as_posix())


def part_of(path: PurePosixPath, owned: dict[str, str], components: Iterable[Component]) -> str:
    """The component's or package's name; "" when nobody knows the file.

    A component is known by its file's name, so Qt inside PySide6's wheel is Qt; else the package that installs it.
    """
    for component in components:
        for pattern in component.files:
            if fnmatch.fnmatchcase(path.as_posix() if "/" in pattern else path.name, pattern):
                return component.name
    inner = path.relative_to(path.parts[0]).as_posix() if len(path.parts) > 1 else path.name
    if name := owned.get(inner) or owned.get(path.as_posix()):
        return name
    return "Python" if any(part in _STDLIB_FOLDERS for part in path.parts) else ""


def owned_files(pins: Iterable[Pin]) -> dict[str, str]:
    """Installed path relative to site-packages -> package."""
    found = {}
    for pin in pins:
        try:
            files = metadata.distribution(pin.name).files or []
        except metadata.PackageNotFoundError:
            continue
        found.update({file.as_posix(): pin.name for file in files})
    return found


def sort_out(
    bundle: Path, pins: Iterable[Pin], components: Iterable[Component]
) -> dict[str, list[tuple[PurePosixPath, str]]]:
    """Part -> its native files with their sha256; files that nobody knows are under ""."""
    owned, components = owned_files(pins), tuple(components)
    found: dict[str, list[tuple[PurePosixPath, str]]] = {}
    for path in native_files(bundle):
        digest = hashlib.sha256((bundle / path).read_bytes()).hexdigest()
        found.setdefault(part_of(path, owned, components), []).append((path, digest))
    return found


def strangers(bundle: Path, pins: Iterable[Pin], components: Iterable[Component]) -> list[PurePosixPath]:
    """Native files that belong to no known part. FileNotFoundError when there is no such folder."""
    if not bundle.is_dir():
        raise FileNotFoundError(bundle)
    return [path for path, _ in sort_out(bundle, pins, components).get("", [])]
