"""The workflow for hosted runners holds together: pinned, with least rights, and everything it calls is in the tree."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml
from packaging.specifiers import SpecifierSet

ROOT = Path(__file__).parents[2]
FILE = ROOT / ".github/workflows/release.yml"
TEXT = FILE.read_text(encoding="utf-8")
WORKFLOW: dict[str, Any] = yaml.load(TEXT, Loader=yaml.BaseLoader)
STEPS = [(name, step) for name, job in WORKFLOW["jobs"].items() for step in job["steps"]]
SCRIPTS = "\n".join(step.get("run", "") for _, step in STEPS)


def test_actions_are_pinned_to_commits_and_say_which_release_that_is() -> None:
    used = re.findall(r"uses: (\S+)(.*)", TEXT)
    assert len(used) == sum("uses" in step for _, step in STEPS) > 8
    for action, remark in used:
        assert re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40}", action), action
        assert re.fullmatch(r" # v\d+\.\d+\.\d+", remark), action
    commits: dict[str, set[str]] = {}
    for action, _ in used:
        name, _, commit = action.partition("@")
        commits.setdefault(name, set()).add(commit)
    assert all(len(each) == 1 for each in commits.values())


def test_it_may_only_read_but_for_the_draft() -> None:
    assert WORKFLOW["permissions"] == {"contents": "read"}
    assert {name for name, job in WORKFLOW["jobs"].items() if "permissions" in job} == {"draft"}
    checkouts = [step for _, step in STEPS if step.get("uses", "").startswith("actions/checkout@")]
    assert all(step["with"] == {"persist-credentials": "false"} for step in checkouts)


def test_every_job_ends_by_itself() -> None:
    assert all(int(job["timeout-minutes"]) <= 60 for job in WORKFLOW["jobs"].values())


def test_secrets_reach_only_the_steps_that_sign() -> None:
    holders = [step["name"] for _, step in STEPS if "secrets." in str(step)]
    assert holders == ["Sign the executables and make the installer", "Keychain with the certificate"]
    assert all("secrets." not in step.get("run", "") for _, step in STEPS)
    assert "secrets." not in str({key: value for key, value in WORKFLOW.items() if key != "jobs"})


def test_nothing_is_packaged_that_was_not_tested_and_audited() -> None:
    jobs = WORKFLOW["jobs"]
    assert set(jobs["package"]["needs"]) == {"test-linux", "test-elsewhere", "audit"}
    assert set(jobs["draft"]["needs"]) == {"package", "wheel"}
    assert "continue-on-error" not in TEXT
    assert "|| true" not in TEXT


def test_every_supported_python_and_system_is_tested() -> None:
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    supported = SpecifierSet(re.findall(r'^requires-python = "(.+)"', project, re.M)[0])
    wanted = [f"3.{minor}" for minor in range(8, 20) if f"3.{minor}" in supported]
    for job in ("test-linux", "test-elsewhere"):
        assert WORKFLOW["jobs"][job]["strategy"]["matrix"]["python"] == wanted
    packaged = {entry["os"].split("-")[0] for entry in WORKFLOW["jobs"]["package"]["strategy"]["matrix"]["include"]}
    assert packaged == {"ubuntu", "windows", "macos"}


def test_what_it_calls_is_in_the_tree() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M))
    called = set(re.findall(r"\bmake ([a-z-]+)", SCRIPTS))
    assert called
    assert called <= targets
    paths = {path.replace("\\", "/") for path in re.findall(r"\b(?:packaging|resources|tests)[/\\][\w./\\-]+", SCRIPTS)}
    assert len(paths) > 12
    assert not [path for path in paths if not (ROOT / path).exists()]
