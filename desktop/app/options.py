"""What a run of the window was asked for on the command line. Nothing here imports Qt or an engine."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Options:
    """`play` None = the settings' connections; "demo" and "replay" bring their own."""

    play: str | None
    calls: int = 8
    seed: int = 1
    speed: float = 1.0
    files: tuple[Path, ...] = ()
    via: tuple[str, ...] = ("audio",)
    seconds: float | None = None
    theme: str | None = None
    size: tuple[int, int] | None = None
    screenshot: Path | None = None
    report: Path | None = None
    verbose: bool = False
    kiosk: bool = False
    safe: bool = False  # without connections, as delivered, to find out what is wrong
