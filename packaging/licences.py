"""The licence report of the bundle, and the gate: nothing in it may forbid commercial use, nothing may be unknown.

.venv/bin/python packaging/licences.py [--out dist/licences.md] [--bundle dist/sidetone]

Judged are the runtime dependencies of every platform (requirements.lock) and packaging/components.toml; with --bundle,
every native file of a built folder must belong to one of them too. Exit status 1: what is wrong is listed.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from bundle_files import strangers
from inventory import (
    LOCK,
    Component,
    Known,
    Pin,
    Policy,
    Reviewed,
    installed,
    licence_of,
    own_version,
    read_components,
    read_lock,
    runtime,
)
from license_expression import ExpressionError, LicenseWithExceptionSymbol, get_spdx_licensing
from versions import versions

SPDX = get_spdx_licensing()

REPLACING = """\
## Replaceable parts

The parts under the LGPL are unmodified files of their own in the application's folder (`_internal`): whoever wants
another build of them puts it in place of the file. Their licences are in `licenses/`. PySide6 and shiboken6, Qt's
bindings, are used under the LGPL-3.0; their sources are at <https://download.qt.io/official_releases/QtForPython/>.
bidict (Windows and macOS) is used unmodified under the MPL-2.0; its source is at <https://pypi.org/project/bidict/>.
So is Eigen, inside onnxruntime's file; its source is at <https://gitlab.com/libeigen/eigen>.
"""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the report."""

    name: str
    version: str
    licence: str
    known_by: str
    note: str
    fault: str = ""


def verdict(expression: str, policy: Policy) -> str:
    """Why a bundle must not carry it; "" when it may. An OR needs one good side, an AND both."""
    if not expression:
        return "its licence is not known; review it in packaging/components.toml"
    try:
        tree = SPDX.parse(expression, validate=True, strict=True)
    except ExpressionError as problem:
        return f"{expression} is no SPDX expression ({problem})"
    return "" if _allows(tree, policy) else f"{expression} is not among the licences that this bundle may carry"


def _allows(tree: Any, policy: Policy) -> bool:
    if isinstance(tree, LicenseWithExceptionSymbol):
        return tree.exception_symbol.key in policy.exceptions
    if tree.isliteral:
        return tree.key in policy.free or tree.key in policy.replaceable
    decide = any if tree.operator.strip() == "OR" else all
    return decide(_allows(part, policy) for part in tree.args)


def package_row(pin: Pin, reviewed: dict[str, Reviewed], policy: Policy) -> Row:
    """A runtime dependency: by the metadata of what is installed, else by the reviewed list."""
    found = installed(pin)
    if found is not None and (stated := licence_of(found)):
        known_by = "its metadata" if found["Version"] == pin.version else f"metadata of {found['Version']}"
        return Row(pin.name, pin.version, stated, known_by, pin.marker, verdict(stated, policy))
    review = reviewed.get(pin.name)
    licence = review.licence if review else ""
    return Row(pin.name, pin.version, licence, "review", review.why if review else pin.marker, verdict(licence, policy))


def component_row(component: Component, version: str, policy: Policy) -> Row:
    """By the reviewed list."""
    note = component.note + (f"; in {component.inside}" if component.inside else "")
    return Row(component.name, version, component.licence, "review", note, verdict(component.licence, policy))


def rows(pins: Iterable[Pin], known: Known, asked: Mapping[str, str] = MappingProxyType({})) -> list[Row]:
    """All of it, packages first; `asked` has the components' versions."""
    packages = [package_row(pin, known.packages, known.policy) for pin in runtime(pins)]
    return packages + [
        component_row(each, asked.get(each.name, each.version), known.policy) for each in known.components
    ]


def report(lines: Iterable[Row]) -> str:
    """Markdown, the same on every machine that has the same packages."""
    table = "\n".join(f"| {r.name} | {r.version} | {r.licence or '?'} | {r.known_by} | {r.note} |" for r in lines)
    head = "| part | version | licence (SPDX) | known by | note |\n|---|---|---|---|---|\n"
    return f"# Licences of what Sidetone's bundle carries\n\nSidetone itself: MIT.\n\n{head}{table}\n\n{REPLACING}"


def main() -> int:
    options = argparse.ArgumentParser(description="licence report and gate")
    options.add_argument("--out", type=Path, help="write the report here")
    options.add_argument("--bundle", type=Path, help="a built one-folder application to look through as well")
    wanted = options.parse_args()
    known = read_components()
    pins = read_lock(LOCK.read_text(encoding="utf-8"))
    lines = rows(pins, known, versions(known.components, own_version()))
    faults = [f"{row.name} {row.version}: {row.fault}" for row in lines if row.fault]
    if wanted.bundle is not None:
        unknown = strangers(wanted.bundle, runtime(pins), known.components)
        faults += [f"{path}: belongs to no known part; review it in packaging/components.toml" for path in unknown]
    if wanted.out is not None:
        wanted.out.parent.mkdir(parents=True, exist_ok=True)
        wanted.out.write_text(report(lines), encoding="utf-8", newline="\n")
    for fault in faults:
        print(f"licences: {fault}", file=sys.stderr)
    print(f"licences: {len(lines)} parts, {len(faults)} at fault" + (f"; {wanted.out}" if wanted.out else ""))
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
