"""`make fuzz`: a coverage-guided fuzzer (Atheris) against everything that strangers may send, from the kept corpus.

build/fuzz/bin/python packaging/fuzz.py SECONDS | merge FOLDER      what is worth keeping ends in tests/protocols/corpus
"""

from __future__ import annotations

import sys
from pathlib import Path

import atheris  # installed by `make fuzz` into an environment of its own

ROOT = Path(__file__).parents[1]
CORPUS = ROOT / "tests" / "protocols" / "corpus"
sys.path.insert(0, str(ROOT))

with atheris.instrument_imports(include=["desktop.protocols"]):
    from tests.protocols.hostile import hostile

MESSAGE_BYTES = 4_096

if __name__ == "__main__":
    CORPUS.mkdir(exist_ok=True)
    asked = sys.argv[1:] or ["600"]
    options = [f"-max_len={MESSAGE_BYTES}", "-timeout=10", f"-artifact_prefix={CORPUS}/crash-"]
    if asked[0] == "merge":
        options += ["-merge=1", str(CORPUS), *asked[1:]]
    else:
        options += [f"-max_total_time={asked[0]}", str(CORPUS)]
    atheris.Setup([sys.argv[0], *options], hostile)
    atheris.Fuzz()
