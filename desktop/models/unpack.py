"""Unpacks an archive from a stranger: plain files below one folder and nothing else, within bounds.

Refused as a whole, before its content is written: absolute names, `..`, links, devices, names that some system reads
differently, two names for one file, more or larger files than a model has, and what unpacks to far more than it is.
Nothing is extracted by the archive's library: it gives bytes, we choose where they go.
"""

from __future__ import annotations

import bz2
import gzip
import lzma
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, BinaryIO, cast

from desktop.domain.errors import SettingInvalid
from desktop.models.bounds import Bounds, Free, check_room, free_bytes

Tick = Callable[[int, int], None]
"""(how far, of how much); raises to end it."""
HEADER_BYTES = 1 << 20
"""What a tar's header may need, its long names included."""
PIECE = 1 << 18
ROOM_EVERY = 64 << 20
_NOT_HERE = '<>:"|?*\\'
_DEVICES = {"con", "prn", "aux", "nul", *(f"{kind}{n}" for kind in ("com", "lpt") for n in range(1, 10))}
_DAMAGED = "Download or copy it again."
_BROKEN = (tarfile.TarError, zipfile.BadZipFile, EOFError, zlib.error, lzma.LZMAError, NotImplementedError)


@dataclass(slots=True)
class Unpacker:
    """Of one archive into `into`, which is empty."""

    archive: Path
    into: Path
    bounds: Bounds = field(default_factory=Bounds)
    free: Free = free_bytes
    tick: Tick = lambda done, total: None
    _written: int = 0
    _files: int = 0
    _room_at: int = 0
    _limit: int = 0
    _packed: int = 0
    _seen: set[str] = field(default_factory=set)

    def run(self) -> None:
        """SettingInvalid says why not; `into` then holds what must be thrown away."""
        self._packed = self.archive.stat().st_size
        self._limit = self.bounds.unpacked_from(self._packed)
        with self.archive.open("rb") as file:
            start = file.read(265)
            file.seek(0)
            with self._in_words():
                if start.startswith(b"PK"):
                    self._zip(file)
                elif (opened := _opened(file, start)) is not None:
                    self._tar(file, opened)
                else:
                    page = start.lstrip()[:1] == b"<"
                    said = "is a web page, not an archive" if page else "is neither a tar nor a zip archive"
                    hint = "A network's own sign-in page may be in between." if page else _DAMAGED
                    raise self._refused(said, hint)

    # ---- tar -----------------------------------------------------------------------------------------------------

    def _tar(self, file: BinaryIO, opened: IO[bytes]) -> None:
        meter = _Meter(opened, self._bomb)
        meter.left = HEADER_BYTES
        with opened, tarfile.open(fileobj=cast(BinaryIO, meter), mode="r|") as tar:
            while (member := tar.next()) is not None:
                self._count()
                if member.isdir():
                    self._place(member.name)
                elif member.isreg() and not member.issparse():
                    content = tar.extractfile(member)
                    assert content is not None, "a regular file"
                    self._declared(member.size)
                    meter.left = member.size + HEADER_BYTES
                    self._copy(content, member.name, member.size, file.tell)
                else:
                    raise self._refused(f"has {_kind(member)} in it, {_shown(member.name)}")
                meter.left = HEADER_BYTES

    # ---- zip -----------------------------------------------------------------------------------------------------

    def _zip(self, file: BinaryIO) -> None:
        with zipfile.ZipFile(file) as archive:
            members = archive.infolist()
            if len(members) > self.bounds.files:
                raise self._refused("has more files than a model")
            for member in members:  # all of them before the first is written
                mode = member.external_attr >> 16
                if member.flag_bits & 0x1:
                    raise self._refused("is encrypted", "Unpack it and import the folder.")
                if stat.S_IFMT(mode) not in (0, stat.S_IFREG, stat.S_IFDIR):
                    raise self._refused(f"has a link or device in it, {_shown(member.filename)}")
            for member in members:
                if member.is_dir():
                    self._place(member.filename)
                    continue
                self._declared(member.file_size)
                with archive.open(member) as content:
                    self._copy(content, member.filename, member.file_size, file.tell)

    # ---- both ----------------------------------------------------------------------------------------------------

    def _count(self) -> None:
        self._files += 1
        if self._files > self.bounds.files:
            raise self._refused("has more files than a model")

    def _declared(self, size: int) -> None:
        if self._written + size > self._limit:
            raise self._bomb()

    def _copy(self, content: IO[bytes], name: str, size: int, at: Callable[[], int]) -> None:
        place = self._place(name)
        left = size
        key = str(place).casefold()
        if key in self._seen:
            raise self._refused(f"has two files of one name, {_shown(name)}")
        self._seen.add(key)
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            out = place.open("xb")
        except (FileExistsError, NotADirectoryError, IsADirectoryError):
            raise self._refused(f"has names that exclude each other, {_shown(name)}") from None
        except OSError as problem:
            raise _no_disk(problem, self.into) from None
        with out:
            while left > 0 and (piece := content.read(min(PIECE, left))):
                left -= len(piece)
                self._written += len(piece)
                self.tick(min(at(), self._packed), self._packed)
                if self._written >= self._room_at:
                    self._room_at = self._written + ROOM_EVERY
                    check_room(self.into, left + len(piece), self.bounds, self.free)
                _written(out, piece, self.into)
        if left:
            raise self._refused("is damaged or cut short", _DAMAGED)

    def _place(self, name: str) -> Path:
        """Where a member goes. SettingInvalid for names that lead elsewhere on any system."""
        parts = [part for part in name.split("/") if part not in ("", ".")]
        plain = name.isprintable() and len(parts) <= self.bounds.depth and not any(_clever(part) for part in parts)
        if name.startswith("/") or not plain:
            raise self._refused(f"has a file that would go elsewhere, {_shown(name)}")
        return self.into.joinpath(*parts)

    def _bomb(self) -> SettingInvalid:
        return self._refused("would unpack to far more than a speech model has")

    def _refused(self, said: str, hint: str = "Nothing of it was kept. Get it from its publisher.") -> SettingInvalid:
        return SettingInvalid(self.archive.name.removesuffix(".part"), said, hint)

    @contextmanager
    def _in_words(self) -> Iterator[None]:
        try:
            yield
        except _BROKEN:
            raise self._refused("is damaged or cut short", _DAMAGED) from None
        except (OSError, RuntimeError, ValueError):  # bz2 and gzip say no more
            raise self._refused("is damaged", _DAMAGED) from None


class _Meter:
    """Bytes out of the decompressor, never more than were asked for: a header can be a bomb, too."""

    def __init__(self, inner: IO[bytes], bomb: Callable[[], SettingInvalid]) -> None:
        self._inner, self._bomb = inner, bomb
        self.left = 0

    def read(self, size: int) -> bytes:
        piece = self._inner.read(size)
        self.left -= len(piece)
        if self.left < 0:
            raise self._bomb()
        return piece


def _opened(file: BinaryIO, start: bytes) -> IO[bytes] | None:
    if start.startswith(b"BZh"):
        return bz2.open(file)
    if start.startswith(b"\x1f\x8b"):
        return cast(IO[bytes], gzip.open(file))
    if start.startswith(b"\xfd7zXZ\x00"):
        return lzma.open(file)
    return file if start[257:262] == b"ustar" else None


def _clever(part: str) -> bool:
    """Whether some system reads this part of a path as something else than a plain name."""
    plain = part.strip() == part and not part.endswith(".") and not set(part) & set(_NOT_HERE) and len(part) <= 200
    return part == ".." or not plain or part.split(".")[0].casefold() in _DEVICES


def _kind(member: tarfile.TarInfo) -> str:
    if member.issym() or member.islnk():
        return "a link"
    return "a device" if member.isdev() else "something that is no file"


def _shown(name: str) -> str:
    return "".join(sign if sign.isprintable() else "?" for sign in name)[:80]


def _written(out: BinaryIO, piece: bytes, folder: Path) -> None:
    try:
        out.write(piece)
    except OSError as problem:
        raise _no_disk(problem, folder) from None


def _no_disk(problem: OSError, folder: Path) -> SettingInvalid:
    said = f"can't be written ({problem.strerror or type(problem).__name__})"
    return SettingInvalid(str(folder), said, "Make room on that disk.")
