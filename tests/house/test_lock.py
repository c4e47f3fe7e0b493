"""requirements.lock and packaging/tools.lock: every direct dependency is pinned and hashed, no index is named."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")
TOOLS = (ROOT / "packaging/tools.lock").read_text(encoding="utf-8")
PIN = re.compile(
    r"^([a-z0-9-]+)(?:\[[\w,-]+\])?==\S+(?: ;[^\\\n]*)? \\\n((?:    --hash=sha256:[0-9a-f]{64}(?: \\)?\n)*)", re.M
)
PINS = PIN.findall(LOCK)


@pytest.mark.parametrize(("lock", "least"), [(LOCK, 40), (TOOLS, 20)])
def test_every_pin_has_hashes(lock: str, least: int) -> None:
    pins = PIN.findall(lock)
    assert len(pins) == len(re.findall(r"^\S+==", lock, re.M)) > least
    assert not [name for name, hashes in pins if not hashes]


def test_every_direct_dependency_is_pinned() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    wanted = (
        project["project"]["dependencies"] + project["dependency-groups"]["dev"] + project["build-system"]["requires"]
    )
    names = {re.split(r"[^A-Za-z0-9._-]", requirement, maxsplit=1)[0].lower() for requirement in wanted}
    assert {re.sub(r"[._]+", "-", name) for name in names} <= {name for name, _ in PINS}


def test_every_tool_is_pinned() -> None:
    wanted = re.findall(r"^([a-z0-9-]+)", (ROOT / "packaging/tools.in").read_text(encoding="utf-8"), re.M)
    assert len(wanted) > 2
    assert set(wanted) <= {name for name, _ in PIN.findall(TOOLS)}


@pytest.mark.parametrize("lock", [LOCK, TOOLS])
def test_no_index_and_no_path_is_named(lock: str) -> None:
    assert not re.search(r"https?:|file:|--index|--extra-index|--find-links|(^|\s)[./]\S*/", lock)
