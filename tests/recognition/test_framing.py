"""Blocks become frames on the call's time line, whatever their size and whatever is missing."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.domain.media import Party, PcmBlock
from desktop.recognition.framing import Break, Frame, Framer


def block(at_ms: int, length: int, value: int = 1, stamp: int = 0, rate: int = 16_000) -> PcmBlock:
    return PcmBlock("call", Party.AGENT, at_ms, rate, np.full(length, value, np.int16), stamp, stamp + 1, 0.0)


def frames(framer: Framer) -> list[Frame | Break]:
    return framer.pull(10_000)


@given(st.lists(st.integers(1, 2000), max_size=30))
def test_no_sample_is_lost_or_moved(lengths: list[int]) -> None:
    framer = Framer(1e9)
    samples = np.arange(sum(lengths)).astype(np.int16)
    at = 0
    for length in lengths:
        framer.push(PcmBlock("call", Party.AGENT, at // 16, 16_000, samples[at : at + length], 0, 0, 0.0))
        at += length
    out = [frame for frame in frames(framer) if isinstance(frame, Frame)]
    assert [frame.at_ms for frame in out] == [n * 30.0 for n in range(len(samples) // 480)]
    heard = np.concatenate([frame.samples for frame in out]) if out else np.empty(0, np.int16)
    assert np.array_equal(heard, samples[: len(heard)])
    assert framer.backlog_ms == 0


def test_a_frame_carries_the_stamps_of_its_newest_block() -> None:
    framer = Framer(1e9)
    framer.push(block(0, 320, stamp=100))
    framer.push(block(20, 320, stamp=200))
    (frame,) = frames(framer)
    assert isinstance(frame, Frame)
    assert (frame.received_ns, frame.decoded_ns, frame.end_ms) == (200, 201, 30)


@pytest.mark.parametrize(
    ("at_ms", "expected"),
    [
        (330, [1.0] * 10 + [2.0] * 10),  # 30 ms late is drift
        (450, [1.0] * 10 + [0.0] * 5 + [2.0] * 10),  # a short hole is filled
        (300 - 150, [1.0] * 10 + [2.0] * 5),  # what was heard already is cut off
    ],
)
def test_small_jumps_are_mended(at_ms: int, expected: list[float]) -> None:
    framer = Framer(1e9)
    framer.push(block(0, 4800, 1))
    framer.push(block(at_ms, 4800, 2))
    out = frames(framer)
    assert [float(frame.samples.mean()) for frame in out if isinstance(frame, Frame)] == expected
    assert all(b.at_ms - a.at_ms == 30 for a, b in pairwise(out) if isinstance(a, Frame) and isinstance(b, Frame))


@pytest.mark.parametrize("at_ms", [5_000, 20_000])
def test_a_large_jump_breaks_the_time_line(at_ms: int) -> None:
    framer = Framer(1e9)
    framer.push(block(10_000, 960))
    framer.push(block(at_ms, 960))
    out = frames(framer)
    assert [item.at_ms if isinstance(item, Frame) else None for item in out] == [
        10_000,
        10_030,
        None,
        at_ms,
        at_ms + 30,
    ]


def test_an_end_pads_the_last_piece_and_a_new_time_line_begins() -> None:
    framer = Framer(1e9)
    framer.push(block(0, 600))
    assert framer.backlog_ms == 30
    framer.end()
    framer.push(block(37, 960))
    framer.end()
    assert framer.backlog_ms == (3 + 2) * 30
    first, last, pause, *after = frames(framer)
    assert isinstance(first, Frame)
    assert isinstance(last, Frame)
    assert last.samples.tolist() == [1] * 120 + [0] * 360
    assert isinstance(pause, Break)
    assert [item.at_ms if isinstance(item, Frame) else None for item in after] == [37, 67, None]


def test_beyond_its_limit_the_oldest_is_dropped_and_counted() -> None:
    framer = Framer(limit_ms=100)
    for n in range(10):
        framer.push(block(n * 20, 320, n))
    assert framer.backlog_ms == 90  # whole frames
    assert framer.dropped_ms == 100
    framer.end()
    framer.push(block(200, 1600))
    assert framer.dropped_ms == 200
    assert [item.at_ms for item in frames(framer) if isinstance(item, Frame)] == [200, 230, 260]


def test_another_rate_is_our_mistake() -> None:
    with pytest.raises(ValueError, match="16000 Hz, not 8000"):
        Framer(100).push(block(0, 160, rate=8000))
