"""An administrator's file completes, overrules and locks; a broken one is never taken as unlocked."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from desktop.domain.errors import SettingInvalid
from desktop.settings import managed as managing
from desktop.settings.managed import Kiosk, Managed, managed_path, read_managed
from desktop.settings.model import Connection, Settings
from desktop.settings.store import load, managed_now, save

FILE = """\
theme = "dark"
workers = 2
locked = ["theme", "connections"]
[[connections]]
name = "Floor"
base_url = "https://floor.example.com"
[kiosk]
full_screen = true
no_close = true
"""
FLOOR = (Connection("Floor", "https://floor.example.com"),)


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A person's own file, on a computer with FILE."""
    (tmp_path / "managed.toml").write_text(FILE)
    monkeypatch.setenv("SIDETONE_MANAGED", str(tmp_path / "managed.toml"))
    return tmp_path / "settings.toml"


def test_without_a_file_nothing_is_managed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SIDETONE_MANAGED", raising=False)
    assert managed_path() is None
    assert managed_now() == Managed()


def test_its_values_stand_where_a_person_has_none(path: Path) -> None:
    assert load(path) == Settings(theme="dark", workers=2, connections=FLOOR)
    path.write_text("workers = 5\nnotifications = false\n")
    assert load(path) == Settings(theme="dark", workers=5, notifications=False, connections=FLOOR)


def test_a_locked_option_overrules_what_a_person_has(path: Path) -> None:
    path.write_text('theme = "light"\n[[connections]]\nname = "Mine"\nbase_url = "https://mine.example.com"\n')
    assert load(path).theme == "dark"
    assert load(path).connections == FLOOR


def test_an_edit_of_a_locked_option_is_refused_with_the_reason(path: Path) -> None:
    path.write_text("workers = 5\n")
    with pytest.raises(SettingInvalid, match=r"theme: is set by your administrator. It can be changed in .*managed"):
        save(replace(load(path), theme="light"), path)
    assert path.read_text() == "workers = 5\n"


def test_other_edits_are_kept_without_the_administrators_part(path: Path) -> None:
    path.write_text('theme = "light"\n')
    save(replace(load(path), notifications=False), path)
    text = path.read_text()
    assert 'theme = "light"' in text  # theirs again, once it is unlocked
    assert "Floor" not in text
    assert "workers" not in text
    assert load(path).notifications is False


def test_what_is_not_locked_can_be_chosen_otherwise_and_back(path: Path) -> None:
    save(replace(load(path), workers=7), path)
    assert load(path).workers == 7
    save(replace(load(path), workers=2), path)
    assert load(path).workers == 2
    (path.parent / "managed.toml").write_text("workers = 4\n")
    assert load(path).workers == 2


def test_a_lock_without_a_value_locks_what_was_delivered(path: Path) -> None:
    (path.parent / "managed.toml").write_text('locked = ["keywords"]\n')
    path.write_text('[[keywords]]\nrule_id="x"\nlabel="X"\nphrases=["x"]\nseverity="info"\n')
    assert load(path).keywords is None


def test_the_kiosk_is_read(path: Path) -> None:
    assert managed_now().kiosk == Kiosk(full_screen=True, no_close=True)
    assert managed_now().kiosk.any
    assert not Kiosk().any


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("theme = ", "managed.toml: is not valid TOML"),
        ('theme = "pink"', "managed.toml: theme: is unknown"),
        ("xyzzy = 1", "managed.toml: xyzzy: is no setting"),
        ('locked = ["them"]', "managed.toml: locked: them is no option"),
        ('locked = "theme"', "Expected `array`"),
        ("[kiosk]\nfullscreen = true", "managed.toml: kiosk.fullscreen: is no option"),
        ("[kiosk]\nno_close = 1", r"Expected `bool`"),
        ("kiosk = true", "kiosk: is no table"),
        ('[[organisations]]\nname="a"\nclient_secret="x"', "must not be in a file"),
    ],
)
def test_a_broken_file_is_a_clear_error_for_reading_and_writing(path: Path, text: str, named: str) -> None:
    (path.parent / "managed.toml").write_text(text)
    for attempt in (lambda: load(path), lambda: save(Settings(), path)):
        with pytest.raises(SettingInvalid, match=named):
            attempt()


def test_a_file_that_cannot_be_read_is_not_taken_as_none(tmp_path: Path) -> None:
    with pytest.raises(SettingInvalid, match="can't be read"):
        read_managed(tmp_path)


def test_the_systems_file_comes_before_the_environments(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    system = path.parent / "system.toml"
    monkeypatch.setattr(managing, "system_path", lambda: system)
    assert managed_path() == path.parent / "managed.toml"
    system.write_text("")
    assert managed_path() == system
