"""What the pool knows of a call that has to move."""

from __future__ import annotations

import pytest

from desktop.domain.media import Codec, EncodedFrame, Party
from desktop.domain.speech import EngineNotice
from desktop.engine.pool import GIVEN_UP_AFTER, WorkerPool
from desktop.engine.seat import Seat
from desktop.engine.slot import FRAMES_WAITING, WorkerSlot
from desktop.engine.wire import Ready, Refused

BASE = 1_700_000_000_000


def seat() -> Seat:
    slot = WorkerSlot(0, lambda: (_ for _ in ()).throw(AssertionError), lambda *_: None, lambda _: None, lambda _: ())
    return Seat(slot, BASE, first_ns=5_000_000_000, language="en-US")


def frame(at_ms: int | None, received_ms: int) -> EncodedFrame:
    received_ns = 5_000_000_000 + received_ms * 1_000_000
    return EncodedFrame("l", "c", Party.AGENT, Codec.OPUS, 0, at_ms, b"\x00", received_ns)


def test_a_frame_stands_where_its_sender_says() -> None:
    assert seat().place(frame(BASE + 4_000, 4_100)) == 4_000


def test_a_clock_that_makes_no_sense_is_not_believed() -> None:
    assert seat().place(frame(1 << 60, 4_100)) == 4_100
    assert seat().place(frame(0, 4_100)) == 4_100


def test_a_bare_packet_stands_where_it_came() -> None:
    assert seat().place(frame(None, 2_500)) == 2_500


def idle_pool(chosen: str) -> WorkerPool:
    return WorkerPool(2, lambda: (_ for _ in ()).throw(AssertionError), lambda _: None, lambda _: None, chosen)


def test_a_chosen_engine_that_dies_while_it_loads_is_named() -> None:
    for chosen, note in {
        "": "Recogniser: it does not start, calls are listed without words. Reinstall Sidetone.",
        "vosk": "Recogniser: vosk does not start, calls are listed without words. Choose another model or engine.",
    }.items():
        pool = idle_pool(chosen)
        assert pool.health().note == "Recogniser: loading"
        pool.slots[1].failures = GIVEN_UP_AFTER
        assert pool.health().note == note


def test_what_a_worker_says_is_wrong_is_shown_until_one_loads() -> None:
    pool = idle_pool("sherpa-onnx")
    pool._message(0, Refused("recognition.model: x.onnx is empty. Download it again."))
    said = "Recogniser: recognition.model: x.onnx is empty. Download it again. Calls are listed without words."
    assert pool.health().note == said
    pool._message(0, Ready("sherpa-onnx", 1.0))
    assert pool.health().note == "Recogniser: loading"


def test_what_workers_make_do_with_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    pool = idle_pool("")
    for worker in (0, 1, 0):
        pool._message(worker, Ready("embedded:pocketsphinx", 1.0, EngineNotice.MODEL_DAMAGED))
    (line,) = caplog.records
    assert (line.levelname, line.getMessage()) == ("WARNING", EngineNotice.MODEL_DAMAGED.in_full)


def test_what_a_worker_makes_do_with_is_told_until_it_or_another_engine_does_better() -> None:
    pool = idle_pool("")
    assert pool.health().notice is None
    pool._message(1, Ready("embedded:pocketsphinx", 1.0, EngineNotice.MODEL_DAMAGED))
    pool._died(1)  # the next one says whether it still is so
    assert pool.health().notice is EngineNotice.MODEL_DAMAGED
    pool._message(1, Ready("embedded", 1.0))
    assert pool.health().notice is None
    pool._message(0, Ready("embedded:pocketsphinx", 1.0, EngineNotice.NO_RUNTIME))
    pool.use(lambda: (_ for _ in ()).throw(AssertionError), "vosk")
    assert pool.health().notice is None


def test_what_waits_for_a_process_is_the_newest() -> None:
    slot = seat().slot
    slot._waiting.extend(frame(n, n) for n in range(FRAMES_WAITING - 1))
    assert slot.feed(frame(FRAMES_WAITING - 1, 0))
    assert not slot.feed(frame(FRAMES_WAITING, 0))  # one had to go
    assert len(slot._waiting) == FRAMES_WAITING
    assert (slot._waiting[0].at_ms, slot._waiting[-1].at_ms) == (1, FRAMES_WAITING)


def test_calls_that_go_on_are_heard_in_the_new_engines_language() -> None:
    pool = idle_pool("")
    pool.feed(frame(BASE, 0), "en-US")
    pool.use(lambda: (_ for _ in ()).throw(AssertionError), "vosk", "tr-TR")
    assert pool._seats["c"].language == "tr-TR"
    pool.use(lambda: (_ for _ in ()).throw(AssertionError))
    assert pool._seats["c"].language == "tr-TR"
