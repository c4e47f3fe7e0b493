"""`python -m desktop` and the `sidetone` command. Imports nothing heavy: worker processes import it too."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line; exit status 2 for what the user can put right."""
    from desktop.app.cli import run

    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    import multiprocessing

    multiprocessing.freeze_support()
    main()
