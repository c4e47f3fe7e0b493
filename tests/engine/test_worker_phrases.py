"""A worker with the real engine: phrases with and without words, and a list that changes in the middle of a call."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile

from desktop.audio.opus import OpusEncoder
from desktop.domain.media import Codec, EncodedFrame, Party
from desktop.domain.speech import Attention, PhraseHeard
from desktop.engine.wire import Attend, Flush, Frames, Heard, Open, Watch
from desktop.engine.worker import worker_main
from desktop.recognition.embedded import EmbeddedConfig, EmbeddedRecogniser
from tests.engine.test_worker import BASE, Bench

CLIPS = Path(__file__).parents[1] / "recognition" / "data"


def make() -> EmbeddedRecogniser:
    return EmbeddedRecogniser(EmbeddedConfig(preloaded_decoders=0, max_waiting_ms=30_000))


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    monkeypatch.setattr("desktop.engine.worker.signal.signal", lambda *_: None)  # only the main thread may
    monkeypatch.setattr("desktop.engine.worker.NICENESS", 0)
    monkeypatch.setattr("desktop.engine.worker.gc.freeze", lambda: None)
    ours, theirs = socket.socketpair()
    ours.settimeout(60)
    thread = threading.Thread(target=worker_main, args=(theirs, make))
    thread.start()
    with ours:
        yield Bench(ours)
    thread.join(30)
    assert not thread.is_alive()


class Caller:
    """Says clips, one after the other."""

    def __init__(self) -> None:
        self._encoder = OpusEncoder()
        self._frames = 0

    def says(self, name: str) -> Frames:
        samples, _ = soundfile.read(CLIPS / f"{name}.flac", dtype="int16")
        sound = np.concatenate([np.zeros(8000, np.int16), samples, np.zeros(16_000 - len(samples) % 320, np.int16)])
        first = self._frames
        self._frames += len(sound) // 320
        return Frames(
            [
                EncodedFrame(
                    "l",
                    "c",
                    Party.CUSTOMER,
                    Codec.OPUS,
                    n,
                    BASE + 20 * n,
                    self._encoder.encode(sound[at : at + 320]),
                    1,
                )
                for n, at in enumerate(range(0, len(sound) - 319, 320), first)
            ]
        )


def next_phrase(bench: Bench) -> PhraseHeard:
    heard = bench.wait_for(lambda m: isinstance(m, Heard) and bool(m.phrases))
    assert isinstance(heard, Heard)
    return heard.phrases[0]


def test_the_list_is_replaced_in_the_middle_of_a_call(bench: Bench) -> None:
    caller = Caller()
    bench.say(Watch(["zendesk"]), Open("c", BASE, "en-US", []), caller.says("cancel"), caller.says("zendesk"))
    first = next_phrase(bench)
    assert (first.call, first.party, first.phrase) == ("c", Party.CUSTOMER, "zendesk")
    bench.say(Attend("c", Attention.PHRASES), Watch(["cancel my"]), caller.says("zendesk"), caller.says("cancel"))
    bench.say(Flush("c"))
    second = next_phrase(bench)
    assert second.phrase == "cancel my"
    assert second.start_ms > first.end_ms
