"""Starting Sidetone again in this process's place, with other words on the command line."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence

SAFE = "--safe-mode"


def words_for(argv: Sequence[str], *, safe: bool) -> list[str]:
    """The same command line, in safe mode or without it."""
    kept = [word for word in argv if word != SAFE]
    return [SAFE, *kept] if safe else kept


def program() -> list[str]:
    """How this program is started: the packaged one, or Python with our package."""
    return [sys.executable] if getattr(sys, "frozen", False) else [sys.executable, "-m", "desktop"]


def start_again(argv: Sequence[str]) -> int:
    """Doesn't return where a process can be replaced; on Windows the exit status of one that leaves another behind."""
    command = [*program(), *argv]
    if sys.platform != "win32":
        sys.stdout.flush()
        os.execv(command[0], command)
    subprocess.Popen(command, close_fds=True)
    return 0
