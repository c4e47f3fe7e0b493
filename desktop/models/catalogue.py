"""The catalogue: models that are known to work and where their publishers keep them. Data, in a TOML file."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from desktop.domain.errors import SettingInvalid
from desktop.domain.speech_model import EngineKind, SpeechModel
from desktop.models.store import is_id
from desktop.sources.trust import is_loopback

ARCHIVE_ENDS = (".tar.bz2", ".tar.gz", ".tgz", ".tar.xz", ".tar", ".zip")
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Offer:
    """One model of the catalogue. `checksums`: a text file of the publisher's with lines `archive-name sha256`."""

    id: str
    engine: EngineKind
    name: str
    language: str
    band_hz: int
    size_mb: float
    licence: str
    url: str = ""  # empty: comes along
    sha256: str = ""
    checksums: str = ""
    note: str = ""

    @property
    def model(self) -> SpeechModel:
        """What everybody needs to know of it."""
        size = round(self.size_mb * 1_000_000)
        return SpeechModel(self.id, self.engine, self.name, self.language, self.band_hz, size, self.licence, self.note)

    @property
    def archive(self) -> str:
        """The archive's file name."""
        return self.url.rpartition("/")[2]


@dataclass(frozen=True, slots=True)
class Catalogue:
    """In the order in which they are recommended."""

    offers: tuple[Offer, ...] = ()

    def find(self, name: str) -> Offer | None:
        """The offer of that id."""
        return next((offer for offer in self.offers if offer.id == name), None)

    def want(self, name: str) -> Offer:
        """The same. SettingInvalid names those that there are."""
        offer = self.find(name)
        if offer is None:
            known = ", ".join(each.id for each in self.offers if each.url)
            raise SettingInvalid(name, "is not in the catalogue", f"There are: {known}.")
        if not offer.url:
            raise SettingInvalid(name, "comes with Sidetone", "There is nothing to install.")
        return offer


def read_catalogue(path: Path) -> Catalogue:
    """SettingInvalid names the entry and what is wrong with it."""
    try:
        tables = tomllib.loads(path.read_text("utf-8")).get("model", [])
        offers = msgspec.convert(tables, tuple[Offer, ...], strict=False)
    except (OSError, tomllib.TOMLDecodeError, msgspec.ValidationError, UnicodeDecodeError) as problem:
        raise SettingInvalid(
            path.name, f"can't be used ({type(problem).__name__})", "Install Sidetone again."
        ) from problem
    _check(offers, path.name)
    return Catalogue(offers)


def _check(offers: Iterable[Offer], where: str) -> None:
    seen: set[str] = set()
    for offer in offers:
        wrong = ""
        if not is_id(offer.id) or offer.id in seen:
            wrong = "has an id that can't be used or is there twice"
        elif offer.url and not (_safe(offer.url) and offer.archive.endswith(ARCHIVE_ENDS)):
            wrong = "has an address that is no archive on https"
        elif offer.sha256 and not _SHA256.fullmatch(offer.sha256):
            wrong = "has a checksum that is no SHA-256"
        elif offer.band_hz not in (8_000, 16_000):
            wrong = "has a band that is neither 8000 nor 16000"
        if wrong:
            raise SettingInvalid(f"{where}: {offer.id}", wrong, "Correct that entry.")
        seen.add(offer.id)


def _safe(url: str) -> bool:
    """https, or this machine."""
    return url.startswith("https://") or (url.startswith("http://") and is_loopback(urlsplit(url).hostname or ""))


def stem(name: str) -> str:
    """An archive's name without its ending."""
    for end in ARCHIVE_ENDS:
        if name.lower().endswith(end):
            return name[: -len(end)]
    return name
