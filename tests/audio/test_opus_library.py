"""libopus is found in the layout of every platform: frozen, installed by a package manager, or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from desktop.audio.opus_library import find_opus


def nothing(name: str) -> None:
    return None


@pytest.mark.parametrize(
    ("platform", "folder", "file"),
    [
        ("win32", "Sidetone/_internal", "opus.dll"),
        ("win32", "Sidetone/_internal", "libopus-0.dll"),
        ("darwin", "Sidetone.app/Contents/Frameworks", "libopus.0.dylib"),
        ("darwin", "Sidetone.app/Contents/Frameworks", "libopus.dylib"),
        ("linux", "sidetone/_internal", "libopus.so.0"),
    ],
)
def test_a_frozen_application_uses_its_own(tmp_path: Path, platform: str, folder: str, file: str) -> None:
    inside = tmp_path / folder
    inside.mkdir(parents=True)
    (inside / file).touch()
    assert find_opus(platform, str(inside), ask=lambda name: "the system's") == str(inside / file)


@pytest.mark.parametrize("platform", ["win32", "darwin", "linux"])
def test_a_frozen_application_without_one_asks_the_system(tmp_path: Path, platform: str) -> None:
    (tmp_path / "libopus.txt").touch()
    assert find_opus(platform, str(tmp_path), (), ask={"opus": "found"}.get) == "found"


def test_windows_builds_have_two_names() -> None:
    assert find_opus("win32", None, ask={"libopus-0": r"C:\msys64\libopus-0.dll"}.get) == r"C:\msys64\libopus-0.dll"


def test_homebrew_is_looked_at_on_a_mac_alone(tmp_path: Path) -> None:
    (tmp_path / "libopus.0.dylib").touch()
    brewed = (tmp_path / "none", tmp_path)
    assert find_opus("darwin", None, brewed, nothing) == str(tmp_path / "libopus.0.dylib")
    assert find_opus("linux", None, brewed, nothing) is None


@pytest.mark.parametrize("platform", ["win32", "darwin", "linux", "freebsd14"])
def test_without_any_there_is_none(tmp_path: Path, platform: str) -> None:
    assert find_opus(platform, str(tmp_path), (tmp_path,), nothing) is None
