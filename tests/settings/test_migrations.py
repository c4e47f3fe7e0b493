"""Files of every earlier format are read as they were meant, by a chain of pure steps."""

from __future__ import annotations

import copy
from pathlib import Path

import pytest

from desktop.domain.errors import SettingInvalid
from desktop.settings.migrations import STEPS, migrated
from desktop.settings.model import FORMAT, Connection, Settings
from desktop.settings.store import load, save

FIRST = """\
format = 1
theme = "dark"
notifications = true
workers = 0
[[connections]]
name = "a"
base_url = "https://x"
[keyword_alert]
rule_id = "keyword-critical"
leave_s = {leave_s}
"""


def test_there_is_a_step_from_every_format_to_the_next() -> None:
    assert sorted(STEPS) == list(range(1, FORMAT))


def test_the_default_that_format_1_wrote_down_gives_way_to_todays(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_text(FIRST.format(leave_s=60.0))
    found = load(path)
    assert found.keyword_alert == Settings().keyword_alert
    assert found.theme == "dark"
    assert found.connections == (Connection("a", "https://x"),)


def test_what_somebody_chose_in_format_1_stays(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_text(FIRST.format(leave_s=90.0))
    assert load(path).keyword_alert.leave_s == 90.0
    path.write_text(FIRST.format(leave_s=60.0).replace("format = 1", "format = 2"))
    assert load(path).keyword_alert.leave_s == 60.0


def test_the_steps_are_taken_in_order_and_leave_the_document_alone() -> None:
    def step(name: str):
        return lambda document: {**document, "way": [*document.get("way", []), name]}

    steps = {1: step("1 to 2"), 2: step("2 to 3"), 3: step("3 to 4")}
    document = {"theme": "dark"}
    before = copy.deepcopy(document)
    assert migrated(document, 1, steps, 4) == {"theme": "dark", "way": ["1 to 2", "2 to 3", "3 to 4"]}
    assert migrated(document, 3, steps, 4)["way"] == ["3 to 4"]
    assert migrated(document, 4, steps, 4) == document == before


def test_reading_an_older_file_changes_nothing_and_writing_keeps_it(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    old = FIRST.format(leave_s=60.0)
    path.write_text(old)
    found = load(path)
    assert path.read_text() == old
    for theme in ("light", "dark", "light", "dark", "light", "dark", "light"):
        save(Settings(theme=theme, connections=found.connections), path)
    assert path.with_name("settings.toml.format-1").read_text() == old
    assert f"format = {FORMAT}" in path.read_text()


def test_a_newer_file_is_refused_and_not_touched(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    text = f'format = {FORMAT + 1}\nnew_thing = "x"\n'
    path.write_text(text)
    for attempt in (lambda: load(path), lambda: save(Settings(), path)):
        with pytest.raises(SettingInvalid, match="newer"):
            attempt()
    assert path.read_text() == text
    assert [each.name for each in tmp_path.iterdir()] == ["settings.toml"]
