"""Which Debian packages a frozen folder needs: libraries it names and does not hold, the newest glibc it asks for."""

from __future__ import annotations

import sys
from pathlib import Path

import debian_copyright
import depends
import pytest

from desktop import __version__

HEADERS = """
x/_internal/libQt6Gui.so.6:     file format elf64-x86-64

Dynamic Section:
  NEEDED               libGL.so.1
  NEEDED               libz.so.1
  RUNPATH              $ORIGIN

Version References:
  required from libc.so.6:
    0x09691974 0x00 05 GLIBC_2.3.4
    0x069691b4 0x00 02 GLIBC_2.34

x/sidetone:     file format elf64-x86-64
  NEEDED               libc.so.6
    0x0d696919 0x00 04 GLIBC_2.9
"""


def test_headers_are_read_across_files() -> None:
    assert depends.read(HEADERS) == ({"libGL.so.1", "libz.so.1", "libc.so.6"}, (2, 34))


def test_a_library_that_nobody_has_is_an_error_that_names_it() -> None:
    with pytest.raises(LookupError, match=r"libnobody\.so\.7"):
        depends.package_of("libnobody.so.7")


def test_the_c_library_s_package_is_found() -> None:
    assert depends.package_of("libc.so.6") == "libc6"


def test_only_elf_files_are_looked_at(tmp_path: Path) -> None:
    (tmp_path / "note").write_text("hello")
    assert not depends.is_elf(tmp_path / "note")
    assert depends.is_elf(Path(sys.executable).resolve())


def test_the_licence_is_indented_as_debian_wants_it() -> None:
    text = debian_copyright.expat(debian_copyright.TEXT.read_text("utf-8"))
    assert all(line.startswith(" ") and line.strip() for line in text.splitlines())
    assert text.startswith(" Permission is hereby granted")


def test_the_changelog_is_about_this_version() -> None:
    changelog = (Path(__file__).parents[2] / "packaging/linux/debian/changelog").read_text("utf-8")
    assert changelog.startswith(f"sidetone ({__version__}) ")
