"""The command line. Nothing here imports Qt or an engine before it is needed, so that `--help` is instant."""

from __future__ import annotations

import argparse
import getpass
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from desktop.app.command_line import parser
from desktop.domain.errors import SettingInvalid, SidetoneError

OFFSCREEN_SECONDS = 60.0
BROKEN = 70  # EX_SOFTWARE of sysexits.h


def run(argv: Sequence[str]) -> int:
    """Do what the command line says; the exit status."""
    options = parser().parse_args(argv)
    options.words = tuple(argv)
    try:
        return _COMMANDS[options.command](options)
    except SidetoneError as error:
        print(f"sidetone: {error}", file=sys.stderr)
        return 2
    except BrokenPipeError:  # whoever read has seen enough; what is left goes nowhere, also at exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        return 130


def _console(options: argparse.Namespace) -> int:
    from desktop.app.life import RESET_LEFT, living
    from desktop.app.options import Options
    from desktop.app.restart import start_again, words_for
    from desktop.upkeep.frames import story

    offscreen = _without_display()
    seconds, shot, report = (getattr(options, name, None) for name in ("seconds", "screenshot", "report"))
    if offscreen and options.command == "demo":
        seconds = seconds or OFFSCREEN_SECONDS
        shot = shot or Path("out/demo.png")
        report = report or Path("out/demo.json")
        print(f"No display: running the same application off screen for {seconds:.0f} s.", flush=True)
    elif offscreen:
        print("No display: running off screen.", file=sys.stderr, flush=True)
    wanted = Options(
        play=options.command,
        calls=getattr(options, "calls", 8),
        seed=getattr(options, "seed", 1),
        speed=getattr(options, "speed", 1.0),
        files=tuple(getattr(options, "files", ())),
        via=tuple(getattr(options, "via", "audio").split(",")),
        seconds=seconds,
        theme=getattr(options, "theme", None),
        size=getattr(options, "size", None),
        screenshot=shot,
        report=report,
        verbose=options.verbose,
        kiosk=options.kiosk,
        safe=options.safe and options.command is None,
    )
    try:
        with living(wanted) as life:
            if life is None:
                return 0
            from desktop.app.console import open_console

            status = open_console(wanted, life)
    except SidetoneError:
        raise
    except Exception as error:  # its text may hold what somebody said; the next start shows a report
        print(f"sidetone: internal error: {'; '.join(line.strip() for line in story(error))}", file=sys.stderr)
        return BROKEN
    if life.reset is not None:
        from desktop.app.reset_command import Reset, reset_command

        if reset_command(Reset(models=life.reset, yes=True)):
            os.environ[RESET_LEFT] = "1"
    return status if life.again is None else start_again(words_for(options.words, safe=life.again))


def _without_display() -> bool:
    """Choose Qt's off-screen platform where there is nothing to show a window on."""
    if sys.platform != "linux" or any(os.environ.get(n) for n in ("DISPLAY", "WAYLAND_DISPLAY")):
        return os.environ.get("QT_QPA_PLATFORM") == "offscreen"
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    return os.environ["QT_QPA_PLATFORM"] == "offscreen"


def _transcribe(options: argparse.Namespace) -> int:
    from desktop.app.transcribe import transcribe_file

    transcribe_file(options.file, as_json=options.json)
    return 0


def _evaluate(options: argparse.Namespace) -> int:
    from desktop.app.evaluate import Evaluation, engine_named, evaluate_command
    from desktop.insights.keyword_defaults import DEFAULT_RULES
    from desktop.settings.store import default_path, load

    settings = load(default_path())
    engines = tuple(engine_named(text, settings.recognition) for text in options.engine or ())
    return evaluate_command(
        Evaluation(
            options.where,
            engines or (settings.recognition,),
            DEFAULT_RULES if settings.keywords is None else settings.keywords,
            options.through,
            options.jobs,
            options.json,
            options.compare,
        )
    )


def _models(options: argparse.Namespace) -> int:
    from desktop.app.models_command import models_command

    return models_command(options)


def _benchmark(options: argparse.Namespace) -> int:
    from desktop.app.benchmark import benchmark_command
    from desktop.settings.store import default_path, load

    benchmark_command(load(default_path()), seconds=options.seconds, as_json=options.json)
    return 0


def _diagnose(options: argparse.Namespace) -> int:
    from desktop.app.diagnose import run_diagnosis

    return run_diagnosis(options.profile, options.seconds, options.json, options.bundle)


def _connect(options: argparse.Namespace) -> int:
    from desktop.app.connect import add_connection

    token = getpass.getpass("Access token: ") if sys.stdin.isatty() else sys.stdin.readline().strip()
    add_connection(options.name, options.url, tuple(options.queue), token, replacing=options.replace)
    return 0


def _gateway(options: argparse.Namespace) -> int:
    from desktop.app.gateway import GatewayOptions, gateway_command
    from desktop.settings.credentials import credentials_folder
    from desktop.settings.store import default_path, load

    settings = load(default_path())
    folder = credentials_folder(options.credentials)
    wanted = GatewayOptions(settings, folder, options.serve_analytics, options.results, options.seconds)
    return gateway_command(wanted, options.set_up, replacing=options.replace)


def _provision(options: argparse.Namespace) -> int:
    from desktop.app.provision import Provision, provision_command

    name, url = options.create or ("", "")
    conversation, hook = options.bind or ("", "")
    if not (options.create or options.bind or options.integration or options.import_ranges):
        raise SettingInvalid("provision", "needs something to do", "See: sidetone provision --help")
    return provision_command(
        Provision(
            options.organisation,
            name,
            url,
            options.format,
            conversation,
            hook,
            options.integration or "",
            options.import_ranges,
        )
    )


def _secret(options: argparse.Namespace) -> int:
    from desktop.app.connect import keep_secret

    what = options.what.replace("-", " ")
    secret = getpass.getpass(f"{what.capitalize()}: ") if sys.stdin.isatty() else sys.stdin.readline().strip()
    keep_secret(options.name, options.what, secret)
    return 0


def _settings(options: argparse.Namespace) -> int:
    from desktop.app.settings_command import settings_command

    return settings_command(options)


def _reset(options: argparse.Namespace) -> int:
    from desktop.app.reset_command import Reset, reset_command

    return reset_command(Reset(options.secrets, options.models, options.yes))


_COMMANDS: dict[str | None, Callable[[argparse.Namespace], int]] = {
    None: _console,
    "demo": _console,
    "replay": _console,
    "transcribe": _transcribe,
    "evaluate": _evaluate,
    "models": _models,
    "benchmark": _benchmark,
    "diagnose": _diagnose,
    "gateway": _gateway,
    "provision": _provision,
    "connect": _connect,
    "secret": _secret,
    "settings": _settings,
    "reset": _reset,
}
