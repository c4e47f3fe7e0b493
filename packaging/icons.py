"""Makes the icons of every platform from resources/icons/sidetone.svg: PNG sizes, Windows' .ico, macOS's .icns.

usage: icons.py FOLDER
"""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path

from PIL import Image

SVG = Path(__file__).resolve().parents[1] / "resources/icons/sidetone.svg"
PNG_SIZES = (16, 22, 24, 32, 48, 64, 128, 256, 512)
ICO_SIZES = (16, 20, 24, 32, 40, 48, 64, 256)
ICNS_SIZES = (16, 32, 64, 128, 256, 512, 1024)


def drawn(size: int) -> Image.Image:
    """The picture at a size, drawn for it instead of being scaled down."""
    from PySide6.QtCore import QBuffer, QIODevice
    from PySide6.QtGui import QImage, QPainter
    from PySide6.QtSvg import QSvgRenderer

    picture = QImage(size, size, QImage.Format.Format_ARGB32)
    picture.fill(0)
    painter = QPainter(picture)
    QSvgRenderer(str(SVG)).render(painter)
    painter.end()
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    picture.save(buffer, "PNG")  # type: ignore[call-overload]
    return Image.open(io.BytesIO(bytes(buffer.data().data())))


def make(folder: Path) -> None:
    """sidetone-SIZE.png, sidetone.ico and sidetone.icns into `folder`."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from PySide6.QtGui import QGuiApplication

    app = QGuiApplication.instance() or QGuiApplication([])
    folder.mkdir(parents=True, exist_ok=True)
    for size in PNG_SIZES:
        drawn(size).save(folder / f"sidetone-{size}.png", optimize=True)
    *smaller, largest = map(drawn, ICO_SIZES)
    largest.save(folder / "sidetone.ico", append_images=smaller, sizes=[(size, size) for size in ICO_SIZES])
    *smaller, largest = map(drawn, ICNS_SIZES)
    largest.save(folder / "sidetone.icns", append_images=smaller)
    del app


def main() -> int:
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    make(Path(sys.argv[1]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
