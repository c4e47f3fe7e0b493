"""RFC 6716 sections 3.1 to 3.4, rule by rule."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.domain.errors import PeerBrokeProtocol
from desktop.protocols.opus_toc import OpusPacket, inspect

TABLE_2 = [10, 20, 40, 60] * 3 + [10, 20] * 2 + [2.5, 5, 10, 20] * 4


@pytest.mark.parametrize("config", range(32))
@pytest.mark.parametrize("stereo", [False, True])
def test_one_frame_of_every_configuration(config: int, stereo: bool) -> None:
    packet = inspect(bytes([config << 3 | stereo << 2]) + b"x")
    assert packet == OpusPacket(TABLE_2[config], 1, stereo)
    assert packet.duration_ms == TABLE_2[config]


WB_20 = 9 << 3
WB_60 = 11 << 3
CELT_2_5 = 16 << 3


@pytest.mark.parametrize(
    ("packet", "duration_ms"),
    [
        (bytes([WB_20]), 20),  # a TOC alone: nothing transmitted (DTX)
        (bytes([WB_20]) + bytes(1275), 20),
        (bytes([WB_20 | 1]) + bytes(8), 40),
        (bytes([WB_60 | 1]), 120),
        (bytes([WB_20 | 2, 3]) + bytes(5), 40),
        (bytes([WB_20 | 2, 252, 1]) + bytes(256), 40),
        (bytes([WB_20 | 3, 3]) + bytes(9), 60),
        (bytes([CELT_2_5 | 3, 48]) + bytes(48), 120),
        (bytes([WB_20 | 3, 0x40 | 2, 3]) + bytes(4 + 3), 40),
        (bytes([WB_20 | 3, 0x40 | 2, 255, 1]) + bytes(4 + 255), 40),
        (bytes([WB_20 | 3, 0x80 | 3, 1, 2]) + bytes(3 + 4), 60),
        (bytes([WB_20 | 3, 0xC0 | 2, 2, 1]) + bytes(1 + 4 + 2), 40),
    ],
)
def test_durations_of_packets_with_several_frames(packet: bytes, duration_ms: float) -> None:
    assert inspect(packet).duration_ms == duration_ms


@pytest.mark.parametrize(
    ("packet", "rule"),
    [
        (b"", "R1"),
        (bytes([WB_20]) + bytes(1276), "R2"),
        (bytes([WB_20 | 1]) + bytes(2552), "R2"),
        (bytes([WB_20 | 2, 0]) + bytes(1276), "R2"),
        (bytes([WB_20 | 1]) + bytes(3), "R3"),
        (bytes([WB_20 | 2]), "R4"),
        (bytes([WB_20 | 2, 252]), "R4"),
        (bytes([WB_20 | 2, 9]) + bytes(8), "R4"),
        (bytes([WB_20 | 3]), "R6, R7"),
        (bytes([WB_20 | 3, 0]), "R5"),
        (bytes([WB_20 | 3, 7]) + bytes(7), "R5"),
        (bytes([WB_20 | 3, 2]) + bytes(3), "R6"),
        (bytes([WB_20 | 3, 1]) + bytes(1276), "R2"),
        (bytes([WB_20 | 3, 0x40 | 1]), "R6, R7"),
        (bytes([WB_20 | 3, 0x40 | 1, 255]), "R6, R7"),
        (bytes([WB_20 | 3, 0x40 | 1, 5]) + bytes(4), "R6, R7"),
        (bytes([WB_20 | 3, 0x80 | 2]), "R7"),
        (bytes([WB_20 | 3, 0x80 | 2, 253]), "R7"),
        (bytes([WB_20 | 3, 0x80 | 2, 9]) + bytes(8), "R7"),
        (bytes([WB_20 | 3, 0x80 | 2, 0]) + bytes(1276), "R2"),
    ],
)
def test_malformed_packets_break_the_rule_that_is_named(packet: bytes, rule: str) -> None:
    with pytest.raises(PeerBrokeProtocol, match=rule):
        inspect(packet)


@given(st.binary(max_size=300))
def test_random_bytes_raise_nothing_else(packet: bytes) -> None:
    try:
        duration_ms = inspect(packet).duration_ms
    except PeerBrokeProtocol:
        return
    assert 2.5 <= duration_ms <= 120
