"""ICU's data are cut down so that Qt says the same about languages, encodings and time zones as with the whole."""

from __future__ import annotations

import sys
from pathlib import Path

import icu_data
import pytest

HEADER = b"\x10\0\xda\x27\x14\0\0\0\0\0\2\0CmnD"
ITEMS = {"icudt73l/brkitr/root.res": b"words", "icudt73l/coll/root.res": b"o" * 33, "icudt73l/en.res": b"English"}


def encoding(most_bytes: int) -> bytes:
    return HEADER.replace(b"CmnD", b"cnvt") + bytes(71) + bytes([most_bytes])


def test_what_is_written_is_read_again() -> None:
    data = icu_data.written(HEADER, ITEMS)
    header, items = icu_data.read(data)
    assert header == HEADER
    assert list(items) == list(ITEMS)
    assert [item.rstrip(b"\0") for item in items.values()] == list(ITEMS.values())
    assert all(data.index(item) % 16 == 0 for item in items.values())


@pytest.mark.parametrize("changed", [b"\x7fELF" + HEADER[4:], HEADER[:12] + b"ResB", HEADER[:8] + b"\1" + HEADER[9:]])
def test_anything_else_is_refused(changed: bytes) -> None:
    with pytest.raises(ValueError, match="no ICU data"):
        icu_data.read(icu_data.written(changed, ITEMS))


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("coll/ucadata.icu", True),
        ("coll/ja.res", True),
        ("zone/en_001.res", True),
        ("zone/de.res", False),
        ("zoneinfo64.res", True),
        ("en_GB.res", True),
        ("de.res", False),
        ("lang/en.res", False),
        ("brkitr/thaidict.dict", False),
        ("unames.icu", False),
    ],
)
def test_what_qt_may_read_is_kept(name: str, wanted: bool) -> None:
    assert icu_data.is_wanted(f"icudt73l/{name}", b"") is wanted


def test_encodings_of_one_byte_a_character_are_kept() -> None:
    assert icu_data.is_wanted("icudt73l/ibm-5348_P100-1997.cnv", encoding(1))
    assert not icu_data.is_wanted("icudt73l/gb18030.cnv", encoding(4))


if sys.platform == "linux":  # elsewhere Qt is without ICU
    import PySide6
    import qt_text

    QT = Path(PySide6.__file__).parent / "Qt/lib"

    @pytest.fixture
    def libraries(tmp_path: Path) -> Path:
        """Qt's, to be changed."""
        for library in (*QT.glob("libQt6Core.so.*"), *QT.glob("libicu*.so.*")):
            (tmp_path / library.name).write_bytes(library.read_bytes())
        return tmp_path

    def test_qt_says_the_same_with_a_sixth_of_the_data(libraries: Path) -> None:
        (library,) = libraries.glob("libicudata.so.*")
        before = library.stat().st_size
        icu_data.cut(libraries)
        assert library.stat().st_size < before / 6
        assert qt_text.differences(libraries) == []

    def test_it_is_seen_when_data_are_missing(libraries: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(icu_data, "is_wanted", lambda name, item: name.endswith("/root.res"))
        icu_data.cut(libraries)
        assert qt_text.differences(libraries) == ["sorting", "encodings", "time_zones"]

    def test_it_is_seen_whose_data_were_read(tmp_path: Path) -> None:
        assert qt_text.differences(tmp_path) == ["data"]

    def test_a_qt_that_asks_for_more_stops_the_build(libraries: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(icu_data, "ASKED_OF_ICU", ("ucol", "ucnv", "u_strToLower", "u_strToUpper"))
        with pytest.raises(ValueError, match="Qt asks ICU for ucal"):
            icu_data.cut(libraries)

    def test_a_missing_tool_is_named(libraries: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("PATH", "/nonexistent")
        with pytest.raises(SystemExit, match="nm is missing: apt install binutils"):
            icu_data.cut(libraries)
