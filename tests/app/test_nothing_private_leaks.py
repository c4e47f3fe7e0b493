"""After a full run nothing private stands in logs, reports or the bundle of a diagnosis: planted values."""

from __future__ import annotations

import itertools
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

RESOURCES = Path(__file__).parents[2] / "resources"
AGENT, NUMBER = "Xanthippe Quillfeather", "4111 1111 1111 1111"
pytestmark = pytest.mark.timeout(240)

LOUD = (
    "import logging, sys; logging.basicConfig(level=logging.DEBUG); from desktop.__main__ import main; sys.exit(main())"
)


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Resources whose scripted calls carry a name that occurs nowhere else, and a card number among the words."""
    folder = tmp_path_factory.mktemp("planted") / "resources"
    shutil.copytree(RESOURCES, folder, ignore=shutil.ignore_patterns("build", "screenshots"))
    for script in (folder / "calls").glob("*.toml"):
        text = script.read_text("utf-8")
        script.write_text(re.sub(r'agent_name = "[^"]+"', f'agent_name = "{AGENT}"', text), "utf-8")
        timing = json.loads(script.with_suffix(".timing.json").read_text("utf-8"))
        timing["turns"][0]["text"] += f" My card is {NUMBER}."
        script.with_suffix(".timing.json").write_text(json.dumps(timing), "utf-8")
    return folder


def said(folder: Path) -> Iterator[str]:
    """Every three words in a row that somebody says in the scripted calls."""
    for script in (folder / "calls").glob("*.toml"):
        for turn in tomllib.loads(script.read_text("utf-8"))["turns"]:
            words = re.findall(r"[a-z']+", turn["text"].lower())
            for three in zip(words, words[1:], words[2:], strict=False):
                yield " ".join(three)


def run(planted: Path, home: Path, *words: str) -> str:
    """Everything that the command says at the highest level of detail."""
    clean = {k: v for k, v in os.environ.items() if k not in ("DISPLAY", "WAYLAND_DISPLAY")}
    homes = {"XDG_CONFIG_HOME": str(home), "XDG_STATE_HOME": str(home / "state")}
    env = {**clean, **homes, "SIDETONE_RESOURCES": str(planted), "PYTHONASYNCIODEBUG": "0"}
    done = subprocess.run(
        [sys.executable, "-c", LOUD, *words], env=env, capture_output=True, text=True, timeout=200, check=False
    )
    assert done.returncode in (0, 1), done.stderr[-500:]
    return done.stdout + done.stderr


def private(text: str, planted: Path) -> list[str]:
    """What must not be there, by kind: never the thing itself in a test's output."""
    lower = text.lower()
    found = [kind for kind, value in (("name", AGENT), ("number", NUMBER), ("id", "agent-nora")) if value in text]
    found += ["words"] * any(three in lower for three in itertools.islice(set(said(planted)), 5_000))
    found += ["bearer"] * bool(re.search(r"bearer +[\w-]{16,}", lower))
    found += ["token"] * bool(re.search(r"(access_token|[?&]token)\W{1,4}[\w-]{16,}", lower))
    return found


def test_a_full_run_by_every_way_leaves_nothing_private_in_logs_and_report(planted: Path, tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    ways = "audio,list,text,analytics,bots"
    told = run(
        planted,
        tmp_path,
        "--verbose",
        "demo",
        "--via",
        ways,
        "--calls",
        "3",
        "--seconds",
        "14",
        "--report",
        str(report),
    )
    assert json.loads(report.read_text("utf-8"))["segments"]["final"] > 0  # there was something to leak
    log = (tmp_path / "state/sidetone/log/demo.log").read_text("utf-8")
    assert "the window is painted" in log
    assert private(told + log + report.read_text("utf-8"), planted) == []


def test_a_diagnosis_and_its_bundle_hold_nothing_private(planted: Path, tmp_path: Path) -> None:
    bundle = tmp_path / "bundle.zip"
    told = run(planted, tmp_path, "diagnose", "--seconds", "5", "--bundle", str(bundle))
    with zipfile.ZipFile(bundle) as files:
        held = "".join(files.read(name).decode("utf-8", "replace") for name in files.namelist())
    assert len(held) > 500
    assert private(told + held, planted) == []


def test_the_search_finds_what_it_looks_for(planted: Path) -> None:
    words = next(iter(said(planted)))
    text = f"{AGENT} {NUMBER} agent-nora {words} Bearer abcdefghijklmnopq ?token=abcdefghijklmnopq"
    assert private(text, planted) == ["name", "number", "id", "words", "bearer", "token"]
