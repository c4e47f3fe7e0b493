"""requirements.lock: every direct dependency is pinned and hashed, and no index or machine is named."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")
PINS = re.findall(
    r"^([a-z0-9-]+)(?:\[[\w,]+\])?==\S+(?: ;[^\\\n]*)? \\\n((?:    --hash=sha256:[0-9a-f]{64}(?: \\)?\n)*)", LOCK, re.M
)


def test_every_pin_has_hashes() -> None:
    assert len(PINS) == len(re.findall(r"^\S+==", LOCK, re.M)) > 40
    assert not [name for name, hashes in PINS if not hashes]


def test_every_direct_dependency_is_pinned() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    wanted = project["project"]["dependencies"] + project["dependency-groups"]["dev"]
    names = {re.split(r"[^A-Za-z0-9._-]", requirement, maxsplit=1)[0].lower() for requirement in wanted}
    assert {re.sub(r"[._]+", "-", name) for name in names} <= {name for name, _ in PINS}


def test_no_index_and_no_path_is_named() -> None:
    assert not re.search(r"https?:|file:|--index|--extra-index|--find-links|(^|\s)[./]\S*/", LOCK)
