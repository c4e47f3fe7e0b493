"""Earlier settings are kept, a few of them, and the newest that can be used comes back."""

from __future__ import annotations

from pathlib import Path

import pytest

from desktop.domain.errors import SettingInvalid
from desktop.settings.backups import KEPT, backups, every_file, last_good, place, restore
from desktop.settings.model import Settings
from desktop.settings.store import load, save


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "settings.toml"


def test_so_many_are_kept_and_no_more(path: Path) -> None:
    for workers in range(12):
        save(Settings(workers=workers), path)
    assert [load(each.path).workers for each in backups(path, load)] == [10, 9, 8, 7, 6]
    assert len(backups(path, load)) == KEPT
    assert len(list(path.parent.iterdir())) == KEPT + 1


def test_writing_the_same_again_pushes_nothing_out(path: Path) -> None:
    save(Settings(workers=1), path)
    for _ in range(9):
        save(Settings(workers=2), path)
    assert [load(each.path).workers for each in backups(path, load)] == [2, 1]


def test_the_last_good_one_is_found_and_what_was_broken_is_kept(path: Path) -> None:
    for workers in (1, 2, 3):
        save(Settings(workers=workers), path)
    place(path, 1).write_text("workers = ")
    path.write_text("theme = 7")
    found = last_good(path, load)
    assert found is not None
    assert found.number == 2
    aside = restore(path, found)
    assert load(path).workers == 1
    assert aside is not None
    assert aside.read_text() == "theme = 7"


def test_a_broken_backup_is_not_restored(path: Path) -> None:
    place(path, 1).write_text("theme = 7")
    (only,) = backups(path, load)
    assert "theme" in only.problem
    assert last_good(path, load) is None
    with pytest.raises(SettingInvalid, match="older one"):
        restore(path, only)
    assert not path.exists()


def test_everything_that_is_kept_is_known(path: Path) -> None:
    path.write_text("format = 1\n")
    for workers in (1, 2):
        save(Settings(workers=workers), path)
    path.with_name("notes.txt").write_text("not ours")
    assert {each.name for each in every_file(path)} == {
        "settings.toml",
        "settings.toml.1",
        "settings.toml.2",
        "settings.toml.format-1",
    }
