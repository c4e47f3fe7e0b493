"""`make package`: dist/sidetone, which starts on a machine without Python, and what must be true of it.

usage: package.py     icons, PyInstaller, symbols off, Qt's ICU cut, licence texts; status 1 when it is too large or
                      lacks a text
"""

from __future__ import annotations

import fnmatch
import os
import subprocess
import sys
from pathlib import Path

import freezing
import icons
import icu_data
import notices
from inventory import ROOT, own_version

BUNDLE = ROOT / "dist/sidetone"
LIMIT_MB = 250
"""Unpacked, in millions of bytes; 56 of them are the weights that words are heard with, and what runs them."""

WITH_SYMBOLS = (
    *("*/libpython*", "*/lib-dynload/*.so", "*.cpython-*.so", "*/_rust.abi3.so"),
    *("*/libicui18n.so.*", "*/libicuuc.so.*"),
)
"""Where builders leave symbols that nothing needs at run time. Qt and the others under the LGPL stay as they came, and
so does numpy's OpenBLAS: patchelf rewrote it, and the loader refuses it when strip did so again."""
AS_IT_CAME = ("*/soxr/*", "*/PySide6/*.abi3.so", "*/libQt6*", "*/shiboken6/*", "*/numpy.libs/*", "*/onnxruntime/*")


def main() -> int:
    icons.make(ROOT / "build/icons")
    if sys.platform == "win32":
        for name in ("sidetone", "sidetone-desktop"):
            (ROOT / f"build/{name}.version").write_text(freezing.windows_version(name, own_version()), encoding="utf-8")
    _run(sys.executable, "-m", "PyInstaller", "--noconfirm", "--log-level=ERROR", "packaging/sidetone.spec")
    if sys.platform == "linux":
        strip(BUNDLE)
        icu_data.cut(next(BUNDLE.rglob("libQt6Core.so.*")).parent)
        (BUNDLE / "sidetone-desktop").symlink_to("sidetone")
    missing = notices.collect(BUNDLE, notices.origins())
    for name in missing:
        print(f"no licence text: {name} (put one into packaging/licenses)", file=sys.stderr)
    megabytes = size(BUNDLE) / 1e6
    print(f"{BUNDLE.relative_to(ROOT)}: {megabytes:.0f} MB unpacked, at most {LIMIT_MB} allowed")
    return 1 if missing or megabytes > LIMIT_MB else 0


def size(folder: Path) -> int:
    """Bytes of all files; links count nothing."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file() and not path.is_symlink())


def has_symbols(file: Path) -> bool:
    """Whether this file's debugging symbols are taken off."""
    name = file.as_posix()
    matches = any(fnmatch.fnmatchcase(name, each) for each in WITH_SYMBOLS)
    return matches and not any(fnmatch.fnmatchcase(name, each) for each in AS_IT_CAME)


def strip(bundle: Path) -> None:
    """Take debugging symbols off what was built for development (libpython alone loses 17 MB)."""
    files = [path for path in bundle.rglob("*") if path.is_file() and not path.is_symlink()]
    wanted = [str(path) for path in files if has_symbols(path.relative_to(bundle))]
    _run("strip", "--strip-unneeded", *wanted)


def _run(*command: str) -> None:
    """A command that must succeed; SystemExit with its status if not."""
    environment = {**os.environ, "PYTHONWARNINGS": "ignore::SyntaxWarning"}  # opuslib compares with "is not 0"
    if status := subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode:
        raise SystemExit(status)


if __name__ == "__main__":
    sys.exit(main())
