"""PCM16 to the worker pool's frames and back: nothing is lost between chunks, and the end waits for the last words."""

from __future__ import annotations

import asyncio

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.audio.opus import OpusDecoder
from desktop.domain.events import AudioGap
from desktop.domain.media import Codec, EncodedFrame, Party
from desktop.domain.speech import Segment, Trace
from desktop.gateway.speech_service_ears import MARK_FRAMES, REFUSED, PoolEars, PoolHearing


class Pool:
    """Takes what the real one takes."""

    def __init__(self) -> None:
        self.frames: list[EncodedFrame] = []
        self.orders: list[str] = []
        self.full = False

    def feed(self, frame: EncodedFrame, language: str) -> bool:
        assert language == "en"
        if not self.full:
            self.frames.append(frame)
            self.orders.append("frame")
        return not self.full

    def flush(self, call: str) -> None:
        self.orders.append(f"flush {call}")

    def close(self, call: str) -> None:
        self.orders.append(f"close {call}")


class Room:
    def __init__(self) -> None:
        self.pool = Pool()
        self.ears = PoolEars(self.pool.feed, self.pool.flush, self.pool.close)
        self.delivered: list[Segment | AudioGap] = []

    def open(self, session: str = "s") -> PoolHearing:
        return self.ears.open(session, "en", self.delivered.append)


def words(session: str) -> Segment:
    return Segment(session, Party.MIXED, 0, 0, "hello", 0, 500, True, "en", 1.0, (), Trace())


def test_document_d_500_ms_are_25_frames_in_order_on_their_own_time_line() -> None:
    room = Room()
    room.open().feed(bytes(16_000))
    assert [(f.call, f.party, f.codec, f.seq, f.at_ms) for f in room.pool.frames] == [
        ("s", Party.MIXED, Codec.OPUS, n, n * 20) for n in range(25)
    ]


def test_the_sound_survives() -> None:
    room = Room()
    tone = (8000 * np.sin(np.arange(16_000) * 2 * np.pi * 440 / 16_000)).astype("<i2")
    room.open().feed(tone.tobytes())
    decoder = OpusDecoder()
    heard = np.concatenate([decoder.decode(frame.payload) for frame in room.pool.frames])[8000:].astype(float)
    spectrum = np.abs(np.fft.rfft(heard))
    assert np.argmax(spectrum) == 440 * len(heard) // 16_000
    assert 0.8 < heard.std() / tone.std() < 1.2


@given(st.lists(st.integers(0, 3000).map(lambda n: 2 * n), max_size=12))
def test_any_sizes_make_the_same_frames(sizes: list[int]) -> None:
    room = Room()
    hearing = room.open()
    for size in sizes:
        hearing.feed(bytes(size))
    assert [frame.seq for frame in room.pool.frames] == list(range(sum(sizes) // 640))


async def test_the_end_waits_until_the_mark_behind_the_last_words_is_heard() -> None:
    room = Room()
    hearing = room.open()
    hearing.feed(bytes(700))  # one frame and a rest
    async with asyncio.TaskGroup() as group:
        finish = group.create_task(hearing.finish(), name="finish")
        await asyncio.sleep(0)
        assert room.pool.orders == ["frame", "frame", "flush s", *["frame"] * MARK_FRAMES]
        end_ms = (2 + MARK_FRAMES) * 20
        for position_ms, backlog_ms in ((40, 0.0), (end_ms, 60.0)):
            room.ears.pulse("s", position_ms, backlog_ms)
            await asyncio.sleep(0)
            assert not finish.done()
        room.ears.pulse("s", end_ms, 0.0)
    hearing.close()
    hearing.close()
    assert room.pool.orders[-1] == "close s"
    assert room.pool.orders.count("close s") == 1
    assert room.ears.sessions == 0


async def test_a_pulse_before_the_end_was_asked_for_is_no_end() -> None:
    room = Room()
    hearing = room.open()
    hearing.feed(bytes(640))
    room.ears.pulse("s", 1e9, 0.0)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await hearing.finish()


async def test_a_session_without_sound_ends_at_once_and_takes_no_worker() -> None:
    room = Room()
    await room.open().finish()
    assert room.pool.orders == []


def test_words_and_losses_go_to_their_own_session_and_to_nobody_else() -> None:
    room = Room()
    room.open("s")
    gap = AudioGap("s", Party.MIXED, 0, 500.0, "not heard in time")
    room.ears.heard([words("s"), words("gone")])
    room.ears.lost(gap)
    room.ears.lost(AudioGap("gone", Party.MIXED, 0, 500.0, "not heard in time"))
    room.ears.pulse("gone", 0, 0)
    assert room.delivered == [words("s"), gap]


def test_frames_that_the_pool_refuses_are_reported() -> None:
    room = Room()
    hearing = room.open()
    hearing.feed(bytes(640))
    room.pool.full = True
    hearing.feed(bytes(1280))
    assert room.delivered == [AudioGap("s", Party.MIXED, 20, 40.0, REFUSED)]
    room.pool.full = False
    hearing.feed(bytes(640))
    assert [(f.seq, f.at_ms) for f in room.pool.frames] == [(0, 0), (3, 60)], "the time line goes on"
