"""Prints the package's copyright file, in Debian's format: Sidetone, and each part of the frozen folder by its licence.

usage: debian_copyright.py PARTS.json LICENSES      of packaging/parts.py; the frozen folder's texts
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

TEXT = Path(__file__).resolve().parents[2] / "LICENSE"

HEAD = """\
Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: Sidetone
Upstream-Contact: Sidetone contributors

Files: *
Copyright: 2026 Sidetone contributors
License: Expat

Files: usr/share/bash-completion/* usr/share/fish/* usr/share/zsh/*
Copyright: 2026 Sidetone contributors
           2020-2026 Casper da Costa-Luis and the other authors of shtab
License: Expat and MPL-2.0
Comment: Written by shtab; parts of its templates are in them.

Files: usr/lib/sidetone/*
Copyright: 2026 Sidetone contributors, and the authors of the parts named below
License: Expat and others
"""

OTHERS = """\
License: others
 Beside Sidetone this folder holds Python, Qt, libraries, fonts and speech
 models, each under its own licence (SPDX names):
 .
{parts}
 .
 and these libraries of the Debian release on which it was made, under what
 their copyright files say:
 .
{libraries}
 .
 The texts and the names of the authors are in /usr/lib/sidetone/licenses.
"""

MPL = "License: MPL-2.0\n The text is in /usr/share/common-licenses/MPL-2.0.\n"


def main(arguments: list[str]) -> int:
    if len(arguments) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    parts = json.loads(Path(arguments[0]).read_text("utf-8"))["parts"]
    named = {part["name"]: part["licence"] for part in parts}
    folders = {path.name for path in Path(arguments[1]).iterdir() if (path / "copyright").is_file()}
    others = OTHERS.format(parts="\n".join(_lines(named)), libraries="\n".join(f"  {each}" for each in sorted(folders)))
    print("\n".join((HEAD, f"License: Expat\n{expat(TEXT.read_text('utf-8'))}\n", others, MPL)), end="")
    return 0


def expat(licence: str) -> str:
    """The licence's text from its first grant on, indented as that format wants it."""
    lines = licence[licence.index("Permission is hereby") :].rstrip().splitlines()
    return "\n".join(f" {line or '.'}" for line in lines)


def _lines(named: dict[str, str]) -> Iterator[str]:
    for name in sorted(named, key=str.lower):
        yield f"  {name}: {named[name]}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
