"""Cuts ICU's data, 32 MB that Qt for Linux brings along, down to what Qt asks ICU for; used by package.py.

Qt sorts in every language's order, decodes older encodings and tells time zones with it. All else (names of languages
and currencies, spelling, word and line breaks) Qt has in itself. objcopy, nm, as and ld (binutils) do the binary part.
The container's layout: unicode/udata.h and ucmndata.h of ICU's source.
"""

from __future__ import annotations

import fnmatch
import re
import struct
import subprocess
import tempfile
from collections.abc import Iterable
from pathlib import Path

ASKED_OF_ICU = ("ucol", "ucnv", "ucal", "u_strToLower", "u_strToUpper")
"""What KEPT is for: sorting, encodings, time zones; changing case needs no data."""

KEPT = (
    "coll/*",
    *("root.res", "en.res", "en_*.res", "pool.res", "res_index.res", "supplementalData.res", "likelySubtags.res"),
    *("keyTypeData.res", "numberingSystems.res", "icuver.res", "icustd.res", "metadata.res"),
    *("zoneinfo64.res", "metaZones.res", "timezoneTypes.res", "windowsZones.res"),
    *("zone/root.res", "zone/en.res", "zone/en_*.res", "zone/pool.res", "zone/tzdbNames.res"),  # their names, English
    "cnvalias.icu",
)
_SIGNATURE, _FORMAT = b"\xda\x27", b"CmnD"
_MOST_BYTES_PER_CHARACTER = 71
"""Where an encoding's own data says it; it is 1 for ISO 8859, Windows' and DOS's code pages and KOI8, which stay."""
_ALIGNED = 16
_SYMBOL_AND_DATA = """\
    .section .rodata, "a"
    .balign {aligned}
    .globl {symbol}
    .type {symbol}, %object
{symbol}:
    .incbin "data"
    .size {symbol}, . - {symbol}
    .section .note.GNU-stack, "", %progbits
"""

Items = dict[str, bytes]
"""By name with the package's in front (icudt73l/coll/root.res), in the order of these, as ICU looks them up."""


def cut(folder: Path) -> None:
    """Replace the data library in this folder of Qt's libraries. ValueError when it isn't as known here, or when Qt
    asks ICU for more than KEPT is for."""
    if more := asked_for(folder.glob("libQt6*.so.*")) - set(ASKED_OF_ICU):
        raise ValueError(f"Qt asks ICU for {', '.join(sorted(more))}: see what data that reads, then {__file__}")
    for library in folder.glob("libicudata.so.*"):
        make_smaller(library, library)


def asked_for(libraries: Iterable[Path]) -> set[str]:
    """ICU's services (ucol, ubrk) and functions outside of one (u_strToUpper) that these libraries call."""
    said = _output("nm", "--dynamic", "--undefined-only", *map(str, libraries))
    called = re.findall(r"\bU (u[a-z]*_\w+?)_\d+$", said, re.MULTILINE)
    return {name if name.startswith("u_") else name.split("_")[0] for name in called}


def make_smaller(library: Path, target: Path) -> None:
    """Write a library like this one with the wanted data alone; the two may be the same file."""
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        _output("objcopy", "--output-target=binary", "--only-section=.rodata", str(library), str(place / "data"))
        header, items = read((place / "data").read_bytes())
        wanted = {name: item for name, item in items.items() if is_wanted(name, item)}
        (place / "data").write_bytes(written(header, wanted))
        symbol = f"{next(iter(items)).split('/')[0].removesuffix('l')}_dat"
        (place / "data.s").write_text(_SYMBOL_AND_DATA.format(symbol=symbol, aligned=_ALIGNED), encoding="ascii")
        _output("as", "-o", "data.o", "data.s", folder=place)
        _output("ld", "-shared", "-soname", library.name, "-z", "noexecstack", "-o", "made", "data.o", folder=place)
        target.write_bytes((place / "made").read_bytes())


def read(data: bytes) -> tuple[bytes, Items]:
    """The package's header and what is in it. ValueError: it is none, or not for little-endian processors."""
    if data[2:4] != _SIGNATURE or data[12:16] != _FORMAT or data[8]:
        raise ValueError("no ICU data package for little-endian processors")
    start = int.from_bytes(data[:2], "little")
    (count,) = struct.unpack_from("<I", data, start)
    table = list(struct.iter_unpack("<II", data[start + 4 : start + 4 + 8 * count]))
    ends = [offset for _, offset in table[1:]] + [len(data) - start]
    items = {}
    for (name, offset), end in zip(table, ends, strict=True):
        text = data[start + name : data.index(0, start + name)].decode("ascii")
        items[text] = data[start + offset : start + end]
    return data[:start], items


def is_wanted(name: str, item: bytes) -> bool:
    """Whether Qt may come to read this item."""
    inner = name.split("/", 1)[1]
    if inner.endswith(".cnv"):
        return item[int.from_bytes(item[:2], "little") + _MOST_BYTES_PER_CHARACTER] == 1
    return any(fnmatch.fnmatchcase(inner, each) for each in KEPT)


def written(header: bytes, items: Items) -> bytes:
    """A package of these items; `read` gives them back."""
    names = b"".join(name.encode("ascii") + b"\0" for name in items)
    names_at = 4 + 8 * len(items)
    table, body, name_at = [struct.pack("<I", len(items))], [], names_at
    item_at = first = _aligned(names_at + len(names))
    for name, item in items.items():
        table.append(struct.pack("<II", name_at, item_at))
        body.append(item.ljust(_aligned(len(item)), b"\0"))
        name_at += len(name) + 1
        item_at += len(body[-1])
    return header + (b"".join(table) + names).ljust(first, b"\0") + b"".join(body)


def _aligned(size: int) -> int:
    return -(-size // _ALIGNED) * _ALIGNED


def _output(*command: str, folder: Path | None = None) -> str:
    """What a command prints. SystemExit when there is no such program, CalledProcessError when it fails."""
    try:
        return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout
    except FileNotFoundError:
        raise SystemExit(f"{command[0]} is missing: apt install binutils") from None
