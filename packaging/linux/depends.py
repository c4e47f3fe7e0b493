"""Prints what a frozen folder needs of Debian: packages of the libraries that are not in it, and the C library's age.

usage: depends.py FOLDER      needs objdump (binutils), and this machine to have those libraries installed
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

MAGIC = b"\x7fELF"


def main(arguments: list[str]) -> int:
    if len(arguments) != 1:
        print(__doc__, file=sys.stderr)
        return 2
    files = sorted(path for path in Path(arguments[0]).rglob("*") if path.is_file())
    needed, age = read(_objdump(path for path in files if is_elf(path)))
    try:
        packages = {package_of(library) for library in needed - {path.name for path in files}}
    except LookupError as problem:
        print(f"depends: {problem}", file=sys.stderr)
        return 1
    packages = packages - {"libc6"} | {f"libc6 (>= {age[0]}.{age[1]})"}
    print(", ".join(sorted(packages)))
    return 0


def is_elf(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(len(MAGIC)) == MAGIC


def _objdump(paths: Iterable[Path]) -> str:
    return subprocess.run(["objdump", "-p", *paths], capture_output=True, text=True, check=True).stdout


def read(headers: str) -> tuple[set[str], tuple[int, int]]:
    """What `objdump -p` says of all files: the libraries they name, the newest version of glibc that they ask for."""
    ages = [(int(major), int(minor)) for major, minor in re.findall(r"\bGLIBC_(\d+)\.(\d+)", headers)]
    return set(re.findall(r"^ +NEEDED +(\S+)$", headers, re.MULTILINE)), max(ages, default=(2, 0))


def package_of(library: str) -> str:
    """The installed Debian package that has this library. LookupError: there is none."""
    for path in _places(library):
        done = subprocess.run(["dpkg", "-S", str(path)], capture_output=True, text=True, check=False)
        if done.returncode == 0:
            return done.stdout.partition(":")[0]
    raise LookupError(f"no package installed here has {library}; the frozen folder names it and does not hold it")


def _places(library: str) -> Iterator[Path]:
    """Where the loader finds it, also by the name that packages recorded before /lib became /usr/lib."""
    known = subprocess.run(["/sbin/ldconfig", "-p"], capture_output=True, text=True, check=True).stdout
    for path in re.findall(rf"^\s+{re.escape(library)} \(.*=> (\S+)$", known, re.MULTILINE):
        yield Path(path)
        yield Path("/usr" + path) if path.startswith("/lib") else Path(path.removeprefix("/usr"))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
