"""The inventory of a bundle: what the lock says every user gets, and what the reviewed list must cover."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from email.message import EmailMessage
from importlib import metadata
from typing import Any

import pytest
from inventory import LOCK, ROOT, Pin, licence_of, normal, read_components, read_lock, runtime
from packaging.requirements import Requirement

PINS = read_lock(LOCK.read_text(encoding="utf-8"))
KNOWN = read_components()

SMALL = """\
# made by make lock
bare==1 \\
    --hash=sha256:{a}
    # via sidetone (pyproject.toml:dev)
Deep.Down==2.1 ; sys_platform == 'win32' \\
    --hash=sha256:{a} \\
    --hash=sha256:{b}
    # via
    #   bare
    #   wanted
wanted[extra]==4!3.0 \\
    --hash=sha256:{b}
    # via sidetone (pyproject.toml)
""".format(a="a" * 64, b="b" * 64)


def test_a_lock_tells_versions_markers_hashes_and_who_asked() -> None:
    bare, deep, wanted = read_lock(SMALL)
    assert deep == Pin(
        "deep-down", "2.1", "sys_platform == 'win32'", ("a" * 64, "b" * 64), frozenset({"bare", "wanted"})
    )
    assert (wanted.name, wanted.version, wanted.here) == ("wanted", "4!3.0", True)
    assert bare.asked_by == {"sidetone (pyproject.toml:dev)"}
    assert not Pin("x", "1", "sys_platform == 'nowhere'", (), frozenset()).here


def test_only_what_users_get_is_runtime() -> None:
    assert [pin.name for pin in runtime(read_lock(SMALL))] == ["deep-down", "wanted"]


def test_the_real_lock_is_read_whole() -> None:
    text = LOCK.read_text(encoding="utf-8")
    assert len(PINS) == len(re.findall(r"^\S+==", text, re.M))
    assert sum(len(pin.hashes) for pin in PINS) == text.count("--hash=sha256:")
    assert all(pin.hashes and pin.asked_by for pin in PINS)


def test_the_lock_agrees_with_what_is_installed_about_the_runtime_part() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    found: set[str] = set()
    waiting = list(project["dependencies"])
    while waiting:
        wanted = Requirement(waiting.pop())
        if (wanted.marker is None or wanted.marker.evaluate({"extra": ""})) and normal(wanted.name) not in found:
            found.add(normal(wanted.name))
            waiting += metadata.requires(wanted.name) or []
    assert {pin.name for pin in runtime(pin for pin in PINS if pin.here)} == found


def test_the_lock_covers_what_builds_sidetone() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    builders = {normal(Requirement(each).name) for each in project["build-system"]["requires"]}
    assert builders <= {pin.name for pin in PINS}


def metadata_with(*headers: tuple[str, str]) -> Any:
    message = EmailMessage()
    for name, value in headers:
        message[name] = value
    return message


@pytest.mark.parametrize(
    ("headers", "licence"),
    [
        ([("License-Expression", "mit or apache-2.0")], "MIT OR Apache-2.0"),
        ([("Classifier", "License :: OSI Approved :: MIT License"), ("License", "whatever")], "MIT"),
        ([("License", "BSD-3-Clause")], "BSD-3-Clause"),
        ([("Classifier", "License :: OSI Approved :: BSD License")], ""),
        (
            [
                ("Classifier", "License :: OSI Approved :: MIT License"),
                ("Classifier", "License :: OSI Approved :: ISC License (ISCL)"),
            ],
            "",
        ),
        ([("License", "see the file")], ""),
        ([], ""),
    ],
)
def test_a_licence_is_taken_from_metadata_only_where_that_is_clear(
    headers: list[tuple[str, str]], licence: str
) -> None:
    assert licence_of(metadata_with(*headers)) == licence


def test_every_resource_is_covered_and_every_notice_is_there() -> None:
    covered = [(ROOT / each) for component in KNOWN.components for each in component.resources]
    assert all(path.exists() for path in covered)
    listed = subprocess.run(
        ["git", "-c", f"safe.directory={ROOT}", "ls-files", "resources"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    files = [ROOT / name for name in listed.stdout.splitlines()]
    assert len(files) > 50
    assert not [path for path in files if not any(path.is_relative_to(each) for each in covered)]
    assert all((ROOT / notice).is_file() for component in KNOWN.components for notice in component.notices)


def test_the_reviewed_list_names_what_exists_and_nothing_twice() -> None:
    names = [component.name for component in KNOWN.components]
    assert len(set(names)) == len(names)
    packages = {pin.name for pin in runtime(PINS)}
    assert set(KNOWN.packages) <= packages
    assert {component.inside for component in KNOWN.components} - {""} <= packages | set(names)
    assert all(component.platforms == () or sys.platform for component in KNOWN.components)
