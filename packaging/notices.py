"""Collects the licence texts of everything in a frozen folder: packages, Python, system libraries, resources.

usage: notices.py BUNDLE     into BUNDLE/licenses; exit status 1 names what has no text
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterable, Iterator
from importlib.metadata import Distribution, distribution
from pathlib import Path

from freezing import packages
from inventory import ROOT, normal

KEPT = ROOT / "packaging/licenses"
"""Texts that nothing brings along: common ones, and a folder for each package or library that needs one."""
ORIGINS = ROOT / "build/bundled.json"
"""[[name in the folder, where it came from], ...], left by sidetone.spec."""
COMMON = Path("/usr/share/common-licenses")
_NOTICE = re.compile(r"(licen[cs]e|copying|notice|authors|ofl)[^/]*$", re.IGNORECASE)
_CODE = (".py", ".pyc", ".pyi", ".so", ".pyd")


def collect(bundle: Path, bundled: list[tuple[str, str]]) -> list[str]:
    """Write BUNDLE/licenses anew; the names of what has no text, or belongs to no package that the lock knows."""
    target = bundle / "licenses"
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(KEPT, target)
    shutil.copy(ROOT / "LICENSE", target / "Sidetone.txt")
    _resources(target / "resources")
    missing = [known.name for known in _carried() if not _package(known, target)]
    if not _python(target):
        missing.append("Python")
    missing += strangers(bundled)
    return missing + [file.name for file in from_the_system(bundled) if not _library(file, target)]


def origins() -> list[tuple[str, str]]:
    """What the last build bundled: name in the folder, where it came from."""
    return [(name, origin) for name, origin in json.loads(ORIGINS.read_text(encoding="utf-8"))]


def texts_of(known: Distribution) -> Iterator[Path]:
    """The notices that a package installs."""
    for file in known.files or ():
        if _NOTICE.search(file.as_posix()) and file.suffix not in _CODE:
            yield Path(str(known.locate_file(file)))


def _carried() -> list[Distribution]:
    """The run-time packages and PyInstaller, whose bootloader and start-up hooks are in the folder."""
    return [*packages(), distribution("pyinstaller")]


def strangers(bundled: Iterable[tuple[str, str]]) -> list[str]:
    """What was bundled out of the environment without being a run-time dependency: its first folder or file."""
    known = {file.parts[0] for package in _carried() for file in package.files or ()}
    found = set()
    for _, origin in bundled:
        for folder in {Path(sysconfig.get_path(name)) for name in ("purelib", "platlib")}:
            if _inside(origin, folder):
                found.add(Path(origin).relative_to(folder).parts[0])
    return sorted(found - known)


def _inside(origin: str, folder: Path) -> bool:
    return bool(origin) and Path(origin).is_relative_to(folder)


def _package(known: Distribution, target: Path) -> bool:
    folder = target / normal(known.name)
    for number, text in enumerate(texts_of(known)):
        folder.mkdir(exist_ok=True)
        name = text.name if not (folder / text.name).exists() else f"{text.stem}-{number}{text.suffix}"
        shutil.copy(text, folder / name)
    return folder.is_dir()


def _resources(target: Path) -> None:
    """The notes beside our own resources."""
    for note in sorted((ROOT / "resources").glob("*/LICENSE*")):
        folder = target / note.parent.name
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copy(note, folder)


def _python(target: Path) -> bool:
    """The interpreter's own text, wherever its builder put it."""
    version = f"{sys.version_info[0]}.{sys.version_info[1]}"
    for place in (sysconfig.get_path("stdlib"), sys.base_prefix, f"/usr/share/doc/python{version}"):
        for name in ("LICENSE.txt", "LICENSE", "copyright"):
            if (text := Path(place) / name).is_file():
                (target / "Python").mkdir(exist_ok=True)
                shutil.copy(text, target / "Python")
                return True
    return False


# ---- libraries of the system on which the folder was built -------------------------------------------------------


def from_the_system(bundled: Iterable[tuple[str, str]]) -> Iterator[Path]:
    """Shared libraries that neither a package nor Python brought, once each."""
    ours = [Path(sysconfig.get_path(name)).resolve() for name in ("stdlib", "platstdlib", "purelib", "platlib")]
    seen = set()
    for name, origin in bundled:
        file = Path(origin)
        inside = any(file.resolve().is_relative_to(folder) for folder in (*ours, ROOT))
        if not inside and file.is_file() and ".so" in name and not file.name.startswith("libpython"):
            seen.add(file)
    yield from sorted(seen)


def _library(file: Path, target: Path) -> bool:
    """What the distribution says about its package, and the common licences that this text leans on."""
    if not (package := _debian_package(file)):
        return any(file.name.startswith(kept.name) for kept in KEPT.iterdir() if kept.is_dir())
    text = Path("/usr/share/doc") / package / "copyright"
    if not text.is_file():
        return False
    (target / package).mkdir(exist_ok=True)
    shutil.copy(text, target / package)
    for name in re.findall(r"/usr/share/common-licenses/([\w.-]*\w)", text.read_text("utf-8", errors="replace")):
        if (COMMON / name).is_file():
            (target / "common-licenses").mkdir(exist_ok=True)
            shutil.copy(COMMON / name, target / "common-licenses")
    return True


def _debian_package(file: Path) -> str:
    """Which package installed it, by either of its names where /lib is a link; "" where there is no dpkg."""
    names = {str(file), str(file.resolve()), str(file.resolve()).removeprefix("/usr"), str(file).removeprefix("/usr")}
    try:
        found = subprocess.run(["dpkg", "-S", *names], capture_output=True, text=True, check=False).stdout
    except FileNotFoundError:
        return ""
    return found.split(":", 1)[0]


def main() -> int:
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    missing = collect(Path(sys.argv[1]), origins())
    for name in missing:
        print(f"no licence text: {name} (put one into packaging/licenses)", file=sys.stderr)
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
