"""What the frozen executables run: a worker process if they were started as one, else the command line."""

from __future__ import annotations

import multiprocessing
import os
import sys

from desktop.__main__ import main

FOR_US_ALONE = ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "QT_PLUGIN_PATH", "QML2_IMPORT_PATH")
"""What PyInstaller's start sets for the libraries inside. A browser that we open must not load these."""


def give_back(environment: os._Environ[str]) -> None:
    """The environment that programs started from here get is the one that we were started with.

    This process has loaded what it needs or finds it beside itself; a worker is a start of its own and sets it again.
    """
    if sys.platform == "win32":
        return
    for name in FOR_US_ALONE:
        environment.pop(name, None)
        if (original := environment.pop(f"{name}_ORIG", None)) is not None:
            environment[name] = original
    environment["PYINSTALLER_RESET_ENVIRONMENT"] = "1"


if __name__ == "__main__":
    give_back(os.environ)
    multiprocessing.freeze_support()
    main()
