"""`make wheel` sees when a build is not the same twice; the small project here builds in a second."""

from __future__ import annotations

import subprocess
import tarfile
import zipfile
from pathlib import Path

import build_wheel as builder
import pytest

PROJECT = """\
[build-system]
requires = ["setuptools"]
build-backend = "setuptools.build_meta"
[project]
name = "small"
version = "1"
[tool.setuptools]
packages = ["small"]
"""
EPOCH = 1_700_000_000


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    folder = tmp_path / "tree"
    (folder / "small").mkdir(parents=True)
    (folder / "pyproject.toml").write_text(PROJECT)
    (folder / "small/__init__.py").write_text("")
    subprocess.run(["git", "init", "--quiet"], cwd=folder, check=True)
    return folder


def test_builds_in_two_places_are_the_same_bytes(tree: Path, tmp_path: Path) -> None:
    assert builder.build_twice(tree, tmp_path / "out", EPOCH) == []
    with zipfile.ZipFile(tmp_path / "out/small-1-py3-none-any.whl") as made:
        assert {entry.date_time for entry in made.infolist()} == {(2023, 11, 14, 22, 13, 20)}
    with tarfile.open(tmp_path / "out/small-1.tar.gz") as packed:
        assert {(member.mtime, member.uid, member.uname) for member in packed.getmembers()} == {(EPOCH, 0, "")}


def test_a_build_that_writes_down_where_it_is_made_is_noticed(tree: Path, tmp_path: Path) -> None:
    leak = "import os, pathlib\npathlib.Path('small/place.py').write_text(f'{os.getcwd()!r}')\n"
    (tree / "setup.py").write_text(f"{leak}from setuptools import setup\nsetup()\n")
    assert builder.build_twice(tree, tmp_path / "out", EPOCH) == ["small-1.tar.gz", "small-1-py3-none-any.whl"]


def test_the_time_inside_is_the_commits_unless_stated(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    when = {"GIT_AUTHOR_DATE": f"{EPOCH} +0000", "GIT_COMMITTER_DATE": f"{EPOCH} +0000"}
    for name, value in {**when, "GIT_AUTHOR_NAME": "a", "GIT_COMMITTER_NAME": "a", "EMAIL": "a@localhost"}.items():
        monkeypatch.setenv(name, value)
    subprocess.run(["git", "add", "."], cwd=tree, check=True)
    subprocess.run(["git", "commit", "--quiet", "-m", "all"], cwd=tree, check=True)
    assert builder.commit_time(tree) == EPOCH
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "12")
    assert builder.commit_time(tree) == 12
