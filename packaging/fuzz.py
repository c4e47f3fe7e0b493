"""`make fuzz`: a coverage-guided fuzzer (Atheris) against everything that strangers may send, from the kept corpus.

build/fuzz/bin/python packaging/fuzz.py FOLDER SECONDS      inputs worth keeping, and findings (crash-*), end in FOLDER
"""

from __future__ import annotations

import sys
from pathlib import Path

import atheris  # installed by `make fuzz` into an environment of its own

sys.path.insert(0, str(Path(__file__).parents[1]))

with atheris.instrument_imports(include=["desktop.protocols"]):
    from tests.protocols.hostile import hostile

MESSAGE_BYTES = 4_096

if __name__ == "__main__":
    folder, seconds = sys.argv[1:]
    options = [f"-max_len={MESSAGE_BYTES}", "-timeout=10", f"-artifact_prefix={folder}/crash-"]
    atheris.Setup([sys.argv[0], *options, f"-max_total_time={seconds}", folder], hostile)
    atheris.Fuzz()
