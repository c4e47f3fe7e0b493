"""Where the resources are found: environment, installed package or frozen folder, checkout."""

from __future__ import annotations

from pathlib import Path

import pytest

from desktop.bundled import RESOURCES_VARIABLE, resources_folder
from desktop.domain.errors import SettingInvalid


def test_the_environment_chooses_first(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(RESOURCES_VARIABLE, str(tmp_path))
    assert resources_folder() == tmp_path
    monkeypatch.setenv(RESOURCES_VARIABLE, str(tmp_path / "missing"))
    with pytest.raises(SettingInvalid, match="resources folder was not found"):
        resources_folder()


def test_a_checkout_has_them_beside_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(RESOURCES_VARIABLE, raising=False)
    assert (resources_folder() / "fonts" / "Inter-Regular.otf").is_file()


def test_what_was_installed_with_the_package_wins_over_a_neighbour(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv(RESOURCES_VARIABLE, raising=False)
    package, neighbour = tmp_path / "desktop", tmp_path / "resources"
    (package / "resources").mkdir(parents=True)
    neighbour.mkdir()
    assert resources_folder(package) == package / "resources"
    (package / "resources").rmdir()
    assert resources_folder(package) == neighbour
    neighbour.rmdir()
    with pytest.raises(SettingInvalid, match="resources folder was not found"):
        resources_folder(package)
