"""`make wheel`: dist/*.tar.gz and dist/*.whl, built twice in different places; they must be the same bytes.

.venv/bin/python packaging/build_wheel.py [OUT]     OUT: dist

The second time in another folder, with another umask, time zone and other file times, and the wheel from the unpacked
sdist. The date inside is SOURCE_DATE_EPOCH, or the last commit's. Needs no network: the locked setuptools builds.
Exit status 1: they differ.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BUILD = "import os, sys; os.umask(0o022); import setuptools.build_meta as b; getattr(b, sys.argv[1])(sys.argv[2])"
"""Modes of what setuptools writes must not follow the caller's umask."""


def tracked(tree: Path) -> list[str]:
    """The repository's files, tracked or about to be."""
    command = ["git", "-c", f"safe.directory={tree}", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=tree, capture_output=True, text=True, check=True)
    return sorted(name for name in listed.stdout.split("\0") if name and (tree / name).is_file())


def commit_time(tree: Path) -> int:
    """Seconds since 1970 of SOURCE_DATE_EPOCH, else of the last commit."""
    if stated := os.environ.get("SOURCE_DATE_EPOCH"):
        return int(stated)
    command = ["git", "-c", f"safe.directory={tree}", "log", "-1", "--format=%ct"]
    return int(subprocess.run(command, cwd=tree, capture_output=True, text=True, check=True).stdout)


def copy(tree: Path, names: Iterable[str], target: Path, touched: int) -> None:
    """Only contents and whether a file may be run; `touched` becomes the time of all."""
    for name in names:
        source, copied = tree / name, target / name
        copied.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, copied)
        copied.chmod(0o755 if os.access(source, os.X_OK) else 0o644)
        os.utime(copied, (touched, touched))


def build(tree: Path, what: str, out: Path, epoch: int, zone: str) -> Path:
    """`what` is a hook of the build backend. CalledProcessError with its output when it fails."""
    out.mkdir(parents=True, exist_ok=True)
    environment = {**os.environ, "SOURCE_DATE_EPOCH": str(epoch), "TZ": zone, "PYTHONPATH": ""}
    command = [sys.executable, "-c", BUILD, what, str(out)]
    subprocess.run(command, cwd=tree, env=environment, check=True, capture_output=True, text=True)
    (made,) = out.glob("*.whl" if what == "build_wheel" else "*.tar.gz")
    return made


def normalise(sdist: Path, epoch: int) -> None:
    """Files by name, owned by nobody, at `epoch`: setuptools puts in the builder's name and times, in its own order."""
    packed = io.BytesIO()
    with tarfile.open(sdist, "r:gz") as old, tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as new:
        for member in sorted(old.getmembers(), key=lambda each: each.name):
            member.mtime, member.uid, member.gid, member.uname, member.gname = epoch, 0, 0, "", ""
            member.mode = 0o755 if member.isdir() or member.mode & 0o100 else 0o644
            member.pax_headers = {}
            new.addfile(member, old.extractfile(member) if member.isfile() else None)
    sdist.write_bytes(gzip.compress(packed.getvalue(), mtime=epoch))


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def build_twice(tree: Path, out: Path, epoch: int) -> list[str]:
    """sdist and wheel into `out`; what differed between the two times, by name."""
    names = tracked(tree)
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as folder:
        first, second, again = Path(one, "first"), Path(folder, "a", "longer", "place"), Path(folder, "again")
        copy(tree, names, first, epoch)
        made = [_sdist(first, out, epoch, "UTC"), build(first, "build_wheel", out, epoch, "UTC")]
        former = os.umask(0o077)
        try:
            copy(tree, names, second, epoch + 86_400)
            twice = [_sdist(second, again, epoch, "Asia/Kathmandu")]
            with tarfile.open(twice[0]) as archive:
                archive.extractall(folder, filter="data")
            unpacked = Path(folder, twice[0].name.removesuffix(".tar.gz"))
            twice.append(build(unpacked, "build_wheel", again, epoch, "Asia/Kathmandu"))
        finally:
            os.umask(former)
        return [here.name for here, there in zip(made, twice, strict=True) if digest(here) != digest(there)]


def _sdist(tree: Path, out: Path, epoch: int, zone: str) -> Path:
    made = build(tree, "build_sdist", out, epoch, zone)
    normalise(made, epoch)
    return made


def main() -> int:
    out = Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "dist").resolve()
    for old in (*out.glob("sidetone-*.whl"), *out.glob("sidetone-*.tar.gz")):
        old.unlink()
    try:
        different = build_twice(ROOT, out, commit_time(ROOT))
    except subprocess.CalledProcessError as problem:
        print(f"wheel: {problem.stdout[-2000:]}{problem.stderr[-2000:]}", file=sys.stderr)
        return 1
    for made in sorted((*out.glob("sidetone-*.whl"), *out.glob("sidetone-*.tar.gz"))):
        verdict = "DIFFERS when built again" if made.name in different else "the same when built again"
        print(f"wheel: {made.name}, {made.stat().st_size / 1e6:.1f} MB, sha256 {digest(made)}, {verdict}")
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main())
