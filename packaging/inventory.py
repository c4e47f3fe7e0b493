"""What a Sidetone bundle carries: the runtime part of requirements.lock, and what packaging/components.toml lists.

The lock names for every pin what asked for it, so the runtime part is known for all platforms on any of them.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

from packaging.markers import Marker

from packaging.licenses import InvalidLicenseExpression, canonicalize_license_expression

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "requirements.lock"
COMPONENTS = ROOT / "packaging/components.toml"
PROJECT = "sidetone (pyproject.toml)"
"""How the lock names the dependencies that every user gets; extras and groups are `(pyproject.toml:dev)`."""

_PIN = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==(\S+)(?: ; ([^\\\n]+?))? *\\?$")
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")

CLASSIFIERS = {
    "License :: OSI Approved :: MIT License": "MIT",
    "License :: OSI Approved :: Apache Software License": "Apache-2.0",
    "License :: OSI Approved :: Python Software Foundation License": "PSF-2.0",
    "License :: OSI Approved :: ISC License (ISCL)": "ISC",
    "License :: OSI Approved :: Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
}
"""Those that name one licence. "BSD License" names several."""


@dataclass(frozen=True, slots=True)
class Pin:
    """One line of the lock."""

    name: str
    version: str
    marker: str
    hashes: tuple[str, ...]  # sha256 of every file that may be installed
    asked_by: frozenset[str]

    @property
    def here(self) -> bool:
        """Whether it is for this platform and Python."""
        return not self.marker or Marker(self.marker).evaluate()


@dataclass(frozen=True, slots=True)
class Component:
    """What is carried beside Python packages: a library, a model, a font, sound. From packaging/components.toml."""

    name: str
    version: str
    kind: str  # CycloneDX component type
    licence: str  # SPDX expression
    url: str
    note: str
    inside: str = ""  # the package or component that brings it
    files: tuple[str, ...] = ()  # names of its files in a bundle, with *
    notices: tuple[str, ...] = ()  # its notices in this repository
    resources: tuple[str, ...] = ()  # folders or files of this repository that it covers
    platforms: tuple[str, ...] = ()  # empty: all


@dataclass(frozen=True, slots=True)
class Reviewed:
    """What a person found out about a package whose metadata is not clear, or which is not installed on Linux."""

    licence: str
    why: str


@dataclass(frozen=True, slots=True)
class Policy:
    """SPDX keys that a bundle may carry."""

    free: tuple[str, ...]
    replaceable: tuple[str, ...]
    exceptions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Known:
    """The reviewed list as a whole."""

    components: tuple[Component, ...]
    packages: dict[str, Reviewed]
    policy: Policy


def normal(name: str) -> str:
    """As package indexes compare names."""
    return re.sub(r"[-_.]+", "-", name).lower()


def read_lock(text: str) -> tuple[Pin, ...]:
    """The pins of a lock that uv wrote, with what asked for each."""
    pins: list[Pin] = []
    head: re.Match[str] | None = None
    hashes: list[str] = []
    parents: set[str] = set()

    def close() -> None:
        if head is not None:
            marker = (head.group(3) or "").strip()
            pins.append(Pin(normal(head.group(1)), head.group(2), marker, tuple(hashes), frozenset(parents)))
        hashes.clear()
        parents.clear()

    for line in text.splitlines():
        if found := _PIN.match(line):
            close()
            head = found
        elif line.startswith("    #"):
            parent = line.strip("# ").removeprefix("via").strip()
            parents.update({parent} - {""})
        else:
            hashes += _HASH.findall(line)
    close()
    return tuple(pins)


def runtime(pins: Iterable[Pin]) -> tuple[Pin, ...]:
    """The pins that every user gets, on whatever platform: no extras, no development tools."""
    pins = tuple(pins)
    wanted = {pin.name for pin in pins if PROJECT in pin.asked_by}
    grew = True
    while grew:
        more = {pin.name for pin in pins if not wanted.isdisjoint(map(normal, pin.asked_by))}
        grew = not more <= wanted
        wanted |= more
    return tuple(pin for pin in pins if pin.name in wanted)


def read_components(path: Path = COMPONENTS) -> Known:
    """packaging/components.toml. TypeError names a field that is missing or unknown."""
    document = tomllib.loads(path.read_text(encoding="utf-8"))
    return Known(
        tuple(Component(**_tuples(entry)) for entry in document["component"]),
        {normal(name): Reviewed(**entry) for name, entry in document["package"].items()},
        Policy(**_tuples(document["policy"])),
    )


def _tuples(entry: dict[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in entry.items()}


def licence_of(found: metadata.PackageMetadata) -> str:
    """The SPDX expression that a package's metadata states, in whichever of three ways; "" when it is not clear."""
    if "License-Expression" in found:
        return _canonical(found["License-Expression"])
    named = {CLASSIFIERS.get(each, "") for each in found.get_all("Classifier") or () if each.startswith("License ::")}
    if len(named) == 1 and "" not in named:
        return named.pop()
    return _canonical(found["License"]) if "License" in found else ""


def _canonical(expression: str) -> str:
    try:
        return str(canonicalize_license_expression(expression))
    except InvalidLicenseExpression:
        return ""


def own_version() -> str:
    """Sidetone's."""
    text = (ROOT / "desktop/__init__.py").read_text(encoding="utf-8")
    found = re.search(r'^__version__ = "([^"]+)"$', text, re.M)
    if found is None:
        raise ValueError("desktop/__init__.py: __version__ is missing")
    return found.group(1)


def installed(pin: Pin) -> metadata.PackageMetadata | None:
    """The metadata of the installed package, or None."""
    try:
        return metadata.metadata(pin.name)
    except metadata.PackageNotFoundError:
        return None
