"""The tree can be checked out on every platform: names, lengths, line endings."""

from __future__ import annotations

import subprocess
from collections import Counter
from pathlib import Path, PurePosixPath

import pytest

ROOT = Path(__file__).parents[2]
DEVICES = {"con", "prn", "aux", "nul"} | {f"{port}{number}" for port in ("com", "lpt") for number in range(10)}
LONGEST_PLACE = r"C:\Users\a.supervisor.with.a.long.name\AppData\Local\Programs\Sidetone\_internal\desktop" + "\\"
CRLF = (".bat", ".cmd", ".iss", ".ps1")


def git(*arguments: str) -> list[str]:
    command = ["git", "-c", f"safe.directory={ROOT}", *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return [name for name in done.stdout.split("\0") if name]


FILES = [
    PurePosixPath(name)
    for name in git("ls-files", "-z", "--cached", "--others", "--exclude-standard")
    if (ROOT / name).exists()
]


def test_no_two_names_differ_in_case_alone() -> None:
    paths = {path for file in FILES for path in (file, *file.parents)}
    assert [name for name, count in Counter(str(path).casefold() for path in paths).items() if count > 1] == []


def test_no_name_is_refused_by_windows() -> None:
    parts = {part for file in FILES for part in file.parts}
    assert not [part for part in parts if part.split(".")[0].casefold() in DEVICES]
    assert not [part for part in parts if set(part) & set('<>:"|?*\\') or part != part.rstrip(". ")]
    assert all(part.isascii() and part.isprintable() for part in parts)


def test_no_path_is_too_long_for_windows() -> None:
    """260 characters with the folder before it, for a checkout and for resources in an installed application."""
    assert max(len(str(file)) for file in FILES) < 140
    resources = [file for file in FILES if file.parts[0] == "resources"]
    assert max(len(LONGEST_PLACE + str(file)) for file in resources) < 240


def test_no_link_is_in_the_tree() -> None:
    assert not [entry for entry in git("ls-files", "-s", "-z") if entry.startswith("120000")]


@pytest.mark.parametrize("file", ["packaging/windows/sidetone.iss", "packaging/windows/kiosk.ps1", "a.bat", "b.cmd"])
def test_what_windows_reads_has_its_line_ends(file: str) -> None:
    assert git("check-attr", "-z", "eol", file)[2] == "crlf"


def test_everything_else_has_unix_line_ends() -> None:
    texts = [file for file in FILES if file.suffix not in CRLF]
    told = git("check-attr", "-z", "eol", *map(str, texts))
    assert set(told[2::3]) == {"lf"}


def test_the_index_has_unix_line_ends_and_scripts_do_not_depend_on_the_checkout() -> None:
    for line in git("ls-files", "--eol", "-z"):
        info, _, name = line.partition("\t")
        assert info.split()[0] in ("i/lf", "i/-text", "i/none"), name
    for file in FILES:
        if file.suffix == ".sh" or str(file) == ".ci/run":
            assert b"\r" not in (ROOT / file).read_bytes(), file
