"""The licence gate lets through what a business may ship, and names everything else."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path, PurePosixPath

import pytest
from bundle_files import owned_files, part_of, strangers
from inventory import LOCK, ROOT, Pin, Reviewed, read_components, read_lock, runtime
from licences import package_row, report, rows, verdict

KNOWN = read_components()
PINS = read_lock(LOCK.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    "expression",
    [
        "MIT",
        "Apache-2.0 AND MIT",
        "LGPL-3.0-only OR GPL-2.0-only OR GPL-3.0-only",
        "GPL-3.0-or-later WITH GCC-exception-3.1",
        "(MIT OR GPL-2.0-only) AND BSD-3-Clause",
    ],
)
def test_what_may_be_carried(expression: str) -> None:
    assert verdict(expression, KNOWN.policy) == ""


@pytest.mark.parametrize(
    ("expression", "because"),
    [
        ("", "not known"),
        ("GPL-3.0-only", "not among"),
        ("AGPL-3.0-or-later", "not among"),
        ("CC-BY-NC-4.0", "not among"),
        ("MIT AND GPL-2.0-only", "not among"),
        ("GPL-2.0-only OR AGPL-3.0-only", "not among"),
        ("GPL-2.0-only WITH Classpath-exception-2.0", "not among"),
        ("LicenseRef-Proprietary", "no SPDX expression"),
        ("Free for friends", "no SPDX expression"),
    ],
)
def test_what_may_not(expression: str, because: str) -> None:
    assert because in verdict(expression, KNOWN.policy)


def test_everything_the_bundle_carries_may_be_carried() -> None:
    lines = rows(PINS, KNOWN)
    assert [(row.name, row.fault) for row in lines if row.fault] == []
    models = {"Silero VAD weights", "Moonshine Tiny English weights"}
    assert models | {"libopus", "libsndfile", "Qt", "Inter", "onnxruntime", "aiohttp", "bidict"} <= {
        row.name for row in lines
    }


def test_metadata_comes_before_a_review_and_an_unknown_package_is_a_fault() -> None:
    stale = {"attrs": Reviewed("GPL-3.0-only", "out of date")}
    pin = next(pin for pin in PINS if pin.name == "attrs")
    assert package_row(pin, stale, KNOWN.policy).licence == "MIT"
    ghost = Pin("no-such-package", "1", "", (), frozenset())
    assert "not known" in package_row(ghost, {}, KNOWN.policy).fault
    assert package_row(ghost, {"no-such-package": Reviewed("GPL-3.0-only", "")}, KNOWN.policy).fault


def test_no_review_is_left_over() -> None:
    clear = [pin.name for pin in runtime(PINS) if package_row(pin, {}, KNOWN.policy).licence]
    assert not set(clear) & set(KNOWN.packages)


def test_the_report_says_how_each_licence_is_known() -> None:
    text = report(rows(PINS, KNOWN))
    assert "| libsndfile |  | LGPL-2.1-or-later | review |" in text
    assert "| pyside6-essentials | " in text
    assert "Replaceable parts" in text


@pytest.mark.parametrize(
    ("path", "part"),
    [
        ("_internal/libopus.so.0", "libopus"),
        ("_internal/opus.dll", "libopus"),
        ("Contents/Frameworks/libopus.0.dylib", "libopus"),
        ("_internal/PySide6/Qt/lib/libQt6Core.so.6", "Qt"),
        ("_internal/PySide6/Qt/plugins/platforms/libqxcb.so", "Qt"),
        ("Contents/Frameworks/PySide6/Qt/lib/QtCore.framework/Versions/A/QtCore", "Qt"),
        ("_internal/PySide6/QtCore.abi3.so", "pyside6-essentials"),
        ("_internal/numpy.libs/libquadmath-96973f99-934c22de.so.0.0.0", "libquadmath"),
        ("_internal/lib-dynload/_ssl.cpython-311-x86_64-linux-gnu.so", "Python"),
        ("_internal/libwhatever.so.3", ""),
        ("sidetone", "PyInstaller bootloader"),
    ],
)
def test_a_native_file_belongs_to_a_part(path: str, part: str) -> None:
    assert part_of(PurePosixPath(path), owned_files(runtime(PINS)), KNOWN.components) == part


def test_a_stranger_in_a_bundle_is_found(tmp_path: Path) -> None:
    inside = tmp_path / "_internal"
    inside.mkdir()
    (inside / "libopus.so.0").write_bytes(b"\x7fELF rest")
    (inside / "libgplonly.so.1").write_bytes(b"\x7fELF rest")
    (inside / "notes.txt").write_text("no program")
    assert strangers(tmp_path, runtime(PINS), KNOWN.components) == [PurePosixPath("_internal/libgplonly.so.1")]
    with pytest.raises(FileNotFoundError):
        strangers(tmp_path / "none", (), ())


def test_the_command_fails_where_there_is_a_stranger(tmp_path: Path) -> None:
    (tmp_path / "stranger.exe").write_bytes(b"MZ rest")
    script, out = str(ROOT / "packaging/licences.py"), str(tmp_path / "r.md")
    command = [sys.executable, script, "--out", out, "--bundle", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, "PYTHONPATH": ""})
    assert done.returncode == 1
    assert "stranger.exe: belongs to no known part" in done.stderr
    assert (tmp_path / "r.md").read_text(encoding="utf-8").startswith("# Licences")


def test_a_gpl_component_would_stop_a_release() -> None:
    bad = replace(KNOWN.components[0], licence="GPL-3.0-only")
    assert [row.name for row in rows((), replace(KNOWN, components=(bad,))) if row.fault] == [bad.name]
