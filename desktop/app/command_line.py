"""What may be typed: the commands, their options, and their help. Imports nothing that takes time."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from desktop import __version__
from desktop.app.arguments import add_models, add_reset, add_settings, count, positive, run_options

VIA = "audio,list,bots"
VIA_HELP = f"how calls come: audio, list, text, analytics, bots; several with commas ({VIA})"

CREDENTIALS_HELP = "folder of secrets, one file each (systemd's $CREDENTIALS_DIRECTORY; otherwise the keyring)"
KIOSK_HELP = "over the whole screen, kept awake, without ways to close it or to change its settings"
SAFE_HELP = "start without connections and with everything as delivered, to find out what is wrong"
PROFILE_HELP = "a connection or an organisation of the settings; demo = the built-in simulator (demo)"

ENGINE_HELP = "embedded, embedded:pocketsphinx, sherpa-onnx:MODEL, vosk:MODEL, speech-service; again for more"
THROUGH_HELP = "as recorded (pcm), or as a call brings it: opus at 16 kHz, pcmu at 8 kHz"

DESCRIPTION = """\
Sidetone shows a contact-centre supervisor which live call needs a human now, and why.
Without a command it opens the console on the connections of the settings file.
Sound and words stay on this machine."""

EPILOG = """\
first steps:
  sidetone demo                         a whole contact centre in a box, no account needed
  sidetone connect NAME https://...     add your organisation's Audio Connector gateway
  sidetone replay call.wav              watch recordings as if they were live calls
  sidetone diagnose --profile NAME      what is wrong with a connection, and what to do
settings file: {settings}
log file: {log}
Exit status: 0 done, 1 a diagnosis found a fault, 2 something for you to put right (said on
stderr), 70 an error of Sidetone's own, 130 interrupted."""


def parser() -> argparse.ArgumentParser:
    """The whole command line."""
    from desktop.settings.store import default_path
    from desktop.upkeep.log import FILE, log_folder

    top = argparse.ArgumentParser(
        "sidetone",
        description=DESCRIPTION,
        epilog=EPILOG.format(settings=default_path(), log=log_folder() / FILE),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    top.add_argument("--version", action="version", version=f"sidetone {__version__}")
    top.add_argument("--verbose", action="store_true", help="details in the log, and the log on stderr as well")
    top.add_argument("--kiosk", action="store_true", help=KIOSK_HELP)
    top.add_argument("--safe-mode", action="store_true", dest="safe", help=SAFE_HELP)
    commands = top.add_subparsers(dest="command", metavar="COMMAND")

    demo = commands.add_parser("demo", help="run the built-in contact centre through the real pipeline")
    demo.add_argument("--calls", type=count, default=8, metavar="N", help="calls at the same time (8)")
    demo.add_argument("--via", default=VIA, metavar="WAYS", help=VIA_HELP)
    demo.add_argument("--seed", type=int, default=1, metavar="K", help="which calls come in which order (1)")
    run_options(demo)

    replay = commands.add_parser("replay", help="play recordings through the same sockets and pipeline")
    replay.add_argument(
        "files", nargs="+", type=Path, metavar="FILE", help="WAV or Ogg-Opus; two channels = customer, agent"
    )
    run_options(replay)

    transcribe = commands.add_parser("transcribe", help="the recogniser alone: timed words of a recording")
    transcribe.add_argument("file", type=Path, metavar="FILE", help="WAV or Ogg-Opus, one or two channels")
    transcribe.add_argument("--json", action="store_true", help="words with times and confidence as JSON")

    evaluate = commands.add_parser("evaluate", help="word errors, keywords and delays of engines on your recordings")
    evaluate.add_argument("where", type=Path, metavar="DIR", help="NAME.wav or .ogg with NAME.txt, or a .tsv table")
    evaluate.add_argument("--engine", action="append", metavar="E[:MODEL]", help=ENGINE_HELP)
    evaluate.add_argument("--through", choices=("pcm", "opus", "pcmu"), default="pcm", help=THROUGH_HELP)
    evaluate.add_argument("--jobs", type=count, default=os.cpu_count() or 1, metavar="N", help="processes (one a core)")
    evaluate.add_argument("--json", type=Path, metavar="FILE", help="all figures; - = standard output")
    evaluate.add_argument("--compare", type=Path, metavar="FILE.tsv", help="what was said and heard, side by side")

    benchmark = commands.add_parser("benchmark", help="how many calls this machine can watch, measured on the pipeline")
    benchmark.add_argument("--seconds", type=positive, default=12.0, metavar="S", help="how long to measure (12)")
    benchmark.add_argument("--json", action="store_true", help="one JSON document instead of sentences")

    diagnose = commands.add_parser("diagnose", help="check a connection from DNS to the first words, with remedies")
    diagnose.add_argument("--profile", default="demo", metavar="P", help=PROFILE_HELP)
    diagnose.add_argument(
        "--seconds", type=positive, default=20.0, metavar="N", help="how long to listen to each connection (20)"
    )
    diagnose.add_argument("--json", action="store_true", help="one JSON document instead of lines")
    diagnose.add_argument("--bundle", type=Path, metavar="FILE.zip", help="save a redacted bundle for support")

    gateway = commands.add_parser("gateway", help="headless: take AudioHook streams and share them with consoles")
    gateway.add_argument("--set-up", metavar="HOST", help="make new secrets, say what to enter into Genesys, and end")
    gateway.add_argument("--replace", action="store_true", help="with --set-up: instead of the secrets that are there")
    gateway.add_argument("--credentials", type=Path, metavar="DIR", help=CREDENTIALS_HELP)
    gateway.add_argument("--serve-analytics", action="store_true", help="offer the speech-analytics WebSocket as well")
    gateway.add_argument("--results", type=Path, metavar="DIR", help="where its CSV files go (./results)")
    gateway.add_argument("--seconds", type=positive, metavar="S", help="end by itself after S seconds")

    provision = commands.add_parser("provision", help="document C's hooks, or what Genesys Cloud tells about AudioHook")
    provision.add_argument("organisation", metavar="ORGANISATION", help="of the settings")
    provision.add_argument(
        "--create", nargs=2, metavar=("NAME", "URL"), help="create a hook, test it, enable it, watch it"
    )
    provision.add_argument("--format", choices=("OPUS", "PCMU"), default="OPUS", help="of the hook's sound (OPUS)")
    provision.add_argument("--bind", nargs=2, metavar=("CONVERSATION", "HOOK"), help="stream this conversation now")
    provision.add_argument("--integration", metavar="ID", help="how an AudioHook integration stands")
    provision.add_argument("--import-ranges", action="store_true", help="let only the platform's addresses in")

    add_models(commands)

    connect = commands.add_parser("connect", help="add a connection; its access token goes to the system's keyring")
    connect.add_argument("name", metavar="NAME", help="what you call this organisation")
    connect.add_argument("url", metavar="URL", help="base address, e.g. https://api.example.com")
    connect.add_argument("--queue", action="append", default=[], metavar="ID", help="only this queue (repeatable)")
    connect.add_argument("--replace", action="store_true", help="change the connection of that name")

    secret = commands.add_parser("secret", help="put a new token, client secret or engine key into the keyring")
    secret.add_argument("name", metavar="NAME", help="an organisation or connection of the settings, or recognition")
    secret.add_argument("what", choices=("token", "client-secret", "engine-key", "api-key"), help="what it is")
    add_settings(commands)
    add_reset(commands)
    return top
