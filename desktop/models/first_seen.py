"""Checksums of archives whose publisher states none: the first one that came counts from then on."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

import msgspec

FILE = "first-seen.json"
_LINE = re.compile(r"^\s*(\S+)\s+(\S+)\s*$")
_SHA256 = re.compile(r"[0-9a-f]{64}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Sight:
    """What came from an address, and when first."""

    sha256: str
    on: str  # ISO date


@dataclass(frozen=True, slots=True)
class FirstSeen:
    """Kept beside the models, also after one was removed."""

    folder: Path

    def of(self, url: str) -> Sight | None:
        """What came from there first."""
        return self._all().get(url)

    def remember(self, url: str, sight: Sight) -> None:
        """From now on this."""
        self.folder.mkdir(parents=True, exist_ok=True)
        fresh = self.folder / f"{FILE}.new"
        fresh.write_bytes(msgspec.json.encode({**self._all(), url: sight}))
        os.replace(fresh, self.folder / FILE)

    def _all(self) -> dict[str, Sight]:
        try:
            return msgspec.json.decode((self.folder / FILE).read_bytes(), type=dict[str, Sight])
        except (OSError, msgspec.MsgspecError):
            return {}


def listed(text: str, archive: str) -> str:
    """The SHA-256 of `archive` in a publisher's list, name first or sum first; empty if it isn't there."""
    for line in text.splitlines():
        if (found := _LINE.match(line)) is None:
            continue
        for name, digest in (found.groups(), found.groups()[::-1]):
            if name.lstrip("*") == archive and _SHA256.fullmatch(digest):
                return digest.lower()
    return ""
