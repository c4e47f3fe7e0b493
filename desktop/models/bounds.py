"""How much a model may be, in every way that an archive could be too much; and whether the disk has room for it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from desktop.domain.errors import SettingInvalid
from desktop.domain.speech_model import size_in_words

Free = Callable[[Path], int]
"""Free bytes where a folder is."""
MB = 1_000_000


@dataclass(frozen=True, slots=True)
class Bounds:
    """The largest public models have 2 GB packed, 4 GB unpacked and a few hundred files."""

    archive_bytes: int = 8_000 * MB
    unpacked_bytes: int = 16_000 * MB
    ratio: int = 100  # unpacked to packed; weights hardly compress
    ratio_from_bytes: int = 50 * MB  # small archives may unpack to this much anyway
    files: int = 5_000
    depth: int = 12
    spare_bytes: int = 200 * MB  # stays free: a full disk hurts more than a missing model

    def unpacked_from(self, archive_bytes: int) -> int:
        """What an archive of that size may unpack to."""
        return min(self.unpacked_bytes, max(self.ratio_from_bytes, archive_bytes * self.ratio))


def free_bytes(folder: Path) -> int:
    """On the disk of `folder`, which may not be there yet."""
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    return shutil.disk_usage(folder).free


def check_room(folder: Path, wanted: int, bounds: Bounds, free: Free) -> None:
    """SettingInvalid if `wanted` bytes more would leave too little."""
    there = free(folder)
    if there < wanted + bounds.spare_bytes:
        need = size_in_words(wanted + bounds.spare_bytes)
        raise SettingInvalid(
            str(folder), f"has {size_in_words(there)} free, {need} are needed", "Make room on that disk."
        )
