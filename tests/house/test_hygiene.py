"""What the house forbids and no linter knows: shape of the tree, size and caption of modules, clocks in pure rooms."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PURE = ("domain", "protocols", "calls", "insights", "alerts", "dashboard")
MODULES = sorted((ROOT / "desktop").rglob("*.py"))
SCRIPTS = sorted((ROOT / "packaging").rglob("*.py"))
PURE_MODULES = [path for path in MODULES if path.relative_to(ROOT).parts[1] in PURE]

TOP_LEVEL = {
    "Makefile",
    "LICENSE",
    "README.md",
    "pyproject.toml",
    "requirements.lock",
    "desktop",
    "packaging",
    "resources",
    "tests",
}
"""All that lies in the open; dotfiles beside it."""
DOTTED = {".ci", ".github", ".gitignore", ".gitattributes", ".importlinter"}

IMPURE_CALLS = {"now", "utcnow", "today", "open", "print", "input", "uuid1", "uuid4", "urlopen", "fromtimestamp"}
"""Doors to clock, disk, console, randomness and network behind modules that a pure room may import."""

TASK_MAKERS = {"create_task", "ensure_future"}


def tracked() -> list[Path]:
    """The repository's files, tracked or about to be, relative to its root."""
    listed = subprocess.run(
        ["git", "-c", f"safe.directory={ROOT}", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return [Path(name) for name in listed.stdout.split("\0") if name and (ROOT / name).exists()]


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def called(tree: ast.AST) -> list[tuple[int, str]]:
    """(line, last name) of every call."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            function = node.func
            name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
            found.append((node.lineno, name))
    return found


def is_on_a_group(node: ast.Call) -> bool:
    """`group.create_task(...)` on a TaskGroup owns its task; by convention its name ends in `group`."""
    owner = node.func.value if isinstance(node.func, ast.Attribute) else None
    name = owner.attr if isinstance(owner, ast.Attribute) else getattr(owner, "id", "")
    return str(name).lower().endswith("group")


def test_the_top_level_holds_what_it_should() -> None:
    top = {path.parts[0] for path in tracked()}
    assert {name for name in top if not name.startswith(".")} <= TOP_LEVEL
    assert {name for name in top if name.startswith(".")} <= DOTTED


@pytest.mark.parametrize("folder", ["packaging", "resources"])
def test_folders_that_must_not_become_packages(folder: str) -> None:
    assert not list((ROOT / folder).rglob("__init__.py"))


def test_every_room_is_a_package() -> None:
    folders = {path.parent for path in MODULES}
    assert not [name_of(folder) for folder in folders if not (folder / "__init__.py").exists()]


def test_resources_stay_small() -> None:
    files = [ROOT / path for path in tracked() if path.parts[0] == "resources"]
    size = sum(path.stat().st_size for path in files)
    built_from = sum(path.stat().st_size for path in files if path.parent.name == "build")
    assert size - built_from < 50_000_000, "33 MB of it are the weights that words are heard with"
    assert built_from < 6_000_000, "text that models are built from; nobody installs it"


@pytest.mark.parametrize("path", MODULES + SCRIPTS, ids=name_of)
def test_modules_are_small_and_captioned(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 300
    first = text.removeprefix("#!/usr/bin/env python3\n").split("\n", 1)[0]
    assert first.startswith('"""')
    assert len(first.strip('"')) > 10


@pytest.mark.parametrize("path", PURE_MODULES, ids=name_of)
def test_pure_rooms_call_no_clock_disk_or_dice(path: Path) -> None:
    calls = called(ast.parse(path.read_text(encoding="utf-8")))
    assert not [(line, name) for line, name in calls if name in IMPURE_CALLS]


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_tasks_have_owners(path: Path) -> None:
    raw = [
        node.lineno
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and called(ast.Expression(node))[0][1] in TASK_MAKERS and not is_on_a_group(node)
    ]
    assert not raw, "use a TaskGroup, or the one module that names and owns tasks"


def test_the_domain_loads_no_library() -> None:
    names = ", ".join(f"desktop.domain.{path.stem}" for path in (ROOT / "desktop/domain").glob("[a-z]*.py"))
    code = f"import sys, {names}; print(*(sorted(set(m.split('.')[0] for m in sys.modules) & {{'numpy', 'asyncio'}})))"
    command = [sys.executable, "-E", "-s", "-c", code]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == ""
