"""What the fuzzer found worth keeping is survived, each time: see packaging/fuzz.py and hostile.py."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest

from tests.protocols.hostile import OPEN, PARSERS, SEPARATOR, hostile

with zipfile.ZipFile(Path(__file__).parent / "corpus.zip") as kept:
    INPUTS = [kept.read(name) for name in sorted(kept.namelist())]


def test_there_is_a_corpus() -> None:
    assert len(INPUTS) > 200


@pytest.mark.parametrize("kind", range(PARSERS))
def test_every_parser_survives_everything_that_was_kept(kind: int) -> None:
    for data in INPUTS:
        hostile(bytes([kind]) + data[1:])


def test_a_whole_conversation_gone_wrong() -> None:
    broken = json.loads(OPEN) | {"seq": 7}
    hostile(bytes([0]) + SEPARATOR.join([OPEN, b"\x00" + bytes(1_601), json.dumps(broken).encode(), b"{", b""]))
    hostile(b"")
