"""Builds libopus for Windows and macOS from the source that xiph.org published, after its checksum was compared.

python packaging/build_opus.py [SOURCE.tar.gz]     into build/opus, where the bundle's recipe looks first; needs CMake

Linux takes the distribution's. On macOS MACOSX_DEPLOYMENT_TARGET and CMAKE_OSX_ARCHITECTURES are respected.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VERSION = "1.5.2"
SOURCE = f"https://downloads.xiph.org/releases/opus/opus-{VERSION}.tar.gz"
SHA256 = "65c1d2f78b9f2fb20082c38cbe47c951ad5839345876e46941612ee87f9a7ce1"
PATTERNS = {"win32": "**/opus.dll", "darwin": "**/libopus.0.dylib"}
NAMES = {"win32": "opus.dll", "darwin": "libopus.0.dylib"}
LEAST_MACOS = "13.0"


def fetch(place: str, target: Path) -> None:
    """From an address or a file."""
    if place.startswith("https://"):
        with urllib.request.urlopen(place, timeout=60) as answer, target.open("wb") as file:
            shutil.copyfileobj(answer, file)
    else:
        shutil.copyfile(place, target)


def check(archive: Path, wanted: str) -> None:
    """SystemExit when it is not the file that was looked at."""
    found = hashlib.sha256(archive.read_bytes()).hexdigest()
    if found != wanted:
        raise SystemExit(f"opus: {archive.name} has sha256 {found}, not {wanted}: not used")


def build(source: Path, work: Path, platform: str = sys.platform) -> Path:
    """The library that CMake made. CalledProcessError when it could not."""
    options = ["-DBUILD_SHARED_LIBS=ON", "-DCMAKE_BUILD_TYPE=Release", "-DOPUS_BUILD_PROGRAMS=OFF"]
    options += ["-DOPUS_BUILD_TESTING=OFF", "-DBUILD_TESTING=OFF"]
    environment = {"MACOSX_DEPLOYMENT_TARGET": LEAST_MACOS, **os.environ}
    subprocess.run(["cmake", "-S", str(source), "-B", str(work), *options], check=True, env=environment)
    subprocess.run(["cmake", "--build", str(work), "--config", "Release", "--parallel"], check=True, env=environment)
    made = sorted(work.glob(PATTERNS.get(platform, "**/libopus.so.0")))
    if not made:
        raise SystemExit("opus: CMake made no shared library")
    return made[0]


def main(arguments: list[str], wanted: str = SHA256, target: Path = ROOT / "build/opus") -> int:
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        archive = work / "opus.tar.gz"
        fetch(arguments[0] if arguments else SOURCE, archive)
        check(archive, wanted)
        with tarfile.open(archive) as packed:
            packed.extractall(work / "source", filter="data")
        (source,) = (work / "source").iterdir()
        made = build(source, work / "made")
        target.mkdir(parents=True, exist_ok=True)
        kept = target / NAMES.get(sys.platform, "libopus.so.0")
        shutil.copyfile(made, kept)
        shutil.copyfile(source / "COPYING", target / "COPYING")
    if sys.platform == "darwin":  # found beside whatever loads it, wherever that is
        subprocess.run(["install_name_tool", "-id", f"@rpath/{kept.name}", str(kept)], check=True)
    print(f"opus: {kept}, sha256 {hashlib.sha256(kept.read_bytes()).hexdigest()}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
