"""packaging/check_report.py passes a demo that worked, and names what is missing or nought in one that did not."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

SCRIPT = Path(__file__).parents[2] / "packaging/check_report.py"
STAGE = {"p50": 1.0, "p95": 2.5}


def good_report() -> dict[str, Any]:
    return {
        "calls": {"seen": 8, "ended": 2},
        "frames": {"received": 900, "concealed": 0, "corrupt": 0, "fragments_joined": 3},
        "segments": {"partial": 40, "final": 12},
        "readings": 12,
        "keyword_hits": 3,
        "alerts": 1,
        "notifications": 0,
        "reconnects": 0,
        "latency_ms": dict.fromkeys(("decode", "recognise", "words_to_screen", "speech_end_to_screen"), STAGE),
        "recognition_lag_ms": {"first_third_p50": 90, "last_third_p50": 95, "max": 400},
        "hearing": {
            "calls": {"words": 8, "phrases": 0, "presence": 0},
            "call_seconds": {"words": 400, "phrases": 0, "presence": 0},
            "most_calls": 12,
            "measured": True,
            "costs": {"call": 0.01, "words": 0.12, "phrases": 0.0, "talk": 0.9, "contention": 1.0},
        },
        "ui_tick_late_ms": {**STAGE, "max": 9},
        "memory_mb": {"gui": 150.2, "workers": [120, 121.5]},
        "more": "may stand beside",
    }


def check(folder: Path, text: str) -> tuple[int, str]:
    report = folder / "demo.json"
    report.write_text(text, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, SCRIPT, report], capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL
    )
    return done.returncode, done.stdout + done.stderr


def test_a_demo_that_worked_passes(tmp_path: Path) -> None:
    status, said = check(tmp_path, json.dumps(good_report()))
    assert status == 0, said
    assert "latency_ms.words_to_screen.p95" in said


@pytest.mark.parametrize("path", ["segments.final", "readings", "keyword_hits", "alerts", "hearing.most_calls"])
def test_a_demo_that_heard_nothing_fails(tmp_path: Path, path: str) -> None:
    report = good_report()
    *folders, key = path.split(".")
    (report[folders[0]] if folders else report)[key] = 0
    status, said = check(tmp_path, json.dumps(report))
    assert status == 1
    assert f"{path:<40}{0:>14}   <-- must not be 0" in said
    assert "1 figures at fault" in said


@pytest.mark.parametrize(
    ("old", "new", "names"),
    [
        ('"fragments_joined"', '"joined"', "frames.fragments_joined"),
        ('"speech_end_to_screen"', '"speech_end"', "latency_ms.speech_end_to_screen.p50"),
        ('"max": 9', '"max": null', "ui_tick_late_ms.max"),
        ('"max": 9', '"max": NaN', "ui_tick_late_ms.max"),
        ("[120, 121.5]", "[]", "memory_mb.workers"),
        ('"alerts": 1', '"alerts": true', "alerts"),
        ('"most_calls"', '"most"', "hearing.most_calls"),
        ('"contention": 1.0', '"contention": null', "hearing.costs.contention"),
    ],
)
def test_a_missing_figure_fails(tmp_path: Path, old: str, new: str, names: str) -> None:
    text = json.dumps(good_report())
    assert old in text
    status, said = check(tmp_path, text.replace(old, new))
    assert status == 1
    assert any(line.split()[:1] == [names] and "<--" in line for line in said.splitlines())


@pytest.mark.parametrize("text", ["", "{", "[]", "null"])
def test_no_report_fails(tmp_path: Path, text: str) -> None:
    assert check(tmp_path, text)[0] == 1
