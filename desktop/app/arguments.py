"""Parts of the command line: types of values, options that several commands have, the words of `sidetone models`."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

SPEED = "X times as fast as life (1); alert rules keep counting real seconds"


def positive(text: str) -> float:
    """argparse type: a number above 0."""
    value = float(text)
    if not 0 < value <= 1_000_000:
        raise argparse.ArgumentTypeError(f"{text} is not above 0, or too large")
    return value


def count(text: str) -> int:
    """argparse type: 1 .. 500."""
    value = int(text)
    if not 1 <= value <= 500:
        raise argparse.ArgumentTypeError(f"{text} is not between 1 and 500")
    return value


def run_options(command: argparse.ArgumentParser) -> None:
    """What the console's own runs have in common."""
    command.add_argument("--seconds", type=positive, metavar="S", help="end by itself after S seconds")
    command.add_argument(
        "--speed",
        type=positive,
        default=1.0,
        metavar="X",
        help=SPEED,
    )
    command.add_argument("--theme", choices=("light", "dark", "system"), help="instead of the settings' theme")
    command.add_argument("--size", type=_size, metavar="WxH", help="window size, e.g. 1440x900")
    command.add_argument("--screenshot", type=Path, metavar="FILE.png", help="save the window's picture at the end")
    command.add_argument("--report", type=Path, metavar="FILE.json", help="save what was measured")


def _size(text: str) -> tuple[int, int]:
    width, _, height = text.partition("x")
    if not (width.isdigit() and height.isdigit() and 640 <= int(width) <= 7680 and 480 <= int(height) <= 4320):
        raise argparse.ArgumentTypeError(f"{text} is not a window size like 1440x900")
    return int(width), int(height)


def add_models(commands: Any) -> None:
    """Its part of the command line. `commands`: what argparse's add_subparsers returned."""
    models = commands.add_parser("models", help="speech models: what there is, install, import, remove, verify")
    todo = models.add_subparsers(dest="models_command", metavar="WHAT")
    listing = todo.add_parser("list", help="the catalogue and what is installed, with speed on this machine")
    listing.add_argument("--json", action="store_true", help="one JSON document instead of lines")
    install = todo.add_parser("install", help="download models; interrupted, the same command goes on")
    install.add_argument("names", nargs="+", metavar="NAME", help="of the catalogue")
    install.add_argument("--renew", action="store_true", help="take it although it differs from the first download")
    brought = todo.add_parser("import", help="a model from a folder or an archive, for sites without internet")
    brought.add_argument("path", type=Path, metavar="PATH", help="a folder, .zip or .tar.bz2")
    brought.add_argument("--name", default="", metavar="NAME", help="what to call it (the file's name)")
    for each in (install, brought):
        each.add_argument("--managed", action="store_true", help="for everybody on this computer (an administrator)")
    remove = todo.add_parser("remove", help="delete models, or what came of an interrupted download")
    remove.add_argument("names", nargs="+", metavar="NAME")
    remove.add_argument("--force", action="store_true", help="also one that the settings use")
    verify = todo.add_parser("verify", help="compare every file with its checksum; exit status 1 if one differs")
    verify.add_argument("names", nargs="*", metavar="NAME", help="all without a name")
    measure = todo.add_parser("measure", help="run models on a scripted call, to see how fast they are here")
    measure.add_argument(
        "names", nargs="*", metavar="NAME", help="all without a name; embedded = the one that comes along"
    )
    use = todo.add_parser("use", help="let this model hear the calls, from the next start on")
    use.add_argument("name", metavar="NAME", help="an installed model; embedded = the one that comes along")


def add_settings(commands: Any) -> None:
    """`sidetone settings`: its part of the command line."""
    settings = commands.add_parser("settings", help="whether the settings can be used; backups, and back to one")
    todo = settings.add_subparsers(dest="settings_command", metavar="WHAT")
    todo.add_parser("check", help="read the file and the administrator's, and say what is wrong")
    todo.add_parser("backups", help="earlier settings, the newest first")
    back = todo.add_parser("restore", help="put a backup in the file's place; what was there is kept beside it")
    back.add_argument("number", nargs="?", type=count, metavar="N", help="of the list (the newest that can be used)")


def add_reset(commands: Any) -> None:
    """`sidetone reset`: its part of the command line."""
    reset = commands.add_parser("reset", help="remove settings, backups, logs, measured figures and secrets")
    reset.add_argument("--secrets", action="store_true", help="only what is in the keyring")
    reset.add_argument("--models", action="store_true", help="installed speech models as well")
    reset.add_argument("--yes", action="store_true", help="don't ask (an uninstaller)")
