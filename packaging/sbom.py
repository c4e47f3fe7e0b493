"""Writes the SBOM, CycloneDX 1.6 JSON, from what packaging/parts.py found; refuses one that its schema refuses.

packaging/tools.sh sbom.py build/parts.json dist/sidetone.cdx.json

The same parts and the same SOURCE_DATE_EPOCH give the same bytes. The schema comes with the library: no network.
"""

from __future__ import annotations

import datetime
import json
import os
import sys
import uuid
from pathlib import Path
from typing import Any

from cyclonedx.model import ExternalReference, ExternalReferenceType, HashAlgorithm, HashType, XsUri
from cyclonedx.model.bom import Bom, BomMetaData
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.model.license import LicenseExpression
from cyclonedx.output.json import JsonV1Dot6
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packageurl import PackageURL

WEB = ExternalReferenceType.WEBSITE


def component(part: dict[str, Any]) -> Component:
    """One part, with its native files inside it."""
    name, version = part["name"], part["version"]
    files = [
        Component(
            name=file["path"],
            type=ComponentType.FILE,
            bom_ref=f"file:{file['path']}",
            hashes=[HashType(alg=HashAlgorithm.SHA_256, content=file["sha256"])],
        )
        for file in part["files"]
    ]
    return Component(
        name=name,
        version=version or None,
        type=ComponentType(part["kind"]),
        bom_ref=f"{name}@{version}" if version else name,
        description=part["note"] or None,
        licenses=[LicenseExpression(part["licence"])],
        purl=PackageURL("pypi", name=name, version=version) if part["package"] else None,
        external_references=[ExternalReference(type=WEB, url=XsUri(part["url"]))] if part["url"] else [],
        components=files,
    )


def bill(document: dict[str, Any], when: datetime.datetime) -> Bom:
    """Sidetone, its parts and who needs whom."""
    version = document["version"]
    own = Component(
        name="sidetone",
        version=version,
        type=ComponentType.APPLICATION,
        bom_ref=f"sidetone@{version}",
        licenses=[LicenseExpression("MIT")],
        purl=PackageURL("pypi", name="sidetone", version=version),
    )
    found = {part["name"]: component(part) for part in document["parts"]}
    serial = uuid.uuid5(uuid.NAMESPACE_URL, json.dumps(document, sort_keys=True))
    bom = Bom(components=found.values(), metadata=BomMetaData(component=own, timestamp=when), serial_number=serial)
    needs: dict[str, list[Component]] = {}
    for part in document["parts"]:
        for parent in part["needed_by"]:
            needs.setdefault(parent, []).append(found[part["name"]])
    for name, child in {"": own, **found}.items():
        bom.register_dependency(child, needs.get(name, []))
    return bom


def main() -> int:
    source, target = map(Path, sys.argv[1:])
    when = datetime.datetime.fromtimestamp(int(os.environ["SOURCE_DATE_EPOCH"]), datetime.UTC)
    bom = bill(json.loads(source.read_text(encoding="utf-8")), when)
    text = JsonV1Dot6(bom).output_as_string(indent=1) + "\n"
    if problem := JsonStrictValidator(SchemaVersion.V1_6).validate_str(text):
        print(f"sbom: not valid CycloneDX 1.6: {problem}", file=sys.stderr)
        return 1
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text, encoding="utf-8", newline="\n")
    print(f"sbom: {len(bom.components)} parts, valid CycloneDX 1.6; {target}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
