"""What the smoke test asks of a program's commands, beside the same from source: words, workers, keyring, gateway."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keyring
import qt_text
import soundfile
from inventory import ROOT, own_version
from keyring.backends.SecretService import Keyring

CALL = "billing-dispute.customer"
SECONDS, RATE = 12, 16_000
PATIENCE_S = 120.0


class Broken(Exception):
    """What isn't as it is from source."""


@dataclass(frozen=True, slots=True)
class Desktop:
    """A program, and the home and environment of the user who starts it."""

    program: Path
    home: Path
    environment: dict[str, str]

    def said(self, *words: str, told: str = "", good: Sequence[int] = (0,)) -> str:
        """Standard output of a command. Broken when its status is not among `good`."""
        return _said([str(self.program), *words], self.environment, self.home, told, good)


def _said(
    command: list[str], environment: dict[str, str], folder: Path, told: str = "", good: Sequence[int] = (0,)
) -> str:
    done = subprocess.run(
        command,
        env=environment,
        cwd=folder,
        input=told,
        text=True,
        capture_output=True,
        timeout=PATIENCE_S,
        check=False,
    )
    if done.returncode not in good:
        raise Broken(f"{command[1]} ended with status {done.returncode}: {done.stderr.strip()[-600:]}")
    return done.stdout


def steps(place: Desktop) -> dict[str, Callable[[], str]]:
    """Every command's check, by name."""
    return {
        "transcribe": lambda: transcribe(place),
        "evaluate": lambda: evaluate(place),
        "benchmark": lambda: benchmark(place),
        "languages": lambda: languages(place),
        "diagnose": lambda: diagnose(place),
        "keyring": lambda: keyring_and_gateway(place),
    }


def version(place: Desktop) -> str:
    """The version of this tree."""
    said = place.said("--version").strip()
    if said != f"sidetone {own_version()}":
        raise Broken(f"--version says {said!r}")
    return said


def transcribe(place: Desktop) -> str:
    """The same words at the same times as from source."""
    recording = _recording(place.home / "call.wav")
    ours = json.loads(place.said("transcribe", str(recording), "--json"))
    command = [sys.executable, "-m", "desktop", "transcribe", str(recording), "--json"]
    source = json.loads(_said(command, {**os.environ, "HOME": str(place.home)}, ROOT))
    if ours != source:
        raise Broken("transcribe hears something else than from source")
    words = sum(_words(segment) for segment in ours)
    if words < 5:
        raise Broken(f"transcribe hears {words} words in {SECONDS} s")
    return f"{words} words, as from source"


def _recording(path: Path) -> Path:
    samples, rate = soundfile.read(ROOT / f"resources/calls/{CALL}.opus", dtype="int16", frames=SECONDS * RATE)
    soundfile.write(path, samples, rate)
    return path


def evaluate(place: Desktop) -> str:
    """Two recordings in two processes."""
    folder = place.home / "recordings"
    folder.mkdir()
    for name in ("one", "two"):
        _recording(folder / f"{name}.wav")
        (folder / f"{name}.txt").write_text("you charged me twice in april", encoding="utf-8")
    place.said("evaluate", str(folder), "--jobs", "2", "--json", str(folder / "found.json"))
    heard = json.loads((folder / "found.json").read_text("utf-8"))["engines"]["embedded"]
    if heard["recordings"] != 2 or not all(each["cpu_ms"] > 0 for each in heard["each"]):
        raise Broken(f"evaluate heard {heard['recordings']} of two recordings")
    return "2 recordings in 2 processes"


def benchmark(place: Desktop) -> str:
    """Recognisers at work, and what a stream costs over TLS from another process."""
    found = json.loads(place.said("benchmark", "--seconds", "3", "--json"))
    if not found["costs"]["words"] > 0:
        raise Broken("benchmark measured no words")
    return f"room for {found['most_calls']} calls in words"


def languages(place: Desktop) -> str:
    """Sorting, one-byte encodings, time zones (named in English), case, dates and breaks are as with the whole ICU."""
    libraries = place.program.resolve().parent / "_internal/PySide6/Qt/lib"
    if not libraries.is_dir():
        if (place.program.resolve().parent / "_internal").is_dir():
            raise Broken(f"no Qt in {libraries}")
        return "no Qt in the program's folder: it uses an installed one, which is whole"
    if found := qt_text.differences(libraries):
        raise Broken(f"Qt says otherwise than from source: {', '.join(found)}")
    return "sorting, one-byte encodings, time zones and line breaks as from source"


def diagnose(place: Desktop) -> str:
    """The simulator's connections, from DNS to the first words, without a fault."""
    found = json.loads(place.said("diagnose", "--seconds", "10", "--json"))
    faults = [
        check["subject"]
        for check in found["checks"]
        if check["level"] == "fail" or check["subject"] == "Word recognition"  # PocketSphinx stands in
    ]
    if faults or not found["checks"]:
        raise Broken(f"diagnose finds faults: {', '.join(faults) or 'nothing was checked'}")
    return f"{len(found['checks'])} checks, no fault"


# ---- keyring ------------------------------------------------------------------------------------------------------


def keyring_and_gateway(place: Desktop) -> str:
    """`connect` keeps a token in the Secret Service; `diagnose` signs in with it at a gateway of the same program."""
    with _gateway(place) as (url, token):
        place.said("connect", "gate", url, told=f"{token}\n")
        if _secret(place, "gate") != token:
            raise Broken("the token is not in the Secret Service")
        if (level := _discovery(place)) != "pass":
            raise Broken(f"diagnose: discovery with the token from the keyring: {level}")
        place.said("secret", "gate", "token", told="another\n")
        if (level := _discovery(place)) != "fail":
            raise Broken(f"diagnose: discovery with a wrong token from the keyring: {level}")
    return "the token went into the Secret Service and back out, to a gateway that knows it"


def _discovery(place: Desktop) -> str:
    said = json.loads(place.said("diagnose", "--profile", "gate", "--seconds", "2", "--json", good=(0, 1)))
    return str(next((check["level"] for check in said["checks"] if check["subject"] == "Discovery"), "not checked"))


def _secret(place: Desktop, name: str) -> str | None:
    os.environ["DBUS_SESSION_BUS_ADDRESS"] = place.environment["DBUS_SESSION_BUS_ADDRESS"]
    keyring.set_keyring(Keyring())  # type: ignore[no-untyped-call]
    return keyring.get_password("sidetone", name)


@contextmanager
def _gateway(place: Desktop) -> Iterator[tuple[str, str]]:
    """A gateway of the program on this machine: its address and its consoles' token."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = place.home / ".config/sidetone/settings.toml"
    settings.parent.mkdir(parents=True, exist_ok=True)
    settings.write_text(
        f'[listener]\nhost = "127.0.0.1"\nport = {port}\npublic_host = "localhost.example.com"\n', encoding="utf-8"
    )
    credentials = place.home / "credentials"
    place.said("gateway", "--set-up", "localhost.example.com", "--credentials", str(credentials))
    command = [str(place.program), "gateway", "--credentials", str(credentials)]
    running: Any = subprocess.Popen(command, env=place.environment, cwd=place.home, stdout=subprocess.PIPE, text=True)
    try:
        assert running.stdout.readline(), "the gateway ended at once"
        yield f"http://127.0.0.1:{port}", (credentials / "console-token").read_text("utf-8").strip()
        running.terminate()
        if status := running.wait(PATIENCE_S):
            raise Broken(f"gateway ended with status {status}")
    finally:
        running.kill()
        running.stdout.close()


def _words(segment: dict[str, Any]) -> int:
    return len(segment["words"])
