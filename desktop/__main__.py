"""`python -m desktop` and the `sidetone` command. Imports nothing heavy: worker processes import it too."""

from __future__ import annotations

import os
import sys


def main() -> None:
    """Run the command line; exit status 2 for what the user can put right."""
    from desktop.app.cli import run

    _have_streams()
    sys.exit(run(sys.argv[1:]))


def _have_streams() -> None:
    """A windowed program on Windows has no console: what it prints goes nowhere instead of failing."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115 - for as long as the process lasts


if __name__ == "__main__":
    import multiprocessing

    multiprocessing.freeze_support()
    main()
