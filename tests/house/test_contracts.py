"""The import contracts bite: every contract is broken by violations planted in a copy of the tree."""

from __future__ import annotations

import configparser
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[2]
PURE = ("domain", "protocols", "calls", "insights", "alerts", "dashboard")
IMPURE = (
    "import asyncio",
    "import time",
    "import random",
    "import secrets",
    "import socket",
    "import threading",
    "import pathlib",
    "import os",
    "import logging",
)

# house.md's "never" column and the arrows against the walk: contract -> imports that it must refuse in its room.
ROOM_VIOLATIONS = {
    "domain": ("import PySide6.QtCore", "import msgspec", "import desktop.protocols.backoff"),
    "protocols": ("import websockets", "import aiohttp", "import desktop.calls", "import desktop.sources"),
    "audio": ("import asyncio", "import desktop.protocols", "import desktop.engine", "import PySide6"),
    "models": ("import desktop.recognition", "import desktop.settings", "import desktop.sources.rest", "import vosk"),
    "upkeep": ("import desktop.settings", "import desktop.app", "import desktop.sources.rest", "import PySide6"),
    "calls": ("import desktop.protocols", "import desktop.audio", "import desktop.alerts", "import numpy"),
    "recognition": ("import desktop.sources", "import desktop.engine", "import desktop.insights", "import aiohttp"),
    "evaluation": ("import desktop.recognition", "import desktop.app", "import desktop.engine", "import asyncio"),
    "insights": ("import desktop.calls", "import desktop.alerts", "import desktop.audio", "import soxr"),
    "alerts": ("import desktop.insights", "import desktop.calls", "import desktop.dashboard", "import numpy"),
    "sources": ("import desktop.audio", "import desktop.engine", "import desktop.calls", "import opuslib"),
    "identity": ("import desktop.settings", "import desktop.engine", "import desktop.sources.rest", "import keyring"),
    "doctor": ("import desktop.ui", "import desktop.settings", "import desktop.simulator", "import PySide6"),
    "sinks": ("import desktop.dashboard", "import desktop.settings", "import desktop.engine", "import PySide6"),
    "gateway": ("import desktop.ui", "import desktop.dashboard", "import desktop.simulator", "import desktop.engine"),
    "engine": (
        "import desktop.recognition",
        "import desktop.sources",
        "import desktop.settings",
        "import desktop.dashboard",
        "import PySide6.QtCore",
        "import qasync",
    ),
    "dashboard": ("import desktop.engine", "import desktop.ui", "import PySide6.QtGui", "import desktop.settings"),
    "settings": ("import desktop.engine", "import desktop.app", "import desktop.ui", "import PySide6"),
    "simulator": ("import desktop.sources", "import desktop.engine", "import desktop.ui", "import desktop.recognition"),
    "ui": (
        "import desktop.engine",
        "import desktop.sources",
        "import desktop.alerts",
        "import desktop.simulator",
        "import desktop.settings.secrets",
        "import asyncio",
        "import qasync",
    ),
    "app": ("import websockets", "import desktop.__main__"),
}
DISGUISES = {
    "def late() -> None:\n    import desktop.app": "desktop.app",
    "from typing import TYPE_CHECKING\n\nif TYPE_CHECKING:\n    import desktop.app": "desktop.app",
    "from ..app import cli": "desktop.app.cli",
    "from desktop import app": "desktop.app",
}
"""Ways to hide an import, and what is imported; nobody but `__main__` may import the app."""

DOORS = {
    "opuslib-door": ("audio", "import opuslib"),
    "soxr-door": ("audio", "import soxr"),
    "soundfile-door": ("audio", "import soundfile"),
    "pocketsphinx-door": ("recognition", "import pocketsphinx"),
    "onnxruntime-door": ("recognition", "import onnxruntime"),
    "sherpa-onnx-door": ("recognition", "import sherpa_onnx"),
    "vosk-door": ("recognition", "import vosk"),
    "pyqtgraph-door": ("ui", "from pyqtgraph import PlotWidget"),
    "qasync-door": ("app", "import qasync"),
    "keyring-door": ("settings", "import keyring.errors"),
    "jeepney-door": ("sinks", "from jeepney import DBusAddress"),
    "desktop-notifier-door": ("sinks", "import desktop_notifier"),
}


class Plant(NamedTuple):
    """One forbidden import in one new module of a room; contract and imported module as the report must name them."""

    contract: str
    room: str
    source: str
    imported: str


def plants() -> Iterator[Plant]:
    for room, sources in ROOM_VIOLATIONS.items():
        for source in sources:
            yield Plant(room, room, source, named(source))
        if room != "app":
            for source, imported in DISGUISES.items():
                yield Plant(room, room, source, imported)
    for room in PURE:
        for source in IMPURE:
            yield Plant(room, room, source, named(source))
    for contract, (room, source) in DOORS.items():
        yield Plant(contract, room, source, named(source))


def named(source: str) -> str:
    """The module of `import MODULE` as a report names it: of what isn't ours, its top level."""
    module = source.split()[1]
    return module if module.startswith("desktop") else module.split(".")[0]


PLANTS = tuple(plants())


def configured() -> dict[str, str]:
    """Contract ids and the names under which import-linter reports them."""
    config = configparser.ConfigParser()
    config.read(ROOT / ".importlinter", encoding="utf-8")
    return {
        section.rpartition(":")[2]: config[section]["name"]
        for section in config.sections()
        if section.startswith("importlinter:contract:")
    }


def lint(root: Path) -> tuple[int, str]:
    """import-linter's exit status and report on the tree at `root`."""
    command = "import sys; from importlinter.cli import lint_imports_command; sys.exit(lint_imports_command())"
    done = subprocess.run(
        [sys.executable, "-c", command, "--no-logo", "--no-cache"],
        cwd=root,
        env={**os.environ, "COLUMNS": "400", "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def copy_tree(destination: Path) -> Path:
    """What import-linter reads: the package, the contracts and the contract type."""
    shutil.copytree(ROOT / "desktop", destination / "desktop", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / ".importlinter", destination)
    (destination / "tests/house").mkdir(parents=True)
    shutil.copy(ROOT / "tests/house/room_contract.py", destination / "tests/house")
    return destination


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> str:
    """import-linter's report on a copy of the tree in which everything in PLANTS was planted."""
    root = copy_tree(tmp_path_factory.mktemp("planted"))
    for number, plant in enumerate(PLANTS):
        (root / f"desktop/{plant.room}/planted_{number}.py").write_text(plant.source + "\n", encoding="utf-8")
    with (root / "desktop/__main__.py").open("a", encoding="utf-8") as file:
        file.write("\nimport desktop.engine\n")
    with (root / "desktop/bundled.py").open("a", encoding="utf-8") as file:
        file.write("\nimport desktop.engine\n")
    with (root / "desktop/__init__.py").open("a", encoding="utf-8") as file:
        file.write("\nimport desktop.domain\n")
    status, text = lint(root)
    assert status == 1, text
    return text


def section(report: str, contract: str) -> str:
    """The lines under a broken contract's heading."""
    heading = re.escape(configured()[contract])
    found = re.search(rf"^{heading}\n-+\n(.*?)(?=^[^\n]+\n-{{3,}}$|\Z)", report, re.MULTILINE | re.DOTALL)
    return found.group(1) if found else ""


def test_the_tree_as_it_is_keeps_every_contract() -> None:
    status, text = lint(ROOT)
    assert status == 0, text


def test_every_contract_has_a_planted_violation_and_is_broken_by_it(report: str) -> None:
    broken = {ident for ident, name in configured().items() if f"{name} BROKEN" in report}
    assert broken == set(configured())
    assert set(configured()) == {plant.contract for plant in PLANTS} | {"bundled", "entrance", "root"}


@pytest.mark.parametrize("number", range(len(PLANTS)), ids=[f"{p.contract}-{p.imported}" for p in PLANTS])
def test_the_violation_is_named_under_its_contract(report: str, number: int) -> None:
    plant = PLANTS[number]
    assert f"desktop.{plant.room}.planted_{number} -> {plant.imported} (" in section(report, plant.contract)


def test_single_modules_are_guarded(report: str) -> None:
    assert "desktop.bundled -> desktop.engine (" in section(report, "bundled")
    assert "desktop.__main__ -> desktop.engine (" in section(report, "entrance")
    assert "desktop -> desktop.domain (" in section(report, "root")


def test_every_room_has_a_contract() -> None:
    rooms = {path.parent.name for path in (ROOT / "desktop").glob("*/__init__.py")}
    assert rooms == set(ROOM_VIOLATIONS)
    assert rooms <= set(configured())


def test_a_contract_about_a_room_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    root = copy_tree(tmp_path)
    config = (root / ".importlinter").read_text(encoding="utf-8")
    (root / ".importlinter").write_text(config.replace("room = desktop.calls", "room = desktop.cals"), encoding="utf-8")
    status, text = lint(root)
    assert status == 1
    assert "desktop.cals" in text
