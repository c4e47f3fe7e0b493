"""Which packages Sidetone needs at run time on this platform: pyproject's dependencies and theirs, as installed."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator
from importlib.metadata import Distribution, distribution
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

TREE = Path(__file__).resolve().parents[1]


def project(tree: Path = TREE) -> dict[str, Any]:
    """All of pyproject.toml."""
    return tomllib.loads((tree / "pyproject.toml").read_text(encoding="utf-8"))


def run_time(tree: Path = TREE) -> list[Distribution]:
    """Sorted by name, Sidetone itself left out. PackageNotFoundError if one isn't installed."""
    found: dict[str, Distribution] = {}
    wanted = list(_wanted(project(tree)["project"]["dependencies"], ()))
    seen: set[tuple[str, tuple[str, ...]]] = set()
    while wanted:
        name, extras = wanted.pop()
        if (name, extras) in seen:
            continue
        seen.add((name, extras))
        found[name] = distribution(name)
        wanted.extend(_wanted(found[name].requires or (), extras))
    return [found[name] for name in sorted(found)]


def _wanted(lines: Iterable[str], extras: Iterable[str]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Those of the requirements that this platform and the chosen extras ask for: canonical name, extras."""
    for line in lines:
        requirement = Requirement(line)
        marker = requirement.marker
        if marker is None or any(marker.evaluate({"extra": extra}) for extra in ("", *extras)):
            yield canonicalize_name(requirement.name), tuple(sorted(requirement.extras))
