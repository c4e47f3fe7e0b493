"""Man page and completions are made from the parser: every command and option is in them, and real tools take them."""

from __future__ import annotations

import argparse
import subprocess
from collections.abc import Iterator
from pathlib import Path

import generated
import pytest

HERE = Path(__file__).parents[2] / "packaging/linux"


@pytest.fixture(scope="module")
def page() -> str:
    return generated.man_page("1.2.3", "2026-01-31")


def words(parser: argparse.ArgumentParser) -> Iterator[str]:
    """All commands and long options that aren't hidden."""
    for action in generated.actions(parser):
        if action.help == argparse.SUPPRESS:
            continue
        yield from (option for option in action.option_strings if option.startswith("--"))
        if isinstance(action, argparse._SubParsersAction):
            yield from action.choices


def test_the_page_has_every_command_and_option(page: str) -> None:
    plain = page.replace("\\-", "-")
    wanted = set(words(generated.command_line())) - {"--help"}
    assert len(wanted) > 40
    assert not [word for word in wanted if word not in plain]
    assert "~/.config/sidetone/settings.toml" in plain
    assert str(Path.home()) + "/" not in plain


def test_no_warning_about_any_page(page: str, tmp_path: Path) -> None:
    made = tmp_path / "sidetone.1"
    made.write_text(page, "utf-8")
    for path in (made, HERE / "root/usr/share/man/man1/sidetone-kiosk.1"):
        done = subprocess.run(["mandoc", "-T", "lint", "-W", "warning", path], capture_output=True, text=True)
        assert (done.returncode, done.stdout) == (0, "")


ASK = """
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMPREPLY=()
_shtab_sidetone
printf '%s\\n' "${COMPREPLY[@]}"
"""


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        (["de"], {"demo"}),
        (["demo", "--th"], {"--theme"}),
        (["demo", "--theme", ""], {"light", "dark", "system"}),
        (["models", "ver"], {"verify"}),
        (["secret", "acme", "to"], {"token"}),
        (["transcribe", "./call"], {"./call.wav"}),
        (["gateway", "--credentials", "./se"], {"./secrets"}),
    ],
)
def test_bash_completes(line: list[str], offered: set[str], tmp_path: Path) -> None:
    (tmp_path / "call.wav").touch()
    (tmp_path / "secrets").mkdir()
    (tmp_path / "settings.toml").touch()
    script = tmp_path / "completion"
    script.write_text(generated.completion("bash"), "utf-8")
    command = ["bash", "-c", f". {script}; {ASK}", "bash", "sidetone", *line]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert set(done.stdout.split()) == offered


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_other_shells_know_the_commands(shell: str) -> None:
    script = generated.completion(shell)
    assert not [word for word in words(generated.command_line()) if word.lstrip("-") not in script]
