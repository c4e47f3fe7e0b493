"""A run that did not end in order is noticed by the next one, with what it left."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from desktop.domain.errors import SettingInvalid
from desktop.upkeep.ending import FILE, Ending, How, RunRecord, recorded

AT = "2026-11-28T01:00:00+00:00"


def ran(folder: Path) -> Ending:
    """What a run finds; it ends in order."""
    record = RunRecord(folder, AT)
    record.end()
    return record.before


def vanished(folder: Path) -> None:
    """A run that is killed: a process of its own, which dies of a real fault or exits without a word."""
    code = (
        "import sys, os; from desktop.upkeep.ending import RunRecord; from pathlib import Path; "
        f"r = RunRecord(Path({str(folder)!r}), {AT!r}); r.note({{'calls.seen': 3}}); os._exit(1)"
    )
    subprocess.run([sys.executable, "-c", code], check=False, timeout=60)


def test_the_first_run_has_none_before_it_and_a_clean_one_is_clean(tmp_path: Path) -> None:
    assert ran(tmp_path).how is How.FIRST
    assert ran(tmp_path).how is How.CLEAN


def test_a_run_that_vanished_is_noticed_and_counted(tmp_path: Path) -> None:
    vanished(tmp_path)
    vanished(tmp_path)
    before = ran(tmp_path)
    assert (before.how, before.in_a_row, before.safer) == (How.UNCLEAN, 2, True)
    assert before.counters == {"calls.seen": 3}
    vanished(tmp_path)
    once = ran(tmp_path)
    assert (once.how, once.in_a_row, once.safer) == (How.UNCLEAN, 1, False)
    assert ran(tmp_path).how is How.CLEAN


def test_an_error_that_nobody_caught_leaves_its_frames(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="Xanthippe"), recorded(tmp_path, AT):
        raise ValueError("Xanthippe")
    before = ran(tmp_path)
    assert before.how is How.UNCLEAN
    assert before.story[0] == "ValueError"
    assert "Xanthippe" not in json.dumps(before.story)


def test_what_a_person_can_put_right_is_no_unclean_end(tmp_path: Path) -> None:
    with pytest.raises(SettingInvalid), recorded(tmp_path, AT):
        raise SettingInvalid("keywords", "can't be used", "Correct them.")
    assert ran(tmp_path).how is How.CLEAN


def test_a_fault_in_native_code_leaves_its_frames(tmp_path: Path) -> None:
    code = (
        "import faulthandler; from desktop.upkeep.ending import RunRecord; from pathlib import Path; "
        f"RunRecord(Path({str(tmp_path)!r}), {AT!r}); faulthandler._sigsegv()"
    )
    done = subprocess.run([sys.executable, "-c", code], check=False, timeout=60, capture_output=True)
    assert done.returncode != 0
    before = ran(tmp_path)
    assert before.how is How.UNCLEAN
    assert before.faults[0].startswith("Fatal Python error: Segmentation fault")
    assert before.faults[-1].startswith('  File "<string>"')


def test_a_computer_that_was_switched_off_is_no_unclean_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    vanished(tmp_path)
    boot = psutil.boot_time()
    monkeypatch.setattr(psutil, "boot_time", lambda: boot + 3_600.0)
    assert ran(tmp_path).how is How.SWITCHED_OFF


@pytest.mark.parametrize("text", ["", "{", "[]", '{"pid": "x"}', "\x00" * 300_000])
def test_an_unreadable_file_is_as_none(tmp_path: Path, text: str) -> None:
    (tmp_path / FILE).write_text(text)
    assert ran(tmp_path).how is How.FIRST


def test_a_folder_that_cannot_be_written_costs_the_record_only(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with recorded(tmp_path / "file", AT) as record:
        record.note({"a": 1})
    assert record.before.how is How.FIRST
    assert os.listdir(tmp_path) == ["file"]
