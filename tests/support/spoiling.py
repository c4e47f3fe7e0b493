"""Ways in which a model's folder goes wrong, and loading what came of it in a process that may end by it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from desktop.settings.model import EngineKind

Spoil = Callable[[Path], None]

LOAD = """
import sys
from pathlib import Path
from desktop.domain.errors import SettingInvalid
from desktop.recognition.sherpa import SherpaConfig, SherpaRecogniser
from desktop.recognition.vosk import VoskConfig, VoskRecogniser
for folder in sorted(Path(sys.argv[2]).iterdir()):
    print(folder.name, flush=True)
    try:
        if sys.argv[1] == "vosk":
            VoskRecogniser(VoskConfig(folder)).close()
        else:
            SherpaRecogniser(SherpaConfig(folder)).close()
        print("loaded", flush=True)
    except SettingInvalid:
        print("refused", flush=True)
"""


def loaded_elsewhere(folders: Path, engine: EngineKind) -> dict[str, str]:
    """What came of each folder: "loaded" or "refused"; fails where one of them ended the process."""
    done = subprocess.run(
        [sys.executable, "-c", LOAD, engine.value, str(folders)],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )
    lines = done.stdout.splitlines()
    assert done.returncode == 0, (lines[-1:], done.returncode, done.stderr[-2000:])
    return dict(zip(lines[::2], lines[1::2], strict=True))


def without(name: str) -> Spoil:
    """The file is missing."""
    return lambda folder: (folder / name).unlink()


def cut(name: str, share: float) -> Spoil:
    """Only the first part of the file is there."""

    def spoil(folder: Path) -> None:
        data = (folder / name).read_bytes()
        (folder / name).write_bytes(data[: int(len(data) * share)])

    return spoil


def filled(name: str, content: bytes) -> Spoil:
    """Something else is in the file."""

    def spoil(folder: Path) -> None:
        (folder / name).write_bytes(content)

    return spoil


def swapped(one: str, other: str) -> Spoil:
    """Each is under the other's name."""

    def spoil(folder: Path) -> None:
        first, second = (folder / one).read_bytes(), (folder / other).read_bytes()
        (folder / one).write_bytes(second)
        (folder / other).write_bytes(first)

    return spoil


def with_line(name: str, line: str) -> Spoil:
    """A line more at the file's end."""

    def spoil(folder: Path) -> None:
        (folder / name).write_text((folder / name).read_text(encoding="utf-8") + line + "\n", encoding="utf-8")

    return spoil
