"""What a bundle for this platform is made of, as JSON for the SBOM: versions, licences, who needs whom, native files.

.venv/bin/python packaging/parts.py build/parts.json [dist/sidetone]
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from bundle_files import sort_out
from inventory import LOCK, PROJECT, Known, Pin, normal, own_version, read_components, read_lock, runtime
from licences import rows
from versions import of_the_system, versions


def parts(pins: Iterable[Pin], known: Known, bundle: Path | None) -> list[dict[str, Any]]:
    """A dictionary for each part: name, version, kind, licence, url, note, package, needed_by, files.

    `needed_by` names other parts, and "" for Sidetone itself. ValueError when a native file belongs to no part.
    """
    here = runtime(pin for pin in pins if pin.here)
    carried = [each for each in known.components if not each.platforms or sys.platform in each.platforms]
    files = sort_out(bundle, here, carried) if bundle is not None else {}
    if unknown := files.get(""):
        raise ValueError(f"{unknown[0][0]} and {len(unknown) - 1} more files belong to no known part")
    asked = versions(known.components, own_version())
    judged = {(row.name, row.version): row for row in rows(pins, known, asked)}
    names = {pin.name for pin in here}
    found = []
    for pin in here:
        parents = {"" if parent == PROJECT else normal(parent) for parent in pin.asked_by}
        needed_by = sorted(parents & (names | {""}))
        row = judged[pin.name, pin.version]
        found.append(_part(row.name, row.version, "library", row.licence, "", "", needed_by) | {"package": True})
    for each in carried:
        row = judged[each.name, asked[each.name]]
        found.append(_part(row.name, row.version, each.kind, row.licence, each.url, each.note, [each.inside]))
    system = of_the_system(path.name for each in carried if not each.inside for path, _ in files.get(each.name, []))
    for part in found:
        part["files"] = [{"path": str(path), "sha256": digest} for path, digest in files.get(part["name"], [])]
        if not part["version"]:
            part["version"] = next(
                (system[path.name] for path, _ in files.get(part["name"], []) if path.name in system), ""
            )
    return found


def _part(
    name: str, version: str, kind: str, licence: str, url: str, note: str, needed_by: list[str]
) -> dict[str, Any]:
    fields = {"name": name, "version": version, "kind": kind, "licence": licence, "url": url, "note": note}
    return {**fields, "needed_by": needed_by, "package": False}


def main() -> int:
    out, *rest = map(Path, sys.argv[1:])
    found = parts(read_lock(LOCK.read_text(encoding="utf-8")), read_components(), rest[0] if rest else None)
    out.parent.mkdir(parents=True, exist_ok=True)
    document = {"version": own_version(), "parts": found}
    out.write_text(json.dumps(document, indent=1, ensure_ascii=False), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
