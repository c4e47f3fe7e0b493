"""Builds resources/fonts/SidetoneSigns.ttf: the signs on the screen that Inter hasn't got, from DejaVu Sans (by hand).

    python resources/build/build_signs.py DejaVuSans.ttf      needs fonttools

Renamed, as the licence of DejaVu's outlines asks for. A test names the signs that neither face has.
"""

from __future__ import annotations

import sys
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont

SIGNS = "✕✓◌◑◔▸▾━╌┈┃"
FAMILY = "Sidetone Signs"
TARGET = Path(__file__).parent.parent / "fonts" / "SidetoneSigns.ttf"


def main() -> None:
    font = TTFont(sys.argv[1], recalcTimestamp=False)
    options = subset.Options()
    options.hinting = False
    options.name_IDs = [0, 1, 2]
    cut = subset.Subsetter(options)
    cut.populate(text=SIGNS)
    cut.subset(font)
    for name in font["name"].names:
        if name.nameID == 1:
            name.string = FAMILY
    font.save(TARGET)


if __name__ == "__main__":
    main()
