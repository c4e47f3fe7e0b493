"""What the frozen executables run: a worker process if they were started as one, else the command line."""

from __future__ import annotations

import multiprocessing

from desktop.__main__ import main

if __name__ == "__main__":
    multiprocessing.freeze_support()
    main()
