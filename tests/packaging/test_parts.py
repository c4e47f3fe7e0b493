"""What the SBOM is written from: every part that a bundle for this platform carries, who needs it, and its files."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from inventory import LOCK, read_components, read_lock, runtime
from parts import parts
from versions import of_the_system, versions

from desktop.audio.opus_library import find_opus

KNOWN = read_components()
PINS = read_lock(LOCK.read_text(encoding="utf-8"))


def test_every_part_is_there_with_a_licence_and_a_way_from_sidetone() -> None:
    found = {part["name"]: part for part in parts(PINS, KNOWN, None)}
    assert {pin.name for pin in runtime(pin for pin in PINS if pin.here)} <= set(found)
    assert {"libopus", "libsndfile", "Qt", "Python", "VADER lexicon", "Inter"} <= set(found)
    assert {"Silero VAD weights", "Moonshine Tiny English weights"} <= set(found)
    assert all(part["licence"] for part in found.values())
    reached: set[str] = {""}
    while more := {name for name, part in found.items() if reached & set(part["needed_by"])} - reached:
        reached |= more
    assert reached - {""} == set(found)


def test_versions_are_asked_of_the_libraries_and_never_guessed() -> None:
    asked = versions(KNOWN.components, "9.9")
    assert asked["libopus"][0].isdigit()
    assert asked["Qt"].startswith("6.")
    assert asked["LAME in libsndfile"] == asked["libX11"] == ""
    assert asked["Scripted calls"] == "9.9"


def test_a_library_of_the_system_has_the_version_of_its_package() -> None:
    (name,) = (Path(find_opus() or "").name,)
    found = of_the_system([name, "libnobody.so.9"])
    assert set(found) <= {name}
    assert all(version[0].isdigit() for version in found.values())


def test_native_files_come_with_their_checksums_and_strangers_are_refused(tmp_path: Path) -> None:
    (tmp_path / "libopus.so.0").write_bytes(b"\x7fELF opus")
    (opus,) = [part for part in parts(PINS, KNOWN, tmp_path) if part["name"] == "libopus"]
    digest = hashlib.sha256(b"\x7fELF opus").hexdigest()
    assert opus["files"] == [{"path": "libopus.so.0", "sha256": digest}]
    (tmp_path / "libstranger.so").write_bytes(b"\x7fELF")
    with pytest.raises(ValueError, match=r"libstranger\.so"):
        parts(PINS, KNOWN, tmp_path)
