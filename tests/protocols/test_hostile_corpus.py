"""What the fuzzer found worth keeping is survived, each time: see packaging/fuzz.py and hostile.py."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.protocols.hostile import OPEN, PARSERS, SEPARATOR, hostile

CORPUS = Path(__file__).parent / "corpus"
INPUTS = sorted(CORPUS.iterdir())


def test_there_is_a_corpus() -> None:
    assert len(INPUTS) > 20


@pytest.mark.parametrize("kind", range(PARSERS))
def test_every_parser_survives_everything_that_was_kept(kind: int) -> None:
    for path in INPUTS:
        hostile(bytes([kind]) + path.read_bytes()[1:])


def test_a_whole_conversation_gone_wrong() -> None:
    broken = json.loads(OPEN) | {"seq": 7}
    hostile(bytes([0]) + SEPARATOR.join([OPEN, b"\x00" + bytes(1_601), json.dumps(broken).encode(), b"{", b""]))
    hostile(b"")
