"""Writes what comes of the command line's parser: the man page and the completions of shells.

usage: generated.py ROOT VERSION DATE     below ROOT/usr/share; DATE like 2026-11-28
"""

from __future__ import annotations

import argparse
import datetime
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import shtab
from argparse_manpage.manpage import Manpage

from desktop.app.command_line import parser
from desktop.settings.store import default_path

HERE = Path(__file__).parent
COMPLETIONS = {
    "bash": "bash-completion/completions/sidetone",
    "zsh": "zsh/vendor-completions/_sidetone",
    "fish": "fish/vendor_completions.d/sidetone.fish",
}
"""Where each shell looks, below /usr/share."""


def main(arguments: list[str]) -> int:
    if len(arguments) != 3:
        print(__doc__, file=sys.stderr)
        return 2
    os.environ["COLUMNS"] = "10000"  # no line of a synopsis is broken
    share = Path(arguments[0]) / "usr/share"
    _write(share / "man/man1/sidetone.1", man_page(arguments[1], arguments[2]))
    for shell, place in COMPLETIONS.items():
        _write(share / place, completion(shell))
    return 0


def command_line() -> argparse.ArgumentParser:
    """The parser as any user has it: the settings file is named by its usual place."""
    made = parser()
    made.epilog = (made.epilog or "").replace(str(default_path()), "~/.config/sidetone/settings.toml")
    return made


def man_page(version: str, date: str) -> str:
    """sidetone(1): every command and option of the parser, then the sections of sidetone.1.include."""
    line = command_line()
    line._positionals.title = "commands"
    epilog, line.epilog = (line.epilog or "").splitlines(), None
    page = Manpage(line, format="single-commands-section")
    page.description = "watch live contact-centre calls and see which one needs a human"
    page.date = f"{datetime.date.fromisoformat(date):%B %-d, %Y}"
    page.source, page.manual = f"Sidetone {version}", "Sidetone"
    examples = [each for each in epilog if each.startswith("  ")]
    notes = [each for each in epilog if not each.startswith("  ") and each != "first steps:"]
    page.add_section("examples", "=", "\n".join([".nf", *map(_roff, examples), ".fi"]))
    page.add_section("notes", "=", _roff("\n".join(notes)).replace("\nExit status", "\n.PP\nExit status"))
    page.parse_include(HERE / "sidetone.1.include")
    return str(page)


def _roff(text: str) -> str:
    return text.replace("\\", "\\\\").replace("-", r"\-")


def completion(shell: str) -> str:
    """A completion script; what is a path completes as one."""
    line = command_line()
    for action in actions(line):
        if action.type is Path:
            action.complete = shtab.DIRECTORY if action.metavar == "DIR" else shtab.FILE  # type: ignore[attr-defined]
    return shtab.complete(line, shell).rstrip("\n") + "\n"


def actions(line: argparse.ArgumentParser) -> Iterator[argparse.Action]:
    """Every argument of the parser and of its commands."""
    for action in line._actions:
        yield action
        if isinstance(action, argparse._SubParsersAction):
            for command in action.choices.values():
                yield from actions(command)


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
